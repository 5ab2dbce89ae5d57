// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "base/c_handle.h"
#include "bench/recording.h"
#include "bench/recording_format.h"

namespace lucarne::bench {

namespace {

// Where pictures differ is found cell by cell: a letter is small, a window's edge is long.
constexpr int kCellWidth = 64;
constexpr int kCellHeight = 16;
// Fast enough for 60 full pictures a second on one core is 1; a desktop seldom changes whole.
constexpr int kLevel = 5;

bool sameRow(const surface::Pixel* a, const surface::Pixel* b, int count) {
  for (int i = 0; i < count; ++i) {
    if (((a[i] ^ b[i]) & surface::kColourMask) != 0) return false;
  }
  return true;
}

bool same(surface::ConstFrame a, surface::ConstFrame b, const surface::Rect& r) {
  for (int y = r.y; y < r.bottom(); ++y) {
    if (!sameRow(a.row(y) + r.x, b.row(y) + r.x, r.width)) return false;
  }
  return true;
}

}  // namespace

struct RecordingWriter::State {
  State(const std::string& name, surface::Size s)
      : path(name),
        out(name, std::ios::binary | std::ios::trunc),
        packer(ZSTD_createCCtx()),
        size(s),
        pixels(static_cast<std::size_t>(s.pixels())) {
    ZSTD_CCtx_setParameter(packer.get(), ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(packer.get(), ZSTD_c_windowLog, kWindowLog);
    ZSTD_CCtx_setParameter(packer.get(), ZSTD_c_enableLongDistanceMatching, 1);
    out << recording::kMagic;
    base::ByteWriter(body)
        .u16(static_cast<std::uint16_t>(size.width))
        .u16(static_cast<std::uint16_t>(size.height));
    pack(ZSTD_e_continue);
  }

  surface::Frame last() { return {pixels.data(), size, size.width * 4}; }

  // Runs of cells in one row of cells that differ within `bounds`, copied to `last` first, so that
  // what is written is what was compared even while the picture changes.
  std::vector<surface::Rect> takeChanges(surface::ConstFrame picture, const surface::Rect& bounds) {
    std::vector<surface::Rect> runs;
    const surface::Rect all = surface::Rect::of(size);
    for (int y = bounds.y / kCellHeight * kCellHeight; y < bounds.bottom(); y += kCellHeight) {
      bool open = false;
      for (int x = bounds.x / kCellWidth * kCellWidth; x < bounds.right(); x += kCellWidth) {
        const surface::Rect cell = surface::intersect({x, y, kCellWidth, kCellHeight}, all);
        if (same(picture, last(), cell)) {
          open = false;
          continue;
        }
        copyPixels(picture, last(), cell);
        if (open) {
          runs.back().width += cell.width;
        } else {
          runs.push_back(cell);
        }
        open = true;
      }
    }
    return runs;
  }

  void put(const surface::Rect& r) {
    base::ByteWriter writer(body);
    for (const int v : {r.x, r.y, r.width, r.height}) writer.u16(static_cast<std::uint16_t>(v));
    for (int y = r.y; y < r.bottom(); ++y) {
      const surface::Pixel* row = last().row(y);
      for (int x = r.x; x < r.right(); ++x) {
        writer.u8(static_cast<std::uint8_t>(row[x]))
            .u8(static_cast<std::uint8_t>(row[x] >> 8))
            .u8(static_cast<std::uint8_t>(row[x] >> 16));
      }
    }
  }

  void pack(ZSTD_EndDirective how) {
    std::vector<std::uint8_t> packed(ZSTD_CStreamOutSize());
    ZSTD_inBuffer in{body.data(), body.size(), 0};
    for (bool more = true; more;) {
      ZSTD_outBuffer to{packed.data(), packed.size(), 0};
      const std::size_t left = ZSTD_compressStream2(packer.get(), &to, &in, how);
      if (ZSTD_isError(left))
        throw base::SetupError(std::string("zstd: ") + ZSTD_getErrorName(left));
      out.write(reinterpret_cast<const char*>(packed.data()), static_cast<std::streamsize>(to.pos));
      written += to.pos;
      more = how == ZSTD_e_end ? left > 0 : in.pos < in.size;
    }
    body.clear();
    if (how == ZSTD_e_end) out.flush();
    if (!out) throw base::SetupError("cannot write " + path);
  }

  std::string path;
  std::ofstream out;
  base::CHandle<ZSTD_CCtx, ZSTD_freeCCtx> packer;
  surface::Size size;
  std::vector<surface::Pixel> pixels;  // as the recording has them
  std::vector<std::uint8_t> body;
  std::size_t written = recording::kMagic.size();
  int steps = 0;
  bool finished = false;
  base::TimePoint lastStep{};
};

RecordingWriter::RecordingWriter(const std::string& path, surface::Size size)
    : state_(std::make_unique<State>(path, size)) {}
RecordingWriter::~RecordingWriter() = default;

bool RecordingWriter::add(surface::ConstFrame picture, const surface::Damage& damage,
                          base::TimePoint now) {
  State& s = *state_;
  const bool first = s.steps == 0;
  surface::Rect bounds = surface::intersect(damage.bounds(), surface::Rect::of(s.size));
  std::vector<surface::Rect> runs;
  if (first) {
    bounds = surface::Rect::of(s.size);
    copyPixels(picture, s.last(), bounds);
    runs.push_back(bounds);
  } else if (!bounds.empty()) {
    runs = s.takeChanges(picture, bounds);
  }
  if (s.finished || runs.empty()) return false;
  const base::Duration pause = first ? base::Duration{} : std::min(now - s.lastStep, kLongestPause);
  s.lastStep = now;
  base::ByteWriter(s.body)
      .u32(static_cast<std::uint32_t>(base::toMicroseconds(pause)))
      .u16(static_cast<std::uint16_t>(runs.size()));
  for (const surface::Rect& r : runs) s.put(r);
  s.pack(ZSTD_e_continue);
  ++s.steps;
  return true;
}

void RecordingWriter::finish() {
  if (std::exchange(state_->finished, true)) return;
  state_->pack(ZSTD_e_end);
}

int RecordingWriter::steps() const { return state_->steps; }
std::size_t RecordingWriter::bytes() const { return state_->written; }

}  // namespace lucarne::bench
