// SPDX-License-Identifier: Apache-2.0
// A hostile relay at the kiosk's end of the surface socket. First byte: 1 says a proper Hello first.
// A record's control: bits 0-2 the descriptor that travels with it, bit 3 whether the kiosk acts, bits
// 4-5 how many more of the descriptor travel, bit 6 that the kiosk cannot read dma-bufs.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>

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
    if (g.dmabuf()) return check(g);
    const surface::ConstFrame picture = g.picture();
    if (picture.size != g.size()) std::abort();
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
  // What was promised of a dma-buf; the GPU would read all of it.
  static void check(const surface::SurfaceConnection& g) {
    const surface::Dmabuf& dmabuf = *g.dmabuf();
    const surface::DmabufLayout& layout = dmabuf.layout;
    if (!surface::checkLayout(layout) || dmabuf.fds.size() != layout.planes.size()) std::abort();
    if (g.size() != layout.picture.size()) std::abort();
    for (const surface::Rect& r : g.damage().rects()) {
      if (!surface::Rect::of(g.size()).contains(r)) std::abort();
    }
    if (layout.format.modifier != surface::kModifierLinear) return;
    const auto bytes = static_cast<std::uint64_t>(layout.planes[0].strideBytes) *
                           static_cast<std::uint64_t>(layout.buffer.height - 1) +
                       static_cast<std::uint64_t>(layout.buffer.width *
                                                  surface::pixelBytesOf(layout.format.fourcc));
    if (layout.planes[0].offset + bytes > kBytes) std::abort();
  }
  void act(bool refuses) {
    if (!guest) return;
    if (refuses && guest->dmabuf()) guest->refuseDmabuf("no");
    guest->release();
    guest->input(surface::PointerMoved{{3, 3}});
    guest->input(surface::Key{30, surface::Transition::Pressed});
    guest->setFocus(false);
    guest->setWantedSize({100, 100});
    guest->ping();
  }

  static constexpr std::size_t kBytes = 64 * 1024;  // of the largest memory that travels
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
    sealed = memory(Kiosk::kBytes, true);
    small = memory(64, true);
    unsealed = memory(Kiosk::kBytes, false);
    null = base::UniqueFd::adopt(::open("/dev/null", O_RDWR | O_CLOEXEC));
    constexpr std::uint32_t kXr24 = 0x34325258;
    server.offerImports({{kXr24, surface::kModifierUnsaid}, {kXr24, 0x0100000000000001}});
    // Memfds stand in for dma-bufs, which not every kernel makes.
    server.measureDmabufs([](const base::UniqueFd& fd) -> base::Result<std::uint64_t> {
      if (::fcntl(fd.get(), F_GET_SEALS) < 0) return base::unexpected("no memfd");
      return static_cast<std::uint64_t>(::lseek(fd.get(), 0, SEEK_END));
    });
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
      const int fd = world->descriptor(record->control & 7);
      const std::vector<int> fds(fd < 0 ? 0 : 1 + (record->control >> 4 & 3), fd);
      surface::sendPacket(relay, record->bytes, fds);
    }
    world->settle();
    if (record->control & 8) world->kiosk.act((record->control & 64) != 0);
  }
  relay.reset();
  world->settle();
  if (world->kiosk.guest || !world->server.guests().empty()) std::abort();
  return 0;
}
