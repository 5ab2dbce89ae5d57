// SPDX-License-Identifier: Apache-2.0
// xenstore: — the states of every seat in XenStore (docs/xenstore.md), coalesced.
#include <set>

#include <fmt/format.h>

#include "input-broker/outlet.h"
#include "xenstore/client.h"
#include "xenstore/publisher.h"

namespace lucarne::input {

namespace {

using surface::kMaxTouchSlots;

std::string switchNode(std::uint16_t code) {
  switch (code) {
    case SW_LID:
      return "lid";
    case SW_TABLET_MODE:
      return "tablet-mode";
    case SW_HEADPHONE_INSERT:
      return "headphone";
    case SW_DOCK:
      return "dock";
    default:
      return fmt::format("switch-{}", code);
  }
}

class XenstoreOutlet final : public Outlet {
 public:
  XenstoreOutlet(const OutletRule& rule, std::string socket, Broker& broker,
                 const base::Context& context)
      : rule_(rule),
        broker_(broker),
        client_(context, std::move(socket)),
        publisher_(client_, context,
                   {.base = rule.base,
                    .writesPerSecond = rule.writesPerSecond,
                    .readers = rule.readers,
                    .refresh = [this] { refresh(); }}) {
    for (const auto& [path, readers] : rule.grants) publisher_.grant(path, readers);
  }

  void start() override {
    publisher_.set("version", 1);
    publishScreens();
  }

  bool tellsStates() const override { return true; }

  void onScreenChanged() override {
    publishScreens();
    for (const Device* device : broker_.devices()) {
      if (!device->kinds.any(rule_.kinds)) continue;
      if (device->kinds.has(Kind::Pointer)) pointers_.insert(device->seat);
      if (device->kinds.has(Kind::Touchscreen)) panels_.insert(device->seat);
      if (device->kinds.has(Kind::Tablet)) publishPen(device->seat);
    }
    publisher_.touch();
  }

  void onAdded(const Device& device) override {
    const std::string node = fmt::format("devices/{}", device.id);
    publisher_.set(node + "/name", device.description.name);
    publisher_.set(node + "/kinds", wordsFor(device.kinds));
    publisher_.set(node + "/seat", device.seat);
    // All of its nodes now, in one transaction, and none while a finger is moving.
    const Kinds kinds = device.kinds;
    if (kinds.any(rule_.kinds)) prepare(device);
  }
  void onRemoved(const Device& device) override {
    publisher_.remove(fmt::format("devices/{}", device.id));
  }

  void onEvent(const Device& device, const Event& event, base::TimePoint) override {
    if (device.kinds.any(rule_.kinds)) std::visit([&](const auto& e) { on(device, e); }, event);
  }

  void onFrameEnd(const Device& device, base::TimePoint) override {
    if (!pointerMoved_ && !fingersMoved_) return;
    // A mouse reports a thousand times a second; values are made when they can be written.
    if (pointerMoved_) pointers_.insert(device.seat);
    if (fingersMoved_) panels_.insert(device.seat);
    pointerMoved_ = fingersMoved_ = false;
    publisher_.touch();
  }

  void onRead() override { publisher_.flush(); }

  void finish(std::function<void()> done) override { publisher_.withdraw(std::move(done)); }

  std::string stats() const override {
    const auto& c = publisher_.counters();
    return fmt::format(
        "\"outlet\":\"xenstore\",\"batches\":{},\"writes\":{},\"skipped\":{},\"failures\":{}",
        c.batches, c.writes, c.skipped, c.failures);
  }

 private:
  void publishScreens() {
    for (const std::string& seat : broker_.config().seats) {
      const surface::Size screen = broker_.seat(seat).screen();
      publisher_.set(seat + "/screen/width", screen.width);
      publisher_.set(seat + "/screen/height", screen.height);
      publisher_.set(seat + "/screen/rotation", surface::degrees(broker_.config().rotation));
    }
  }

  void refresh() {
    for (const std::string& seat : pointers_) publishPointer(seat);
    for (const std::string& seat : panels_) publishFingers(seat);
    pointers_.clear();
    panels_.clear();
  }

  void prepare(const Device& device) {
    const std::string& seat = device.seat;
    const Kinds kinds = device.kinds;
    if (kinds.has(Kind::Pointer)) publishPointer(seat);
    if (kinds.has(Kind::Touchscreen)) {
      const int slots = std::min(kMaxTouchSlots, std::max(1, device.description.slots()));
      slots_[seat] = std::max(slots_[seat], slots);
      publishFingers(seat);
    }
    if (kinds.has(Kind::Tablet)) publishPen(seat);
    for (const ButtonRule& rule : broker_.config().buttons) {
      if (device.description.keys.test(rule.code)) publishButton(seat, rule);
    }
    for (std::uint16_t code = 0; code < SW_CNT; ++code) {
      if (device.description.switches.test(code)) publishSwitch(seat, code);
    }
    if (kinds.has(Kind::Keyboard) && !rule_.keys.empty()) publishKeys(seat);
  }

  void on(const Device&, const PointerMoved&) { pointerMoved_ = true; }
  void on(const Device&, const PointerPlaced&) { pointerMoved_ = true; }
  void on(const Device&, const WheelTurned&) { pointerMoved_ = true; }
  void on(const Device&, const ButtonChanged&) { pointerMoved_ = true; }
  void on(const Device&, const TouchChanged&) { fingersMoved_ = true; }
  void on(const Device& device, const PenChanged&) { publishPen(device.seat); }
  void on(const Device& device, const SwitchChanged& e) { publishSwitch(device.seat, e.code); }
  void on(const Device& device, const KeyChanged& e) {
    if (const ButtonRule* rule = broker_.config().button(e.code)) publishButton(device.seat, *rule);
    if (rule_.keys.contains(e.code)) publishKeys(device.seat);
  }

  void publishPointer(const std::string& seat) {
    const SeatState& state = broker_.seat(seat);
    std::string buttons;
    for (std::size_t code = BTN_MOUSE; code <= BTN_TASK; ++code) {
      if (!state.buttons().test(code)) continue;
      buttons += (buttons.empty() ? "" : " ") + nameOfKey(static_cast<std::uint16_t>(code));
    }
    publisher_.set(seat + "/pointer/x", state.pointer().x);
    publisher_.set(seat + "/pointer/y", state.pointer().y);
    publisher_.set(seat + "/pointer/buttons", buttons);
    publisher_.set(seat + "/pointer/wheel-x", state.wheelX());
    publisher_.set(seat + "/pointer/wheel-y", state.wheelY());
  }

  void publishFingers(const std::string& seat) {
    const auto& fingers = broker_.seat(seat).fingers();
    int count = 0;
    for (int slot = 0; slot < kMaxTouchSlots; ++slot) {
      const SeatState::Finger& finger = fingers[static_cast<std::size_t>(slot)];
      count += finger.device >= 0;
      if (slot >= slots_[seat] && finger.device < 0) continue;
      const std::string node = fmt::format("{}/touch/{}", seat, slot);
      publisher_.set(node + "/down", finger.device >= 0 ? 1 : 0);
      publisher_.set(node + "/x", finger.at.x);
      publisher_.set(node + "/y", finger.at.y);
    }
    publisher_.set(seat + "/touch/count", count);
  }

  void publishPen(const std::string& seat) {
    const SeatState& state = broker_.seat(seat);
    const PenChanged& pen = state.pen();
    const std::string node = seat + "/pen";
    publisher_.set(node + "/near", pen.near ? 1 : 0);
    publisher_.set(node + "/down", pen.down ? 1 : 0);
    publisher_.set(node + "/x", state.penAt().x);
    publisher_.set(node + "/y", state.penAt().y);
    publisher_.set(node + "/pressure", pen.pressure);
    publisher_.set(node + "/tilt-x", pen.tiltX);
    publisher_.set(node + "/tilt-y", pen.tiltY);
    publisher_.set(node + "/buttons", pen.buttons);
    publisher_.set(node + "/eraser", pen.eraser ? 1 : 0);
  }

  void publishButton(const std::string& seat, const ButtonRule& rule) {
    const auto& keys = broker_.seat(seat).keys();
    const auto found = keys.find(rule.code);
    const SeatState::Button state = found == keys.end() ? SeatState::Button{} : found->second;
    const std::string node = fmt::format("{}/buttons/{}", seat, rule.name);
    publisher_.set(node + "/held", state.held ? 1 : 0);
    publisher_.set(node + "/presses", static_cast<std::int64_t>(state.presses));
  }

  void publishSwitch(const std::string& seat, std::uint16_t code) {
    const auto& switches = broker_.seat(seat).switches();
    const auto found = switches.find(code);
    publisher_.set(fmt::format("{}/switches/{}", seat, switchNode(code)),
                   found != switches.end() && found->second ? 1 : 0);
  }

  void publishKeys(const std::string& seat) {
    const auto& keys = broker_.seat(seat).keys();
    std::string held;
    for (const std::uint16_t code : rule_.keys) {
      const auto found = keys.find(code);
      if (found == keys.end() || !found->second.held) continue;
      held += (held.empty() ? "" : " ") + nameOfKey(code);
    }
    publisher_.set(seat + "/keys", held);
  }

  OutletRule rule_;
  Broker& broker_;
  xenstore::Client client_;
  xenstore::Publisher publisher_;
  std::map<std::string, int> slots_;  // by seat: of the panel with the most
  std::set<std::string> pointers_;  // seats whose pointer has moved since the last batch
  std::set<std::string> panels_;    // or whose fingers
  bool pointerMoved_ = false;       // in the frame that is being told
  bool fingersMoved_ = false;
};

std::unique_ptr<Outlet> create(const OutletRule& rule, std::string_view rest, Broker& broker,
                               const base::Context& context) {
  return std::make_unique<XenstoreOutlet>(rule, std::string(rest), broker, context);
}

}  // namespace

extern const OutletRow xenstoreOutlet;
const OutletRow xenstoreOutlet{"xenstore", "xenstore:[SOCKET]",
                               "the states of every seat in XenStore", create};

}  // namespace lucarne::input
