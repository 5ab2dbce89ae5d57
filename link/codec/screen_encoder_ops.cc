// SPDX-License-Identifier: Apache-2.0
// The part of the encoder that writes the ops of tiles: recalled, filled, exact, or lossy.
#include <array>
#include <utility>

#include "link/codec/screen_encoder.h"
#include "link/codec/screen_encoder_piece.h"

namespace lucarne::link {

using surface::ConstFrame;
using surface::Pixel;
using surface::Rect;

namespace {

// A lossy picture of less may be made better before it is made exact.
constexpr int kFairQuality = 50;
// Of an eighth of a picture each block covers a whole tile: with less, a face is a spot.
constexpr int kSketchQuality = 45;
// A part smaller than this is as well sent as recalled.
constexpr std::int64_t kLeastRecall = 24;

}  // namespace

// Something the tile showed before is there again, in all of what changed or in a part of it: what
// a window uncovers comes back band by band.
bool ScreenEncoder::tryRecall(Piece& piece, Lane lane, std::size_t index) {
  if (!plan_.keepsTiles()) return false;
  const TileCache::Candidates old = peer_.cache().candidates(index);
  if (old.count == 0) return false;
  const ConstFrame source = sourceOf(index);
  TileState& tile = tiles_[index];
  const Bands bands = differingBands(source, peer_.picture(), tile.changed);
  for (int i = -1; i < (bands.count > 1 ? bands.count : 0); ++i) {
    const bool whole = i < 0;
    const Rect r = whole ? tile.changed : bands.rects[i];
    if (!whole && r.pixels() < kLeastRecall) continue;
    for (int c = 0; c < old.count; ++c) {
      const auto content = peer_.cache().content(old.slots[c], r);
      if (!content) continue;
      const Rect rest = differingBox(source.part(r), *content, Rect::of(r.size()));
      if (rest.pixels() * 4 > (whole ? r.pixels() : 0)) continue;
      emitRecall(piece, lane, old.slots[c], r);
      tile.changed = differingBox(source, peer_.picture(), tile.changed);
      if (tile.changed.empty()) tiles_.pop(lane);
      return true;
    }
  }
  return false;
}

void ScreenEncoder::emitRecall(Piece& piece, Lane lane, std::size_t slot, const Rect& r) {
  makeWay(piece, r);
  piece.out.push_back(static_cast<std::uint8_t>(Op::Recall));
  putVarint(piece.out, static_cast<std::uint32_t>(slot));
  putRect(piece.out, r);
  peer_.recall(slot, r);
  ++counts_.recalls;
  landed(piece, lane, r, 0);
}

bool ScreenEncoder::trySolid(Piece& piece, Lane lane, std::size_t index) {
  if (tiles_[index].photo) return false;
  const ConstFrame source = sourceOf(index);
  Rect r = tiles_[index].changed;
  Pixel colour = 0;
  if (!isSolid(source, r, colour)) return false;
  std::size_t count = 1;
  for (std::size_t next = 0; tiles_.peek(lane, count, next); ++count) {
    const TileState& tile = tiles_[next];
    Pixel other = 0;
    if (tile.changed.x != r.right() || tile.changed.y != r.y || tile.changed.height != r.height ||
        tile.snapped != tiles_[index].snapped || !isSolid(source, tile.changed, other) ||
        other != colour) {
      break;
    }
    r.width += tile.changed.width;
  }
  for (std::size_t i = 0; i < count; ++i) tiles_.pop(lane);
  makeWay(piece, r);
  piece.out.push_back(static_cast<std::uint8_t>(Op::Solid));
  putRect(piece.out, r);
  piece.out.push_back(static_cast<std::uint8_t>(colour));
  piece.out.push_back(static_cast<std::uint8_t>(colour >> 8));
  piece.out.push_back(static_cast<std::uint8_t>(colour >> 16));
  peer_.fill(r, colour);
  ++counts_.solids;
  noteDrawn();
  piece.smallDrawn = piece.smallDrawn || lane == Lane::Small;
  return true;
}

// One band of a tile in which little differs; the tile stays at the front until all have gone.
bool ScreenEncoder::tryBand(Piece& piece, Lane lane, std::size_t index) {
  TileState& tile = tiles_[index];
  if (!tile.sparse) return false;
  const ConstFrame source = sourceOf(index);
  const Bands bands = differingBands(source, peer_.picture(), tile.changed);
  if (!tile.blurred.empty()) return tryBeside(piece, lane, index, bands);
  if (bands.count == 0) {
    tiles_.pop(lane);
    return true;
  }
  const Target band{besidesTexts(bands.rects[0]), source};
  const bool lossy = band.rect.pixels() >= kLeastLossy &&
                     plan_.wantsLossy(tile.heat >= TileMap::kHot) &&
                     looksPhotographic(source, band.rect);
  if (bands.count == 1 && band.rect == bands.rects[0]) {
    tiles_.pop(lane);
  } else if (lossy) {
    tile.blurred = band.rect;
  }
  if (lossy) {
    emitLossy(piece, lane, band);
  } else {
    emitExact(piece, lane, band);
  }
  return true;
}

// The same when a band went as blocks, which differ still, and will until they are repaired: of what
// differs beside them, the first part.
bool ScreenEncoder::tryBeside(Piece& piece, Lane lane, std::size_t index, const Bands& bands) {
  const ConstFrame source = sourceOf(index);
  for (int i = 0; i < bands.count; ++i) {
    for (const Rect& side : sidesOf(bands.rects[i], tiles_[index].blurred)) {
      const Rect rest = differingBox(source, peer_.picture(), side);
      if (rest.empty()) continue;
      emitExact(piece, lane, {rest, source});
      return true;
    }
  }
  tiles_.pop(lane);
  return true;
}

void ScreenEncoder::emitLossy(Piece& piece, Lane lane, const Target& target) {
  makeWay(piece, target.rect);
  const bool sketch = lane == Lane::Large && plan_.wantsSketch() && takesSketches_;
  if (sketch ? !sketched(target) : !compress(target, plan_.quality())) {
    emitExact(piece, lane, target);
    return;
  }
  const Pixel mark = sketch ? kSketched : plan_.quality() < kFairQuality ? kRough : kInexact;
  emitOp(piece, lane, target, MethodId::Jpeg, CoderId::Stored, mark);
}

JpegStrip::Sampling ScreenEncoder::lossySampling() const {
  return takesSketches_ && plan_.crawls() ? JpegStrip::Sampling::HalfArithmetic : JpegStrip::Sampling::Half;
}

bool ScreenEncoder::sketched(const Target& target) {
  body_.clear();
  jpeg_.setQuality(kSketchQuality, JpegStrip::Sampling::Eighth);
  return jpeg_.forward(target.pixels(), {}, body_);
}

void ScreenEncoder::emitExact(Piece& piece, Lane lane, const Target& target) {
  makeWay(piece, target.rect);
  const ConstFrame pixels = target.pixels();
  MethodId method = MethodId::Plain32;
  CoderId coder = CoderId::Stored;
  body_.clear();
  if (plan_.pace() == LinePlan::Pace::Memory) {
    if (emitPlain(piece, lane, target)) return;
    methods_[0]->forward(pixels, {}, body_);
  } else if (palette_.scan(pixels)) {
    method = MethodId::Palette;
    coder = coderFor(lane, plan_.coderForPalette());
    palette_.setShape(coder == CoderId::Lz4 || coder == CoderId::Stored ? Palette::Shape::Narrow
                                                                        : Palette::Shape::Wide);
    palette_.write(body_);
  } else {
    const bool fast = plan_.pace() == LinePlan::Pace::Fast;
    coder = coderFor(lane, fast ? CoderId::Lz4 : CoderId::ZstdFresh);
    method = deltaPays(target)        ? MethodId::Delta
             : coder == CoderId::Lz4 ? MethodId::Plain32
                                     : MethodId::Gradient;
    const ConstFrame before = peer_.picture().part(target.rect);
    methods_[static_cast<std::size_t>(method)]->forward(pixels, before, body_);
  }
  emitOp(piece, lane, target, method, coder, 0);
}

// Straight into the piece: on a line at memory speed each copy counts.
bool ScreenEncoder::emitPlain(Piece& piece, Lane lane, const Target& target) {
  TileMethod& plain = *methods_[static_cast<std::size_t>(MethodId::Plain32)];
  const std::size_t bytes = plain.longestBody(target.rect.size());
  if (bytes + kLongestWholeOp > piece.room()) return false;
  piece.out.push_back(kTileOp);
  putRect(piece.out, target.rect);
  putVarint(piece.out, static_cast<std::uint32_t>(bytes));
  plain.forward(target.pixels(), {}, piece.out);
  ++counts_.ops[static_cast<std::size_t>(MethodId::Plain32)];
  counts_.bytes[static_cast<std::size_t>(MethodId::Plain32)] += bytes;
  peer_.draw(target.source, target.rect, 0);
  landed(piece, lane, target.rect, 0);
  return true;
}

// Whether most of the difference to what the peer shows is nothing, or the same as beside it.
bool ScreenEncoder::deltaPays(const Target& target) const {
  if (!peer_.inexactPart(target.rect).empty()) return false;
  const ConstFrame before = peer_.picture();
  std::int64_t looked = 0;
  std::int64_t easy = 0;
  for (int y = target.rect.y; y < target.rect.bottom(); y += 4) {
    const Pixel* p = target.source.row(y);
    const Pixel* q = before.row(y);
    Pixel last = 0;
    for (int x = target.rect.x; x < target.rect.right(); ++x) {
      const Pixel difference = (p[x] - q[x]) & surface::kColourMask;
      easy += difference == last;
      last = difference;
    }
    looked += target.rect.width;
  }
  return easy * 10 > looked * 8;
}

// zstd's streams must be unpacked in the order in which they were packed: while an op of one is on
// its way in parts, others do without.
CoderId ScreenEncoder::coderFor(Lane lane, CoderId wanted) const {
  if (wanted != CoderId::ZstdFresh) return wanted;
  const CoderId stream = lane == Lane::Repair ? CoderId::ZstdRepair : CoderId::ZstdFresh;
  for (const Outbox& outbox : outboxes_) {
    if (outbox.busy() && outbox.coder() == stream) return CoderId::Lz4;
  }
  return stream;
}

void ScreenEncoder::emitOp(Piece& piece, Lane lane, const Target& target, MethodId method,
                           CoderId coder, Pixel mark) {
  squeezed_.clear();
  if (coder != CoderId::Stored) squeezer_.squeeze(coder, body_, squeezed_);
  if (coder == CoderId::Lz4 && squeezed_.size() * 4 >= body_.size() * 3) {
    // Not worth unpacking; pixels then go in three bytes instead of four.
    coder = CoderId::Stored;
    if (method == MethodId::Plain32) {
      method = MethodId::Plain24;
      body_.clear();
      methods_[static_cast<std::size_t>(method)]->forward(target.pixels(), {}, body_);
    } else if (squeezed_.size() < body_.size()) {
      coder = CoderId::Lz4;
    }
  }
  writeOp(method, coder, target.rect, coder == CoderId::Stored ? body_ : squeezed_);
  ++counts_.ops[static_cast<std::size_t>(method)];
  counts_.bytes[static_cast<std::size_t>(method)] += op_.size();
  if (method == MethodId::Gradient) plan_.onExactPhoto(target.rect.pixels(), op_.size());
  const auto base = method == MethodId::Delta ? Outbox::Base::Shown : Outbox::Base::None;
  sendOp(piece, lane, target, coder, base, mark);
}

void ScreenEncoder::writeOp(MethodId method, CoderId coder, const Rect& r, base::Bytes body) {
  op_.clear();
  op_.push_back(static_cast<std::uint8_t>(kTileOp | static_cast<unsigned>(coder) << 4 |
                                          static_cast<unsigned>(method)));
  putRect(op_, r);
  putVarint(op_, static_cast<std::uint32_t>(body.size()));
  op_.insert(op_.end(), body.begin(), body.end());
}

// The op that was written, whole or the first part of it.
void ScreenEncoder::sendOp(Piece& piece, Lane lane, const Target& target, CoderId coder,
                           Outbox::Base base, Pixel mark) {
  if (op_.size() <= piece.room()) {
    piece.out.insert(piece.out.end(), op_.begin(), op_.end());
    peer_.draw(target.source, target.rect, mark);
    landed(piece, lane, target.rect, mark);
    return;
  }
  outboxes_[static_cast<std::size_t>(lane)].begin(op_, coder, base, target.pixels(), target.rect, mark);
  emitPart(piece, lane);
}

void ScreenEncoder::emitPart(Piece& piece, Lane lane) {
  Outbox& outbox = outboxes_[static_cast<std::size_t>(lane)];
  if (outbox.base() == Outbox::Base::None && outbox.endsWithin(piece.room())) {
    makeWay(piece, outbox.rect());  // a video's: what was begun since may build upon what is there
    if (piece.room() < Outbox::kMinRoom) return;
  }
  if (!outbox.emit(lane, piece.room(), piece.out)) return;
  peer_.drawPart(outbox.pixels(), outbox.rect(), outbox.mark());
  // What changed there meanwhile was not let in: look again.
  later_.add(outbox.rect());
  landed(piece, lane, outbox.rect(), outbox.mark());
}

void ScreenEncoder::landed(Piece& piece, Lane lane, const Rect& r, Pixel mark) {
  noteDrawn();
  if (lane == Lane::Large && std::exchange(textOnWay_, false)) settle(r);
  piece.smallDrawn = piece.smallDrawn || lane == Lane::Small;
  if (mark == 0) return;
  tiles_.visit(r, [this, mark](std::size_t i, const Rect&) { tiles_[i].doubt(mark); });
}

}  // namespace lucarne::link
