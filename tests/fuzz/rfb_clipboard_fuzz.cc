// SPDX-License-Identifier: Apache-2.0
// Messages of a VNC server's extended clipboard, one after the other: byte n says how long the next
// one is, 255 that text is offered. What comes out as text is bounded, and so is what is answered.
#include <cstdlib>
#include <string>

#include "display-relay/sources/rfb/extended_clipboard.h"
#include "surface/clipboard.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace rfb = lucarne::relay::rfb;
  constexpr std::size_t kMostAnswered = 256 * 1024;
  rfb::ExtendedClipboard clipboard;
  rfb::Outgoing out;
  lucarne::base::ByteReader reader({data, size});
  while (reader.left() > 0) {
    const std::size_t length = reader.u8();
    if (length == 255) {
      if (clipboard.isKnown()) clipboard.offer("two\nlines", out);
      out.clear();
      continue;
    }
    const auto text = clipboard.receive(reader.take(std::min(length, reader.left())), out);
    if (text && text->size() > 2 * lucarne::surface::kMaxClipboardBytes) std::abort();
    if (out.size() > kMostAnswered) std::abort();
  }
  return 0;
}
