// SPDX-License-Identifier: Apache-2.0
#include "input-broker/devices/interpreter.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace lucarne::input {

namespace {

constexpr std::int32_t kNotch = 120;        // REL_WHEEL_HI_RES counts to a notch (input-event-codes.h)
constexpr std::int32_t kMostCounts = 32767;  // in one frame; a mouse says at most ±127 or ±32767

bool isPointerButton(std::uint16_t code) { return code >= BTN_MOUSE && code <= BTN_TASK; }
/// Says how fingers or pens touch; reported as such.
bool isTool(std::uint16_t code) { return code >= BTN_DIGI && code < BTN_WHEEL; }

std::int32_t bounded(std::int64_t value) {
  return static_cast<std::int32_t>(std::clamp<std::int64_t>(value, -kMostCounts, kMostCounts));
}

/// Degrees from a tilt axis: its resolution is counts per radian, else it is in degrees.
std::int16_t tiltOf(const Axis* axis, std::int32_t raw) {
  if (!axis) return 0;
  const double degrees =
      axis->resolution > 0 ? raw / static_cast<double>(axis->resolution) * 180 / M_PI : raw;
  return static_cast<std::int16_t>(std::clamp(degrees, -90.0, 90.0));
}

}  // namespace

Interpreter::Interpreter(const Description& description, Calibration calibration,
                         surface::Size panel)
    : description_(description),
      kinds_(kindsOf(description)),
      calibration_(calibration),
      panel_(panel) {
  const bool fingers = kinds_.has(Kind::Touchscreen);
  // Without slots there is one finger, in ABS_X, ABS_Y and BTN_TOUCH.
  if (fingers) fingers_.resize(static_cast<std::size_t>(std::max(1, description.slots())));
}

const std::vector<Event>& Interpreter::read(const std::vector<RawEvent>& frame) {
  events_.clear();
  for (const RawEvent& event : frame) note(event);
  finish();
  return events_;
}

void Interpreter::note(const RawEvent& event) {
  switch (event.type) {
    case EV_KEY:
      if (event.code < KEY_CNT && event.value != 2) noteKey(event.code, event.value);
      break;
    case EV_REL:
      noteRelative(event.code, event.value);
      break;
    case EV_ABS:
      noteAbsolute(event.code, event.value);
      break;
    case EV_SW:
      if (event.code < SW_CNT && switches_.test(event.code) != (event.value != 0)) {
        switches_.flip(event.code);
        events_.push_back(SwitchChanged{event.code, event.value != 0});
      }
      break;
    default:
      break;
  }
}

void Interpreter::noteKey(std::uint16_t code, std::int32_t value) {
  if (keys_.test(code) == (value != 0)) return;
  keys_.set(code, value != 0);
  const Transition transition = value != 0 ? Transition::Pressed : Transition::Released;
  if (isTool(code)) {
    axesChanged_ = true;  // the pen's or the finger's event says it
  } else if (isPointerButton(code)) {
    events_.push_back(ButtonChanged{code, transition});
  } else {
    events_.push_back(KeyChanged{code, transition});
  }
}

void Interpreter::noteRelative(std::uint16_t code, std::int32_t value) {
  const auto add = [value](std::int32_t& sum) { sum = bounded(std::int64_t{sum} + value); };
  switch (code) {
    case REL_X:
      return add(dx_);
    case REL_Y:
      return add(dy_);
    case REL_WHEEL:
      return add(wheelY_);
    case REL_HWHEEL:
      return add(wheelX_);
    case REL_WHEEL_HI_RES:
      return add(wheelFineY_);
    case REL_HWHEEL_HI_RES:
      return add(wheelFineX_);
    default:
      return;
  }
}

void Interpreter::noteAbsolute(std::uint16_t code, std::int32_t value) {
  if (code == ABS_MT_SLOT) {
    slot_ = value;
    return;
  }
  if (code > ABS_MT_SLOT && code <= ABS_MT_TOOL_Y) {
    if (description_.slots() == 0 || slot_ < 0 || slot_ >= static_cast<int>(fingers_.size())) return;
    Finger& finger = fingers_[static_cast<std::size_t>(slot_)];
    if (code == ABS_MT_TRACKING_ID) finger.tracking = value;
    if (code == ABS_MT_POSITION_X) finger.x = value;
    if (code == ABS_MT_POSITION_Y) finger.y = value;
    finger.changed = true;
    return;
  }
  axes_[code] = value;
  axesChanged_ = true;
}

void Interpreter::finish() {
  // A fine wheel reports both; the fine one is the truth. The kernel's wheels turn up for positive.
  const bool fineX = description_.relatives.test(REL_HWHEEL_HI_RES);
  const bool fineY = description_.relatives.test(REL_WHEEL_HI_RES);
  const WheelTurned wheel{fineX ? wheelFineX_ : bounded(std::int64_t{wheelX_} * kNotch),
                          fineY ? -wheelFineY_ : -bounded(std::int64_t{wheelY_} * kNotch)};
  if (dx_ != 0 || dy_ != 0) events_.insert(events_.begin(), PointerMoved{dx_, dy_});
  if (wheel != WheelTurned{}) events_.push_back(wheel);
  dx_ = dy_ = wheelX_ = wheelY_ = wheelFineX_ = wheelFineY_ = 0;

  finishFingers();
  if (kinds_.has(Kind::Tablet)) {
    finishPen();
  } else if (kinds_.has(Kind::Pointer) && axesChanged_ && fingers_.empty() &&
             description_.axis(ABS_X) && description_.axis(ABS_Y)) {
    // Moves before what was pressed there.
    events_.insert(events_.begin(),
                   PointerPlaced{place(ABS_X, ABS_Y, axes_[ABS_X], axes_[ABS_Y])});
  }
  axesChanged_ = false;
}

surface::PanelPoint Interpreter::place(std::uint16_t xCode, std::uint16_t yCode, std::int32_t x,
                                       std::int32_t y) const {
  const Axis* xAxis = description_.axis(xCode);
  const Axis* yAxis = description_.axis(yCode);
  if (!xAxis || !yAxis) return {};
  return toPanel(calibration_, *xAxis, *yAxis, x, y, panel_);
}

void Interpreter::finishFingers() {
  if (fingers_.empty()) return;
  if (description_.slots() == 0 && axesChanged_) {
    Finger& only = fingers_[0];
    only.tracking = keys_.test(BTN_TOUCH) ? 0 : -1;
    only.x = axes_[ABS_X];
    only.y = axes_[ABS_Y];
    only.changed = true;
  }
  for (std::size_t slot = 0; slot < fingers_.size(); ++slot) finishFinger(slot);
}

void Interpreter::finishFinger(std::size_t slot) {
  using surface::TouchPhase;
  Finger& finger = fingers_[slot];
  if (!std::exchange(finger.changed, false)) return;
  const auto number = static_cast<std::uint8_t>(slot);
  if (finger.told >= 0 && finger.told != finger.tracking) {
    events_.push_back(TouchChanged{number, TouchPhase::Up, finger.at});
    finger.told = -1;
  }
  if (finger.tracking < 0) return;
  const surface::PanelPoint at =
      description_.slots() > 0 ? place(ABS_MT_POSITION_X, ABS_MT_POSITION_Y, finger.x, finger.y)
                               : place(ABS_X, ABS_Y, finger.x, finger.y);
  const bool isNew = finger.told < 0;
  if (!isNew && at == finger.at) return;
  finger.told = finger.tracking;
  finger.at = at;
  events_.push_back(TouchChanged{number, isNew ? TouchPhase::Down : TouchPhase::Moved, at});
}

void Interpreter::finishPen() {
  if (!axesChanged_) return;
  PenChanged now;
  now.eraser = keys_.test(BTN_TOOL_RUBBER);
  now.near = keys_.test(BTN_TOOL_PEN) || now.eraser || keys_.test(BTN_TOUCH);
  now.down = keys_.test(BTN_TOUCH);
  now.at = place(ABS_X, ABS_Y, axes_[ABS_X], axes_[ABS_Y]);
  if (const Axis* axis = description_.axis(ABS_PRESSURE); axis && axis->maximum > axis->minimum) {
    const double part = (static_cast<double>(axes_[ABS_PRESSURE]) - axis->minimum) /
                        (static_cast<double>(axis->maximum) - axis->minimum);
    now.pressure = static_cast<std::uint16_t>(std::clamp(part, 0.0, 1.0) * 65535);
  }
  now.tiltX = tiltOf(description_.axis(ABS_TILT_X), axes_[ABS_TILT_X]);
  now.tiltY = tiltOf(description_.axis(ABS_TILT_Y), axes_[ABS_TILT_Y]);
  now.buttons = static_cast<std::uint8_t>(keys_.test(BTN_STYLUS) | keys_.test(BTN_STYLUS2) << 1);
  if (now == pen_) return;
  pen_ = now;
  events_.push_back(now);
}

const std::vector<Event>& Interpreter::lift() {
  events_.clear();
  for (std::size_t slot = 0; slot < fingers_.size(); ++slot) {
    Finger& finger = fingers_[slot];
    if (finger.told < 0) continue;
    events_.push_back(TouchChanged{static_cast<std::uint8_t>(slot), surface::TouchPhase::Cancelled,
                                   finger.at});
    finger.told = finger.tracking = -1;
  }
  if (pen_.near) {
    pen_ = PenChanged{.at = pen_.at};
    events_.push_back(pen_);
  }
  for (std::size_t code = 0; code < KEY_CNT; ++code) {
    const auto key = static_cast<std::uint16_t>(code);
    if (!keys_.test(code) || isTool(key)) continue;
    if (isPointerButton(key)) {
      events_.push_back(ButtonChanged{key, Transition::Released});
    } else {
      events_.push_back(KeyChanged{key, Transition::Released});
    }
  }
  keys_.reset();
  return events_;
}

}  // namespace lucarne::input
