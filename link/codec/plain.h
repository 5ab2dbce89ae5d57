// SPDX-License-Identifier: Apache-2.0
// Pixels as they are, row by row: four bytes each (B, G, R, 0) where the line is faster than the
// processor packs, three (B, G, R) elsewhere.
#pragma once

#include "link/codec/methods.h"

namespace lucarne::link {

class Plain32 final : public TileMethod {
 public:
  const char* name() const override { return "plain32"; }
  bool forward(surface::ConstFrame now, surface::ConstFrame before,
               std::vector<std::uint8_t>& out) override;
  bool inverse(base::Bytes untrustedBody, surface::Frame pixels) override;
  std::size_t longestBody(surface::Size size) const override;
};

class Plain24 final : public TileMethod {
 public:
  const char* name() const override { return "plain24"; }
  bool forward(surface::ConstFrame now, surface::ConstFrame before,
               std::vector<std::uint8_t>& out) override;
  bool inverse(base::Bytes untrustedBody, surface::Frame pixels) override;
  std::size_t longestBody(surface::Size size) const override;
};

}  // namespace lucarne::link
