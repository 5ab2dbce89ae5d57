// SPDX-License-Identifier: Apache-2.0
// Pieces from a ScreenEncoder become a picture.
//
// Keeps its own picture, so that what is shown changes only at frame ends whatever the line does in
// between. Every byte is as hostile as the peer: memory is bounded by the picture's size and the
// constants in wire.h, work per piece by kMaxTouchesPerPiece.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "base/byte_reader.h"
#include "base/result.h"
#include "link/codec/coders.h"
#include "link/codec/methods.h"
#include "link/codec/picture_digest.h"
#include "link/codec/tile_cache.h"
#include "link/codec/video_library.h"
#include "link/codec/wire.h"
#include "surface/damage.h"
#include "surface/frame.h"

namespace lucarne::link {

class ScreenDecoder {
 public:
  /// What a piece made ready to be shown.
  struct Shown {
    bool resized = false;  ///< the picture has another size than what was shown before
    surface::Damage damage;
  };

  ScreenDecoder();

  /// Takes videos from now on, or no more (nullptr): what was not announced to the peer is an error.
  void acceptVideo(std::shared_ptr<const VideoLibrary> library);
  /// Whether `apply` failed because of a video. Sticks: a peer that did so is better not asked again.
  bool videoFailed() const { return videoFailed_; }

  /// A fresh session: streams and parts are forgotten; the picture stays, and stored tiles do until
  /// the peer's Size says otherwise.
  void reset();

  /// One message of Channel::Screen. After an error nothing more can be understood before `reset`.
  base::Result<Shown> apply(base::Bytes untrustedPiece);

  /// Empty before the first Size. Holds more than was shown while a frame is under way.
  surface::ConstFrame picture() const;
  /// What is still here, for the peer of a fresh session.
  PictureDigest digest() const;

 private:
  struct Assembly {
    std::vector<std::uint8_t> bytes;
    bool open = false;
  };
  struct Video {
    surface::Rect rect;
    std::unique_ptr<VideoDecoder> decoder;  // nullptr: none begun
  };
  using Outcome = base::Result<void>;

  Outcome applyOp(base::ByteReader& reader, Shown& shown);
  Outcome onSize(base::ByteReader& reader);
  Outcome onSolid(base::ByteReader& reader);
  Outcome onCopy(base::ByteReader& reader);
  Outcome onStore(base::ByteReader& reader);
  Outcome onRecall(base::ByteReader& reader);
  Outcome onPart(base::ByteReader& reader, bool last);
  Outcome onAbort(base::ByteReader& reader);
  Outcome onTile(std::uint8_t op, base::ByteReader& reader);
  Outcome onVideo(const surface::Rect& r, base::Bytes untrustedBody);
  void show(surface::Damage& what, Shown& shown);
  /// Counts the work against the piece's limit, and the place as drawn.
  bool touch(const surface::Rect& r);
  surface::Frame frame();

  surface::Size size_;
  std::vector<surface::Pixel> pixels_;
  TileCache cache_;
  Methods methods_;
  Unsqueezer unsqueezer_;
  std::array<Assembly, kLanes> lanes_;
  std::shared_ptr<const VideoLibrary> videoLibrary_;
  std::array<Video, kVideos> videos_;
  bool videoFailed_ = false;
  surface::Damage frameDamage_;  // drawn and not yet shown
  surface::Damage pieceDamage_;  // the part of it that came with this piece
  bool resized_ = false;         // not yet told
  std::int64_t touchesLeft_ = 0;
};

}  // namespace lucarne::link
