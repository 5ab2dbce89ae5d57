// SPDX-License-Identifier: Apache-2.0
// The part of the encoder that chooses what a piece holds, op after op.
#include <algorithm>
#include <utility>

#include "link/codec/screen_encoder.h"
#include "link/codec/screen_encoder_piece.h"

namespace lucarne::link {

using surface::ConstFrame;
using surface::Pixel;
using surface::Rect;

namespace {

// Of the line, for what changes all the time, while something large is under way: a third.
constexpr std::int64_t kHotShare = 3;
// What came one large frame behind the other in less than this moves; slower motion, of a guest or of
// this machine, lasts half as long again as from one frame to the next.
constexpr base::Duration kMotion = std::chrono::milliseconds(100);
// Repairs that are on the line delay what moves: they get one part in so many of it, and one in so
// many where the line has no pause at all, lest a video leaves everything beside it blurred.
constexpr int kRepairShare = 3;
constexpr int kRepairShareOfBusy = 8;
// Pixels that are kept aside take up to a whole picture: returned when none were for this long.
constexpr base::Duration kAsideLasts = std::chrono::seconds(1);
// A newer picture is wanted this long before it can be sent: about one piece. How long it takes to come
// is known to whoever brings it.
constexpr base::Duration kPictureAhead = std::chrono::milliseconds(20);
// A picture that waits longer than this, or than half of a frame, is old.
constexpr base::Duration kPictureAge = std::chrono::milliseconds(20);
// A frame that takes longer than this is shown as it comes.
constexpr base::Duration kShowAnyway = std::chrono::milliseconds(200);

// The largest rectangle of `r` outside of `hole`; empty when there is none.
Rect largestBeside(const Rect& r, const Rect& hole) {
  const auto sides = sidesOf(r, hole);
  return *std::max_element(sides.begin(), sides.end(), [](const Rect& a, const Rect& b) {
    return a.pixels() < b.pixels();
  });
}

}  // namespace

base::TimePoint ScreenEncoder::deadline() const {
  if (!damage_.empty() || !urgent_.empty() || !later_.empty()) return now_;
  const base::TimePoint repair = moves() ? std::min(repairAt_, motionEnds()) : now_;
  for (int i = 0; i < kLanes; ++i) {
    if (outboxes_[static_cast<std::size_t>(i)].busy()) {
      return static_cast<Lane>(i) == Lane::Repair ? repair : now_;
    }
  }
  bool queued = false;
  tiles_.visitQueued([&](std::size_t i) { queued = queued || !tiles_[i].changed.empty(); });
  if (queued || videoWaits()) return now_;
  base::TimePoint first = base::TimePoint::max();
  for (const Video& video : videos_) {
    if (video.encoder) first = std::min(first, restsAt(video));
  }
  for (std::size_t i = 0; i < tiles_.count(); ++i) {
    if (tiles_[i].inexact && !isVideo(tiles_.rect(i))) first = std::min(first, restsFrom(tiles_[i]));
  }
  return std::max(first, repair);
}

std::size_t ScreenEncoder::tilesWaiting() const {
  std::size_t waiting = 0;
  tiles_.visitQueued([&](std::size_t i) { waiting += !tiles_[i].changed.empty(); });
  return waiting;
}

bool ScreenEncoder::wantsPicture() const {
  const base::TimePoint now = clock_.now();
  base::Duration ahead{};
  if (const auto waiting = static_cast<std::int64_t>(tilesWaiting()); waiting > 0) {
    // At the pace of this frame or of the one before, whichever is slower: the first piece took no time.
    const auto all = std::max(static_cast<std::int64_t>(frameTiles_), waiting);
    const base::Duration asThis = (now - frameStart_) * waiting / std::max<std::int64_t>(all - waiting, 1);
    const base::Duration asBefore = frameTook_ * waiting / all;
    ahead = std::max(asThis, asBefore);
  }
  // What was painted just now and not begun yet is the next frame; what was painted long ago will be
  // old by then.
  const bool untaken = !damage_.empty() || !later_.empty();
  if (untaken && now - damagedAt_ < std::max(kPictureAge, frameTook_ / 2)) ahead += frameTook_;
  return ahead < kPictureAhead;
}

base::TimePoint ScreenEncoder::motionEnds() const {
  return movedAt_ + std::max(kMotion, interval_ * 3 / 2);
}

bool ScreenEncoder::moves() const { return now_ < motionEnds(); }

// One op, in the order of the lanes. False: nothing is left to say.
bool ScreenEncoder::step(Piece& piece) {
  if (advance(piece, Lane::Small)) return true;
  if (piece.smallDrawn && frameUnderWay()) {
    piece.smallDrawn = false;
    piece.out.push_back(static_cast<std::uint8_t>(Op::PieceEnd));
  }
  if (advanceFrame(piece)) return true;
  if (drawn_) {
    endFrame(piece);
    return true;
  }
  if (!later_.empty()) {
    // The peer looks at its picture when it has the whole piece: it must not find the beginning of
    // another frame in what it shows of this one.
    if (piece.frameEnded) return advanceRepair(piece, kRepairShareOfBusy);
    if (piece.room() < kLeastPiece) return false;
    takeDamage(piece);
    return true;
  }
  return advanceRepair(piece, kRepairShare);
}

// What is large and comes once goes before what changes all the time; but one part in kHotShare of
// the line is for the latter, or a first picture on a slow line would stop every clock.
bool ScreenEncoder::advanceFrame(Piece& piece) {
  const bool largeWaits =
      outboxes_[static_cast<std::size_t>(Lane::Large)].busy() || !tiles_.isIdle(Lane::Large);
  const bool hotWaits = outboxes_[static_cast<std::size_t>(Lane::Hot)].busy() ||
                        !tiles_.isIdle(Lane::Hot) || videoWaits();
  if (!largeWaits && !hotWaits) return false;
  const Lane lane = !largeWaits || (hotWaits && hotDebt_ > 0) ? Lane::Hot : Lane::Large;
  const std::size_t before = piece.out.size();
  if (!advance(piece, lane)) return false;
  const auto spent = static_cast<std::int64_t>(piece.out.size() - before);
  if (!largeWaits || !hotWaits) {
    hotDebt_ = 0;
  } else {
    hotDebt_ += lane == Lane::Hot ? -spent * (kHotShare - 1) : spent;
  }
  return true;
}

bool ScreenEncoder::advance(Piece& piece, Lane lane) {
  if (outboxes_[static_cast<std::size_t>(lane)].busy()) {
    emitPart(piece, lane);
    return true;
  }
  if (lane == Lane::Hot && videoWaits()) {
    emitVideo(piece);
    return true;
  }
  std::size_t index = 0;
  if (!tiles_.front(lane, index)) return false;
  if (lane == Lane::Large && advanceText(piece)) return true;
  if (tryRecall(piece, lane, index)) return true;
  if (trySolid(piece, lane, index)) return true;
  if (tryBand(piece, lane, index)) return true;
  const TileState& tile = tiles_[index];
  const bool lossy = tile.photo && tile.changed.pixels() >= kLeastLossy &&
                     plan_.wantsLossy(tile.heat >= TileMap::kHot);
  const Target target = takeRun(lane, index, lossy);
  if (lossy) {
    emitLossy(piece, lane, target);
  } else {
    emitExact(piece, lane, target);
  }
  return true;
}

// The next part of text that has something to say.
bool ScreenEncoder::advanceText(Piece& piece) {
  while (!texts_.empty()) {
    const Text text = texts_.front();
    texts_.pop_front();
    const Target target = textTarget(text);
    if (target.rect.empty() || !palette_.scan(target.pixels())) continue;
    textOnWay_ = true;
    textsSent_.push_back(target.rect);
    emitExact(piece, Lane::Large, target);
    return true;
  }
  return false;
}

// What differs there; of much of it whole lines, from edge to edge of what differs.
ScreenEncoder::Target ScreenEncoder::textTarget(const Text& text) const {
  const ConstFrame source = text.snapped ? ConstFrame(aside()) : live_;
  const Rect box = differingBox(source, peer_.picture(), text.rect);
  if (box.empty()) return {box, source};
  const Rect lines{box.x, text.rect.y, box.width, text.rect.height};
  return {box.height * 2 > lines.height ? lines : box, source};
}

// What of a band is not text that this frame brought: blocks must not cover it. The largest rectangle;
// the rest is still to come.
Rect ScreenEncoder::besidesTexts(Rect band) const {
  for (const Rect& text : textsSent_) {
    if (const Rect rest = largestBeside(band, text); !rest.empty()) band = rest;
  }
  return band;
}

// A part of text is there: what waits under it is less, and what is left of a tile may be a photograph.
void ScreenEncoder::settle(const Rect& r) {
  tiles_.visit(r, [this](std::size_t i, const Rect&) {
    TileState& tile = tiles_[i];
    if (!tile.queued || tile.changed.empty()) return;
    const ConstFrame source = sourceOf(i);
    tile.changed = differingBox(source, peer_.picture(), tile.changed);
    if (tile.changed.empty()) return;
    tile.photo = looksPhotographic(source, tile.changed);
    const auto meets = [&tile](const Rect& text) { return !intersect(text, tile.changed).empty(); };
    tile.sparse = std::any_of(textsSent_.begin(), textsSent_.end(), meets);
  });
}

// The front tile and those to its right that go well with it, taken out of the queue.
ScreenEncoder::Target ScreenEncoder::takeRun(Lane lane, std::size_t index, bool lossy) {
  const TileState first = tiles_[index];
  Target target{first.changed, sourceOf(index)};
  const bool join = lossy || (plan_.joinsNeighbours() && !first.photo);
  std::size_t count = 1;
  std::int64_t filled = target.rect.pixels();
  for (std::size_t next = 0; join && tiles_.peek(lane, count, next); ++count) {
    const TileState& tile = tiles_[next];
    if (next != index + count || next % static_cast<std::size_t>(tiles_.across()) == 0) break;
    if (tile.snapped != first.snapped || tile.photo != first.photo) break;
    if (lossy && !plan_.wantsLossy(tile.heat >= TileMap::kHot)) break;
    const Rect grown = bounding(target.rect, tile.changed);
    if (grown.pixels() > kMaxTileOpPixels) break;
    filled += tile.changed.pixels();
    // What lies between must not become lossy.
    if (lossy && (tile.sparse || grown.pixels() * 8 > filled * 9)) break;
    target.rect = grown;
  }
  for (std::size_t i = 0; i < count; ++i) tiles_.pop(lane);
  return target;
}

void ScreenEncoder::noteDrawn() {
  if (!std::exchange(drawn_, true)) drawnSince_ = now_;
}

void ScreenEncoder::endFrame(Piece& piece) {
  piece.out.push_back(static_cast<std::uint8_t>(Op::FrameEnd));
  piece.smallDrawn = false;
  piece.frameEnded = true;
  drawn_ = false;
  if (!frameUnderWay()) {
    if (std::exchange(frameTiles_, 0) > 0) frameTook_ = now_ - frameStart_;
    if (texts_.empty() && now_ - asideAt_ > kAsideLasts) aside_.reset();
  }
  ++counts_.frames;
}

void ScreenEncoder::endPiece(Piece& piece) {
  if (!drawn_) return;
  if (!frameUnderWay() || now_ - drawnSince_ >= kShowAnyway) {
    endFrame(piece);
  } else if (piece.smallDrawn) {
    piece.out.push_back(static_cast<std::uint8_t>(Op::PieceEnd));
  }
}

}  // namespace lucarne::link
