// SPDX-License-Identifier: Apache-2.0
#include "surface/surface_connection.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace lucarne::surface {

namespace {

using base::Result;
using base::unexpected;

// A relay says hello at once; whoever does not is not one.
constexpr base::Duration kHelloPatience = std::chrono::seconds(5);
// So that one busy guest does not keep the others, or the panel, waiting.
constexpr int kPacketsPerTurn = 64;

Result<void> missing(const char* what) { return unexpected(what); }

}  // namespace

SurfaceConnection::SurfaceConnection(base::UniqueFd socket, const Imports& imports, Owner& owner,
                                     GuestObserver& observer, const base::Context& context)
    : socket_(std::move(socket)),
      imports_(imports),
      owner_(owner),
      observer_(observer),
      context_(context) {
  watch_ = context_.loop.watch(socket_, base::Interest::Read,
                               [this](base::Readiness ready) { onReady(ready); });
  helloTimer_ = context_.loop.after(kHelloPatience, [this] { fail("it never said hello"); });
}

void SurfaceConnection::onReady(base::Readiness ready) {
  if (ready.writable) flush();
  for (int i = 0; ready.readable && i < kPacketsPerTurn && state_ != State::Broken; ++i) {
    auto received = receivePacket(socket_, message::kMaxBytes);
    if (!received) return fail(received.error().message);
    if (!*received) break;
    handle(std::move(**received));
  }
}

void SurfaceConnection::handle(Packet packet) {
  auto parsed = message::parseToKiosk(packet.bytes);
  if (!parsed) return fail(parsed.error().message);
  const bool isHello = std::holds_alternative<message::Hello>(*parsed);
  if (isHello != (state_ == State::AwaitingHello)) {
    return fail(isHello ? "a second Hello" : "a message before Hello");
  }
  const auto accepted = std::visit(
      [this, &packet](auto& m) { return accept(std::move(m), packet); }, *parsed);
  if (!accepted) return fail(accepted.error().message);
  if (!packet.fds.empty()) fail("a descriptor that belongs to nothing");
}

// ---- what the relay says --------------------------------------------------------------------------

Result<void> SurfaceConnection::accept(message::Hello hello, Packet&) {
  helloTimer_.cancel();
  if (hello.version != message::kVersion) {
    const std::string words = fmt::format(
        "the relay speaks version {} of the surface socket and the kiosk {}; install the same "
        "version of both", hello.version, message::kVersion);
    refuse(words);
    return unexpected(words);
  }
  name_ = std::move(hello.name);
  owner_.onHello(*this);
  state_ = State::Live;
  send(message::Welcome{message::kVersion, imports_.formats});
  observer_.onGuestArrived(*this);
  return {};
}

Result<void> SurfaceConnection::accept(message::Buffer buffer, Packet& packet) {
  if (packet.fds.size() != 1) return missing("a Buffer without its memory");
  auto mapped =
      MappedPicture::create(std::move(packet.fds.front()), buffer.size, buffer.strideBytes);
  packet.fds.clear();
  if (!mapped) return unexpected(fmt::format("Buffer: {}", mapped.error().message));
  slots_[buffer.slot] = {std::move(*mapped), nullptr};
  return {};
}

Result<void> SurfaceConnection::accept(message::DmabufBuffer buffer, Packet& packet) {
  auto dmabuf = std::make_shared<Dmabuf>();
  dmabuf->layout = std::move(buffer.layout);
  dmabuf->fds = std::exchange(packet.fds, {});
  if (!canRead(imports_.formats, dmabuf->layout.format)) {
    return missing("a Dmabuf of a format that was not offered");
  }
  if (const auto sound = checkDmabuf(*dmabuf, imports_.sizeOf); !sound) {
    return unexpected(fmt::format("Dmabuf: {}", sound.error().message));
  }
  slots_[buffer.slot] = {nullptr, std::move(dmabuf)};
  return {};
}

Result<void> SurfaceConnection::accept(message::PathChanged changed, Packet&) {
  memoryPath_ = changed.path;
  return {};
}

Result<void> SurfaceConnection::accept(message::Forget forget, Packet&) {
  slots_[forget.slot] = {};
  return {};
}

Result<void> SurfaceConnection::accept(message::Commit commit, Packet&) {
  const Stored& named = slots_[commit.slot];
  if (named.size().empty()) return missing("a Commit of a slot that holds nothing");
  const Rect all = Rect::of(named.size());
  for (const Rect& r : commit.rects) {
    if (!all.contains(r)) return missing("a Commit with a rectangle outside the picture");
  }
  const bool isNewSize = size() != named.size();
  current_ = named;
  if (isNewSize) {
    damage_ = Damage(all);
  } else {
    for (const Rect& r : commit.rects) damage_.add(r);
  }
  committed_ = commit.serial;
  observer_.onCommit(*this);
  return {};
}

Result<void> SurfaceConnection::accept(message::CursorShape shape, Packet& packet) {
  Cursor cursor;
  cursor.size = shape.size;
  cursor.hotspot = shape.hotspot;
  if (!cursor.hidden()) {
    if (packet.fds.size() != 1) return missing("a Cursor without its memory");
    auto pixels =
        copySealedPixels(packet.fds.front(), static_cast<std::size_t>(shape.size.pixels()));
    packet.fds.clear();
    if (!pixels) return unexpected(fmt::format("Cursor: {}", pixels.error().message));
    cursor.pixels = std::move(*pixels);
  }
  cursor_ = std::move(cursor);
  observer_.onCursor(*this);
  return {};
}

Result<void> SurfaceConnection::accept(message::CursorMoved moved, Packet&) {
  if (!hasPicture()) return {};
  observer_.onCursorMoved(
      *this, {std::min(moved.at.x, size().width - 1), std::min(moved.at.y, size().height - 1)});
  return {};
}

Result<void> SurfaceConnection::accept(message::PhaseChanged changed, Packet&) {
  phase_ = changed.phase;
  phaseWords_ = std::move(changed.words);
  observer_.onPhase(*this);
  return {};
}

Result<void> SurfaceConnection::accept(message::TitleChanged changed, Packet&) {
  title_ = std::move(changed.title);
  observer_.onTitle(*this);
  return {};
}

Result<void> SurfaceConnection::accept(message::LedsChanged changed, Packet&) {
  leds_ = changed.leds;
  observer_.onLeds(*this);
  return {};
}

Result<void> SurfaceConnection::accept(message::Pong pong, Packet&) {
  if (!pingSent_ || pong.nonce != pingNonce_) return missing("an answer to no question");
  const base::Duration roundTrip = context_.clock.now() - *pingSent_;
  pingSent_.reset();
  observer_.onPong(*this, roundTrip);
  return {};
}

Result<void> SurfaceConnection::accept(message::Clipboard clipboard, Packet&) {
  observer_.onClipboard(*this, clipboard.text);
  return {};
}

// ---- what the kiosk says --------------------------------------------------------------------------

void SurfaceConnection::release() {
  damage_.clear();
  if (!committed_) return;
  releaseOut_ = std::exchange(committed_, std::nullopt);
  flush();
}

void SurfaceConnection::refuseDmabuf(const std::string& words) {
  damage_.clear();
  if (!committed_) return;
  unreadOut_ = message::Unread{*std::exchange(committed_, std::nullopt), words};
  flush();
}

void SurfaceConnection::input(const InputEvent& event) {
  if (state_ != State::Live || !hasPicture()) return;
  const InputEvent onPicture = clamped(event, size());
  if (!isInRange(onPicture)) return;
  held_.note(onPicture);
  if (!inputOut_.push(onPicture)) return fail("it does not take its input");
  flush();
}

void SurfaceConnection::setFocus(bool focused) {
  if (state_ != State::Live) return;
  if (!focused) {
    for (const InputEvent& lift : held_.liftAll()) {
      if (!inputOut_.push(lift)) return fail("it does not take its input");
    }
  }
  focusOut_ = focused;
  flush();
}

void SurfaceConnection::setWantedSize(Size size) {
  if (!isAcceptable(size.width, size.height)) return;
  wantedOut_ = size;
  flush();
}

void SurfaceConnection::setAttention(bool watched) {
  attentionOut_ = watched;
  flush();
}

void SurfaceConnection::setClipboard(const std::string& text) {
  if (state_ != State::Live || !isClipboardText(text)) return;
  clipboardOut_ = text;
  flush();
}

void SurfaceConnection::ping() {
  if (pingSent_ || pingOut_) return;
  pingOut_ = true;
  flush();
}

// ---- sending --------------------------------------------------------------------------------------

bool SurfaceConnection::send(const message::ToRelay& message) {
  switch (sendPacket(socket_, message::encode(message))) {
    case SendOutcome::Sent:
      return true;
    case SendOutcome::Full:
      watch_.want(base::Interest::ReadWrite);
      return false;
    case SendOutcome::Gone:
      fail("the relay ended");
      return false;
  }
  return false;
}

void SurfaceConnection::flush() {
  if (state_ != State::Live) return;
  const auto sendState = [this](auto& due, auto make) {
    if (!due) return true;
    if (!send(make(*due))) return false;
    due.reset();
    return true;
  };
  if (!sendState(releaseOut_, [](std::uint32_t serial) { return message::Release{serial}; })) return;
  if (!sendState(unreadOut_, [](const message::Unread& unread) { return unread; })) return;
  while (!inputOut_.empty()) {
    if (!send(message::Input{inputOut_.front()})) return;
    inputOut_.pop();
  }
  if (!sendState(focusOut_, [](bool focused) { return message::Focus{focused}; })) return;
  if (!sendState(wantedOut_, [](Size size) { return message::WantedSize{size}; })) return;
  if (!sendState(attentionOut_, [](bool watched) { return message::Attention{watched}; })) return;
  if (!sendState(clipboardOut_, [](const std::string& text) { return message::Clipboard{text}; })) {
    return;
  }
  if (pingOut_) {
    if (!send(message::Ping{++pingNonce_})) return;
    pingOut_ = false;
    pingSent_ = context_.clock.now();
  }
  watch_.want(base::Interest::Read);
}

// ---- the end --------------------------------------------------------------------------------------

void SurfaceConnection::refuse(const std::string& words) {
  sendPacket(socket_, message::encode(message::ToRelay(message::Refused{words})));
}

void SurfaceConnection::fail(std::string words) {
  if (state_ == State::Broken) return;
  wasLive_ = state_ == State::Live;
  state_ = State::Broken;
  brokenWords_ = std::move(words);
  watch_.cancel();
  helloTimer_.cancel();
  // From the loop: the caller may be a function of the kiosk that still uses this connection.
  failTimer_ = context_.loop.after({}, [this] { owner_.onBroken(*this); });
}

}  // namespace lucarne::surface
