// SPDX-License-Identifier: Apache-2.0
// A terminal full of text that scrolls up by one line a frame.
#include "bench/scenes/page.h"
#include "bench/scenes/scene.h"
#include "surface/stamp.h"

namespace lucarne::bench {

namespace {

constexpr surface::Pixel kPaper = 0x101418;
constexpr surface::Pixel kInk = 0xc8d0d8;

class ScrollingScene final : public Scene {
 public:
  explicit ScrollingScene(surface::Size size) : glyphs_(15) {
    const surface::Size cell = glyphs_.cell();
    const int top = surface::Stamp::kSize.height + 8;
    columns_ = size.width / cell.width;
    rows_ = (size.height - top) / cell.height;
    text_ = {0, top, columns_ * cell.width, rows_ * cell.height};
  }

  void paintFirst(surface::Frame frame) override {
    fillPixels(frame, surface::Rect::of(frame.size), kPaper);
    for (int row = 0; row < rows_; ++row) drawLine(frame, row, row);
  }

  surface::Damage paintNext(surface::Frame frame, int number) override {
    const int step = glyphs_.cell().height;
    movePixels(frame, {text_.x, text_.y + step, text_.width, text_.height - step},
               {text_.x, text_.y});
    drawLine(frame, rows_ - 1, rows_ + number);
    return surface::Damage(text_);
  }

 private:
  void drawLine(surface::Frame frame, int row, int number) {
    glyphs_.draw(frame, {text_.x, text_.y + row * glyphs_.cell().height},
                 logLine(number, columns_), kInk, kPaper);
  }

  Glyphs glyphs_;
  int columns_;
  int rows_;
  surface::Rect text_;
};

std::unique_ptr<Scene> create(surface::Size size) { return std::make_unique<ScrollingScene>(size); }

}  // namespace

extern const SceneRow kScrollingScene = {"scrolling", "a terminal that scrolls a line a frame",
                                         create};

}  // namespace lucarne::bench
