// SPDX-License-Identifier: Apache-2.0
#include "link/codec/screen_decoder.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace lucarne::link {

using surface::ConstFrame;
using surface::Damage;
using surface::Frame;
using surface::Pixel;
using surface::Rect;
using surface::Size;

namespace {
// A new picture of the largest size, and a little: what a piece may touch beyond the factor.
constexpr std::int64_t kFreeTouches = surface::kMaxPixels;
// What a video's pixel costs, as touches, and the beginning of one.
constexpr std::int64_t kVideoTouches = 3;
constexpr std::int64_t kVideoBeginning = 500'000;
}  // namespace

ScreenDecoder::ScreenDecoder() : methods_(createMethods()) {}

void ScreenDecoder::acceptVideo(std::shared_ptr<const VideoLibrary> library) {
  for (Video& video : videos_) video = {};
  videoLibrary_ = std::move(library);
}

void ScreenDecoder::reset() {
  for (Assembly& lane : lanes_) lane = {};
  for (Video& video : videos_) video = {};
  unsqueezer_.reset(CoderId::ZstdFresh);
  unsqueezer_.reset(CoderId::ZstdRepair);
  pieceDamage_.clear();
}

ConstFrame ScreenDecoder::picture() const {
  if (size_.empty()) return {};
  return {pixels_.data(), size_, size_.width * 4};
}

PictureDigest ScreenDecoder::digest() const {
  PictureDigest digest = PictureDigest::of(picture());
  if (cache_.picture() == size_) digest.stored = cache_.state();
  return digest;
}

Frame ScreenDecoder::frame() { return {pixels_.data(), size_, size_.width * 4}; }

base::Result<ScreenDecoder::Shown> ScreenDecoder::apply(base::Bytes untrustedPiece) {
  base::ByteReader reader(untrustedPiece);
  Shown shown;
  touchesLeft_ = kFreeTouches + kMaxTouchesPerPiece * size_.pixels();
  pieceDamage_.clear();
  while (reader.left() > 0) {
    const Outcome outcome = applyOp(reader, shown);
    if (!outcome) return base::unexpected("screen piece: " + outcome.error().message);
  }
  return shown;
}

ScreenDecoder::Outcome ScreenDecoder::applyOp(base::ByteReader& reader, Shown& shown) {
  const std::uint8_t op = reader.u8();
  if ((op & kTileOp) != 0) return onTile(op, reader);
  switch (static_cast<Op>(op)) {
    case Op::Size:
      return onSize(reader);
    case Op::FrameEnd:
      pieceDamage_.clear();
      show(frameDamage_, shown);
      return {};
    case Op::PieceEnd:
      show(pieceDamage_, shown);
      return {};
    case Op::Solid:
      return onSolid(reader);
    case Op::Copy:
      return onCopy(reader);
    case Op::Store:
      return onStore(reader);
    case Op::Recall:
      return onRecall(reader);
    case Op::Part:
      return onPart(reader, false);
    case Op::PartEnd:
      return onPart(reader, true);
    case Op::Abort:
      return onAbort(reader);
  }
  return base::unexpected(fmt::format("unknown op {:#04x}", op));
}

void ScreenDecoder::show(Damage& what, Shown& shown) {
  if (std::exchange(resized_, false)) {
    shown.resized = true;
    shown.damage.clear();
  }
  shown.damage.add(what);
  what.clear();
}

bool ScreenDecoder::touch(const Rect& r) {
  touchesLeft_ -= r.pixels();
  if (touchesLeft_ < 0) return false;
  frameDamage_.add(r);
  pieceDamage_.add(r);
  return true;
}

ScreenDecoder::Outcome ScreenDecoder::onSize(base::ByteReader& reader) {
  const std::uint32_t width = readVarint(reader);
  const std::uint32_t height = readVarint(reader);
  const std::uint8_t keep = reader.u8();
  if (!reader.ok() || keep > (kKeepPicture | kKeepStored) || !surface::isAcceptable(width, height)) {
    return base::unexpected(fmt::format("a size of {}x{}", width, height));
  }
  const Size size{static_cast<int>(width), static_cast<int>(height)};
  const bool keepPicture = (keep & kKeepPicture) != 0;
  const bool keepStored = (keep & kKeepStored) != 0;
  if (keepStored && size != cache_.picture()) return base::unexpected("no tiles stored of that size");
  touchesLeft_ -= size.pixels();
  if (touchesLeft_ < 0) return base::unexpected("too much work for one piece");
  if (!keepPicture || size != size_) {
    std::vector<Pixel> fresh(static_cast<std::size_t>(size.pixels()));
    if (keepPicture && !size_.empty()) {
      copyPixels(picture(), {fresh.data(), size, size.width * 4}, Rect::of(size));
    }
    pixels_ = std::move(fresh);
    size_ = size;
  }
  reset();
  if (!keepStored) cache_.reset(size_);
  frameDamage_.clear();
  pieceDamage_.clear();
  frameDamage_.add(Rect::of(size_));
  resized_ = true;
  return {};
}

ScreenDecoder::Outcome ScreenDecoder::onSolid(base::ByteReader& reader) {
  const std::optional<Rect> r = readRect(reader, size_);
  const base::Bytes colour = reader.take(3);
  if (!r || !reader.ok()) return base::unexpected("solid: not a rectangle of the picture");
  if (!touch(*r)) return base::unexpected("too much work for one piece");
  fillPixels(frame(), *r, static_cast<Pixel>(colour[0] | colour[1] << 8 | colour[2] << 16));
  return {};
}

ScreenDecoder::Outcome ScreenDecoder::onCopy(base::ByteReader& reader) {
  const std::optional<Rect> to = readRect(reader, size_);
  const std::int64_t x = readVarint(reader);
  const std::int64_t y = readVarint(reader);
  if (!to || !reader.ok() || x + to->width > size_.width || y + to->height > size_.height) {
    return base::unexpected("copy: not within the picture");
  }
  if (!touch(*to)) return base::unexpected("too much work for one piece");
  const Rect from{static_cast<int>(x), static_cast<int>(y), to->width, to->height};
  movePixels(frame(), from, {to->x, to->y});
  return {};
}

ScreenDecoder::Outcome ScreenDecoder::onStore(base::ByteReader& reader) {
  const std::uint32_t first = readVarint(reader);
  const std::uint32_t count = readVarint(reader);
  const std::int64_t tiles = tileGrid(size_).pixels();
  if (!reader.ok() || std::int64_t{first} + count > tiles) {
    return base::unexpected("store: not tiles of the picture");
  }
  touchesLeft_ -= std::int64_t{count} * kTile * kTile;
  if (touchesLeft_ < 0) return base::unexpected("too much work for one piece");
  for (std::uint32_t i = 0; i < count; ++i) cache_.store(picture(), first + i);
  return {};
}

ScreenDecoder::Outcome ScreenDecoder::onRecall(base::ByteReader& reader) {
  const std::uint32_t slot = readVarint(reader);
  const std::optional<Rect> r = readRect(reader, size_);
  if (!r || r->x / kTile != (r->right() - 1) / kTile || r->y / kTile != (r->bottom() - 1) / kTile) {
    return base::unexpected("recall: not within a tile");
  }
  const std::optional<ConstFrame> content = cache_.content(slot, *r);
  if (!content) return base::unexpected("recall: nothing stored there");
  if (!touch(*r)) return base::unexpected("too much work for one piece");
  copyPixels(*content, frame().part(*r), Rect::of(r->size()));
  return {};
}

ScreenDecoder::Outcome ScreenDecoder::onPart(base::ByteReader& reader, bool last) {
  const std::uint8_t lane = reader.u8();
  const base::Bytes bytes = reader.take(readVarint(reader));
  if (!reader.ok() || lane >= kLanes) return base::unexpected("part: cut short");
  Assembly& assembly = lanes_[lane];
  if (assembly.bytes.size() + bytes.size() > kMaxTileOpBytes) {
    return base::unexpected("part: too long in all");
  }
  assembly.bytes.insert(assembly.bytes.end(), bytes.begin(), bytes.end());
  if (!last) return {};
  const std::vector<std::uint8_t> whole = std::move(assembly.bytes);
  assembly = {};
  base::ByteReader op(whole);
  const std::uint8_t head = op.u8();
  if ((head & kTileOp) == 0) return base::unexpected("part: not of a tile");
  const Outcome outcome = onTile(head, op);
  if (outcome && op.left() > 0) return base::unexpected("part: bytes behind the tile");
  return outcome;
}

ScreenDecoder::Outcome ScreenDecoder::onAbort(base::ByteReader& reader) {
  const std::uint8_t lane = reader.u8();
  const std::uint8_t coder = reader.u8();
  if (!reader.ok() || lane >= kLanes || coder >= kCoders) return base::unexpected("abort: no such lane");
  lanes_[lane] = {};
  unsqueezer_.reset(static_cast<CoderId>(coder));
  return {};
}

ScreenDecoder::Outcome ScreenDecoder::onTile(std::uint8_t op, base::ByteReader& reader) {
  const int coder = (op >> 4) & 7;
  const int method = op & 15;
  const std::optional<Rect> r = readRect(reader, size_);
  const base::Bytes squeezed = reader.take(readVarint(reader));
  const bool video = op == (kTileOp | static_cast<int>(MethodId::Video)) && videoLibrary_;
  if (!reader.ok() || !r || (!video && r->pixels() > kMaxTileOpPixels)) {
    return base::unexpected("tile: not a rectangle of the picture, or cut short");
  }
  if (video) {
    const Outcome outcome = onVideo(*r, squeezed);
    videoFailed_ = videoFailed_ || !outcome;
    return outcome;
  }
  if (coder >= kCoders || method >= kMethods) return base::unexpected("tile: unknown method");
  if (!touch(*r)) return base::unexpected("too much work for one piece");
  TileMethod& how = *methods_[static_cast<std::size_t>(method)];
  const std::optional<base::Bytes> body =
      unsqueezer_.unsqueeze(static_cast<CoderId>(coder), squeezed, how.longestBody(r->size()));
  if (!body) return base::unexpected("tile: cannot be unpacked");
  if (!how.inverse(*body, frame().part(*r))) {
    return base::unexpected(fmt::format("tile: not {} of {}x{}", how.name(), r->width, r->height));
  }
  return {};
}

ScreenDecoder::Outcome ScreenDecoder::onVideo(const Rect& r, base::Bytes untrustedBody) {
  base::ByteReader reader(untrustedBody);
  const std::uint8_t flags = reader.u8();
  if (!reader.ok() || flags > (kVideoStream | kVideoFresh) || !isVideoSize(r.size())) {
    return base::unexpected("video: no such stream");
  }
  Video& video = videos_[flags & kVideoStream];
  const bool fresh = (flags & kVideoFresh) != 0;
  touchesLeft_ -= (kVideoTouches - 1) * r.pixels() + (fresh ? kVideoBeginning : 0);
  if (!touch(r)) return base::unexpected("too much work for one piece");
  if (fresh) video = {r, videoLibrary_->createDecoder(r.size())};
  if (!video.decoder || video.rect != r) return base::unexpected("video: a stream that did not begin");
  if (!video.decoder->decode(reader.take(reader.left()), frame().part(r))) {
    return base::unexpected(fmt::format("video: not a picture of {}x{}", r.width, r.height));
  }
  return {};
}

}  // namespace lucarne::link
