// SPDX-License-Identifier: Apache-2.0
// For photographs: green, blue minus green, red minus green as three planes, each predicted from the
// left, upper and upper left neighbour with the median edge detector of LOCO-I (Weinberger, Seroussi
// and Sapiro, "The LOCO-I lossless image compression algorithm", 2000, section III-A). What remains
// is small numbers around zero, which zstd's entropy stage packs well.
#pragma once

#include "link/codec/methods.h"

namespace lucarne::link {

class Gradient final : public TileMethod {
 public:
  const char* name() const override { return "gradient"; }
  bool forward(surface::ConstFrame now, surface::ConstFrame before,
               std::vector<std::uint8_t>& out) override;
  bool inverse(base::Bytes untrustedBody, surface::Frame pixels) override;
  std::size_t longestBody(surface::Size size) const override;

 private:
  std::vector<std::uint8_t> planes_;
};

}  // namespace lucarne::link
