// SPDX-License-Identifier: Apache-2.0
// The demo guest's desktop: widgets over a wallpaper, drawn into one frame.
//
// Only what changed is drawn, and every drawn frame carries a fresh stamp at (0, 0). While nothing
// changes nothing is drawn.
#pragma once

#include <memory>
#include <vector>

#include "base/clock.h"
#include "demo/guest/motion_window.h"
#include "demo/guest/notes_window.h"
#include "demo/guest/trails.h"
#include "surface/damage.h"

namespace lucarne::demo {

class Desktop {
 public:
  /// Both sides at least kSmallestSide, and acceptable to surface::isAcceptable. `Motion::Still`
  /// rests until somebody touches it: no motion, no seconds.
  Desktop(surface::Size size, Motion motion, const base::Clock& clock);

  static constexpr int kSmallestSide = 600;

  surface::Frame frame() { return {pixels_.data(), size_, size_.width * 4}; }
  surface::Size size() const { return size_; }

  /// Moves everything on to now, draws, and says what was drawn. Rectangles lie within the frame.
  surface::Damage advance();

  void onPointer(surface::GuestPoint at, bool pressed);
  void onKeysym(std::uint32_t keysym);
  std::string typedText() const { return notes_->text(); }
  std::uint32_t framesDrawn() const { return counter_; }

 private:
  void draw(const surface::Damage& damage);
  Widget* widgetAt(surface::GuestPoint at, surface::Damage& damage);

  surface::Size size_;
  const base::Clock& clock_;
  std::vector<surface::Pixel> pixels_;
  std::vector<surface::Pixel> wallpaper_;
  std::vector<std::unique_ptr<Widget>> widgets_;  // the last is on top
  NotesWindow* notes_;                            // one of widgets_
  Trails* trails_;                                // one of widgets_
  surface::Damage pending_;                       // from input since the last frame
  Widget* held_ = nullptr;                        // has the pointer until the release
  bool pressed_ = false;
  std::uint32_t counter_ = 0;
};

}  // namespace lucarne::demo
