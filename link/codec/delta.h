// SPDX-License-Identifier: Apache-2.0
// The difference to what the peer shows at that place, modulo 256, as three planes (B, G, R). Small
// after a coder where little moved or everything drifted by the same amount.
#pragma once

#include "link/codec/methods.h"

namespace lucarne::link {

class Delta final : public TileMethod {
 public:
  const char* name() const override { return "delta"; }
  bool forward(surface::ConstFrame now, surface::ConstFrame before,
               std::vector<std::uint8_t>& out) override;
  bool inverse(base::Bytes untrustedBody, surface::Frame pixels) override;
  std::size_t longestBody(surface::Size size) const override;
};

}  // namespace lucarne::link
