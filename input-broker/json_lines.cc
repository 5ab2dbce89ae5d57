// SPDX-License-Identifier: Apache-2.0
#include "input-broker/json_lines.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace lucarne::input::json {

namespace {

/// Names of devices may hold anything; bytes that are no UTF-8 become U+FFFD.
std::string quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

const char* boolean(bool value) { return value ? "true" : "false"; }
const char* pressed(Transition t) { return boolean(t == Transition::Pressed); }

const char* phaseName(surface::TouchPhase phase) {
  switch (phase) {
    case surface::TouchPhase::Down:
      return "down";
    case surface::TouchPhase::Moved:
      return "move";
    case surface::TouchPhase::Up:
      return "up";
    case surface::TouchPhase::Cancelled:
      return "cancel";
  }
  return "";
}

std::string penFields(const PenChanged& pen, surface::GuestPoint at) {
  return fmt::format(
      R"("near":{},"down":{},"x":{},"y":{},"pressure":{},"tilt_x":{},"tilt_y":{},"buttons":{},"eraser":{})",
      boolean(pen.near), boolean(pen.down), at.x, at.y, pen.pressure, pen.tiltX, pen.tiltY,
      pen.buttons, boolean(pen.eraser));
}

struct EventWriter {
  const SeatState& state;

  std::string operator()(const PointerMoved& e) const {
    return fmt::format(R"("type":"pointer","x":{},"y":{},"dx":{},"dy":{})", state.pointer().x,
                       state.pointer().y, e.dx, e.dy);
  }
  std::string operator()(const PointerPlaced&) const {
    return fmt::format(R"("type":"pointer","x":{},"y":{})", state.pointer().x, state.pointer().y);
  }
  std::string operator()(const ButtonChanged& e) const {
    return fmt::format(R"("type":"button","button":"{}","code":{},"pressed":{})", nameOfKey(e.code),
                       e.code, pressed(e.transition));
  }
  std::string operator()(const WheelTurned& e) const {
    return fmt::format(R"("type":"wheel","dx120":{},"dy120":{})", e.dx120, e.dy120);
  }
  std::string operator()(const KeyChanged& e) const {
    return fmt::format(R"("type":"key","key":"{}","code":{},"pressed":{})", nameOfKey(e.code),
                       e.code, pressed(e.transition));
  }
  std::string operator()(const TouchChanged& e) const {
    const surface::GuestPoint at = state.toGuest(e.at);
    return fmt::format(R"("type":"touch","slot":{},"phase":"{}","x":{},"y":{})", e.slot,
                       phaseName(e.phase), at.x, at.y);
  }
  std::string operator()(const PenChanged& e) const {
    return R"("type":"pen",)" + penFields(e, state.toGuest(e.at));
  }
  std::string operator()(const SwitchChanged& e) const {
    return fmt::format(R"("type":"switch","switch":"{}","code":{},"on":{})", nameOfSwitch(e.code),
                       e.code, boolean(e.on));
  }
};

void append(std::string& list, const std::string& item) {
  if (!list.empty()) list += ',';
  list += item;
}

}  // namespace

std::string hello() {
  return fmt::format(R"({{"type":"hello","program":"lucarne-input","version":{}}})", kVersion);
}

std::string device(const Device& device) {
  std::string kinds;
  for (std::uint16_t bit = 1; bit < 0x80; bit = static_cast<std::uint16_t>(bit << 1)) {
    const Kinds one = Kinds::fromBits(bit);
    if (device.kinds.any(one)) append(kinds, '"' + wordsFor(one) + '"');
  }
  return fmt::format(R"({{"type":"device","id":{},"seat":{},"name":{},"kinds":[{}]}})", device.id,
                     quoted(device.seat), quoted(device.description.name), kinds);
}

std::string gone(const Device& device) {
  return fmt::format(R"({{"type":"gone","id":{}}})", device.id);
}

std::string event(const Device& device, const Event& event, const SeatState& state,
                  std::int64_t microseconds) {
  return fmt::format(R"({{"t":{},"seat":{},"device":{},{}}})", microseconds, quoted(device.seat),
                     device.id, std::visit(EventWriter{state}, event));
}

std::string state(const std::string& seat, const SeatState& state, std::int64_t microseconds) {
  std::string buttons;
  for (std::size_t code = BTN_MOUSE; code <= BTN_TASK; ++code) {
    if (!state.buttons().test(code)) continue;
    append(buttons, '"' + nameOfKey(static_cast<std::uint16_t>(code)) + '"');
  }
  std::string fingers;
  for (const SeatState::Finger& finger : state.fingers()) {
    if (finger.device < 0) continue;
    append(fingers, fmt::format(R"({{"device":{},"slot":{},"x":{},"y":{}}})", finger.device,
                                finger.deviceSlot, finger.at.x, finger.at.y));
  }
  std::string keys;
  for (const auto& [code, button] : state.keys()) {
    if (button.held) append(keys, '"' + nameOfKey(code) + '"');
  }
  std::string switches;
  for (const auto& [code, on] : state.switches()) {
    append(switches, fmt::format(R"("{}":{})", nameOfSwitch(code), boolean(on)));
  }
  return fmt::format(
      R"({{"t":{},"type":"state","seat":{},"screen":{{"width":{},"height":{}}},)"
      R"("pointer":{{"x":{},"y":{},"buttons":[{}]}},"touch":[{}],"keys":[{}],"pen":{{{}}},)"
      R"("switches":{{{}}}}})",
      microseconds, quoted(seat), state.screen().width, state.screen().height, state.pointer().x,
      state.pointer().y, buttons, fingers, keys, penFields(state.pen(), state.penAt()), switches);
}

}  // namespace lucarne::input::json
