// SPDX-License-Identifier: Apache-2.0
// The part of the encoder that takes pictures in; screen_encoder_emit.cc chooses what is given out,
// screen_encoder_ops.cc writes it, screen_encoder_repair.cc makes it better.
#include "link/codec/screen_encoder.h"

#include <algorithm>
#include <new>
#include <utility>

#include "link/codec/clusters.h"
#include "link/codec/screen_encoder_piece.h"
#include "link/codec/text_regions.h"

namespace lucarne::link {

using surface::ConstFrame;
using surface::Damage;
using surface::Pixel;
using surface::Rect;

namespace {

// A frame that takes longer than this on the line is no longer one moment: newer pixels are worth
// more than unity. Longer than a lossy whole screen at 300 kB/s takes.
constexpr base::Duration kFrameAge = std::chrono::milliseconds(200);
// Content that stood this long may come back (a wallpaper, a page); a video's frames do not.
constexpr base::Duration kStoreAfter = std::chrono::milliseconds(300);
// Frames that are further apart are no motion.
constexpr base::Duration kSlowestMotion = std::chrono::milliseconds(600);
// Changes in no more tiles and pixels than these are small: a letter, a line of them, a button.
constexpr std::size_t kSmallTiles = 8;
constexpr std::int64_t kSmallPixels = std::int64_t{kTile} * kTile * 2;
// Fewer changed tiles than these need no search for copies.
constexpr std::size_t kLeastForCopies = 3;
constexpr int kMaxCopies = 6;
// A smaller box around what differs is as well sent as it is.
constexpr std::int64_t kLeastToSplit = 512;
// Less new text than this is as well sent as tiles.
constexpr std::int64_t kLeastText = std::int64_t{kTile} * kTile * 3;
// A tile as it is, and its head.
constexpr std::size_t kWholeTile = std::size_t{kTile} * kTile * 4 + 32;
// zstd's level changes at most this often: each change costs the streams' history.
constexpr base::Duration kLevelLasts = std::chrono::seconds(3);

}  // namespace

ScreenEncoder::ScreenEncoder(const base::Clock& clock)
    : clock_(clock),
      streamLevel_(plan_.zstdLevel()),
      methods_(createMethods()),
      palette_(static_cast<Palette&>(*methods_[static_cast<std::size_t>(MethodId::Palette)])),
      jpeg_(static_cast<JpegStrip&>(*methods_[static_cast<std::size_t>(MethodId::Jpeg)])) {}

void ScreenEncoder::reset(PictureDigest have) {
  started_ = false;
  have_ = std::move(have);
}

void ScreenEncoder::damage(const Damage& damage) {
  damage_.add(damage);
  std::int64_t pixels = 0;
  for (const Rect& r : damage.rects()) pixels += r.pixels();
  if (pixels > kSmallPixels) damagedAt_ = clock_.now();
}

void ScreenEncoder::setLine(double bytesPerSecond) { plan_.setRate(bytesPerSecond); }

bool ScreenEncoder::encode(ConstFrame picture, std::size_t maxBytes,
                           std::vector<std::uint8_t>& out) {
  if (picture.size.empty() || maxBytes < kLeastPiece) return false;
  now_ = clock_.now();
  live_ = picture;
  const std::size_t begin = out.size();
  out.reserve(begin + maxBytes);
  Piece piece{out, begin + maxBytes};
  if (!started_ || picture.size != size_) startPicture(piece);
  followLine(piece);
  restVideos();
  if (frameUnderWay() && now_ - frameStart_ < kFrameAge) {
    takeSmallDamage(piece);
  } else {
    takeDamage(piece);
  }
  // At memory speed a shorter piece is cheaper than a tile in parts.
  const bool whole = plan_.pace() == LinePlan::Pace::Memory && maxBytes > 3 * kWholeTile;
  const std::size_t least = whole ? kWholeTile : kLongestWholeOp;
  while (piece.room() >= least && step(piece)) {
  }
  endPiece(piece);
  live_ = {};
  return out.size() > begin;
}

void ScreenEncoder::beforePaint(ConstFrame picture) {
  if (!started_ || picture.size != size_) return;
  live_ = picture;
  keepAside();
  live_ = {};
}

bool ScreenEncoder::frameUnderWay() {
  for (const Lane lane : {Lane::Small, Lane::Large, Lane::Hot}) {
    if (outboxes_[static_cast<std::size_t>(lane)].busy() || !tiles_.isIdle(lane)) return true;
  }
  return videoWaits();
}

void ScreenEncoder::startPicture(Piece& piece) {
  const bool keep = started_ || have_.size == live_.size;
  bool stored = false;
  if (started_) {
    peer_.resize(live_.size);
  } else {
    stored = keep && peer_.resetKeeping(have_.stored, live_.size);
    if (!stored) peer_.reset(live_.size);
  }
  piece.out.push_back(static_cast<std::uint8_t>(Op::Size));
  putVarint(piece.out, static_cast<std::uint32_t>(live_.size.width));
  putVarint(piece.out, static_cast<std::uint32_t>(live_.size.height));
  piece.out.push_back(static_cast<std::uint8_t>((keep ? kKeepPicture : 0) | (stored ? kKeepStored : 0)));
  size_ = live_.size;
  tiles_.reset(size_);
  forgetVideos();
  if (!started_ && keep) adoptDigest();
  have_ = {};
  started_ = true;
  for (Outbox& outbox : outboxes_) outbox.clear();
  squeezer_.reset(CoderId::ZstdFresh);
  squeezer_.reset(CoderId::ZstdRepair);
  squeezer_.setLevel(streamLevel_ = plan_.zstdLevel());
  aside_.reset();
  texts_.clear();
  textsSent_.clear();
  later_.clear();
  urgent_.clear();
  damage_.clear();
  damage_.add(Rect::of(size_));
  // What was lossy before a change of size still is.
  for (std::size_t i = 0; i < tiles_.count(); ++i) tiles_[i].doubt(kSketched);
  noteDrawn();
}

// Tiles that the peer still shows are known; of the others nothing is: the model then holds colours
// of which each differs from what is wanted, marked so that no delta is taken from them.
void ScreenEncoder::adoptDigest() {
  std::vector<Pixel> different;
  for (std::size_t i = 0; i < tiles_.count(); ++i) {
    const Rect r = tiles_.rect(i);
    if (tileHash(live_, r) == have_.tiles[i]) {
      peer_.draw(live_, r, 0);
      continue;
    }
    different.clear();
    for (int y = r.y; y < r.bottom(); ++y) {
      for (int x = r.x; x < r.right(); ++x) different.push_back(~live_.at(x, y));
    }
    peer_.drawPart({different.data(), r.size(), r.width * 4}, r, kInexact);
  }
}

// A line that became another kind of line gets zstd streams of another level.
void ScreenEncoder::followLine(Piece& piece) {
  if (plan_.zstdLevel() == streamLevel_ || now_ - levelSince_ < kLevelLasts) return;
  for (const Outbox& outbox : outboxes_) {
    if (outbox.busy()) return;
  }
  levelSince_ = now_;
  squeezer_.setLevel(streamLevel_ = plan_.zstdLevel());
  abort(piece, Lane::Large, CoderId::ZstdFresh);
  abort(piece, Lane::Repair, CoderId::ZstdRepair);
}

void ScreenEncoder::abort(Piece& piece, Lane lane, CoderId coder) {
  Outbox& outbox = outboxes_[static_cast<std::size_t>(lane)];
  if (outbox.busy()) {
    tiles_.visit(outbox.rect(), [this](std::size_t i, const Rect&) { tiles_[i].doubt(kSketched); });
    outbox.clear();
  }
  squeezer_.reset(coder);
  piece.out.push_back(static_cast<std::uint8_t>(Op::Abort));
  piece.out.push_back(static_cast<std::uint8_t>(lane));
  piece.out.push_back(static_cast<std::uint8_t>(coder));
}

// Something is about to be drawn at `r`. An op on its way there in parts that builds upon what is shown
// would become a wrong picture: it is given up, and its place looked at again.
void ScreenEncoder::makeWay(Piece& piece, const Rect& r) {
  for (int i = 0; i < kLanes; ++i) {
    Outbox& outbox = outboxes_[static_cast<std::size_t>(i)];
    if (!outbox.busy() || outbox.base() == Outbox::Base::None) continue;
    if (intersect(outbox.rect(), r).empty()) continue;
    later_.add(outbox.rect());
    abort(piece, static_cast<Lane>(i), outbox.coder());
  }
}

// A new frame: everything that is known to have changed, from the newest picture.
void ScreenEncoder::takeDamage(Piece& piece) {
  const bool late = frameUnderWay();  // the one before is no longer one moment
  unsnap();
  damage_.add(later_);
  damage_.add(urgent_);
  later_.clear();
  urgent_.clear();
  damage_.clip(size_);
  if (damage_.empty()) return;
  fresh_.clear();
  rested_.clear();
  const Damage taken = damage_;
  damage_.clear();
  std::int64_t pixels = 0;
  for (const Rect& r : taken.rects()) pixels += r.pixels();
  const bool small = pixels <= kSmallPixels;
  for (const Cluster& c : clustersOf(taken)) {
    // A counter that never rests: one op instead of one a tile, and not behind what takes long.
    const bool atOnce = (small || late) && isSmall(c.bounds) && isHot(c.bounds) && !isVideo(c.bounds);
    if (atOnce && sendAtOnce(piece, c.bounds)) continue;
    for (const Rect& r : c.rects) absorb(piece, r);
  }
  if (fresh_.empty()) return;
  frameStart_ = now_;
  storeOld(piece);
  takeVideos();
  findCopies(piece);
  enqueueFresh();
  findVideos();
  planFrame();
}

// In the middle of a frame only what is small and new is let in.
void ScreenEncoder::takeSmallDamage(Piece& piece) {
  damage_.add(urgent_);
  urgent_.clear();
  if (damage_.empty()) return;
  damage_.clip(size_);
  const Damage taken = damage_;
  damage_.clear();
  for (const Cluster& c : clustersOf(taken)) {
    const bool small = isSmall(c.bounds) && !isHot(c.bounds) && !isVideo(c.bounds);
    if (small && sendAtOnce(piece, c.bounds)) continue;
    for (const Rect& r : c.rects) (small ? urgent_ : later_).add(r);
  }
}

// A small rectangle as one op, before everything that waits. False: there is no room for it now.
bool ScreenEncoder::sendAtOnce(Piece& piece, const Rect& r) {
  if (outboxes_[static_cast<std::size_t>(Lane::Small)].busy()) return false;
  if (piece.room() < kLongestWholeOp) return false;
  bool free = true;
  tiles_.visit(r, [&](std::size_t, const Rect& part) {
    free = free && yieldOutbox(piece, part);
  });
  if (!free || piece.room() < kLongestWholeOp) return false;
  const Rect box = differingBox(live_, peer_.picture(), r);
  if (!box.empty()) {
    tiles_.visit(box, [&](std::size_t i, const Rect& part) { tiles_.heatUp(i, part, now_); });
    const Target target{box, live_};
    if (box.pixels() >= kLeastLossy && plan_.wantsLossy(false) && looksPhotographic(live_, box)) {
      emitLossy(piece, Lane::Small, target);
    } else {
      emitExact(piece, Lane::Small, target);
    }
  }
  // What waits there is by now less, or newer than what was kept aside for it.
  for (Text& text : texts_) text.snapped = text.snapped && intersect(text.rect, r).empty();
  tiles_.visit(r, [&](std::size_t i, const Rect&) {
    TileState& tile = tiles_[i];
    if (!tile.queued) return;
    const Rect looked = tile.snapped ? tiles_.rect(i) : tile.changed;
    tile.snapped = false;
    tile.changed = differingBox(live_, peer_.picture(), looked);
  });
  return true;
}

bool ScreenEncoder::isSmall(const Rect& r) const {
  if (r.pixels() > kSmallPixels) return false;
  std::size_t touched = 0;
  tiles_.visit(r, [&](std::size_t, const Rect&) { ++touched; });
  return touched <= kSmallTiles;
}

bool ScreenEncoder::isHot(const Rect& r) const {
  bool hot = false;
  tiles_.visit(r, [&](std::size_t index, const Rect&) {
    hot = hot || tiles_[index].heat >= TileMap::kHot;
  });
  return hot;
}

// Compares a damaged rectangle tile by tile: what a source reports too much ends here.
void ScreenEncoder::absorb(Piece& piece, const Rect& r) {
  tiles_.visit(r, [&](std::size_t index, const Rect& part) {
    if (!yieldOutbox(piece, part)) {
      later_.add(part);
      return;
    }
    const Rect box = differingBox(live_, peer_.picture(), part);
    if (box.empty()) return;
    TileState& tile = tiles_[index];
    if (std::find(fresh_.rbegin(), fresh_.rend(), index) == fresh_.rend()) {
      fresh_.push_back(index);
      if (now_ - tile.changedAt > kStoreAfter) rested_.push_back(index);
      tiles_.heatUp(index, box, now_);
    }
    tile.changed = bounding(tile.changed, box);
    tile.blurred = {};
  });
}

// Whether nothing is on its way to this place. A repair that is would be wrong: it is given up.
bool ScreenEncoder::yieldOutbox(Piece& piece, const Rect& part) {
  for (int i = 0; i < kLanes; ++i) {
    Outbox& outbox = outboxes_[static_cast<std::size_t>(i)];
    if (!outbox.busy() || intersect(outbox.rect(), part).empty()) continue;
    if (static_cast<Lane>(i) != Lane::Repair || piece.room() < kLongestWholeOp) return false;
    abort(piece, Lane::Repair, outbox.coder());
  }
  return true;
}

// What was kept aside and not sent is given up for the newest.
void ScreenEncoder::unsnap() {
  for (Text& text : texts_) text.snapped = false;
  tiles_.visitQueued([this](std::size_t i) {
    TileState& tile = tiles_[i];
    if (!tile.snapped) return;
    tile.snapped = false;
    tile.changed = differingBox(live_, peer_.picture(), tiles_.rect(i));
  });
}

void ScreenEncoder::keepAside() {
  const auto keep = [this](const Rect& r) {
    if (!aside_) {
      const auto pixels = static_cast<std::size_t>(size_.pixels());
      aside_.reset(static_cast<surface::Pixel*>(std::calloc(pixels, sizeof(surface::Pixel))));
      if (!aside_) throw std::bad_alloc();
    }
    copyColours(live_, aside(), r, 0);
    asideAt_ = now_;
  };
  for (Text& text : texts_) {
    if (!std::exchange(text.snapped, true)) keep(text.rect);
  }
  tiles_.visitQueued([&](std::size_t i) {
    TileState& tile = tiles_[i];
    if (tile.snapped || tile.changed.empty()) return;
    tile.snapped = true;
    keep(tiles_.rect(i));
  });
}

ConstFrame ScreenEncoder::sourceOf(std::size_t index) const {
  return tiles_[index].snapped ? ConstFrame(aside()) : live_;
}

// Old content that stood for a while is kept by both ends before it is drawn over.
void ScreenEncoder::storeOld(Piece& piece) {
  if (!plan_.keepsTiles()) return;
  std::sort(rested_.begin(), rested_.end());
  std::erase_if(rested_, [this](std::size_t i) {
    const Rect r = tiles_.rect(i);
    Pixel colour = 0;
    if (isSolid(peer_.picture(), r, colour) || !peer_.inexactPart(r).empty()) return true;
    const TileCache::Candidates old = peer_.cache().candidates(i);
    for (int c = 0; c < old.count; ++c) {
      const auto content = peer_.cache().content(old.slots[c], r);
      if (content && sameColours(peer_.picture(), r, *content, 0, 0)) return true;
    }
    return false;
  });
  for (std::size_t at = 0; at < rested_.size() && piece.room() >= 2 * kLongestWholeOp;) {
    std::size_t count = 1;
    while (at + count < rested_.size() && rested_[at + count] == rested_[at] + count) ++count;
    piece.out.push_back(static_cast<std::uint8_t>(Op::Store));
    putVarint(piece.out, static_cast<std::uint32_t>(rested_[at]));
    putVarint(piece.out, static_cast<std::uint32_t>(count));
    for (std::size_t i = 0; i < count; ++i) peer_.store(rested_[at + i]);
    at += count;
  }
}

void ScreenEncoder::findCopies(Piece& piece) {
  copied_ = false;
  if (fresh_.size() < kLeastForCopies) return;
  Rect bounds;
  for (const std::size_t i : fresh_) bounds = bounding(bounds, tiles_[i].changed);
  if (!finder_.search(live_, peer_.picture(), tiles_, fresh_, bounds)) return;
  int found = 0;
  while (found < kMaxCopies && piece.room() >= 2 * kLongestWholeOp) {
    const std::optional<Move> move = finder_.best(live_, peer_.picture(), tiles_, bounds);
    if (!move) break;
    emitCopy(piece, *move);
    ++found;
  }
  copied_ = found > 0;
  finder_.finish(copied_);
}

void ScreenEncoder::emitCopy(Piece& piece, const Move& move) {
  makeWay(piece, move.to);
  piece.out.push_back(static_cast<std::uint8_t>(Op::Copy));
  putRect(piece.out, move.to);
  putVarint(piece.out, static_cast<std::uint32_t>(move.from.x));
  putVarint(piece.out, static_cast<std::uint32_t>(move.from.y));
  const Rect from{move.from.x, move.from.y, move.to.width, move.to.height};
  // What a repair that is on its way will make right there is still wrong in the copy.
  const Outbox& repair = outboxes_[static_cast<std::size_t>(Lane::Repair)];
  bool inexact = repair.busy() && !intersect(repair.rect(), from).empty();
  tiles_.visit(from, [&](std::size_t i, const Rect&) { inexact = inexact || tiles_[i].inexact; });
  peer_.move(move.to, move.from);
  tiles_.visit(move.to, [&](std::size_t i, const Rect&) {
    TileState& tile = tiles_[i];
    if (inexact) tile.doubt(kSketched);
    if (tile.changed.empty()) return;
    // What the copy covers is right by now: no need to look.
    tile.changed = move.to.contains(tile.changed)
                       ? Rect{}
                       : differingBox(live_, peer_.picture(), tile.changed);
  });
  ++counts_.copies;
  noteDrawn();
}

void ScreenEncoder::enqueueFresh() {
  std::sort(fresh_.begin(), fresh_.end());
  std::int64_t pixels = 0;
  for (const std::size_t i : fresh_) pixels += tiles_[i].changed.pixels();
  const bool small = fresh_.size() <= kSmallTiles && pixels <= kSmallPixels;
  for (const std::size_t i : fresh_) {
    TileState& tile = tiles_[i];
    if (tile.changed.empty()) continue;
    tile.sparse = copied_ && isSparse(tile.changed);
    tile.photo = looksPhotographic(live_, tile.changed);
    const Lane busy = tile.heat >= TileMap::kHot ? Lane::Hot : Lane::Large;
    tiles_.enqueue(i, small ? Lane::Small : busy);
  }
  if (!small && plan_.pace() == LinePlan::Pace::Slow) findTexts();
}

// Anew for all that waits: what an older frame found may look different by now.
void ScreenEncoder::findTexts() {
  texts_.clear();
  textsSent_.clear();
  std::vector<Rect> changed;
  std::int64_t pixels = 0;
  tiles_.visitQueued([&](std::size_t i) {
    const TileState& tile = tiles_[i];
    if (tile.lane != Lane::Large || tile.changed.empty()) return;
    changed.push_back(tile.changed);
    pixels += tile.changed.pixels();
  });
  if (pixels < kLeastText) return;
  for (const Rect& region : findTextRegions(live_, changed)) {
    for (const Rect& part : cutAtLines(live_, region)) texts_.push_back({part});
  }
  const auto higher = [](const Text& a, const Text& b) { return a.rect.y < b.rect.y; };
  std::stable_sort(texts_.begin(), texts_.end(), higher);
}

// The corner of a window that moved: two arms of wallpaper around what is there already.
bool ScreenEncoder::isSparse(const Rect& changed) const {
  if (changed.pixels() < kLeastToSplit) return false;
  const Bands bands = differingBands(live_, peer_.picture(), changed);
  std::int64_t filled = 0;
  for (int i = 0; i < bands.count; ++i) filled += bands.rects[i].pixels();
  return bands.count > 1 && filled * 2 < changed.pixels();
}

void ScreenEncoder::planFrame() {
  const LinePlan::Motion motion = moves() ? LinePlan::Motion::Going : LinePlan::Motion::None;
  if (!tiles_.isIdle(Lane::Large) || !tiles_.isIdle(Lane::Hot) || videoWaits()) {
    const base::Duration interval = now_ - movedAt_;
    interval_ = interval < kSlowestMotion ? interval : base::Duration{};
    movedAt_ = now_;
  }
  std::int64_t photo = 0;
  std::int64_t hot = 0;
  tiles_.visitQueued([&](std::size_t i) {
    const TileState& tile = tiles_[i];
    if (!tile.photo) return;
    photo += tile.changed.pixels();
    if (tile.heat >= TileMap::kHot) hot += tile.changed.pixels();
  });
  plan_.beginFrame(photo, hot, motion);
  frameTiles_ = tilesWaiting();
}

}  // namespace lucarne::link
