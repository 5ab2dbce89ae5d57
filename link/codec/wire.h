// SPDX-License-Identifier: Apache-2.0
// The words of the screen codec on the wire. docs/codec.md has the grammar and worked bytes.
//
//   piece := op*                        one message of Channel::Screen
//   op    := Size | FrameEnd | PieceEnd | Solid | Copy | Store | Recall | Part | Abort | tile
//
// Numbers are varints (LEB128, at most 5 bytes, below 2^32); a rectangle is four of them: x, y,
// width, height. Nothing here knows what an op does: see ScreenEncoder and ScreenDecoder.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/byte_reader.h"
#include "surface/frame.h"

namespace lucarne::link {

/// Introduction::capabilities of an end that speaks the codec of docs/codec.md.
inline constexpr std::uint32_t kScreenCodec1 = 1;
/// … whose stored tiles may outlive a session.
inline constexpr std::uint32_t kKeptTiles1 = 4;
/// … of a panel that takes MethodId::Video.
inline constexpr std::uint32_t kVideo1 = 8;

/// … of a panel that takes JPEG strips of samplings 2 and 3.
inline constexpr std::uint32_t kSketches1 = 16;

/// The grid in which damage is refined, changes are counted and contents are stored.
inline constexpr int kTile = 64;

enum class Op : std::uint8_t {
  Size = 0x01,      ///< width, height, keep: the picture has this size; kKeepPicture, kKeepStored
  FrameEnd = 0x02,  ///< everything drawn so far may be shown
  PieceEnd = 0x03,  ///< what this piece has drawn so far may be shown, the rest of the frame not yet
  Solid = 0x04,     ///< rectangle, B, G, R
  Copy = 0x05,      ///< rectangle, x and y of the source in the same picture
  Store = 0x06,     ///< first tile, count: these tiles go into the next slots of the cache
  Recall = 0x07,    ///< slot, rectangle within one tile: that part of the slot's tile
  Part = 0x08,      ///< lane, length, bytes: a piece of a tile op that did not fit
  PartEnd = 0x09,   ///< the same, and the op is complete: it happens now
  Abort = 0x0a,     ///< lane: forget the parts that came; resets the coder they used
};

/// Bits of Size's `keep`: what overlaps the picture before stays, else it is black; tiles that were
/// stored in an earlier session of the same size stay, else none is stored.
inline constexpr std::uint8_t kKeepPicture = 1;
inline constexpr std::uint8_t kKeepStored = 2;

/// A tile op is kTileOp | coder << 4 | method, a rectangle, a length and that many bytes. The one
/// of a lossy method has coder Stored.
inline constexpr std::uint8_t kTileOp = 0x80;

enum class CoderId : std::uint8_t {
  Stored = 0,
  Lz4 = 1,
  ZstdFresh = 2,   ///< one zstd stream over the session for what is new …
  ZstdRepair = 3,  ///< … and one for repairs, so that each is complete in the order it was made
};
inline constexpr int kCoders = 4;

enum class MethodId : std::uint8_t {
  Plain32 = 0,
  Plain24 = 1,
  Palette = 2,
  Delta = 3,
  Gradient = 4,
  Jpeg = 5,
  Video = 6,  ///< of a region; only where the peer said kVideo1
};
/// Those that need to know no more than a rectangle's pixels: all but Video.
inline constexpr int kMethods = 6;

/// What goes first. Parts of ops of different lanes may interleave; whole ops overtake parts.
enum class Lane : std::uint8_t {
  Small = 0,   ///< little, new: a typed letter
  Large = 1,   ///< new
  Hot = 2,     ///< new, in a place that changes all the time: a video
  Repair = 3,  ///< makes exact what was sent lossy
};
inline constexpr int kLanes = 4;

/// The largest rectangle of a tile op: 16 tiles side by side, or a strip of a video.
inline constexpr std::int64_t kMaxTileOpPixels = std::int64_t{1} << 17;
/// The largest tile op in bytes: pixels stored as they are.
inline constexpr std::size_t kMaxTileOpBytes = std::size_t{kMaxTileOpPixels} * 4 + 64;
/// Videos at a time. The body of a video's op is flags, then what a VideoEncoder wrote; its rectangle
/// may be as large as the picture, within isVideoSize, and is the same for a stream's whole life.
inline constexpr int kVideos = 2;
inline constexpr std::uint8_t kVideoStream = 1;  ///< flag: which of the streams
inline constexpr std::uint8_t kVideoFresh = 2;   ///< flag: the stream begins
/// How often ops of one piece may touch each pixel of the picture, on average: a bound on the work
/// that few hostile bytes can cause. Honest encoders stay far below.
inline constexpr std::int64_t kMaxTouchesPerPiece = 8;

void putVarint(std::vector<std::uint8_t>& out, std::uint32_t value);
/// Zero after a failure, which sticks to the reader.
std::uint32_t readVarint(base::ByteReader& reader);
std::size_t varintBytes(std::uint32_t value);

void putRect(std::vector<std::uint8_t>& out, const surface::Rect& r);
/// Nothing when it is malformed, empty or not wholly inside `bounds`.
std::optional<surface::Rect> readRect(base::ByteReader& reader, surface::Size bounds);

/// Tiles across and down; edge tiles are cut by the picture.
surface::Size tileGrid(surface::Size picture);
surface::Rect tileRect(std::size_t index, surface::Size picture);

}  // namespace lucarne::link
