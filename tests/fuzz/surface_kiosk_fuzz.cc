// SPDX-License-Identifier: Apache-2.0
// A hostile relay at the kiosk's end of the surface socket. First byte: 1 says a proper Hello first.
// A record's control: bits 0-2 the descriptor that travels with it, bit 3 whether the kiosk acts.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "surface/surface_server.h"
#include "tests/fuzz/surface_script.h"

namespace {

using namespace lucarne;

// Reads every pixel it is told of, and checks what it was promised.
class Kiosk : public surface::GuestObserver {
 public:
  void onGuestArrived(surface::SurfaceConnection& g) override { guest = &g; }
  void onGuestLeft(surface::SurfaceConnection& g, const std::string&) override {
    if (guest == &g) guest = nullptr;
  }
  void onCommit(surface::SurfaceConnection& g) override {
    const surface::ConstFrame picture = g.picture();
    if (g.damage().rects().size() > surface::Damage::kMaxRects) std::abort();
    for (const surface::Rect& r : g.damage().rects()) {
      if (!surface::Rect::of(picture.size).contains(r)) std::abort();
      // Corners suffice to fault, and keep the fuzzer quick.
      sum += picture.at(r.x, r.y) + picture.at(r.right() - 1, r.bottom() - 1);
    }
  }
  void onCursor(surface::SurfaceConnection& g) override {
    const surface::Cursor& c = g.cursor();
    if (static_cast<std::int64_t>(c.pixels.size()) != c.size.pixels()) std::abort();
  }
  void act() {
    if (!guest) return;
    guest->release();
    guest->input(surface::PointerMoved{{3, 3}});
    guest->input(surface::Key{30, surface::Transition::Pressed});
    guest->setFocus(false);
    guest->setWantedSize({100, 100});
    guest->ping();
  }

  surface::SurfaceConnection* guest = nullptr;
  std::uint64_t sum = 0;
};

// Lives as long as the process: binding a socket for every input would be slow.
struct World {
  World()
      : folder([] {
          char pattern[] = "/tmp/lucarne-fuzz-XXXXXX";
          return std::string(::mkdtemp(pattern));
        }()),
        server(folder + "/k", kiosk, context) {
    ::unlink((folder + "/k").c_str());
    ::unlink((folder + "/k.lock").c_str());
    ::rmdir(folder.c_str());
    sealed = memory(64 * 1024, true);
    small = memory(64, true);
    unsealed = memory(64 * 1024, false);
    null = base::UniqueFd::adopt(::open("/dev/null", O_RDWR | O_CLOEXEC));
  }
  static base::UniqueFd memory(std::size_t bytes, bool seal) {
    auto fd = base::createMemfd("fuzz", bytes);
    if (seal) ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK);
    return fd;
  }
  int descriptor(int choice) const {
    switch (choice) {
      case 1:
      case 2:
        return sealed.get();
      case 3:
        return small.get();
      case 4:
        return unsealed.get();
      case 5:
        return null.get();
      default:
        return -1;
    }
  }
  void settle() {
    while (loop.turn(false)) {
    }
  }

  std::string folder;
  base::Loop loop;
  base::RealClock clock;
  base::Context context{loop, clock, base::Log::discard()};
  Kiosk kiosk;
  surface::SurfaceServer server;
  base::UniqueFd sealed, small, unsealed, null;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World* const world = new World;
  base::ByteReader in({data, size});
  auto [relay, kioskEnd] = fuzz::packetPair();
  world->server.adopt(std::move(kioskEnd));
  if (in.u8() == 1) {
    surface::sendPacket(relay, surface::message::encode(surface::message::ToKiosk(
                                   surface::message::Hello{surface::message::kVersion, "evil"})));
  }
  while (const auto record = fuzz::nextRecord(in)) {
    fuzz::checkRoundTrip(record->bytes, surface::message::parseToKiosk);
    if (!record->bytes.empty()) {
      surface::sendPacket(relay, record->bytes, world->descriptor(record->control & 7));
    }
    world->settle();
    if (record->control & 8) world->kiosk.act();
  }
  relay.reset();
  world->settle();
  if (world->kiosk.guest || !world->server.guests().empty()) std::abort();
  return 0;
}
