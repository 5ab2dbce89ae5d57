// SPDX-License-Identifier: Apache-2.0
// A hostile kiosk at a relay's end of the surface socket. First byte: 1 says a proper Welcome first.
// A record's control: bit 0 the source paints, bit 1 it takes a new size, bit 2 the kiosk reads what
// it was sent, bit 3 everything else of the screen changes, bit 4 the picture is in a dma-buf, bit 5
// it changed there, bit 6 it is in none any more. The first byte's bit 1: the kiosk reads dma-bufs.
#include "surface/surface_client.h"
#include "tests/fuzz/surface_script.h"

namespace {

using namespace lucarne;

// Checks what the Screen promises: places on the picture, codes that exist.
class Source : public surface::GuestControls {
 public:
  explicit Source(const surface::Screen& screen) : screen_(screen) {}
  void onInput(const surface::InputEvent& event) override {
    if (!surface::isInRange(event)) std::abort();
    if (!(surface::clamped(event, screen_.size()) == event)) std::abort();
    held.note(event);
  }
  void onWantedSize(surface::Size size) override {
    if (!surface::isAcceptable(size.width, size.height)) std::abort();
  }
  void onPixelsNeeded() override { needed = true; }
  surface::HeldInput held;
  bool needed = false;

 private:
  const surface::Screen& screen_;
};

constexpr std::uint32_t kXr24 = 0x34325258;

std::shared_ptr<const surface::Dmabuf> makeDmabuf(surface::Size size, bool tiled) {
  auto dmabuf = std::make_shared<surface::Dmabuf>();
  const auto stride = static_cast<std::uint32_t>(size.width) * 4;
  dmabuf->layout = {size, surface::Rect::of(size), {kXr24, tiled ? std::uint64_t{1} : 0}, false,
                    {{0, stride}}};
  dmabuf->fds.push_back(base::createMemfd("fuzz", stride * static_cast<std::size_t>(size.height)));
  return dmabuf;
}

// Somebody waits until nobody reads: `waiting` says how many do.
void changeDmabuf(surface::Screen& screen, std::uint8_t control, int step, int& waiting) {
  if (control & 64) screen.setDmabuf(nullptr);
  if (control & 16) {
    screen.setDmabuf(makeDmabuf(screen.size(), step % 4 == 3));
    screen.reconsiderDmabuf();
  }
  if ((control & 32) && screen.dmabuf()) {
    ++waiting;
    const surface::DmabufRead read(&waiting, [&waiting](const void*) { --waiting; });
    screen.dmabufDamaged(surface::Damage({step % 10, 1, 3, 3}), read);
  }
}

void change(surface::Screen& screen, std::uint8_t control, int step) {
  if (control & 2) {
    screen.setDmabuf(nullptr);
    screen.resize({16 + step % 5, 16});
  }
  if (control & 1) {
    if (const auto frame = screen.paint()) {
      surface::fillPixels(*frame, {step % 10, 0, 4, 4}, 0xff);
      screen.damaged(surface::Damage({step % 10, 0, 4, 4}));
    }
  }
  if (control & 8) {
    screen.setCursor({{1, 1}, {0, 0}, {static_cast<surface::Pixel>(step)}});
    screen.moveCursor({step, step});
    screen.setPhase(surface::Phase::Live, std::to_string(step));
    screen.setTitle(std::to_string(step));
    screen.setLeds(static_cast<surface::Leds>(step % 8));
    screen.guestCopied("copied " + std::to_string(step));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static base::Loop* const loop = new base::Loop;
  static const base::RealClock clock;
  const base::Context context{*loop, clock, base::Log::discard()};
  const auto settle = [] {
    while (loop->turn(false)) {
    }
  };
  base::ByteReader in({data, size});
  auto [kiosk, relayEnd] = fuzz::packetPair();
  surface::Screen screen;
  Source source(screen);
  screen.setControls(&source);
  screen.allowClipboard(surface::ClipboardWays::Both);
  screen.resize({16, 16});
  int waiting = 0;
  {
    surface::SurfaceClient client(screen, "/nonexistent/kiosk.sock", "vm", context);
    client.adopt(std::move(relayEnd));
    client.setReadPatience(std::chrono::hours(1));
    if (const std::uint8_t first = in.u8(); first & 1) {
      surface::message::Welcome welcome;
      if (first & 2) welcome.formats = {{kXr24, surface::kModifierUnsaid}};
      surface::sendPacket(kiosk, surface::message::encode(surface::message::ToRelay(welcome)));
      settle();
    }
    int step = 0;
    while (const auto record = fuzz::nextRecord(in)) {
      fuzz::checkRoundTrip(record->bytes, surface::message::parseToRelay);
      if (!record->bytes.empty()) surface::sendPacket(kiosk, record->bytes);
      change(screen, record->control, ++step);
      changeDmabuf(screen, record->control, step, waiting);
      settle();
      if (record->control & 4) {
        for (;;) {
          const auto got = surface::receivePacket(kiosk, surface::message::kMaxBytes);
          if (!got || !*got) break;
          if (!surface::message::parseToKiosk((*got)->bytes)) std::abort();  // we must not lie
        }
      }
    }
    kiosk.reset();
    settle();
    if (client.isLive()) std::abort();
    if (waiting != 0) std::abort();  // nobody reads when the kiosk is gone
    if (!source.held.empty()) std::abort();  // everything is lifted when the kiosk goes
  }
  screen.setControls(nullptr);
  settle();
  return 0;
}
