// SPDX-License-Identifier: Apache-2.0
// Every decoder by itself: two rectangles of one encoding, so that streams go on from one to the
// next. Byte 0 selects the decoder, 1 the size of the pieces, 2-3 and 4-5 the rectangles' sizes.
// Around the picture stand guard pixels, which no decoder may touch.
#include <algorithm>
#include <cstdlib>

#include "display-relay/sources/rfb/decoder.h"

namespace rfb = lucarne::relay::rfb;
namespace surface = lucarne::surface;

namespace {

constexpr int kSide = 200;
constexpr int kGuard = 8;
constexpr int kStride = kSide + 2 * kGuard;
constexpr surface::Pixel kGuardPixel = 0xdeadbeef;
constexpr rfb::Encoding kEncodings[] = {rfb::Encoding::Raw,     rfb::Encoding::CopyRect,
                                        rfb::Encoding::Rre,     rfb::Encoding::Hextile,
                                        rfb::Encoding::Zrle,    rfb::Encoding::Tight};

bool guardsStand(const std::vector<surface::Pixel>& memory) {
  for (int y = 0; y < kStride; ++y) {
    for (int x = 0; x < kStride; ++x) {
      const bool inside = x >= kGuard && y >= kGuard && x < kGuard + kSide && y < kGuard + kSide;
      if (!inside && memory[static_cast<std::size_t>(y * kStride + x)] != kGuardPixel) return false;
    }
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::size_t kHead = 6;
  if (size < kHead) return 0;
  std::vector<surface::Pixel> memory(kStride * kStride, kGuardPixel);
  const surface::Frame frame{memory.data() + kGuard * kStride + kGuard, {kSide, kSide}, kStride * 4};
  rfb::Decoders decoders;
  rfb::RectDecoder* decoder = decoders.find(kEncodings[data[0] % std::size(kEncodings)]);
  const std::size_t chunk = data[1] == 0 ? size : data[1];
  lucarne::base::Bytes bytes(data + kHead, size - kHead);
  for (int i = 0; i < 2; ++i) {
    const int width = data[2 + 2 * i] % kSide + 1;
    const int height = data[3 + 2 * i] % kSide + 1;
    decoder->begin({kSide - width, (kSide - height) / 2, width, height});
    for (std::size_t end = 0;;) {
      end = std::min(std::max(end, std::size_t{0}) + chunk, bytes.size());
      const auto step = decoder->take(bytes.first(end), frame);
      if (!step) return guardsStand(memory) ? 0 : (std::abort(), 0);
      if (step->used > end) std::abort();
      if (!step->done && step->used == 0 && end >= rfb::kMaxPiece) std::abort();  // would starve
      bytes = bytes.subspan(step->used);
      end -= step->used;
      if (step->done) break;
      if (end == bytes.size()) return guardsStand(memory) ? 0 : (std::abort(), 0);
    }
  }
  if (!guardsStand(memory)) std::abort();
  return 0;
}
