// SPDX-License-Identifier: Apache-2.0
// The part of the encoder that sends regions as videos.
//
// A video's op goes the way of a hot place: once a frame, from the newest picture, in parts where it does
// not fit. While a video lasts its tiles are neither sent nor repaired by themselves; when it rests
// they are inexact like any other, and repaired.
#include <algorithm>
#include <utility>

#include "link/codec/screen_encoder.h"
#include "link/codec/screen_encoder_piece.h"

namespace lucarne::link {

using surface::Rect;

namespace {

// A video that paused for this long is over, or twice as long as from one picture to the next on a
// slow line: then it is repaired.
constexpr base::Duration kVideoRests = std::chrono::milliseconds(220);
constexpr base::Duration kSlowestVideo = std::chrono::milliseconds(700);
// Where no more than a part of it moves for this long it is over too.
constexpr base::Duration kVideoShrinks = std::chrono::milliseconds(1000);
// A video that became larger by more than this begins anew, but not again and again.
constexpr int kGrowth = 16;  // pixels
constexpr base::Duration kLeastVideo = std::chrono::milliseconds(1500);

Rect grown(const Rect& r, int by) {
  return {r.x - by, r.y - by, r.width + 2 * by, r.height + 2 * by};
}

}  // namespace

void ScreenEncoder::offerVideo(VideoLoader loader) {
  videoLoader_ = std::move(loader);
  for (Video& video : videos_) endVideo(video);
}

void ScreenEncoder::forgetVideos() {
  for (Video& video : videos_) video = {};
  regions_.reset(size_);
}

void ScreenEncoder::endVideo(Video& video) {
  if (video.wanted) later_.add(video.rect);
  video = {};
}

// Those that rest, and those that are none any more, are left to repair.
void ScreenEncoder::restVideos() {
  for (Video& video : videos_) {
    if (!video.encoder) continue;
    const bool shrunk = now_ - video.seenAt >= kVideoShrinks;
    if (now_ >= restsAt(video) || shrunk || !plan_.wantsVideo(video.rect.pixels(), true)) {
      endVideo(video);
    }
  }
}

base::TimePoint ScreenEncoder::restsAt(const Video& video) const {
  if (video.wanted || outboxes_[static_cast<std::size_t>(Lane::Hot)].busy()) return base::TimePoint::max();
  return video.changedAt + std::clamp<base::Duration>(video.interval * 2, kVideoRests, kSlowestVideo);
}

bool ScreenEncoder::isVideo(const Rect& r) const {
  return std::any_of(videos_.begin(), videos_.end(), [&r](const Video& video) {
    return video.encoder && !intersect(video.rect, r).empty();
  });
}

bool ScreenEncoder::videoWaits() const {
  return std::any_of(videos_.begin(), videos_.end(), [](const Video& v) { return v.wanted; });
}

// What of a tile's changes is not the video's; it may reach into it.
Rect ScreenEncoder::besides(const Rect& changed, const Rect& video) const {
  const Rect inside = intersect(changed, video);
  if (inside.empty()) return changed;
  const Rect around[] = {
      {changed.x, changed.y, changed.width, inside.y - changed.y},
      {changed.x, inside.bottom(), changed.width, changed.bottom() - inside.bottom()},
      {changed.x, inside.y, inside.x - changed.x, inside.height},
      {inside.right(), inside.y, changed.right() - inside.right(), inside.height},
  };
  Rect left;
  for (const Rect& r : around) {
    if (r.width > 0 && r.height > 0) left = bounding(left, differingBox(live_, peer_.picture(), r));
  }
  return left;
}

// A frame begins: what changed in a video waits for its next picture, not in the tiles' queues.
void ScreenEncoder::takeVideos() {
  for (Video& video : videos_) {
    if (!video.encoder) continue;
    bool changed = false;
    for (const std::size_t i : fresh_) {
      TileState& tile = tiles_[i];
      if (intersect(tile.changed, video.rect).empty()) continue;
      changed = true;
      regions_.note(i, tile.changed, now_);
      tile.changed = besides(tile.changed, video.rect);
    }
    if (!changed) continue;
    video.wanted = true;
    video.interval = now_ - video.changedAt;
    video.changedAt = now_;
  }
  std::erase_if(fresh_, [this](std::size_t i) { return tiles_[i].changed.empty(); });
}

// After copies were found: what is still to be sent, of many colours, is what may be a video.
void ScreenEncoder::findVideos() {
  if (!videoLoader_) return;
  for (const std::size_t i : fresh_) {
    if (tiles_[i].photo && !tiles_[i].changed.empty()) regions_.note(i, tiles_[i].changed, now_);
  }
  for (const Rect& r : regions_.find(now_)) {
    if (!considerVideo(r)) return;
  }
}

// Begins a video there, or sees that there is one. False: there can be none at all.
bool ScreenEncoder::considerVideo(const Rect& r) {
  for (Video& video : videos_) {
    if (!video.encoder || intersect(video.rect, r).empty()) continue;
    if (r.pixels() * 2 >= video.rect.pixels()) video.seenAt = now_;
    const bool outgrown = intersect(grown(video.rect, kGrowth), r) != r;
    if (!outgrown || now_ - video.begunAt < kLeastVideo) return true;
    endVideo(video);
  }
  if (isVideo(r) || !plan_.wantsVideo(r.pixels(), false)) return true;
  const auto free = std::find_if(videos_.begin(), videos_.end(), [](const Video& v) { return !v.encoder; });
  if (free == videos_.end()) return true;
  if (!videoLibrary_) videoLibrary_ = videoLoader_();
  if (!videoLibrary_ || !(free->encoder = videoLibrary_->createEncoder(r.size()))) {
    videoLoader_ = {};
    return false;
  }
  beginVideo(*free, r);
  return true;
}

void ScreenEncoder::beginVideo(Video& video, const Rect& r) {
  video.rect = r;
  video.fresh = video.wanted = true;
  video.begunAt = video.seenAt = video.changedAt = now_;
  video.interval = {};
  tiles_.visit(r, [&](std::size_t i, const Rect&) {
    TileState& tile = tiles_[i];
    tile.snapped = false;
    tile.changed = besides(tile.changed, r);
  });
}

// The next picture of a video that waits. The outbox of its lane is free.
void ScreenEncoder::emitVideo(Piece& piece) {
  const auto waiting = std::find_if(videos_.begin(), videos_.end(), [](const Video& v) { return v.wanted; });
  Video& video = *waiting;
  std::int64_t pixels = 0;
  for (const Video& each : videos_) pixels += each.wanted || &each == &video ? each.rect.pixels() : 0;
  const auto stream = static_cast<std::uint8_t>(waiting - videos_.begin());
  const Target target{video.rect, live_};
  const std::size_t bytes = plan_.videoBytes(pixels) * static_cast<std::size_t>(video.rect.pixels()) /
                            static_cast<std::size_t>(pixels);
  body_.assign(1, static_cast<std::uint8_t>(stream | (video.fresh ? kVideoFresh : 0)));
  if (!video.encoder->encode(target.pixels(), bytes, body_) ||
      body_.size() + kLongestWholeOp > kMaxTileOpBytes) {
    endVideo(video);
    videoLoader_ = {};
    return;
  }
  video.wanted = video.fresh = false;
  makeWay(piece, video.rect);
  writeOp(MethodId::Video, CoderId::Stored, video.rect, body_);
  ++counts_.videos;
  counts_.videoBytes += op_.size();
  sendOp(piece, Lane::Hot, target, CoderId::Stored, Outbox::Base::None, kInexact);
}

}  // namespace lucarne::link
