// SPDX-License-Identifier: Apache-2.0
// The part of the encoder that makes better what was sent lossy: to exact, and on a line on which that
// takes long in passes (docs/decisions/slow-pictures.md).
#include <algorithm>
#include <limits>

#include "link/codec/screen_encoder.h"
#include "link/codec/screen_encoder_piece.h"

namespace lucarne::link {

using surface::ConstFrame;
using surface::Frame;
using surface::Pixel;
using surface::Rect;

namespace {

// What was sent lossy is made exact once it has not changed for this long: longer than the pause
// between two pictures of a slow video, short enough that nobody reads blurred text.
constexpr base::Duration kRest = std::chrono::milliseconds(220);
// A sketch was drawn of what came alone: it need not be waited for.
constexpr base::Duration kSketchRest = std::chrono::milliseconds(20);
// 26 dB: 255 squared over 10 to the power of 2.6. A tile that blocks do not bring that near, such as a
// label on a photograph or leaves, gets better ones.
constexpr double kRecognisable = 255.0 * 255.0 / 398.1;
// A strip of the middle pass: half a row of a usual screen, so that it begins at the pointer.
constexpr std::int64_t kMiddleStrip = std::int64_t{kTile} * kTile * 8;

}  // namespace

// When a tile is worth repairing: in slow motion not before the next frame would have changed it.
base::TimePoint ScreenEncoder::restsFrom(const TileState& tile) const {
  const bool moving = moves();
  const bool alone = tile.worst >= kSketched && !moving && tile.heat < TileMap::kHot;
  const base::TimePoint rested = tile.changedAt + (alone ? kSketchRest : kRest);
  if (!moving) return rested;
  return std::max(rested, std::min(tile.changedAt + interval_ * 2, motionEnds()));
}

// Whether the tile may hold pixels of that mark or a worse one, and has rested.
bool ScreenEncoder::mayRepair(std::size_t index, Pixel least) const {
  const TileState& tile = tiles_[index];
  if (!tile.inexact || tile.worst < least || restsFrom(tile) > now_) return false;
  const Rect r = tiles_.rect(index);
  if (isVideo(r)) return false;
  // What the next frame changes comes with the next frame.
  const auto changes = [&r](const Rect& d) { return !intersect(d, r).empty(); };
  return std::none_of(later_.rects().begin(), later_.rects().end(), changes);
}

// The one of them that is nearest to the pointer.
bool ScreenEncoder::nextRepair(std::size_t& index, Pixel least) const {
  std::int64_t nearest = std::numeric_limits<std::int64_t>::max();
  for (std::size_t i = 0; i < tiles_.count(); ++i) {
    if (!mayRepair(i, least)) continue;
    const Rect r = tiles_.rect(i);
    const std::int64_t dx = r.x + r.width / 2 - pointer_.x;
    const std::int64_t dy = r.y + r.height / 2 - pointer_.y;
    const std::int64_t distance = dx * dx + dy * dy;
    if (distance < nearest) {
      nearest = distance;
      index = i;
    }
  }
  return nearest != std::numeric_limits<std::int64_t>::max();
}

bool ScreenEncoder::advanceRepair(Piece& piece, int share) {
  if (moves() && now_ < repairAt_) return false;
  const std::size_t before = piece.out.size();
  if (!emitRepair(piece)) return false;
  const auto spent = static_cast<double>(piece.out.size() - before);
  const std::chrono::duration<double> pause(spent * share / plan_.rate());
  repairAt_ = now_ + std::chrono::duration_cast<base::Duration>(pause);
  return true;
}

bool ScreenEncoder::emitRepair(Piece& piece) {
  if (outboxes_[static_cast<std::size_t>(Lane::Repair)].busy()) {
    emitPart(piece, Lane::Repair);
    return true;
  }
  if (plan_.crawls() && emitPass(piece)) return true;
  std::size_t index = 0;
  while (nextRepair(index, 0)) {
    const Rect r = peer_.inexactPart(tiles_.rect(index));
    tiles_[index].inexact = false;
    if (r.empty()) continue;
    emitExact(piece, Lane::Repair, {r, live_});
    return true;
  }
  return false;
}

// A strip of a pass before everything is made exact.
bool ScreenEncoder::emitPass(Piece& piece) {
  Target strip{{}, live_};
  if (nextStrip(kSketched, kMaxTileOpPixels, strip.rect)) {
    emitRough(piece, strip);
    return true;
  }
  std::int64_t pixels = 0;
  for (std::size_t i = 0; i < tiles_.count(); ++i) {
    if (tiles_[i].inexact) pixels += tiles_.rect(i).pixels();
  }
  const int quality = plan_.middleQuality(pixels);
  if (quality == 0 || !nextStrip(kRough, kMiddleStrip, strip.rect)) return false;
  if (strip.rect.pixels() < kLeastLossy || !compress(strip, quality)) {
    emitExact(piece, Lane::Repair, strip);
    return true;
  }
  emitOp(piece, Lane::Repair, strip, MethodId::Jpeg, CoderId::Stored, kInexact);
  return true;
}

// The nearest place that is marked so, and what lies beside it in its row of tiles and is marked so too:
// never anything between that is better already.
bool ScreenEncoder::nextStrip(Pixel least, std::int64_t most, Rect& strip) {
  std::size_t index = 0;
  while (nextRepair(index, least)) {
    strip = firstMarked(peer_.picture(), tiles_.rect(index), least);
    if (strip.empty()) {
      tiles_[index].worst = least == kSketched ? kRough : kInexact;
      continue;
    }
    const auto column = static_cast<int>(index % static_cast<std::size_t>(tiles_.across()));
    const auto beside = [&](std::size_t next) {
      if (!mayRepair(next, least)) return false;
      const Rect other = firstMarked(peer_.picture(), tiles_.rect(next), least);
      const Rect grown = bounding(strip, other);
      if (other.empty() || grown.pixels() > most) return false;
      if (grown.pixels() != strip.pixels() + other.pixels()) return false;
      strip = grown;
      return true;
    };
    for (int i = 1; column + i < tiles_.across() && beside(index + static_cast<std::size_t>(i)); ++i) {
    }
    for (int i = 1; i <= column && beside(index - static_cast<std::size_t>(i)); ++i) {
    }
    return true;
  }
  return false;
}

// As many of the strip's tiles as are near enough in the usual quality; or the first ones that are not,
// in one in which they are.
void ScreenEncoder::emitRough(Piece& piece, Target strip) {
  int quality = plan_.roughQuality();
  if (strip.rect.pixels() < kLeastLossy || !compress(strip, quality)) return emitExact(piece, Lane::Repair, strip);
  const std::vector<bool> poor = poorTiles(strip);
  const auto end = std::find(poor.begin(), poor.end(), !poor[0]);
  if (end != poor.end()) {
    const int tiles = static_cast<int>(end - poor.begin());
    strip.rect.width = (strip.rect.x / kTile + tiles) * kTile - strip.rect.x;
    compress(strip, quality);
  }
  while (poor[0]) {
    const int better = LinePlan::better(quality);
    if (better == quality) break;
    compress(strip, quality = better);
    const std::vector<bool> still = poorTiles(strip);
    if (std::find(still.begin(), still.end(), true) == still.end()) break;
  }
  emitOp(piece, Lane::Repair, strip, MethodId::Jpeg, CoderId::Stored, kRough);
}

// Into `body_`. False: libjpeg does not want to.
bool ScreenEncoder::compress(const Target& target, int quality) {
  body_.clear();
  jpeg_.setQuality(quality, lossySampling());
  if (!jpeg_.forward(target.pixels(), {}, body_)) return false;
  plan_.onLossy(quality, target.rect.pixels(), body_.size());
  return true;
}

// Which of the tiles that the strip crosses would not be recognised with what `body_` makes of them.
std::vector<bool> ScreenEncoder::poorTiles(const Target& strip) {
  const surface::Size size = strip.rect.size();
  seen_.resize(static_cast<std::size_t>(size.pixels()));
  const Frame seen{seen_.data(), size, size.width * 4};
  if (!jpeg_.inverse(body_, seen)) return {false};
  std::vector<bool> poor;
  for (int x = 0; x < size.width;) {
    const int width = std::min(kTile - (strip.rect.x + x) % kTile, size.width - x);
    poor.push_back(meanSquareError(strip.pixels(), seen, {x, 0, width, size.height}) > kRecognisable);
    x += width;
  }
  return poor;
}

}  // namespace lucarne::link
