// SPDX-License-Identifier: Apache-2.0
// A whole stream of pieces: each is a u16 length and that many bytes. A fresh session after an error,
// as the link source does. Videos are taken where libavcodec is there, also after one failed.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/byte_reader.h"
#include "link/codec/screen_decoder.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lucarne;
  base::ByteReader reader(base::Bytes(data, size));
  static const auto video = link::VideoLibrary::load();
  link::ScreenDecoder decoder;
  if (video) decoder.acceptVideo(*video);
  // Large pictures are slow to make, not more revealing: a stream may make a few.
  for (int sizes = 0; reader.left() > 0 && sizes < 4;) {
    const surface::Size before = decoder.picture().size;
    const std::size_t length = reader.u16();
    const auto shown = decoder.apply(reader.take(std::min(length, reader.left())));
    const surface::Size now = decoder.picture().size;
    if (now != before) ++sizes;
    if (!shown) {
      decoder.reset();
      continue;
    }
    for (const surface::Rect& r : shown->damage.rects()) {
      if (!surface::Rect::of(now).contains(r)) std::abort();
    }
  }
  return 0;
}
