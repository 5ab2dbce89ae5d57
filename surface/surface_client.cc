// SPDX-License-Identifier: Apache-2.0
// The half of the client that keeps the connection, and tells the news; surface_client_pictures.cc hands the
// pictures over.
#include "surface/surface_client.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace lucarne::surface {

namespace {

using base::Result;
using base::unexpected;

// Between attempts to reach the kiosk: it shall be found within a second of its start, and looking
// for it all night shall cost nothing.
constexpr base::Duration kFirstBackOff = std::chrono::milliseconds(20);
constexpr base::Duration kLastBackOff = std::chrono::milliseconds(500);
// A kiosk welcomes at once; one that hangs is tried again.
constexpr base::Duration kWelcomePatience = std::chrono::seconds(5);
constexpr base::Duration kLastWordsPatience = std::chrono::milliseconds(50);
// After a refusal: of two relays with one name, the one that was there first must not come back at
// once and push the other out.
constexpr base::Duration kRefusedBackOff = std::chrono::seconds(5);
constexpr int kPacketsPerTurn = 64;

// The cursor's pixels in memory of their own that the kiosk can read.
base::UniqueFd memoryFor(const Cursor& cursor) {
  const std::size_t bytes = cursor.pixels.size() * sizeof(Pixel);
  base::UniqueFd fd = base::createMemfd("lucarne-cursor", bytes);
  if (::pwrite(fd.get(), cursor.pixels.data(), bytes, 0) != static_cast<ssize_t>(bytes)) return {};
  ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
  return fd;
}

bool isSound(const Cursor& c) {
  return c.size.width <= kMaxCursorSide && c.size.height <= kMaxCursorSide &&
         static_cast<std::int64_t>(c.pixels.size()) == c.size.pixels() &&
         Rect::of(c.size).contains(c.hotspot.x, c.hotspot.y);
}

}  // namespace

SurfaceClient::SurfaceClient(Screen& screen, std::string path, std::string name,
                             const base::Context& context)
    : screen_(screen),
      path_(std::move(path)),
      name_(std::move(name)),
      context_(context),
      log_(context.log.named("kiosk")),
      complaints_(log_, context.clock),
      backOff_(kFirstBackOff) {}

SurfaceClient::~SurfaceClient() {
  if (!observing_) return;
  screen_.removeObserver(*this);
  liftAll();
  dropHold();
}

void SurfaceClient::start() {
  observe();
  connect();
}

void SurfaceClient::adopt(base::UniqueFd connected) {
  observe();
  begin(std::move(connected));
}

void SurfaceClient::observe() {
  if (std::exchange(observing_, true)) return;
  screen_.addObserver(*this);
  screen_.setAttention(*this, false);  // nobody looks before there is a kiosk
}

// ---- being connected ------------------------------------------------------------------------------

void SurfaceClient::connect() {
  auto socket = connectPacketSocket(path_);
  if (socket) return begin(std::move(*socket));
  if (!std::exchange(told_, true)) {
    log_.info("no kiosk at {} yet ({}); start lucarne-kiosk, it will be found", path_,
              socket.error().message);
  }
  retryLater();
}

void SurfaceClient::retryLater() {
  retry_ = context_.loop.after(backOff_, [this] { connect(); });
  backOff_ = std::min(backOff_ * 2, kLastBackOff);
}

void SurfaceClient::begin(base::UniqueFd socket) {
  socket_ = std::move(socket);
  if (!isPeerTrusted(socket_)) {
    return disconnect("the kiosk there belongs to another user");
  }
  state_ = State::AwaitingWelcome;
  watch_ = context_.loop.watch(socket_, base::Interest::Read,
                               [this](base::Readiness ready) { onReady(ready); });
  retry_ = context_.loop.after(kWelcomePatience, [this] { disconnect("it does not answer"); });
  slots_ = {};
  toldPath_ = PicturePath::SharedMemory;
  helloDue_ = true;
  flush();
}

void SurfaceClient::becomeLive() {
  state_ = State::Live;
  retry_.cancel();
  backOff_ = kFirstBackOff;
  told_ = false;
  log_.info("connected to the kiosk at {}", path_);
  phaseDue_ = true;
  titleDue_ = !screen_.title().empty();
  ledsDue_ = screen_.leds() != 0;
  cursorDue_ = !screen_.cursor().hidden();
  unpainted_ = false;
  if (screen_.hasPicture()) damage_ = Damage(Rect::of(screen_.size()));
  watched_ = true;
  screen_.setAttention(*this, true);
  flush();
}

void SurfaceClient::disconnect(const std::string& words) {
  if (state_ == State::Live || !std::exchange(told_, true)) {
    complaints_.warning("{}: {}; trying again", path_, words);
  }
  state_ = State::Down;
  watch_.cancel();
  socket_.reset();
  damage_.clear();
  movedDue_.reset();
  clipboardDue_.reset();
  pongDue_.reset();
  slots_ = {};
  formats_.clear();
  liftAll();
  dropHold();
  dropReads();
  watched_ = false;
  screen_.setAttention(*this, false);
  retryLater();
}

void SurfaceClient::liftAll() {
  for (const InputEvent& lift : held_.liftAll()) screen_.input(lift);
}

// ---- what the kiosk says --------------------------------------------------------------------------

void SurfaceClient::onReady(base::Readiness ready) {
  if (ready.writable) flush();
  for (int i = 0; ready.readable && i < kPacketsPerTurn && state_ != State::Down; ++i) {
    auto received = receivePacket(socket_, message::kMaxBytes);
    if (!received) return disconnect(received.error().message);
    if (!*received) break;
    if (!(*received)->fds.empty()) return disconnect("a descriptor that belongs to nothing");
    const auto parsed = message::parseToRelay((*received)->bytes);
    if (!parsed) return disconnect(parsed.error().message);
    if (const auto handled = handle(*parsed); !handled) return disconnect(handled.error().message);
  }
}

Result<void> SurfaceClient::handle(const message::ToRelay& message) {
  if (const auto* refused = std::get_if<message::Refused>(&message)) {
    backOff_ = kRefusedBackOff;
    return unexpected(fmt::format("the kiosk refuses: {}", refused->words));
  }
  const auto* welcome = std::get_if<message::Welcome>(&message);
  if ((welcome != nullptr) != (state_ == State::AwaitingWelcome)) {
    return unexpected(welcome ? "a second Welcome" : "a message before Welcome");
  }
  if (welcome) {
    if (welcome->version != message::kVersion) {
      return unexpected(fmt::format("the kiosk speaks version {} of the surface socket, not {}",
                                    welcome->version, message::kVersion));
    }
    formats_ = welcome->formats;
    becomeLive();
    return {};
  }
  return std::visit([this](const auto& m) { return obey(m); }, message);
}

Result<void> SurfaceClient::obey(const message::Input& input) {
  const InputEvent event = clamped(input.event, screen_.size());
  held_.note(event);
  screen_.input(event);
  return {};
}

Result<void> SurfaceClient::obey(const message::Focus& focus) {
  if (!focus.focused) liftAll();
  return {};
}

Result<void> SurfaceClient::obey(const message::WantedSize& wanted) {
  screen_.wantSize(wanted.size);
  return {};
}

Result<void> SurfaceClient::obey(const message::Attention& attention) {
  watched_ = attention.watched;
  if (!watched_) dropReads();
  screen_.setAttention(*this, attention.watched);
  return {};
}

Result<void> SurfaceClient::obey(const message::Ping& ping) {
  pongDue_ = ping.nonce;
  flush();
  return {};
}

Result<void> SurfaceClient::obey(const message::Clipboard& clipboard) {
  screen_.offerClipboard(clipboard.text);
  return {};
}

// ---- what the Screen says -------------------------------------------------------------------------

void SurfaceClient::onCursor(const Cursor&) {
  cursorDue_ = true;
  flush();
}

void SurfaceClient::onCursorMoved(GuestPoint at) {
  if (state_ != State::Live) return;
  movedDue_ = at;
  flush();
}

void SurfaceClient::onPhase(Phase, const std::string&) {
  phaseDue_ = true;
  flush();
}

void SurfaceClient::onTitle(const std::string&) {
  titleDue_ = true;
  flush();
}

void SurfaceClient::onLeds(Leds) {
  ledsDue_ = true;
  flush();
}

void SurfaceClient::onClipboard(const std::string& text) {
  if (state_ != State::Live) return;
  clipboardDue_ = text;
  flush();
}

// ---- sending --------------------------------------------------------------------------------------

bool SurfaceClient::send(const message::ToKiosk& message, std::span<const int> fds) {
  switch (sendPacket(socket_, message::encode(message), fds)) {
    case SendOutcome::Sent:
      return true;
    case SendOutcome::Full:
      watch_.want(base::Interest::ReadWrite);
      return false;
    case SendOutcome::Gone:
      // The read side finds out too, with the kiosk's last words: let it tell if it can.
      watch_.want(base::Interest::Read);
      retry_ = context_.loop.after(kLastWordsPatience, [this] { disconnect("it went away"); });
      return false;
  }
  return false;
}

void SurfaceClient::flush() {
  if (state_ == State::Down) return;
  if (helloDue_) {
    if (!send(message::Hello{message::kVersion, name_})) return;
    helloDue_ = false;
  }
  if (state_ == State::Live && !(flushNews() && flushCursor() && flushPicture())) return;
  watch_.want(base::Interest::Read);
}

bool SurfaceClient::flushNews() {
  const auto sendDue = [this](bool& due, const message::ToKiosk& message) {
    if (due && !send(message)) return false;
    due = false;
    return true;
  };
  if (pongDue_) {
    if (!send(message::Pong{*pongDue_})) return false;
    pongDue_.reset();
  }
  if (clipboardDue_) {
    if (!send(message::Clipboard{*clipboardDue_})) return false;
    clipboardDue_.reset();
  }
  return sendDue(phaseDue_, message::PhaseChanged{screen_.phase(), screen_.phaseWords()}) &&
         sendDue(titleDue_, message::TitleChanged{screen_.title()}) &&
         sendDue(ledsDue_, message::LedsChanged{screen_.leds()});
}

bool SurfaceClient::flushCursor() {
  if (cursorDue_) {
    const Cursor& cursor = screen_.cursor();
    const bool shown = !cursor.hidden() && isSound(cursor);
    const base::UniqueFd memory = shown ? memoryFor(cursor) : base::UniqueFd();
    const auto shape = memory ? message::CursorShape{cursor.size, cursor.hotspot}
                              : message::CursorShape{};
    const int fd = memory.get();
    if (!send(shape, {&fd, memory ? std::size_t{1} : 0})) return false;
    cursorDue_ = false;
  }
  if (movedDue_) {
    const GuestPoint at = std::get<PointerMoved>(clamped(PointerMoved{*movedDue_}, screen_.size())).at;
    if (!send(message::CursorMoved{at})) return false;
    movedDue_.reset();
  }
  return true;
}

}  // namespace lucarne::surface
