// SPDX-License-Identifier: Apache-2.0
#include "input-broker/devices/calibration.h"

#include <algorithm>
#include <cmath>

namespace lucarne::input {

namespace {

double unit(const Axis& axis, std::int32_t raw) {
  // A count is an interval, as a pixel is: its middle counts.
  const double range = static_cast<double>(axis.maximum) - axis.minimum + 1;
  return range <= 1 ? 0.5 : (static_cast<double>(raw) - axis.minimum + 0.5) / range;
}

int pixel(double at, int pixels) {
  if (pixels <= 0 || !std::isfinite(at)) return 0;
  return static_cast<int>(std::clamp(std::floor(at * pixels), 0.0, pixels - 1.0));
}

}  // namespace

surface::PanelPoint toPanel(const Calibration& calibration, const Axis& x, const Axis& y,
                            std::int32_t rawX, std::int32_t rawY, surface::Size panel) {
  const auto& m = calibration.matrix;
  const double ux = unit(x, rawX);
  const double uy = unit(y, rawY);
  return {pixel(m[0] * ux + m[1] * uy + m[2], panel.width),
          pixel(m[3] * ux + m[4] * uy + m[5], panel.height)};
}

}  // namespace lucarne::input
