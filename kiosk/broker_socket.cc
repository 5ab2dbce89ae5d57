// SPDX-License-Identifier: Apache-2.0
#include "kiosk/broker_socket.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "surface/packet_socket.h"

namespace lucarne::kiosk {

namespace panel = surface::panel;
using surface::PanelPoint;
using surface::TouchPhase;
using surface::Transition;

namespace {

/// Packets read in one turn of the loop: a broker that floods does not keep pictures waiting.
constexpr int kMostAtOnce = 256;
// How long accepting rests when the process has no descriptor left for a broker.
constexpr base::Duration kAcceptPause = std::chrono::milliseconds(500);

base::UniqueFd listenAt(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0) {
    if (!S_ISSOCK(info.st_mode)) {
      throw base::SetupError(
          fmt::format("listen on {}: there is something that is not a socket; move it away", path));
    }
    ::unlink(path.c_str());
  }
  return surface::listenPacketSocket(path);
}

/// The middle of a pixel stays the middle, whatever the sizes.
int scaled(int at, int theirs, int ours) {
  if (theirs <= 0 || theirs == ours) return at;
  return static_cast<int>((std::int64_t{at} * 2 + 1) * ours / (std::int64_t{theirs} * 2));
}

}  // namespace

BrokerSocket::BrokerSocket(std::string path, BrokerTarget& target, const base::Context& context)
    : path_(std::move(path)),
      target_(target),
      context_(context),
      log_(context.log.named("input")),
      complaints_(log_, context.clock),
      listener_(listenAt(path_)) {
  listenerWatch_ = context_.loop.watch(listener_, base::Interest::Read,
                                       [this](base::Readiness) { onListener(); });
}

BrokerSocket::~BrokerSocket() { ::unlink(path_.c_str()); }

void BrokerSocket::setPanel(surface::Size size, surface::Rotation rotation) {
  ours_ = size;
  if (std::exchange(rotation_, rotation) != rotation) tellRotation();
}

// ---- the connection -----------------------------------------------------------------------------

// One connection a turn: what is left wakes us again.
void BrokerSocket::onListener() {
  auto socket = base::UniqueFd::adopt(
      ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!socket) {
    if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) return;
    // The socket stays readable: without a pause the loop would do nothing else.
    complaints_.warning("accept a broker: {}", std::strerror(errno));
    listenerWatch_.want(base::Interest::None);
    acceptAgain_ = context_.loop.after(kAcceptPause,
                                       [this] { listenerWatch_.want(base::Interest::Read); });
    return;
  }
  if (!surface::isPeerTrusted(socket)) {
    complaints_.warning("refused a broker that belongs to another user");
    return;
  }
  if (broker_) leave("another broker came");
  adopt(std::move(socket));
}

void BrokerSocket::adopt(base::UniqueFd socket) {
  broker_ = std::move(socket);
  watch_ = context_.loop.watch(broker_, base::Interest::Read,
                               [this](base::Readiness) { onReadable(); });
}

void BrokerSocket::onReadable() {
  for (int i = 0; i < kMostAtOnce; ++i) {
    auto packet = surface::receivePacket(broker_, panel::kPacketBytes);
    if (!packet) return leave(packet.error().message);
    if (!*packet) return;
    const auto message = panel::parseToKiosk((*packet)->bytes);
    if (!message) return leave(message.error().message);
    if (!take(*message)) return;
  }
}

bool BrokerSocket::take(const panel::ToKiosk& message) {
  const auto* hello = std::get_if<panel::Hello>(&message);
  if (greeted_ == (hello != nullptr)) {
    leave(hello ? "it said hello twice" : "it did not say hello");
    return false;
  }
  if (!hello) {
    std::visit([this](const auto& m) { on(m); }, message);
    return true;
  }
  if (hello->version != panel::kVersion) {
    leave(fmt::format("it speaks version {}, we speak {}", hello->version, panel::kVersion));
    return false;
  }
  theirs_ = hello->panel;
  greeted_ = true;
  log_.info("a broker is here; its panel has {}x{}", theirs_.width, theirs_.height);
  target_.onBroker(true);
  tellRotation();
  return true;
}

void BrokerSocket::leave(const std::string& words) {
  complaints_.warning("the broker is gone: {}", words);
  watch_.cancel();
  broker_.reset();
  if (!std::exchange(greeted_, false)) return;
  liftAll();
  target_.onBroker(false);
}

void BrokerSocket::tellRotation() {
  // A broker that does not read these few bytes learns it when it connects again.
  if (brokerIsHere()) surface::sendPacket(broker_, panel::encode(panel::Turned{rotation_}));
}

// ---- input --------------------------------------------------------------------------------------

PanelPoint BrokerSocket::toOurs(PanelPoint at) const {
  return {scaled(at.x, theirs_.width, ours_.width), scaled(at.y, theirs_.height, ours_.height)};
}

void BrokerSocket::on(const panel::Placed& placed) { note(PanelPointerMoved{toOurs(placed.at)}); }

void BrokerSocket::on(const panel::Nudged& nudged) { target_.onBrokerNudge(nudged.dx, nudged.dy); }

void BrokerSocket::on(const panel::Touched& touched) {
  const bool ends = touched.phase == TouchPhase::Up || touched.phase == TouchPhase::Cancelled;
  if (!fingers_[touched.slot] && touched.phase != TouchPhase::Down) return;
  fingers_[touched.slot] = !ends;
  places_[touched.slot] = toOurs(touched.at);
  note(PanelTouch{touched.slot, touched.phase, places_[touched.slot]});
}

void BrokerSocket::note(const PanelInput& input) {
  if (const auto* key = std::get_if<surface::Key>(&input)) {
    keys_[key->code] = key->transition == Transition::Pressed;
  } else if (const auto* button = std::get_if<surface::PointerButton>(&input)) {
    buttons_[button->code] = button->transition == Transition::Pressed;
  }
  target_.onBrokerInput(input);
}

void BrokerSocket::liftAll() {
  for (std::size_t slot = 0; slot < fingers_.size(); ++slot) {
    if (!fingers_[slot]) continue;
    fingers_[slot] = false;
    target_.onBrokerInput(
        PanelTouch{static_cast<std::uint8_t>(slot), TouchPhase::Cancelled, places_[slot]});
  }
  const auto release = [&](auto& held, auto make) {
    for (std::size_t code = 0; code < held.size(); ++code) {
      if (!held[code]) continue;
      held[code] = false;
      target_.onBrokerInput(make(static_cast<std::uint16_t>(code)));
    }
  };
  release(buttons_, [](std::uint16_t code) {
    return surface::PointerButton{code, Transition::Released};
  });
  release(keys_, [](std::uint16_t code) { return surface::Key{code, Transition::Released}; });
  target_.onBrokerInputEnd();
}

}  // namespace lucarne::kiosk
