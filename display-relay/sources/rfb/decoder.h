// SPDX-License-Identifier: Apache-2.0
// Turns the bytes of one rectangle into pixels: one decoder per encoding.
//
// A decoder is fed whatever has arrived and stops where the bytes stop; it is asked again when
// there are more. It keeps no pointer to the picture: the frame is lent anew with every call, since
// a Screen may continue in another buffer between two calls (with everything painted so far).
// After an error the connection is over and the decoder must not be used again.
#pragma once

#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include "base/byte_reader.h"
#include "base/result.h"
#include "display-relay/sources/rfb/protocol.h"
#include "surface/frame.h"

namespace lucarne::relay::rfb {

/// What one call came to.
struct Step {
  std::size_t used = 0;  ///< bytes eaten from the front of what was available
  bool done = false;     ///< the rectangle is complete
};

/// With this many bytes available, a decoder that is not done eats at least one: so a buffer of
/// this size never starves. The largest piece that must be whole is a hextile tile with 255
/// coloured subrectangles, 1540 bytes.
inline constexpr std::size_t kMaxPiece = 4096;

class RectDecoder {
 public:
  virtual ~RectDecoder() = default;

  /// Starts a rectangle; it lies within the frame and is not empty.
  virtual void begin(const surface::Rect& rect) = 0;

  /// Paints what `available` tells. `frame` has the size it had at `begin`.
  virtual base::Result<Step> take(base::Bytes available, surface::Frame frame) = 0;

  /// Where the next bytes from the socket may be put without passing through here (Raw: the rows of
  /// the picture). Appends at most `maxPieces`; answers their bytes together, 0 when there is no
  /// such place. `landed` says how many bytes were put there, and answers whether that completed
  /// the rectangle.
  virtual std::size_t direct(surface::Frame, std::size_t /*maxPieces*/,
                             std::vector<iovec>& /*pieces*/) {
    return 0;
  }
  virtual bool landed(std::size_t /*bytes*/) { return false; }
};

/// A 3-byte pixel as ZRLE has it (B, G, R) and as Tight has it (R, G, B).
inline surface::Pixel pixelBgr(const std::uint8_t* p) {
  return static_cast<surface::Pixel>(p[0] | p[1] << 8 | p[2] << 16);
}
inline surface::Pixel pixelRgb(const std::uint8_t* p) {
  return static_cast<surface::Pixel>(p[2] | p[1] << 8 | p[0] << 16);
}

std::unique_ptr<RectDecoder> createRawDecoder();
std::unique_ptr<RectDecoder> createCopyRectDecoder();
std::unique_ptr<RectDecoder> createRreDecoder();
std::unique_ptr<RectDecoder> createHextileDecoder();
std::unique_ptr<RectDecoder> createZrleDecoder();
std::unique_ptr<RectDecoder> createTightDecoder();

/// The decoders of one connection. Those with compression streams keep them from rectangle to
/// rectangle, so a new connection needs a new set.
class Decoders {
 public:
  /// nullptr for an encoding that carries no pixels or that this client does not know.
  RectDecoder* find(Encoding encoding);

 private:
  struct Entry {
    Encoding encoding;
    std::unique_ptr<RectDecoder> (*create)();
    std::unique_ptr<RectDecoder> decoder;  // made at its first rectangle
  };

  std::array<Entry, 6> entries_ = {{
      {Encoding::Raw, createRawDecoder, nullptr},
      {Encoding::CopyRect, createCopyRectDecoder, nullptr},
      {Encoding::Rre, createRreDecoder, nullptr},
      {Encoding::Hextile, createHextileDecoder, nullptr},
      {Encoding::Zrle, createZrleDecoder, nullptr},
      {Encoding::Tight, createTightDecoder, nullptr},
  }};
};

}  // namespace lucarne::relay::rfb
