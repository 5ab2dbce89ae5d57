// SPDX-License-Identifier: Apache-2.0
// A link message from a hostile peer, through the parser into devices that are made of it.
#include <cstdint>
#include <map>
#include <memory>

#include "input-broker/inject/virtual_device.h"
#include "input-broker/messages.h"

using namespace lucarne::input;  // NOLINT: a fuzzer is one function

namespace {

class Nowhere final : public DeviceSink {
 public:
  void emit(const std::vector<RawEvent>&) override {}
  bool open() const override { return true; }
};

}  // namespace

// The input is cut into messages: a length of two bytes, then as much.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lucarne::base::ByteReader in({data, size});
  std::map<int, std::unique_ptr<VirtualDevice>> devices;
  while (in.ok() && in.left() > 0) {
    const std::size_t length = in.u16();
    const auto parsed = message::parse(in.take(std::min(length, in.left())));
    if (!parsed) continue;
    std::vector<std::uint8_t> again;
    message::encode(*parsed, again);
    if (const auto* device = std::get_if<message::Device>(&*parsed)) {
      const Description allowed = allowedPart(device->description, Kinds::all());
      auto made = VirtualDevice::create(
          allowed,
          [](const Description&, SinkCallbacks) -> lucarne::base::Result<std::unique_ptr<DeviceSink>> {
            return std::unique_ptr<DeviceSink>(std::make_unique<Nowhere>());
          },
          {});
      devices[device->id] = std::move(*made);
    } else if (const auto* frame = std::get_if<message::Frame>(&*parsed)) {
      if (devices.contains(frame->id)) devices[frame->id]->take(frame->events);
    }
  }
  for (auto& [id, device] : devices) device->lift();
  return 0;
}
