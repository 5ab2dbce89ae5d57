// SPDX-License-Identifier: Apache-2.0
// A window with text in it, dragged along a curve over a photographic wallpaper.
#include <cmath>

#include "bench/scenes/page.h"
#include "bench/scenes/photo.h"
#include "bench/scenes/scene.h"
#include "surface/stamp.h"

namespace lucarne::bench {

namespace {

constexpr surface::Pixel kPaper = 0xf4f4f0;
constexpr surface::Pixel kTitle = 0x3050a0;
constexpr surface::Pixel kInk = 0x202428;
constexpr int kTitleHeight = 24;
constexpr float kTurn = 240.0f;  // frames for one round: 4 s at 60 frames a second

class DraggingScene final : public Scene {
 public:
  explicit DraggingScene(surface::Size size)
      : size_(size), wallpaper_(size, 7, 3),
        window_{0, 0, std::min(500, size.width / 2), std::min(350, size.height / 2)},
        content_(static_cast<std::size_t>(window_.pixels())) {
    const surface::Frame content = contentFrame();
    fillPixels(content, surface::Rect::of(content.size), kPaper);
    fillPixels(content, {0, 0, window_.width, kTitleHeight}, kTitle);
    const Glyphs glyphs(14);
    const int columns = (window_.width - 16) / glyphs.cell().width;
    for (int row = 0; kTitleHeight + 8 + (row + 1) * glyphs.cell().height < window_.height; ++row) {
      glyphs.draw(content, {8, kTitleHeight + 8 + row * glyphs.cell().height},
                  logLine(row, columns), kInk, kPaper);
    }
  }

  void paintFirst(surface::Frame frame) override {
    wallpaper_.paint(frame, surface::Rect::of(size_), {0, 0});
    place(-1);
    drawWindow(frame);
  }

  surface::Damage paintNext(surface::Frame frame, int number) override {
    surface::Damage damage(window_);
    wallpaper_.paint(frame, window_, {window_.x, window_.y});
    place(number);
    drawWindow(frame);
    damage.add(window_);
    return damage;
  }

 private:
  surface::Frame contentFrame() {
    return {content_.data(), window_.size(), window_.width * 4};
  }
  void place(int number) {
    const float angle = 6.2831853f * static_cast<float>(number + 1) / kTurn;
    const int top = surface::Stamp::kSize.height;
    const auto sway = [](float wave, int room) {
      return static_cast<int>((wave * 0.5f + 0.5f) * static_cast<float>(room));
    };
    window_.x = sway(std::sin(angle), size_.width - window_.width);
    window_.y = top + sway(std::sin(2 * angle), size_.height - top - window_.height);
  }
  void drawWindow(surface::Frame frame) {
    const surface::Frame content = contentFrame();
    for (int y = 0; y < window_.height; ++y) {
      std::copy_n(content.row(y), window_.width, frame.row(window_.y + y) + window_.x);
    }
  }

  surface::Size size_;
  Photo wallpaper_;
  surface::Rect window_;
  std::vector<surface::Pixel> content_;
};

std::unique_ptr<Scene> create(surface::Size size) { return std::make_unique<DraggingScene>(size); }

}  // namespace

extern const SceneRow kDraggingScene = {"dragging", "a window dragged over a photograph", create};

}  // namespace lucarne::bench
