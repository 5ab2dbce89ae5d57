// SPDX-License-Identifier: Apache-2.0
// Each method's own parser: u8 method, u8 width, u8 height, then a body. What a method wrote itself
// must come back as it was.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "base/byte_reader.h"
#include "link/codec/methods.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lucarne;
  static link::Methods methods = link::createMethods();
  base::ByteReader reader(base::Bytes(data, size));
  const std::size_t method = reader.u8() % link::kMethods;
  const surface::Size area{1 + reader.u8() % 80, 1 + reader.u8() % 80};
  if (!reader.ok()) return 0;
  const base::Bytes body = reader.take(reader.left());
  std::vector<surface::Pixel> pixels(static_cast<std::size_t>(area.pixels()));
  const surface::Frame frame{pixels.data(), area, area.width * 4};
  link::TileMethod& how = *methods[method];
  const bool lossy = static_cast<link::MethodId>(method) == link::MethodId::Jpeg;
  if (!how.inverse(body, frame) || lossy) return 0;

  const std::vector<surface::Pixel> before(pixels.size());
  std::vector<surface::Pixel> again(pixels.size());
  std::vector<std::uint8_t> written;
  if (!how.forward(frame, {before.data(), area, area.width * 4}, written)) return 0;
  if (written.size() > how.longestBody(area)) std::abort();
  const surface::Frame back{again.data(), area, area.width * 4};
  if (!how.inverse(written, back) || differingPixels(frame, back) != 0) std::abort();
  return 0;
}
