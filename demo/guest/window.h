// SPDX-License-Identifier: Apache-2.0
// A widget with a frame and a title, which can be dragged by it.
#pragma once

#include <string>

#include "demo/guest/widget.h"

namespace lucarne::demo {

class Window : public Widget {
 public:
  static constexpr int kTitleHeight = 34;
  static constexpr int kShadow = 14;  // around the frame

  /// `frame` is the window without its shadow; `desktop` is where it stays when dragged.
  Window(const std::string& title, const surface::Rect& frame, surface::Size desktop);

  surface::Rect bounds() const final;
  void draw(Canvas& canvas) const final;
  bool onPress(surface::GuestPoint at, surface::Damage& damage) final;
  void onDrag(surface::GuestPoint at, surface::Damage& damage) final;
  void onRelease(surface::Damage& damage) final;

 protected:
  /// The part below the title.
  surface::Rect content() const;
  virtual void drawContent(Canvas& canvas) const = 0;
  virtual void onContentPress(surface::GuestPoint, surface::Damage&) {}

 private:
  surface::Rect frame_;
  surface::Size desktop_;
  TextImage title_;
  surface::GuestPoint grip_;  // where in the frame the title was taken
  bool dragged_ = false;
};

}  // namespace lucarne::demo
