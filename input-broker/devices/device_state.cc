// SPDX-License-Identifier: Apache-2.0
#include "input-broker/devices/device_state.h"

#include <algorithm>

namespace lucarne::input {

namespace {

bool isSlotAxis(std::uint16_t code) { return code > ABS_MT_SLOT && code <= ABS_MT_TOOL_Y; }

}  // namespace

DeviceState::DeviceState(const Description& description)
    : known_(description.keys), slots_(static_cast<std::size_t>(description.slots())) {}

void DeviceState::note(const RawEvent& event) {
  if (event.type == EV_KEY && event.code < KEY_CNT && known_.test(event.code)) {
    keys_.set(event.code, event.value != 0);
  } else if (event.type == EV_SW && event.code < SW_CNT) {
    switches_.set(event.code, event.value != 0);
  } else if (event.type == EV_ABS && event.code == ABS_MT_SLOT) {
    // A slot beyond those we keep is remembered as such, so that its events touch no other's.
    slot_ = event.value;
  } else if (event.type == EV_ABS && isSlotAxis(event.code)) {
    if (slot_ < 0 || slot_ >= static_cast<int>(slots_.size())) return;
    Slot& slot = slots_[static_cast<std::size_t>(slot_)];
    if (event.code == ABS_MT_TRACKING_ID) {
      slot.tracking = event.value;
    } else {
      slot.axes[event.code] = event.value;
    }
  } else if (event.type == EV_ABS && event.code < ABS_MT_SLOT) {
    axes_[event.code] = event.value;
  }
}

void DeviceState::note(const std::vector<RawEvent>& events) {
  for (const RawEvent& event : events) note(event);
}

bool DeviceState::anythingHeld() const {
  return keys_.any() || std::any_of(slots_.begin(), slots_.end(),
                                    [](const Slot& s) { return s.tracking >= 0; });
}

// Keys that are up again, and fingers that are gone or have become others.
void DeviceState::endsBefore(const DeviceState& wanted, std::vector<RawEvent>& out) const {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].tracking >= 0 && slots_[i].tracking != wanted.slots_[i].tracking) {
      out.push_back({EV_ABS, ABS_MT_SLOT, static_cast<std::int32_t>(i)});
      out.push_back({EV_ABS, ABS_MT_TRACKING_ID, -1});
    }
  }
  for (std::size_t code = 0; code < KEY_CNT; ++code) {
    if (keys_.test(code) && !wanted.keys_.test(code)) {
      out.push_back({EV_KEY, static_cast<std::uint16_t>(code), 0});
    }
  }
}

void DeviceState::slotChanges(const DeviceState& wanted, std::vector<RawEvent>& out) const {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const Slot& now = slots_[i];
    const Slot& want = wanted.slots_[i];
    if (now == want || want.tracking < 0) continue;
    out.push_back({EV_ABS, ABS_MT_SLOT, static_cast<std::int32_t>(i)});
    if (now.tracking != want.tracking) {
      out.push_back({EV_ABS, ABS_MT_TRACKING_ID, want.tracking});
    }
    for (const auto& [code, value] : want.axes) {
      const auto known = now.axes.find(code);
      if (known == now.axes.end() || known->second != value) {
        out.push_back({EV_ABS, code, value});
      }
    }
  }
  if (!out.empty() || slot_ != wanted.slot_) out.push_back({EV_ABS, ABS_MT_SLOT, wanted.slot_});
}

void DeviceState::beginsOf(const DeviceState& wanted, std::vector<RawEvent>& out) const {
  if (!slots_.empty()) slotChanges(wanted, out);
  for (const auto& [code, value] : wanted.axes_) {
    const auto known = axes_.find(code);
    if (known == axes_.end() || known->second != value) out.push_back({EV_ABS, code, value});
  }
  for (std::size_t code = 0; code < KEY_CNT; ++code) {
    if (!keys_.test(code) && wanted.keys_.test(code)) {
      out.push_back({EV_KEY, static_cast<std::uint16_t>(code), 1});
    }
  }
  for (std::size_t code = 0; code < SW_CNT; ++code) {
    if (switches_.test(code) != wanted.switches_.test(code)) {
      out.push_back({EV_SW, static_cast<std::uint16_t>(code), wanted.switches_.test(code)});
    }
  }
}

std::vector<std::vector<RawEvent>> DeviceState::eventsTo(const DeviceState& wanted) const {
  std::vector<std::vector<RawEvent>> frames;
  std::vector<RawEvent> ends;
  endsBefore(wanted, ends);
  if (!ends.empty()) frames.push_back(ends);
  DeviceState between = *this;
  between.note(ends);
  std::vector<RawEvent> begins;
  between.beginsOf(wanted, begins);
  if (!begins.empty()) frames.push_back(std::move(begins));
  return frames;
}

std::vector<RawEvent> DeviceState::lifting() const {
  DeviceState up = *this;
  up.keys_.reset();
  for (Slot& slot : up.slots_) slot.tracking = -1;
  std::vector<RawEvent> out;
  endsBefore(up, out);
  return out;
}

}  // namespace lucarne::input
