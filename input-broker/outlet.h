// SPDX-License-Identifier: Apache-2.0
// Where input goes, and the registry of the ways there are.
//
// An outlet is named like an endpoint of the relay: KIND, KIND:REST or KIND+TRANSPORT. Each keeps
// its own pace: no call blocks, what cannot be passed on now is kept as state, not as a queue. A new
// one is one file in outlets/ and one line in CMakeLists.txt; outlets/null_outlet.cc is the tutorial.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/program.h"
#include "input-broker/config.h"
#include "input-broker/devices/device.h"
#include "input-broker/devices/device_state.h"
#include "input-broker/events.h"
#include "input-broker/seat_state.h"

namespace lucarne::input {

/// What an outlet can ask the broker.
class Broker {
 public:
  virtual ~Broker() = default;
  virtual const Config& config() const = 0;
  /// The devices that are plugged, in the order of their ids.
  virtual std::vector<const Device*> devices() const = 0;
  /// What the device reports now; it must be plugged.
  virtual const DeviceState& stateOf(const Device& device) const = 0;
  /// What is held and where on a seat; a seat of the configuration.
  virtual const SeatState& seat(std::string_view name) const = 0;
  virtual void setLeds(int device, std::uint16_t lights) = 0;
  /// The picture is turned on the panel from now on: states follow, every outlet hears of it.
  virtual void setRotation(surface::Rotation rotation) = 0;
};

/// Everything comes from the loop, in the order in which it happened.
class Outlet {
 public:
  virtual ~Outlet() = default;
  virtual void start() {}
  /// Whether it tells states. Those who are told events come before, whatever the configuration's
  /// order: a press does not wait until XenStore has been written to.
  virtual bool tellsStates() const { return false; }
  virtual void onAdded(const Device&) {}
  /// The device is unplugged. Its lifting events came before.
  virtual void onRemoved(const Device&) {}
  /// A frame as the device reported it, without what a button's rule keeps.
  virtual void onFrame(const Device&, const RawFrame&) {}
  /// What it means, one event after the other, and then the end of the frame. The seat's state
  /// includes the event already.
  virtual void onEvent(const Device&, const Event&, base::TimePoint) {}
  virtual void onFrameEnd(const Device&, base::TimePoint) {}
  /// The device has told all that it had: what waits may go now instead of in the loop's next turn.
  /// Comes after every row of frames.
  virtual void onRead() {}
  /// A seat's screen has another size or rotation; its state has followed.
  virtual void onScreenChanged() {}
  /// A button asks for something that is not ours to do.
  virtual void onAction(ActionKind) {}
  /// An orderly end: take away what should not stay and call `done`, soon.
  virtual void finish(std::function<void()> done) { done(); }
  /// Counters for --stats, as the inside of a JSON object: "\"writes\":12".
  virtual std::string stats() const { return {}; }
};

struct OutletRow {
  const char* kind;     ///< "xenstore"
  const char* syntax;   ///< "xenstore:[SOCKET]"
  const char* summary;  ///< one line for --help
  /// `rule.to` was split into kind and `rest`, what follows ':' or '+'. Throws UsageError.
  std::unique_ptr<Outlet> (*create)(const OutletRule& rule, std::string_view rest, Broker& broker,
                                    const base::Context& context);
};

std::span<const OutletRow* const> outletRows();

/// Throws UsageError for a kind that is not there, listing those that are.
std::unique_ptr<Outlet> createOutlet(const OutletRule& rule, Broker& broker,
                                     const base::Context& context);

}  // namespace lucarne::input
