// SPDX-License-Identifier: Apache-2.0
// A page of text into which one letter is typed a frame.
#include "bench/scenes/page.h"
#include "bench/scenes/scene.h"
#include "surface/stamp.h"

namespace lucarne::bench {

namespace {

constexpr surface::Pixel kPaper = 0xfdfdf8;
constexpr surface::Pixel kInk = 0x202428;

class TypingScene final : public Scene {
 public:
  explicit TypingScene(surface::Size size) : size_(size), glyphs_(15) {
    columns_ = size.width / glyphs_.cell().width;
    rows_ = (size.height - top()) / glyphs_.cell().height;
  }

  void paintFirst(surface::Frame frame) override {
    fillPixels(frame, surface::Rect::of(size_), kPaper);
    for (int row = 0; row < rows_ / 2; ++row) {
      glyphs_.draw(frame, cellAt(0, row), logLine(row, columns_), kInk, kPaper);
    }
  }

  surface::Damage paintNext(surface::Frame frame, int number) override {
    const int free = rows_ - rows_ / 2;
    const int place = number % (free * columns_);
    const int row = rows_ / 2 + place / columns_;
    const int column = place % columns_;
    const std::string line = logLine(number / columns_ + 1000, columns_);
    const surface::GuestPoint at = cellAt(column, row);
    glyphs_.draw(frame, at, line[static_cast<std::size_t>(column)], kInk, kPaper);
    return surface::Damage({at.x, at.y, glyphs_.cell().width, glyphs_.cell().height});
  }

 private:
  int top() const { return surface::Stamp::kSize.height + 8; }
  surface::GuestPoint cellAt(int column, int row) const {
    return {column * glyphs_.cell().width, top() + row * glyphs_.cell().height};
  }

  surface::Size size_;
  Glyphs glyphs_;
  int columns_;
  int rows_;
};

std::unique_ptr<Scene> create(surface::Size size) { return std::make_unique<TypingScene>(size); }

}  // namespace

extern const SceneRow kTypingScene = {"typing", "a letter a frame into a page of text", create};

}  // namespace lucarne::bench
