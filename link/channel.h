// SPDX-License-Identifier: Apache-2.0
// What a link carries, in the order in which it goes first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace lucarne::link {

/// The number is on the wire (docs/link.md). A lower one overtakes a higher one between pieces.
enum class Channel : std::uint8_t {
  Control = 0,  ///< wanted size, phase, title, acknowledgements of the layer above
  Input = 1,    ///< keys, pointer, touch
  Cursor = 2,   ///< the pointer's picture and place
  Screen = 3,   ///< pieces of picture
  Streams = 4,  ///< the tunnel's bytes; gets an eighth of the line while a screen wants all of it
};
inline constexpr int kChannels = 5;

/// A message is never longer than this, whole or in fragments: a bound on what a peer can make us
/// hold. A cursor of 256x256 pixels (256 KiB) fits four times.
inline constexpr std::size_t kMaxMessage = std::size_t{1} << 20;

/// The longest piece that a feed is ever asked for; one frame carries it whole.
inline constexpr std::size_t kMaxPiece = 65500;

/// Data that is made at the moment the line has room for it, so that it is never older than the
/// line is slow. Pulled from the loop's thread, never from inside `feedReady`.
class Feed {
 public:
  virtual ~Feed() = default;

  /// Appends one message of at most `maxBytes` bytes to `out` (which may hold bytes already: leave
  /// them alone) and answers true; or answers false, appends nothing, and is not asked again before
  /// `feedReady`. After true it is asked again as soon as there is room. A piece that is longer
  /// than `maxBytes` is a bug of the feed. `maxBytes` is at least 100 and follows the line's rate:
  /// on a slow line pieces must be small. What was emitted will arrive, once and in order, or the
  /// session ends: after the next `onUp` both ends start from nothing.
  virtual bool nextPiece(std::size_t maxBytes, std::vector<std::uint8_t>& out) = 0;
};

}  // namespace lucarne::link
