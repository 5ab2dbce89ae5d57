// SPDX-License-Identifier: Apache-2.0
// A letter a frame into a note that lies on a photograph: on a slow line the photograph is being made
// exact all the while, and the letters must not wait for it.
#include "bench/scenes/page.h"
#include "bench/scenes/photo.h"
#include "bench/scenes/scene.h"
#include "surface/stamp.h"

namespace lucarne::bench {

namespace {

constexpr surface::Pixel kPaper = 0xfff8d0;
constexpr surface::Pixel kInk = 0x302820;
constexpr int kMargin = 12;

class NotingScene final : public Scene {
 public:
  explicit NotingScene(surface::Size size) : wallpaper_(size, 5, 3), glyphs_(15) {
    note_ = {size.width / 4, size.height / 4, size.width / 2, size.height / 2};
    columns_ = (note_.width - 2 * kMargin) / glyphs_.cell().width;
    rows_ = (note_.height - 2 * kMargin) / glyphs_.cell().height;
  }

  void paintFirst(surface::Frame frame) override {
    wallpaper_.paint(frame, surface::Rect::of(frame.size), {0, 0});
    fillPixels(frame, {0, 0, frame.size.width, surface::Stamp::kSize.height}, kPaper);
    fillPixels(frame, note_, kPaper);
  }

  surface::Damage paintNext(surface::Frame frame, int number) override {
    const int place = number % (rows_ * columns_);
    const int row = place / columns_;
    const int column = place % columns_;
    const std::string line = logLine(number / columns_, columns_);
    const surface::GuestPoint at{note_.x + kMargin + column * glyphs_.cell().width,
                                 note_.y + kMargin + row * glyphs_.cell().height};
    glyphs_.draw(frame, at, line[static_cast<std::size_t>(column)], kInk, kPaper);
    return surface::Damage({at.x, at.y, glyphs_.cell().width, glyphs_.cell().height});
  }

 private:
  Photo wallpaper_;
  Glyphs glyphs_;
  surface::Rect note_;
  int columns_;
  int rows_;
};

std::unique_ptr<Scene> create(surface::Size size) { return std::make_unique<NotingScene>(size); }

}  // namespace

extern const SceneRow kNotingScene = {"noting", "a letter a frame into a note on a photograph", create};

}  // namespace lucarne::bench
