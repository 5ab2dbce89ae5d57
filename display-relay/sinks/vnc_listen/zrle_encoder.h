// SPDX-License-Identifier: Apache-2.0
// Rectangles in ZRLE (RFC 6143, 7.7.6): tiles of 64 x 64, one zlib stream a connection.
//
// Each tile is one colour, a palette of at most 16, or plain pixels; run lengths are left to zlib.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <vector>

#include "display-relay/sinks/vnc_listen/viewer_pixels.h"

namespace lucarne::relay::vnc_listen {

class ZrleEncoder {
 public:
  ZrleEncoder();
  ~ZrleEncoder();
  ZrleEncoder(const ZrleEncoder&) = delete;
  ZrleEncoder& operator=(const ZrleEncoder&) = delete;

  /// Appends the rectangle's payload: its length and the compressed tiles. `part` is not empty.
  void encode(surface::ConstFrame part, const PixelFormat& format, std::vector<std::uint8_t>& out);

 private:
  void addTile(surface::ConstFrame tile, const PixelFormat& format);

  z_stream stream_{};
  std::vector<surface::Pixel> pixels_;  // of one tile, colours only
  std::vector<std::uint8_t> plain_;
};

}  // namespace lucarne::relay::vnc_listen
