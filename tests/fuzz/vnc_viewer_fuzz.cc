// SPDX-License-Identifier: Apache-2.0
// A viewer that says anything to the vnc-listen sink, while the guest's picture changes. Input that
// comes out is in range; what waits to be sent stays within one band.
//
//   input = u8 options, { u8 n, n bytes from the viewer | 0, u8 what happens meanwhile }
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "display-relay/sinks/vnc_listen/viewer_session.h"

namespace {

using namespace lucarne;
using namespace lucarne::relay::vnc_listen;

struct Events : ViewerEvents {
  explicit Events(surface::Screen& s) : screen(s) {}
  void onEstablished() override {}
  void onInput(const surface::InputEvent& event) override {
    if (!surface::isInRange(event)) std::abort();
    if (surface::clamped(event, screen.hasPicture() ? screen.size() : surface::Size{640, 480}) != event) {
      std::abort();
    }
  }
  void onWantedSize(surface::Size size) override {
    if (!surface::isAcceptable(size.width, size.height)) std::abort();
  }
  surface::Screen& screen;
};

void happen(std::uint8_t what, surface::Screen& screen, ViewerSession& session) {
  switch (what % 8) {
    case 0: screen.resize({what % 64 + 1, what / 8 + 1}); return session.onPicture();
    case 1: screen.setCursor({{1, 1}, {0, 0}, {0xff00ff00}}); return session.onCursor();
    case 2: screen.setTitle(std::string(what, 'x')); return session.onTitle();
    case 3: return session.onLeds();
    case 4: return session.onDamage(surface::Damage({what, what, 50, 50}));
    case 5: return session.sent(session.unsent().size() / 2);
    default: return session.sent(session.unsent().size());
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const KeysymPlaces places;
  base::ByteReader input(base::Bytes(data, std::min<std::size_t>(size, 4096)));
  const std::uint8_t flags = input.u8();
  surface::Screen screen;
  if ((flags & 1) != 0) screen.resize({70, 66});
  Events events(screen);
  ViewerOptions options{.viewOnly = (flags & 2) != 0, .mayResize = (flags & 4) != 0};
  if ((flags & 8) != 0) options.password = "secret";
  ViewerSession session(options, Challenge{}, screen, places, events);
  while (input.left() > 0) {
    const std::uint8_t count = input.u8();
    if (count == 0) {
      happen(input.u8(), screen, session);
    } else if (!session.receive(input.take(std::min<std::size_t>(count, input.left())))) {
      break;
    }
    if (session.hasSomethingToSay()) session.speak();
    // A band of noise, and the news of one update; deflate's bound is a little above its input.
    if (session.unsent().size() > 5 * kBandPixels + 600'000) std::abort();
  }
  return 0;
}
