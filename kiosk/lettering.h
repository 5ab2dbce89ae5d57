// SPDX-License-Identifier: Apache-2.0
// Words as pixels: with a TrueType font where the machine has one, else with the built-in one.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kiosk/scene.h"

struct _TTF_Font;

namespace lucarne::kiosk {

class Lettering {
 public:
  /// `fontPath` empty: the first font found in the usual places. Throws SetupError when a font that
  /// was named cannot be used.
  explicit Lettering(const std::string& fontPath);
  ~Lettering();
  Lettering(const Lettering&) = delete;
  Lettering& operator=(const Lettering&) = delete;

  /// Always the built-in font.
  static Lettering builtIn() { return Lettering(); }

  /// One line of UTF-8, about `height` pixels high. Empty text gives an empty image.
  Image line(std::string_view text, int height, surface::Pixel colour);
  int widthOf(std::string_view text, int height);

  /// Breaks at spaces, and inside words that are wider than `width`.
  std::vector<std::string> wrapped(std::string_view text, int height, int width);

 private:
  Lettering() = default;

  bool sized(int height);
  Image pixelLine(std::string_view text, int height, surface::Pixel colour) const;

  bool started_ = false;        // TTF_Init
  _TTF_Font* font_ = nullptr;   // closed before TTF_Quit
};

}  // namespace lucarne::kiosk
