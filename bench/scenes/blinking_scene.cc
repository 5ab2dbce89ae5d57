// SPDX-License-Identifier: Apache-2.0
// A page of text at rest but for its cursor, which blinks twice a second at 60 frames a second.
#include "bench/scenes/page.h"
#include "bench/scenes/scene.h"
#include "surface/stamp.h"

namespace lucarne::bench {

namespace {

constexpr surface::Pixel kPaper = 0xffffff;
constexpr surface::Pixel kInk = 0x000000;
constexpr int kHalfPeriod = 15;  // frames

class BlinkingScene final : public Scene {
 public:
  void paintFirst(surface::Frame frame) override {
    fillPixels(frame, surface::Rect::of(frame.size), kPaper);
    const Glyphs glyphs(15);
    const int top = surface::Stamp::kSize.height + 8;
    for (int row = 0; top + (row + 2) * glyphs.cell().height < frame.size.height; ++row) {
      glyphs.draw(frame, {0, top + row * glyphs.cell().height},
                  logLine(row, frame.size.width / glyphs.cell().width), kInk, kPaper);
    }
    cursor_ = {40, frame.size.height - glyphs.cell().height, glyphs.cell().width,
               glyphs.cell().height};
  }

  surface::Damage paintNext(surface::Frame frame, int number) override {
    if (number % kHalfPeriod != 0) return {};
    fillPixels(frame, cursor_, number / kHalfPeriod % 2 == 0 ? kInk : kPaper);
    return surface::Damage(cursor_);
  }

 private:
  surface::Rect cursor_;
};

std::unique_ptr<Scene> create(surface::Size) { return std::make_unique<BlinkingScene>(); }

}  // namespace

extern const SceneRow kBlinkingScene = {"blinking", "a still page with a blinking cursor", create};

}  // namespace lucarne::bench
