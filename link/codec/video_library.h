// SPDX-License-Identifier: Apache-2.0
// H.264 through libavcodec (ITU-T H.264; libx264 writes, libavcodec's own decoder reads), for regions
// that never rest: what ScreenEncoder and ScreenDecoder know of it.
//
// The library is loaded when it is asked for and not before: with what it brings it costs 16 MiB of
// resident memory and 20 ms, which a relay that meets no video must not pay. Its headers are needed
// to build (without them `load` says so), the library only to run. docs/decisions/video-h264.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/byte_reader.h"
#include "base/result.h"
#include "surface/frame.h"

namespace lucarne::link {

/// A region's side in pixels: even, and at least this.
inline constexpr int kLeastVideoSide = 16;
/// What either end holds for one region at most; beyond it a region is no video. 4096x2304.
inline constexpr std::int64_t kMaxVideoPixels = std::int64_t{4096} * 2304;

/// Whether a region of this size can be a video: sides even, not too small, not too large.
constexpr bool isVideoSize(surface::Size size) {
  return size.width >= kLeastVideoSide && size.height >= kLeastVideoSide && size.width % 2 == 0 &&
         size.height % 2 == 0 && size.pixels() <= kMaxVideoPixels;
}

/// One stream at the sender's end. One thread, no delay: a picture in, its bytes out.
class VideoEncoder {
 public:
  virtual ~VideoEncoder() = default;

  /// Appends what the peer's VideoDecoder needs for `picture`, which has the size of the stream:
  /// about `targetBytes`, seldom half as much again. The first picture is whole by itself, each later
  /// one builds upon the one before. False, with `out` as it was: the stream is broken for good.
  virtual bool encode(surface::ConstFrame picture, std::size_t targetBytes,
                      std::vector<std::uint8_t>& out) = 0;
};

/// One stream at the receiver's end. Memory is bounded by the size it was made for.
class VideoDecoder {
 public:
  virtual ~VideoDecoder() = default;

  /// Turns what one `encode` wrote into pixels, X bytes zero. False when the bytes are not that, and
  /// for all later ones then; `pixels` may have been drawn over.
  virtual bool decode(base::Bytes untrusted, surface::Frame pixels) = 0;
};

/// The loaded library. Outlived by nothing that it made.
class VideoLibrary {
 public:
  virtual ~VideoLibrary() = default;

  /// Loads it, at each call anew. An error says what is missing.
  static base::Result<std::shared_ptr<const VideoLibrary>> load();

  /// For regions of an `isVideoSize`. Nothing when the library cannot: built without libx264, say.
  virtual std::unique_ptr<VideoEncoder> createEncoder(surface::Size size) const = 0;
  virtual std::unique_ptr<VideoDecoder> createDecoder(surface::Size size) const = 0;
};

}  // namespace lucarne::link
