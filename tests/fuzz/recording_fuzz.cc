// SPDX-License-Identifier: Apache-2.0
// A recording, as a file or as what a file's zstd frame holds: whatever is painted lies within the
// picture, and the reader ends.
#include <zstd.h>

#include <cstdlib>
#include <cstring>
#include <string_view>
#include <vector>

#include "bench/recording.h"

namespace {

using lucarne::bench::RecordingReader;

constexpr std::string_view kMagic = "LUCREC1\n";
// Larger pictures cost time and show nothing new.
constexpr std::int64_t kMostPixels = 1 << 20;

std::vector<std::uint8_t> packed(const std::uint8_t* data, std::size_t size) {
  std::vector<std::uint8_t> out(kMagic.size() + ZSTD_compressBound(size));
  std::memcpy(out.data(), kMagic.data(), kMagic.size());
  out.resize(kMagic.size() +
             ZSTD_compress(out.data() + kMagic.size(), out.size() - kMagic.size(), data, size, 1));
  return out;
}

void play(std::vector<std::uint8_t> file) {
  auto reader = RecordingReader::open(std::move(file));
  if (!reader || reader->size().pixels() > kMostPixels) return;
  const lucarne::surface::Size size = reader->size();
  std::vector<std::uint32_t> pixels(static_cast<std::size_t>(size.pixels()));
  for (int steps = 0; steps < 1000; ++steps) {
    const auto step = reader->next({pixels.data(), size, size.width * 4});
    if (!step || !step->has_value()) break;
    if (!lucarne::surface::Rect::of(size).contains((*step)->damage.bounds())) std::abort();
  }
  reader->rewind();
  (void)reader->next({pixels.data(), size, size.width * 4});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  play(text.starts_with(kMagic) ? std::vector<std::uint8_t>(data, data + size)
                                : packed(data, size));
  return 0;
}
