// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/rfb/session.h"

#include <algorithm>
#include <cstring>

#include "display-relay/sources/rfb/text.h"

namespace lucarne::relay::rfb {

namespace {

// Holds many times the largest piece that must be whole; compressed rectangles are read in chunks
// of this size.
constexpr std::size_t kBufferBytes = 64 * 1024;
static_assert(kBufferBytes >= 2 * kMaxPiece);
// Pieces of one readv: Linux takes 1024; this many rows at once already make the call cheap.
constexpr std::size_t kMaxPieces = 256;
// Keys, fences and requests of minutes: a server that leaves this much unread is gone.
constexpr std::size_t kMaxUnsent = 256 * 1024;
// Updates in a row that paint nothing before the next request waits. A real server sends a few
// (pointer shape, size, features) at the start.
constexpr unsigned kMaxIdleUpdates = 32;

// On one machine nothing beats the bare pixels: no work for the server, no copy here. Nothing else is
// listed, because TigerVNC takes Raw in front for "no wish" and compresses with whatever follows.
// Across a network Tight is the smallest of the exact ones.
// No CopyRect: Xvnc 1.12 sends wrong ones when a window is moved twice within one update, to every
// viewer, and never corrects them; and here its pixels cost no more than a memcpy.
constexpr Encoding kLocalPixels[] = {Encoding::Raw};
constexpr Encoding kNetworkPixels[] = {Encoding::Tight,   Encoding::Zrle, Encoding::CopyRect,
                                       Encoding::Hextile, Encoding::Rre,  Encoding::Raw};

constexpr Encoding kExtensions[] = {
    Encoding::CursorWithAlpha,     Encoding::Cursor,          Encoding::XCursor,
    Encoding::PointerPosition,     Encoding::VmwareCursorPosition,
    Encoding::ExtendedDesktopSize, Encoding::DesktopSize,     Encoding::LastRect,
    Encoding::DesktopName,         Encoding::Fence,
    Encoding::QemuExtendedKey,     Encoding::QemuPointerMotion,
    Encoding::ExtendedMouseButtons, Encoding::QemuLedState,   Encoding::VmwareLedState,
    Encoding::ExtendedClipboard};

}  // namespace

Session::Session(SessionOptions options, surface::Screen& screen, Keyboard& keyboard, base::Log log)
    : options_(std::move(options)),
      screen_(screen),
      keyboard_(keyboard),
      log_(std::move(log)),
      handshake_(options_.password, out_),
      messages_(*this),
      buffer_(kBufferBytes) {
  keyboard_.forget();
}

Session::~Session() {
  if (!screen_.hasPicture() || !screen_.isPainting()) return;
  if (const auto half = messages_.halfPainted()) damage_.add(*half);
  endPaint();
}

// ---- bytes --------------------------------------------------------------------------------------

std::span<const iovec> Session::readTargets() {
  targets_.clear();
  directBytes_ = 0;
  std::size_t ahead = ServerMessages::kUnlimited;
  if (established_) {
    // Bytes in the buffer come before those in the socket: direct reading starts when it is empty.
    if (start_ == end_) directBytes_ = messages_.direct(kMaxPieces, targets_);
    if (messages_.blocked()) return {};
    ahead = messages_.readAhead();
    if (directBytes_ > 0 && targets_.size() == kMaxPieces) return targets_;  // rows are left over
  }
  if (start_ > 0) {
    std::memmove(buffer_.data(), buffer_.data() + start_, end_ - start_);
    end_ -= start_;
    start_ = 0;
  }
  const std::size_t room = std::min(ahead, buffer_.size() - end_);
  targets_.push_back({buffer_.data() + end_, room});
  return targets_;
}

base::Result<void> Session::landed(std::size_t bytes) {
  const std::size_t direct = std::min(bytes, directBytes_);
  directBytes_ = 0;
  if (direct > 0) messages_.landed(direct);
  end_ += bytes - direct;
  return process();
}

base::Result<void> Session::resume() { return process(); }

base::Result<void> Session::process() {
  if (!established_) {
    auto used = handshake_.take({buffer_.data() + start_, end_ - start_});
    if (!used) return base::Unexpected<base::Error>{used.error()};
    start_ += *used;
    if (!handshake_.done()) return {};
    establish();
  }
  auto used = messages_.take({buffer_.data() + start_, end_ - start_});
  if (!used) return base::Unexpected<base::Error>{used.error()};
  start_ += *used;
  return {};
}

void Session::sent(std::size_t bytes) {
  outStart_ += bytes;
  if (outStart_ < out_.size()) return;
  out_.clear();
  outStart_ = 0;
  if (established_) pointer_.flush(out_);
}

bool Session::stuck() const { return unsent().size() + afterFence_.size() > kMaxUnsent; }

// ---- asking for pictures ------------------------------------------------------------------------

void Session::establish() {
  established_ = true;
  screen_.resize(handshake_.size());
  screen_.setTitle(handshake_.name());
  pointer_.setSize(handshake_.size());
  encodeSetPixelFormat(out_);
  announceEncodings();
  // The first picture as a whole; it also makes the server tell its layout (ExtendedDesktopSize).
  encodeUpdateRequest(out_, Extent::Everything, screen_.size());
  requested_ = true;
}

void Session::announceEncodings() {
  std::vector<Encoding> encodings = options_.pixelEncodings;
  if (encodings.empty()) {
    if (options_.line == link::LineKind::Local) {
      encodings.assign(std::begin(kLocalPixels), std::end(kLocalPixels));
    } else {
      encodings.assign(std::begin(kNetworkPixels), std::end(kNetworkPixels));
    }
  }
  encodings.insert(encodings.end(), std::begin(kExtensions), std::end(kExtensions));
  if (options_.line != link::LineKind::Local) {
    encodings.push_back(Encoding::ContinuousUpdates);
    encodings.push_back(Encoding::CompressLevel1);
  }
  if (options_.jpeg == Jpeg::Welcome) encodings.push_back(Encoding::JpegQuality8);
  encodeSetEncodings(out_, encodings);
}

void Session::ask() {
  if (!established_) return;
  if (continuousKnown_) {
    if (continuous_ == watched_) return;
    continuous_ = watched_;
    encodeEnableContinuousUpdates(protocolOut(), watched_ ? Switch::On : Switch::Off,
                                  screen_.size());
    return;
  }
  if (!watched_ || requested_ || heldBack_) return;
  encodeUpdateRequest(protocolOut(), Extent::WhatChanged, screen_.size());
  requested_ = true;
}

void Session::requestNow() {
  heldBack_ = false;
  ask();
}

void Session::onUpdateBegan() {
  requested_ = false;
  updatePainted_ = false;
  ++updates_.begun;
  updates_.pixels = 0;
  heldBack_ = idleUpdates_ >= kMaxIdleUpdates || holdBehind_ > 0;
  ask();
}

void Session::onPainted(const surface::Rect& rect) {
  damage_.add(rect);
  updates_.pixels += rect.pixels();
  updatePainted_ = true;
}

void Session::onUpdateEnded() {
  ++updates_.ended;
  idleUpdates_ = updatePainted_ ? 0 : idleUpdates_ + 1;
  if (updatePainted_) live_ = true;
  const bool held = holdBehind_ > 0 && updates_.pixels >= holdBehind_;
  if (!held && idleUpdates_ < kMaxIdleUpdates) requestNow();
  endPaint();
}

void Session::endPaint() {
  if (screen_.isPainting()) screen_.damaged(std::exchange(damage_, {}));
}

void Session::onSize(const SizeReport& report) {
  if (report.extended) {
    resizable_ = true;
    screenId_ = report.screen;
  }
  if (report.cause == SizeReport::Cause::Us && report.status != 0) {
    constexpr const char* kReasons[] = {"", "it is prohibited", "it has no memory for it",
                                        "it does not like the layout"};
    log_.info("the guest keeps its size of {}x{}: {}", screen_.size().width, screen_.size().height,
              report.status <= 3 ? kReasons[report.status] : "it does not say why");
  }
  if (!(report.size == screen_.size())) {
    endPaint();
    screen_.resize(report.size);
    pointer_.setSize(report.size);
    updatePainted_ = true;  // a new size is news
    // What was asked for has the old area. Never a whole picture: a server that answers those with
    // an ExtendedDesktopSize would be asked for ever.
    requested_ = false;
    continuous_ = false;
    ask();
  }
  applyWish();
}

void Session::onContinuousUpdatesEnded() {
  // The first one says that the server knows them; later ones confirm a switching off.
  if (continuousKnown_) return;
  continuousKnown_ = true;
  ask();
}

// ---- fences -------------------------------------------------------------------------------------

// A fence is answered when everything before it has been painted, which is now: messages are
// handled one by one (BlockBefore, BlockAfter). With SyncNext the answer stands exactly between
// what the next message has not yet and what it has changed: it waits for the end of that message,
// and what that message makes us say waits behind it.
void Session::onFence(std::uint32_t flags, base::Bytes payload) {
  flushFence();
  if (!(flags & kFenceRequest)) return;  // an answer, and we ask for none
  flags &= kFenceBlockBefore | kFenceBlockAfter | kFenceSyncNext;
  if (flags & kFenceSyncNext) {
    fence_ = PendingFence{flags, {payload.begin(), payload.end()}};
  } else {
    encodeFence(out_, flags, payload);
  }
}

void Session::onMessageEnded() {
  if (fence_ && std::exchange(fence_->fresh, false)) return;
  flushFence();
}

void Session::flushFence() {
  if (!fence_) return;
  encodeFence(out_, fence_->flags, fence_->payload);
  fence_.reset();
  out_.insert(out_.end(), afterFence_.begin(), afterFence_.end());
  afterFence_.clear();
}

// ---- what else the server tells -----------------------------------------------------------------

void Session::onCursor(surface::Cursor cursor) { screen_.setCursor(std::move(cursor)); }

void Session::onLeds(surface::Leds leds) {
  keyboard_.setLeds(leds);
  screen_.setLeds(leds);
}

void Session::onCutText(base::Bytes latin1) { screen_.guestCopied(fromLatin1(latin1)); }

void Session::onExtendedCutText(base::Bytes untrusted) {
  if (const auto text = clipboard_.receive(untrusted, protocolOut())) screen_.guestCopied(*text);
}

void Session::onFeature(Feature feature) {
  switch (feature) {
    case Feature::QemuExtendedKey:
      keyboard_.setMode(KeyMode::Scancodes);
      break;
    case Feature::ExtendedMouseButtons:
      pointer_.setExtended();
      break;
    case Feature::LedState:
      break;
  }
}

void Session::onPointerMode(PointerMode mode) { pointer_.setMode(mode); }

// ---- from the person ----------------------------------------------------------------------------

void Session::input(const surface::InputEvent& event) {
  if (!established_) return;
  const Line now = line();
  if (const auto* moved = std::get_if<surface::PointerMoved>(&event)) {
    pointer_.move(*moved, now, out_);
  } else if (const auto* nudged = std::get_if<surface::PointerNudged>(&event)) {
    pointer_.nudge(*nudged, now, out_);
    // Nobody else knows where a pointer has got to that is pushed by deltas.
    if (pointer_.mode() == PointerMode::Absolute) screen_.moveCursor(pointer_.place());
  } else if (const auto* button = std::get_if<surface::PointerButton>(&event)) {
    pointer_.press(*button, out_);
  } else if (const auto* wheel = std::get_if<surface::Wheel>(&event)) {
    pointer_.roll(*wheel, out_);
  } else if (const auto* key = std::get_if<surface::Key>(&event)) {
    pointer_.flush(out_);
    keyboard_.encode(*key, out_);
  } else if (const auto* touch = std::get_if<surface::Touch>(&event)) {
    for (const surface::InputEvent& mouse : touches_.translate(*touch)) input(mouse);
  }
}

void Session::offerClipboard(const std::string& text) {
  if (!established_ || line() != Line::Free) return;
  if (clipboard_.isKnown()) {
    clipboard_.offer(text, protocolOut());
  } else {
    encodeCutText(protocolOut(), text);
  }
}

void Session::wantSize(surface::Size size) {
  wish_ = size;
  applyWish();
}

// Each wish is sent once: a server that answers with another size has its reasons, and asking again
// would be a quarrel without end.
void Session::applyWish() {
  if (!established_ || !resizable_ || !wish_ || wish_ == wishSent_) return;
  if (!surface::isAcceptable(wish_->width, wish_->height)) return;
  wishSent_ = wish_;
  if (*wish_ == screen_.size()) return;
  encodeSetDesktopSize(protocolOut(), *wish_, screenId_.value_or(ScreenId{}));
}

void Session::setWatched(bool watched) {
  watched_ = watched;
  ask();
}

void Session::lift() {
  if (!established_) return;
  touches_.reset();
  pointer_.lift(out_);
  keyboard_.lift(out_);
}

}  // namespace lucarne::relay::rfb
