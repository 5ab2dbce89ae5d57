// SPDX-License-Identifier: Apache-2.0
// Ways to write down the pixels of a rectangle. One file per method, one interface; a coder then
// squeezes the body (coders.h), LinePlan chooses both.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include "base/byte_reader.h"
#include "link/codec/wire.h"
#include "surface/frame.h"

namespace lucarne::link {

/// One method at one end. An object serves one encoder or one decoder; it may keep scratch memory.
class TileMethod {
 public:
  virtual ~TileMethod() = default;

  virtual const char* name() const = 0;

  /// Appends the body for `now`; false, with `out` as it was, when the method does not suit these
  /// pixels. `before` is what the peer shows at the same place, exactly; of the same size. X bytes
  /// are ignored.
  virtual bool forward(surface::ConstFrame now, surface::ConstFrame before,
                       std::vector<std::uint8_t>& out) = 0;

  /// Turns a body from the peer into pixels: `pixels` holds what was there before. False when the
  /// body is not one for this size; the pixels are undefined then.
  virtual bool inverse(base::Bytes untrustedBody, surface::Frame pixels) = 0;

  /// No body for this size is longer.
  virtual std::size_t longestBody(surface::Size size) const = 0;
};

using Methods = std::array<std::unique_ptr<TileMethod>, kMethods>;

/// One of each, by MethodId.
Methods createMethods();

}  // namespace lucarne::link
