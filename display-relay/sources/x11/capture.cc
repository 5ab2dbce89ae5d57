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
// A server that refuses to give its picture is asked again after twice the time, up to this.
constexpr base::Duration kLongestPause = std::chrono::milliseconds(512);
// Without shared memory: so much in one answer, which is waited for once it has begun (Patience).
constexpr std::int64_t kBandBytes = 64 * 1024;

std::uint16_t u16(int value) { return static_cast<std::uint16_t>(value); }
std::int16_t s16(int value) { return static_cast<std::int16_t>(value); }

std::size_t bytesOf(const surface::Rect& part) {
  return static_cast<std::size_t>(part.pixels()) * sizeof(surface::Pixel);
}

std::vector<surface::Rect> inBands(const std::vector<surface::Rect>& parts) {
  std::vector<surface::Rect> bands;
  for (const surface::Rect& part : parts) {
    const std::int64_t rowBytes = std::int64_t{part.width} * static_cast<int>(sizeof(surface::Pixel));
    const int rows = static_cast<int>(std::max<std::int64_t>(kBandBytes / rowBytes, 1));
    for (int y = 0; y < part.height; y += rows) {
      bands.push_back({part.x, part.y + y, part.width, std::min(rows, part.height - y)});
    }
  }
  return bands;
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
      damage_(x.ids.damage),
      parts_(x.ids.region),
      segment_(x.ids.segment),
      pause_(kShortest) {
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
  ++generation_;
  pending_ = surface::Damage(surface::Rect::of(size));
  if (step_ == Step::Painting) abandonPicture();  // what waits is of another size
  shareMemory();
  proceed();
}

// What is on its way into the old memory is lost with it, and fetched again.
void Capture::shareMemory() {
  if (!sharesMemory_) return;
  if (memory_) xcb_shm_detach(server_.get(), segment_);
  memory_ = surface::FrameBuffer::create(size_);
  base::UniqueFd fd = base::duplicate(memory_.fd());
  if (!fd) return keepMemory();
  attached_ = xcb_shm_attach_fd(server_.get(), segment_, fd.release(), false).sequence;
}

bool Capture::onRefused(const xcb_generic_error_t& error) {
  if (!sharesMemory_ || error.full_sequence != attached_) return false;
  keepMemory();  // a server on another machine, or one that takes no descriptors
  return true;
}

void Capture::keepMemory() {
  sharesMemory_ = false;
  ++generation_;  // nothing of what is on its way comes
  if (step_ == Step::Painting) abandonPicture();
  memory_ = {};
}

// It is fetched again.
void Capture::abandonPicture() {
  for (const surface::Rect& part : underWay_) pending_.add(part);
  step_ = Step::Rest;
}

void Capture::watch(bool watched) {
  watched_ = watched;
  proceed();
}

void Capture::wanted() {
  pace_.wanted(context_.clock.now());
  wanted_ = true;
  proceed();
}

void Capture::input() { pace_.input(context_.clock.now()); }

void Capture::onPaintable() {
  if (step_ == Step::Painting) paint();
}

// How long the next picture is put off; nothing: it is not.
std::optional<base::Duration> Capture::heldFor() const {
  const base::TimePoint now = context_.clock.now();
  base::TimePoint due = begun_ + pause_;
  if (!wanted_ && pending_.bounds().pixels() >= rfb::RequestPace::kLarge && pace_.holds(now) &&
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
  if (pending_.empty() || !watched_) return proceed();
  const auto wait = heldFor();
  // Whatever was drawn meanwhile is the next picture, or this one would never be fetched.
  if (!wait) return fetch();
  later_ = context_.loop.after(*wait, [this] { proceed(); });
}

void Capture::fetch() {
  step_ = Step::Fetching;
  wanted_ = false;
  begun_ = context_.clock.now();
  pending_.clip(size_);
  std::int64_t pixels = 0;
  for (const surface::Rect& part : pending_.rects()) pixels += part.pixels();
  // Parts may overlap, and together be more than there is room for.
  underWay_ = pixels <= size_.pixels() ? pending_.rects()
                                       : std::vector<surface::Rect>{pending_.bounds()};
  if (!sharesMemory_) underWay_ = inBands(underWay_);
  pending_.clear();
  if (underWay_.empty()) {  // the screen has become smaller
    step_ = Step::Rest;
    return proceed();
  }
  fetched_ = generation_;
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
      [this, bytes = bytesOf(part)](const xcb_get_image_reply_t* reply) {
        // As many bytes as the reply holds, whatever was asked for.
        if (reply && static_cast<std::size_t>(xcb_get_image_data_length(reply)) >= bytes) {
          const std::uint8_t* data = xcb_get_image_data(reply);
          copies_.emplace_back(data, data + bytes);
        } else {
          failed_ = true;
        }
        fetched();
      });
}

void Capture::fetched() {
  if (++answered_ < underWay_.size()) return;
  if (fetched_ != generation_) {
    // The screen has another size now, or the memory is another, or not shared after all.
    abandonPicture();
    return proceed();
  }
  if (failed_) {
    abandonPicture();
    pause_ = std::min(pause_ * 2, kLongestPause);
    return proceed();
  }
  pause_ = kShortest;
  step_ = Step::Painting;
  paint();
}

void Capture::paint() {
  screen_.resize(size_);
  const auto frame = screen_.paint();
  if (!frame) return;  // a sink reads all we have: onPaintable
  surface::Damage damage;
  const auto* shared = reinterpret_cast<const std::uint8_t*>(memory_.frame().pixels);
  for (std::size_t i = 0; i < underWay_.size(); ++i) {
    const surface::Rect& part = underWay_[i];
    const std::uint8_t* from = sharesMemory_ ? shared : copies_[i].data();
    const std::size_t rowBytes = static_cast<std::size_t>(part.width) * sizeof(surface::Pixel);
    for (int y = 0; y < part.height; ++y) {
      std::memcpy(frame->row(part.y + y) + part.x, from + static_cast<std::size_t>(y) * rowBytes,
                  rowBytes);
    }
    if (sharesMemory_) shared += bytesOf(part);
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
