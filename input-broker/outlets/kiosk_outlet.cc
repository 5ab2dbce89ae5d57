// SPDX-License-Identifier: Apache-2.0
// kiosk:[PATH] — pointer, keys, fingers and pen to the kiosk beside the broker, and what special
// buttons ask of it (surface/panel_messages.h). PATH is the kiosk's socket, as for relays.
//
// The kiosk says how the picture is turned; the broker's states follow. A kiosk that does not read
// loses events, and is told the whole state when it reads again.
#include <array>
#include <bitset>

#include <fmt/format.h>

#include "input-broker/outlet.h"
#include "link/redial.h"
#include "surface/kiosk_socket.h"
#include "surface/packet_socket.h"
#include "surface/panel_messages.h"

namespace lucarne::input {

namespace {

namespace panel = surface::panel;
using surface::kMaxTouchSlots;
using surface::TouchPhase;

class KioskOutlet final : public Outlet {
 public:
  KioskOutlet(const OutletRule& rule, std::string path, Broker& broker,
              const base::Context& context)
      : rule_(rule),
        path_(surface::panelInputPath(path.empty() ? surface::kioskSocketPath() : path)),
        broker_(broker),
        context_(context),
        log_(context.log.named("kiosk")),
        redial_(context.loop, context.clock, [this] { dial(); }) {}

  void start() override { dial(); }

  void onRemoved(const Device& device) override {
    for (Finger& finger : fingers_) {
      if (finger.device == device.id) finger.device = -1;
    }
  }

  void onEvent(const Device& device, const Event& event, base::TimePoint) override {
    if (!device.kinds.any(rule_.kinds)) return;
    std::visit([&](const auto& e) { on(device, e); }, event);
  }
  void onFrameEnd(const Device& device, base::TimePoint) override {
    if (device.kinds.any(rule_.kinds)) send(panel::End{});
  }
  void onAction(ActionKind kind) override {
    switch (kind) {
      case ActionKind::Rotate:
        return send(panel::Asked{panel::Action::Rotate});
      case ActionKind::NextGuest:
        return send(panel::Asked{panel::Action::NextGuest});
      case ActionKind::PreviousGuest:
        return send(panel::Asked{panel::Action::PreviousGuest});
      case ActionKind::Screenshot:
        return send(panel::Asked{panel::Action::Screenshot});
      case ActionKind::None:
      case ActionKind::Keyboard:
      case ActionKind::Run:
        return;
    }
  }

  std::string stats() const override {
    return fmt::format("\"outlet\":\"kiosk\",\"up\":{},\"packets\":{},\"catchups\":{}",
                       static_cast<bool>(socket_), packets_, catchups_);
  }

 private:
  struct Finger {
    int device = -1;
    std::uint8_t slot = 0;  // the device's
    surface::PanelPoint at;
  };

  // ---- events -----------------------------------------------------------------------------------

  void on(const Device&, const PointerMoved& e) { send(panel::Nudged{e.dx, e.dy}); }
  void on(const Device&, const PointerPlaced& e) { send(panel::Placed{e.at}); }
  void on(const Device&, const WheelTurned& e) { send(surface::Wheel{e.dx120, e.dy120}); }
  void on(const Device&, const SwitchChanged&) {}
  void on(const Device&, const ButtonChanged& e) { button(e.code, e.transition); }
  void on(const Device&, const KeyChanged& e) {
    const ButtonRule* rule = broker_.config().button(e.code);
    if ((rule && !rule->pass) || e.code > surface::kMaxEvdevCode) return;
    keys_[e.code] = e.transition == Transition::Pressed;
    send(surface::Key{e.code, e.transition});
  }

  void button(std::uint16_t code, Transition transition) {
    if (code < BTN_MOUSE || code > BTN_TASK) return;
    buttons_[code] = transition == Transition::Pressed;
    send(surface::PointerButton{code, transition});
  }

  // Fingers of several panels get slots of their own; one panel keeps its numbers.
  void on(const Device& device, const TouchChanged& e) {
    Finger* finger = fingerOf(device.id, e.slot);
    if (!finger && e.phase == TouchPhase::Down) finger = freeFinger(e.slot);
    if (!finger) return;
    const bool ends = e.phase == TouchPhase::Up || e.phase == TouchPhase::Cancelled;
    *finger = Finger{ends ? -1 : device.id, e.slot, e.at};
    send(panel::Touched{slotOf(*finger), e.phase, e.at});
  }

  Finger* fingerOf(int device, std::uint8_t slot) {
    for (Finger& f : fingers_) {
      if (f.device == device && f.slot == slot) return &f;
    }
    return nullptr;
  }
  Finger* freeFinger(std::uint8_t wish) {
    if (wish < kMaxTouchSlots && fingers_[wish].device < 0) return &fingers_[wish];
    for (Finger& f : fingers_) {
      if (f.device < 0) return &f;
    }
    return nullptr;
  }
  std::uint8_t slotOf(const Finger& finger) const {
    return static_cast<std::uint8_t>(&finger - fingers_.data());
  }

  // A guest has no pen: it is a pointer with a button.
  void on(const Device&, const PenChanged& e) {
    if (e.near) send(panel::Placed{e.at});
    const auto press = [&](std::uint16_t code, bool down) {
      if (buttons_[code] != down) button(code, down ? Transition::Pressed : Transition::Released);
    };
    if (e.down || pen_.down) press(BTN_LEFT, e.down);
    if (((e.buttons ^ pen_.buttons) & 1) != 0) press(BTN_RIGHT, (e.buttons & 1) != 0);
    pen_ = e;
  }

  // ---- the kiosk --------------------------------------------------------------------------------

  void dial() {
    auto connected = surface::connectPacketSocket(path_);
    if (!connected) {
      log_.debug("{}: {}", path_, connected.error().message);
      redial_.again();
      return;
    }
    log_.info("{}: the kiosk is there", path_);
    redial_.connected();
    socket_ = std::move(*connected);
    behind_ = false;
    watch_ = context_.loop.watch(socket_, base::Interest::Read,
                                 [this](base::Readiness ready) { onReady(ready); });
    send(panel::Hello{broker_.config().panel});
    tellState();
  }

  void onReady(base::Readiness ready) {
    if (ready.readable && !receive()) return;
    if (ready.writable && behind_) {
      behind_ = false;
      watch_.want(base::Interest::Read);
      send(panel::Reset{});
      tellState();
    }
  }

  bool receive() {
    for (;;) {
      auto packet = surface::receivePacket(socket_, panel::kPacketBytes);
      if (packet && !*packet) return true;
      if (!packet) return lost(packet.error().message);
      const auto turned = panel::parseToBroker((*packet)->bytes);
      if (!turned) return lost(turned.error().message);
      broker_.setRotation(turned->rotation);
    }
  }

  bool lost(const std::string& words) {
    log_.info("{}: {}", path_, words);
    watch_.cancel();
    socket_.reset();
    redial_.again();
    return false;
  }

  void tellState() {
    for (std::size_t slot = 0; slot < fingers_.size(); ++slot) {
      if (fingers_[slot].device < 0) continue;
      send(panel::Touched{static_cast<std::uint8_t>(slot), TouchPhase::Down, fingers_[slot].at});
    }
    for (std::size_t code = 0; code < keys_.size(); ++code) {
      if (keys_[code]) send(surface::Key{static_cast<std::uint16_t>(code), Transition::Pressed});
      if (buttons_[code]) {
        send(surface::PointerButton{static_cast<std::uint16_t>(code), Transition::Pressed});
      }
    }
    send(panel::End{});
  }

  void send(const panel::ToKiosk& message) {
    if (!socket_ || behind_) return;
    switch (surface::sendPacket(socket_, panel::encode(message))) {
      case surface::SendOutcome::Sent:
        ++packets_;
        return;
      case surface::SendOutcome::Full:
        behind_ = true;
        ++catchups_;
        return watch_.want(base::Interest::ReadWrite);
      case surface::SendOutcome::Gone:
        // The loop finds it readable and says why.
        return;
    }
  }

  OutletRule rule_;
  std::string path_;
  Broker& broker_;
  base::Context context_;
  base::Log log_;
  link::Redial redial_;
  base::UniqueFd socket_;
  base::Watch watch_;
  bool behind_ = false;
  std::array<Finger, kMaxTouchSlots> fingers_{};
  std::bitset<surface::kMaxEvdevCode + 1> keys_;
  std::bitset<surface::kMaxEvdevCode + 1> buttons_;
  PenChanged pen_;
  std::uint64_t packets_ = 0;
  std::uint64_t catchups_ = 0;
};

std::unique_ptr<Outlet> create(const OutletRule& rule, std::string_view rest, Broker& broker,
                               const base::Context& context) {
  return std::make_unique<KioskOutlet>(rule, std::string(rest), broker, context);
}

}  // namespace

extern const OutletRow kioskOutlet;
const OutletRow kioskOutlet{"kiosk", "kiosk:[SOCKET]",
                            "pointer, keys and fingers to the kiosk on this machine", create};

}  // namespace lucarne::input
