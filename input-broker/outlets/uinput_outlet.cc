// SPDX-License-Identifier: Apache-2.0
// uinput: — every device once more on this machine, with buttons' rules applied: for remapping, and
// for tests of what reads devices. Give the devices `grab = true`, and the copies `use = false`.
#include <map>

#include <fmt/format.h>

#include "base/result.h"
#include "input-broker/inject/uinput_device.h"
#include "input-broker/inject/virtual_device.h"
#include "input-broker/outlet.h"

namespace lucarne::input {

namespace {

/// Marks copies, so that a broker does not copy its own.
constexpr const char* kMark = "Lucarne: ";

class UinputOutlet final : public Outlet {
 public:
  UinputOutlet(const OutletRule& rule, Broker& broker, const base::Context& context)
      : rule_(rule), broker_(broker), context_(context), log_(context.log.named("uinput")) {}

  void onAdded(const Device& device) override {
    if (!device.kinds.any(rule_.kinds) || device.description.name.starts_with(kMark)) return;
    Description copy = allowedPart(device.description, rule_.kinds);
    copy.name = (kMark + copy.name).substr(0, kMaxNameBytes);
    auto made = VirtualDevice::create(
        copy,
        [this](const Description& d, SinkCallbacks callbacks) {
          return makeUinputDevice(d, std::move(callbacks), context_);
        },
        [this, id = device.id](std::uint16_t lights) { broker_.setLeds(id, lights); });
    if (!made) {
      log_.warning("{}", made.error().message);
      return;
    }
    copies_[device.id] = std::move(*made);
  }
  void onRemoved(const Device& device) override { copies_.erase(device.id); }
  void onFrame(const Device& device, const RawFrame& frame) override {
    const auto found = copies_.find(device.id);
    if (found != copies_.end()) found->second->take(frame.events);
  }
  std::string stats() const override {
    return fmt::format("\"outlet\":\"uinput\",\"devices\":{}", copies_.size());
  }

 private:
  OutletRule rule_;
  Broker& broker_;
  base::Context context_;
  base::Log log_;
  std::map<int, std::unique_ptr<VirtualDevice>> copies_;
};

std::unique_ptr<Outlet> create(const OutletRule& rule, std::string_view rest, Broker& broker,
                               const base::Context& context) {
  if (!rest.empty()) throw base::UsageError("outlet \"" + rule.to + "\": expected uinput:");
  return std::make_unique<UinputOutlet>(rule, broker, context);
}

}  // namespace

extern const OutletRow uinputOutlet;
const OutletRow uinputOutlet{"uinput", "uinput:", "every device once more on this machine", create};

}  // namespace lucarne::input
