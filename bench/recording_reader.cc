// SPDX-License-Identifier: Apache-2.0
#include <zstd.h>

#include <algorithm>
#include <cstring>

#include "base/c_handle.h"
#include "bench/recording.h"
#include "bench/recording_format.h"

namespace lucarne::bench {

using base::unexpected;

struct RecordingReader::State {
  explicit State(std::vector<std::uint8_t> bytes)
      : file(std::move(bytes)), unpacker(ZSTD_createDCtx()) {
    ZSTD_DCtx_setParameter(unpacker.get(), ZSTD_d_windowLogMax, kWindowLog);
    start();
  }

  void start() {
    ZSTD_DCtx_reset(unpacker.get(), ZSTD_reset_session_only);
    in = {file.data(), file.size(), recording::kMagic.size()};
    failed = ended = false;
  }

  // Exactly `count` bytes into `out`; fewer only at the end of the body or when it is broken.
  std::size_t fill(std::uint8_t* out, std::size_t count) {
    ZSTD_outBuffer to{out, count, 0};
    while (to.pos < count && !failed && !ended) {
      const std::size_t before = to.pos + in.pos;
      const std::size_t left = ZSTD_decompressStream(unpacker.get(), &to, &in);
      if (ZSTD_isError(left)) failed = true;
      if (left == 0) ended = true;  // the zstd frame is over; bytes behind it are nobody's
      if (to.pos + in.pos == before && to.pos < count) failed = true;  // cut short
    }
    return to.pos;
  }

  bool readHeader() {
    std::uint8_t header[recording::kHeaderBytes];
    if (fill(header, sizeof header) != sizeof header) return false;
    base::ByteReader reader(header);
    const int width = reader.u16();
    const int height = reader.u16();
    size = {width, height};
    return surface::isAcceptable(width, height);
  }

  bool readRect(surface::Frame picture, std::int64_t& pixelsLeft, surface::Damage& damage) {
    std::uint8_t header[recording::kRectBytes];
    if (fill(header, sizeof header) != sizeof header) return false;
    base::ByteReader reader(header);
    const int x = reader.u16();
    const int y = reader.u16();
    const int width = reader.u16();
    const int height = reader.u16();
    if (width == 0 || height == 0 || x + width > size.width || y + height > size.height)
      return false;
    pixelsLeft -= std::int64_t{width} * height;
    if (pixelsLeft < 0) return false;
    row.resize(static_cast<std::size_t>(width) * recording::kPixelBytes);
    for (int i = 0; i < height; ++i) {
      if (fill(row.data(), row.size()) != row.size()) return false;
      surface::Pixel* to = picture.row(y + i) + x;
      for (int j = 0; j < width; ++j) {
        const std::uint8_t* p = row.data() + static_cast<std::size_t>(j) * recording::kPixelBytes;
        to[j] = static_cast<surface::Pixel>(p[0] | p[1] << 8 | p[2] << 16);
      }
    }
    damage.add({x, y, width, height});
    return true;
  }

  std::vector<std::uint8_t> file;
  base::CHandle<ZSTD_DCtx, ZSTD_freeDCtx> unpacker;
  ZSTD_inBuffer in{};
  std::vector<std::uint8_t> row;
  surface::Size size;
  bool failed = false;
  bool ended = false;
};

RecordingReader::RecordingReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
RecordingReader::RecordingReader(RecordingReader&&) noexcept = default;
RecordingReader& RecordingReader::operator=(RecordingReader&&) noexcept = default;
RecordingReader::~RecordingReader() = default;

base::Result<RecordingReader> RecordingReader::open(std::vector<std::uint8_t> untrustedFile) {
  const std::string_view magic = recording::kMagic;
  if (untrustedFile.size() < magic.size() ||
      std::memcmp(untrustedFile.data(), magic.data(), magic.size()) != 0) {
    return unexpected("that file is not a recording");
  }
  auto state = std::make_unique<State>(std::move(untrustedFile));
  if (!state->readHeader()) return unexpected("the recording has no size that can be shown");
  return RecordingReader(std::move(state));
}

surface::Size RecordingReader::size() const { return state_->size; }

void RecordingReader::rewind() {
  state_->start();
  state_->failed = !state_->readHeader();
}

base::Result<std::optional<RecordedStep>> RecordingReader::next(surface::Frame picture) {
  State& s = *state_;
  std::uint8_t header[recording::kStepBytes];
  const std::size_t got = s.failed ? 0 : s.fill(header, sizeof header);
  if (!s.failed && s.ended && got == 0) return std::optional<RecordedStep>();
  base::ByteReader reader(base::Bytes(header, got));
  const auto pause = std::chrono::microseconds(reader.u32());
  const unsigned count = reader.u16();
  s.failed = s.failed || !reader.ok() || pause > kLongestPause;
  RecordedStep step{pause, {}};
  std::int64_t pixelsLeft = s.size.pixels();
  for (unsigned i = 0; i < count && !s.failed; ++i) {
    s.failed = !s.readRect(picture, pixelsLeft, step.damage);
  }
  if (s.failed) return unexpected("the recording is broken");
  return std::optional<RecordedStep>(std::move(step));
}

}  // namespace lucarne::bench
