// SPDX-License-Identifier: Apache-2.0
// The bar along the top. Its left end stays empty: the desktop draws the stamp there.
#pragma once

#include "demo/guest/widget.h"

namespace lucarne::demo {

class TopBar final : public Widget {
 public:
  static constexpr int kHeight = 32;

  explicit TopBar(surface::Size desktop);

  surface::Rect bounds() const override { return {0, 0, desktop_.width, kHeight}; }
  void draw(Canvas& canvas) const override;

 private:
  surface::Size desktop_;
  TextImage name_;
};

}  // namespace lucarne::demo
