// SPDX-License-Identifier: Apache-2.0
// A page that shows what is typed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "demo/guest/window.h"

namespace lucarne::demo {

class NotesWindow final : public Window {
 public:
  NotesWindow(surface::GuestPoint at, surface::Size desktop);

  /// What was typed, as UTF-8.
  std::string text() const;

  bool onKeysym(std::uint32_t keysym, surface::Damage& damage) override;

 private:
  void drawContent(Canvas& canvas) const override;
  void layOut();
  std::u32string_view takeLine(std::u32string_view& rest) const;

  Font font_;
  TextImage hint_;
  std::u32string text_;
  std::vector<TextImage> lines_;  // the last ones that fit
};

}  // namespace lucarne::demo
