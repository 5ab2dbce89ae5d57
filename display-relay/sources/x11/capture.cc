// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/x11/capture.h"

#include <xcb/xfixes.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace lucarne::relay::x11 {

namespace {

// Between the beginnings of two pictures: more than any panel shows.
constexpr base::Duration kShortest = std::chrono::milliseconds(4);

std::uint16_t u16(int value) { return static_cast<std::uint16_t>(value); }
std::int16_t s16(int value) { return static_cast<std::int16_t>(value); }

std::size_t bytesOf(const surface::Rect& part) {
  return static_cast<std::size_t>(part.pixels()) * sizeof(surface::Pixel);
}

}  // namespace

Capture::Capture(Server& server, const Acquaintance& x, surface::Screen& screen,
                 const base::Context& context, std::function<void()> onLive)
    : server_(server),
      screen_(screen),
      context_(context),
      onLive_(std::move(onLive)),
      root_(x.root),
      size_(x.size),
      sharesMemory_(x.sharesMemory),
      damage_(server.newId()),
      parts_(server.newId()) {
  xcb_damage_create(server_.get(), damage_, root_, XCB_DAMAGE_REPORT_LEVEL_NON_EMPTY);
  xcb_xfixes_create_region(server_.get(), parts_, 0, nullptr);
  onSize(x.size);
}

void Capture::onDamaged() {
  drawn_ = true;
  proceed();
}

void Capture::onSize(surface::Size size) {
  size_ = size;
  pending_ = surface::Damage(surface::Rect::of(size));
  if (step_ == Step::Painting) step_ = Step::Rest;  // what waits is of another size
  shareMemory();
  proceed();
}

// What is on its way into the old memory is refused or lost, and fetched again.
void Capture::shareMemory() {
  if (!sharesMemory_) return;
  if (segment_ != XCB_NONE) xcb_shm_detach(server_.get(), segment_);
  memory_ = surface::FrameBuffer::create(size_);
  base::UniqueFd fd = base::duplicate(memory_.fd());
  if (!fd) {
    sharesMemory_ = false;
    segment_ = XCB_NONE;
    return;
  }
  segment_ = server_.newId();
  attached_ = xcb_shm_attach_fd(server_.get(), segment_, fd.release(), false).sequence;
}

bool Capture::onRefused(const xcb_generic_error_t& error) {
  if (!sharesMemory_ || error.full_sequence != attached_) return false;
  sharesMemory_ = false;  // a server on another machine, or one that takes no descriptors
  segment_ = XCB_NONE;
  memory_ = {};
  return true;
}

void Capture::watch(bool watched) {
  watched_ = watched;
  proceed();
}

void Capture::wanted() {
  pace_.wanted(context_.clock.now());
  proceed();
}

void Capture::input() { pace_.input(context_.clock.now()); }

void Capture::onPaintable() {
  if (step_ == Step::Painting) paint();
}

// How long the next picture is put off; nothing: it is not.
std::optional<base::Duration> Capture::heldFor() const {
  const base::TimePoint now = context_.clock.now();
  base::TimePoint due = begun_ + kShortest;
  if (pending_.bounds().pixels() >= rfb::RequestPace::kLarge && pace_.holds(now) &&
      screen_.isPaced()) {
    due = std::max(due, pace_.latest());
  }
  if (due <= now) return std::nullopt;
  return due - now;
}

void Capture::proceed() {
  if (step_ != Step::Rest || !watched_) return;
  later_.cancel();
  if (!drawn_ && pending_.empty()) return;
  if (const auto wait = heldFor()) {
    later_ = context_.loop.after(*wait, [this] { proceed(); });
    return;
  }
  if (drawn_) return askParts();
  fetch();
}

void Capture::askParts() {
  step_ = Step::Asking;
  drawn_ = false;
  xcb_damage_subtract(server_.get(), damage_, XCB_NONE, parts_);
  server_.expect<xcb_xfixes_fetch_region_reply_t>(
      xcb_xfixes_fetch_region(server_.get(), parts_),
      [this](const xcb_xfixes_fetch_region_reply_t* reply) { onParts(reply); });
  server_.flush();
}

void Capture::onParts(const xcb_xfixes_fetch_region_reply_t* reply) {
  step_ = Step::Rest;
  if (!reply) {
    pending_.add(surface::Rect::of(size_));
  } else {
    const xcb_rectangle_t* parts = xcb_xfixes_fetch_region_rectangles(reply);
    const int count = xcb_xfixes_fetch_region_rectangles_length(reply);
    for (int i = 0; i < count; ++i) {
      pending_.add(
          surface::clampRect(parts[i].x, parts[i].y, parts[i].width, parts[i].height, size_));
    }
  }
  if (pending_.empty()) return;
  const auto wait = heldFor();
  if (!wait) return fetch();
  later_ = context_.loop.after(*wait, [this] { proceed(); });
}

void Capture::fetch() {
  step_ = Step::Fetching;
  begun_ = context_.clock.now();
  pending_.clip(size_);
  std::int64_t pixels = 0;
  for (const surface::Rect& part : pending_.rects()) pixels += part.pixels();
  // Parts may overlap, and together be more than there is room for.
  underWay_ = pixels <= size_.pixels() ? pending_.rects()
                                       : std::vector<surface::Rect>{pending_.bounds()};
  pending_.clear();
  if (underWay_.empty()) {  // the screen has become smaller
    step_ = Step::Rest;
    return proceed();
  }
  fetchedSize_ = size_;
  answered_ = 0;
  failed_ = false;
  copies_.clear();
  std::size_t offset = 0;
  for (const surface::Rect& part : underWay_) {
    fetchPart(part, static_cast<std::uint32_t>(offset));
    offset += bytesOf(part);
  }
  pace_.updateBegan(begun_);
  server_.flush();
}

void Capture::fetchPart(const surface::Rect& part, std::uint32_t offset) {
  xcb_connection_t* c = server_.get();
  constexpr std::uint32_t kAllPlanes = ~0U;
  if (sharesMemory_) {
    server_.expect<xcb_shm_get_image_reply_t>(
        xcb_shm_get_image(c, root_, s16(part.x), s16(part.y), u16(part.width), u16(part.height),
                          kAllPlanes, XCB_IMAGE_FORMAT_Z_PIXMAP, segment_, offset),
        [this](const xcb_shm_get_image_reply_t* reply) {
          if (!reply) failed_ = true;
          fetched();
        });
    return;
  }
  server_.expect<xcb_get_image_reply_t>(
      xcb_get_image(c, XCB_IMAGE_FORMAT_Z_PIXMAP, root_, s16(part.x), s16(part.y), u16(part.width),
                    u16(part.height), kAllPlanes),
      [this](const xcb_get_image_reply_t* reply) {
        if (!reply) {
          failed_ = true;
          copies_.emplace_back();
        } else {
          const std::uint8_t* data = xcb_get_image_data(reply);
          copies_.emplace_back(data, data + xcb_get_image_data_length(reply));
        }
        fetched();
      });
}

void Capture::fetched() {
  if (++answered_ < underWay_.size()) return;
  if (failed_ || fetchedSize_ != size_) {
    // The screen changed its size meanwhile, or the memory is not shared after all.
    for (const surface::Rect& part : underWay_) pending_.add(part);
    step_ = Step::Rest;
    return proceed();
  }
  step_ = Step::Painting;
  paint();
}

void Capture::paint() {
  screen_.resize(fetchedSize_);
  const auto frame = screen_.paint();
  if (!frame) return;  // a sink reads all we have: onPaintable
  surface::Damage damage;
  std::size_t offset = 0;
  for (std::size_t i = 0; i < underWay_.size(); ++i) {
    const surface::Rect& part = underWay_[i];
    const std::uint8_t* from = nullptr;
    if (sharesMemory_) {
      from = reinterpret_cast<const std::uint8_t*>(memory_.frame().pixels) + offset;
    } else if (i < copies_.size() && copies_[i].size() >= bytesOf(part)) {
      from = copies_[i].data();
    }
    offset += bytesOf(part);
    if (!from) continue;  // fewer pixels than were asked for
    const std::size_t rowBytes = static_cast<std::size_t>(part.width) * sizeof(surface::Pixel);
    for (int y = 0; y < part.height; ++y) {
      std::memcpy(frame->row(part.y + y) + part.x, from + static_cast<std::size_t>(y) * rowBytes,
                  rowBytes);
    }
    damage.add(part);
  }
  const std::int64_t pixels = damage.bounds().pixels();
  screen_.damaged(std::move(damage));
  if (const auto onLive = std::exchange(onLive_, nullptr)) onLive();
  pace_.updateEnded(pixels, context_.clock.now());
  step_ = Step::Rest;
  proceed();
}

}  // namespace lucarne::relay::x11
