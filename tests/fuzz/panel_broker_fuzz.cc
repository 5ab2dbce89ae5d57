// SPDX-License-Identifier: Apache-2.0
// A hostile input broker at the kiosk's socket: packets of any kind. The input is cut into records:
// a length byte, then as much. Whatever it held down must be lifted when it goes.
#include <unistd.h>

#include <bitset>
#include <cstdlib>
#include <string>

#include "kiosk/broker_socket.h"
#include "surface/packet_socket.h"

namespace {

using namespace lucarne;

class Held final : public kiosk::BrokerTarget {
 public:
  void onBroker(bool isHere) override { here = isHere; }
  void onBrokerInput(const kiosk::PanelInput& input) override {
    if (!here) std::abort();
    if (const auto* key = std::get_if<surface::Key>(&input)) {
      keys.set(key->code, key->transition == surface::Transition::Pressed);
    } else if (const auto* button = std::get_if<surface::PointerButton>(&input)) {
      keys.set(button->code, button->transition == surface::Transition::Pressed);
    } else if (const auto* touch = std::get_if<kiosk::PanelTouch>(&input)) {
      fingers.set(touch->slot, touch->phase == surface::TouchPhase::Down ||
                                   touch->phase == surface::TouchPhase::Moved);
    }
  }
  void onBrokerNudge(std::int32_t, std::int32_t) override {}
  void onBrokerInputEnd() override {}
  void onBrokerAction(surface::panel::Action) override {}

  bool here = false;
  std::bitset<surface::kMaxEvdevCode + 1> keys;
  std::bitset<surface::kMaxTouchSlots> fingers;
};

// Lives as long as the process: binding a socket for every input would be slow.
struct World {
  World()
      : folder([] {
          char pattern[] = "/tmp/lucarne-fuzz-XXXXXX";
          return std::string(::mkdtemp(pattern));
        }()),
        socket(folder + "/i", held, context) {
    socket.setPanel({800, 1280}, surface::Rotation::Deg90);
  }
  ~World() { ::rmdir(folder.c_str()); }

  std::string folder;
  base::Loop loop;
  base::RealClock clock;
  base::Context context{loop, clock, base::Log::discard()};
  Held held;
  kiosk::BrokerSocket socket;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  (void)surface::panel::parseToBroker({data, size});
  auto broker = surface::connectPacketSocket(world.socket.path());
  if (!broker) return 0;
  surface::sendPacket(*broker, surface::panel::encode(surface::panel::Hello{{1280, 800}}));
  base::ByteReader in({data, size});
  while (in.ok() && in.left() > 0) {
    const std::size_t length = std::min<std::size_t>(in.u8(), in.left());
    if (surface::sendPacket(*broker, in.take(length)) != surface::SendOutcome::Sent) break;
  }
  while (world.loop.turn(false)) {
  }
  broker->reset();
  while (world.loop.turn(false)) {
  }
  if (world.held.keys.any() || world.held.fingers.any() || world.held.here) std::abort();
  return 0;
}
