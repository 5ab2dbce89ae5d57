// SPDX-License-Identifier: Apache-2.0
#include "demo/guest/top_bar.h"

#include <fmt/format.h>

#include "surface/stamp.h"

namespace lucarne::demo {

TopBar::TopBar(surface::Size desktop)
    : desktop_(desktop),
      name_(
          Font(Typeface::Sans, 15)
              .render(fmt::format("Lucarne demo guest   {} × {}", desktop.width, desktop.height))) {
}

void TopBar::draw(Canvas& canvas) const {
  canvas.fill(bounds(), {0x0c0a18, 0.62});
  canvas.text(name_, {surface::Stamp::kSize.width + 20, (kHeight - name_.size.height) / 2},
              {0xf0e8ff});
}

}  // namespace lucarne::demo
