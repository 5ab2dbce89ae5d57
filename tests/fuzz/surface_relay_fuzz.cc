// SPDX-License-Identifier: Apache-2.0
// A hostile kiosk at a relay's end of the surface socket. First byte: 1 says a proper Welcome first.
// A record's control: bit 0 the source paints, bit 1 it takes a new size, bit 2 the kiosk reads what
// it was sent, bit 3 everything else of the screen changes.
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
  surface::HeldInput held;

 private:
  const surface::Screen& screen_;
};

void change(surface::Screen& screen, std::uint8_t control, int step) {
  if (control & 2) screen.resize({16 + step % 5, 16});
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
  {
    surface::SurfaceClient client(screen, "/nonexistent/kiosk.sock", "vm", context);
    client.adopt(std::move(relayEnd));
    if (in.u8() == 1) {
      surface::sendPacket(kiosk, surface::message::encode(
                                     surface::message::ToRelay(surface::message::Welcome{})));
      settle();
    }
    int step = 0;
    while (const auto record = fuzz::nextRecord(in)) {
      fuzz::checkRoundTrip(record->bytes, surface::message::parseToRelay);
      if (!record->bytes.empty()) surface::sendPacket(kiosk, record->bytes);
      change(screen, record->control, ++step);
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
    if (!source.held.empty()) std::abort();  // everything is lifted when the kiosk goes
  }
  screen.setControls(nullptr);
  settle();
  return 0;
}
