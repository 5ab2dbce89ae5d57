// SPDX-License-Identifier: Apache-2.0
// A whole connection after a good handshake: messages, pseudo-encodings and every decoder, with a
// screen that sinks hold now and then. Byte 0: pieces; byte 1: when the screen is held.
#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "display-relay/sources/rfb/session.h"
#include "tests/support/rfb_bytes.h"

namespace rfb = lucarne::relay::rfb;
namespace surface = lucarne::surface;

namespace {

/// As a socket would: what there is room for. False when the connection ended or is blocked.
bool feed(rfb::Session& session, lucarne::base::Bytes& bytes, std::size_t most) {
  const auto targets = session.readTargets();
  std::size_t put = 0;
  for (const iovec& piece : targets) {
    const std::size_t part = std::min({piece.iov_len, bytes.size() - put, most - put});
    std::memcpy(piece.iov_base, bytes.data() + put, part);
    put += part;
  }
  if (put == 0 && !targets.empty()) std::abort();  // nowhere to read to: it would starve
  bytes = bytes.subspan(put);
  return put > 0 && session.landed(put) && !session.stuck();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static rfb::Keyboard keyboard{lucarne::base::Log::discard()};
  if (size < 2) return 0;
  const std::size_t chunk = data[0] == 0 ? size : data[0];
  const unsigned heldEvery = data[1];
  surface::Screen screen;
  rfb::Session session({}, screen, keyboard, lucarne::base::Log::discard());
  const auto greeting = rfb::testing::ServerBytes().greeting(64, 48).bytes;
  for (lucarne::base::Bytes hello = greeting; !hello.empty();) {
    if (!feed(session, hello, hello.size())) std::abort();
  }
  session.wantSize({80, 60});
  std::vector<surface::Hold> holds;
  lucarne::base::Bytes bytes(data + 2, size - 2);
  for (unsigned turn = 0; !bytes.empty(); ++turn) {
    if (!feed(session, bytes, std::min(chunk, bytes.size()))) {
      if (!session.blocked()) return 0;
      holds.clear();
      if (!session.resume()) return 0;
      if (session.blocked()) std::abort();
    }
    if (heldEvery && turn % heldEvery == 0 && !screen.isPainting()) holds.push_back(screen.hold());
    session.input(surface::PointerMoved{{static_cast<int>(turn), 5}});
    if (turn % 3 == 0) session.sent(session.unsent().size());
  }
  return 0;
}
