// SPDX-License-Identifier: Apache-2.0
// Streams of a video: two bytes for the size, then bodies, each a u16 length and that many bytes. A new
// decoder after an error. Without libavcodec only the headers are tried.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/byte_reader.h"
#include "link/codec/video_headers.h"
#include "link/codec/video_library.h"

namespace {

using namespace lucarne;

std::shared_ptr<const link::VideoLibrary> library() {
  static const auto loaded = link::VideoLibrary::load();
  return loaded ? *loaded : nullptr;
}

void tryHeaders(base::Bytes body, surface::Size size) {
  base::ByteReader reader(body);
  const auto headers = link::VideoHeaders::parse(reader);
  if (!headers) return;
  std::vector<std::uint8_t> sets;
  headers->writeParameterSets(size, sets);
  if (link::VideoHeaders::ofParameterSets(sets, size) != headers) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  base::ByteReader reader(base::Bytes(data, size));
  const int width = 16 + 2 * (reader.u8() % 64);
  const surface::Size region{width, 16 + 2 * (reader.u8() % 64)};
  // One row and column more than it may write to.
  std::vector<surface::Pixel> pixels(static_cast<std::size_t>((width + 1) * (region.height + 1)), 7);
  const surface::Frame frame{pixels.data(), region, (width + 1) * 4};
  std::unique_ptr<link::VideoDecoder> decoder;
  for (int decoders = 0; reader.left() > 0 && decoders < 8;) {
    const base::Bytes body = reader.take(std::min<std::size_t>(reader.u16(), reader.left()));
    tryHeaders(body, region);
    if (!decoder && library()) {
      decoder = library()->createDecoder(region);
      ++decoders;
    }
    if (decoder && !decoder->decode(body, frame)) decoder.reset();
  }
  for (int y = 0; y <= region.height; ++y) {
    if (pixels[static_cast<std::size_t>(y * (width + 1) + width)] != 7) std::abort();
  }
  return 0;
}
