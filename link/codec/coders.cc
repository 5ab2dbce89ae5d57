// SPDX-License-Identifier: Apache-2.0
#include "link/codec/coders.h"

#include <cassert>
#include <cstring>
#include <new>

#include <lz4.h>

namespace lucarne::link {

namespace {

// From this level on zstd takes tables for searching megabytes: 5 MB a stream at level 6, 50 MB at
// 12. For a window of 1 MiB, tables of 2^17 entries (2.8 MB in all) find nearly as much.
constexpr int kLargeTablesFrom = 4;
constexpr int kTableLog = 17;
// Below that level a stream remembers some 16,000 places, which lie in its last 128 KiB: a window of
// 1 MiB found nothing more (the bytes of `lucarne-bench codec --lines`, within half a percent), and
// cost each end 0.9 MiB.
constexpr int kFastWindowLog = 17;
// A decoder of such a stream; a larger one is not kept for the next stream.
constexpr std::size_t kKeptDecoder = 768 * 1024;
static_assert(kFastWindowLog <= kZstdWindowLog, "the peer's decoder refuses a larger window");

std::size_t streamOf(CoderId coder) { return coder == CoderId::ZstdRepair ? 1 : 0; }

bool isZstd(CoderId coder) { return coder == CoderId::ZstdFresh || coder == CoderId::ZstdRepair; }

template <typename T>
T* orThrow(T* made) {
  if (!made) throw std::bad_alloc();
  return made;
}

}  // namespace

Squeezer::Squeezer() : lz4State_(static_cast<std::size_t>(LZ4_sizeofState())) {}

void Squeezer::reset(CoderId coder) {
  if (!isZstd(coder) || !started_[streamOf(coder)]) return;
  ZSTD_CCtx_reset(streams_[streamOf(coder)].get(), ZSTD_reset_session_only);
  started_[streamOf(coder)] = false;
}

std::size_t Squeezer::memory() const {
  std::size_t bytes = 0;
  for (const auto& stream : streams_) bytes += ZSTD_sizeof_CCtx(stream.get());
  return bytes;
}

void Squeezer::squeeze(CoderId coder, base::Bytes body, std::vector<std::uint8_t>& out) {
  const std::size_t begin = out.size();
  if (coder == CoderId::Stored) {
    out.insert(out.end(), body.begin(), body.end());
    return;
  }
  if (coder == CoderId::Lz4) {
    const int bound = LZ4_compressBound(static_cast<int>(body.size()));
    out.resize(begin + static_cast<std::size_t>(bound));
    const int written = LZ4_compress_fast_extState(
        lz4State_.data(), reinterpret_cast<const char*>(body.data()),
        reinterpret_cast<char*>(out.data() + begin), static_cast<int>(body.size()), bound, 1);
    out.resize(begin + static_cast<std::size_t>(written));
    return;
  }
  if (!started_[streamOf(coder)]) startStream(streamOf(coder));
  ZSTD_CCtx* stream = streams_[streamOf(coder)].get();
  out.resize(begin + ZSTD_compressBound(body.size()) + 64);
  ZSTD_inBuffer in{body.data(), body.size(), 0};
  ZSTD_outBuffer to{out.data() + begin, out.size() - begin, 0};
  const std::size_t left = ZSTD_compressStream2(stream, &to, &in, ZSTD_e_flush);
  assert(left == 0 && in.pos == in.size);
  (void)left;
  out.resize(begin + to.pos);
}

// A context keeps the memory of the largest stream that it ever had, so another level gets another.
void Squeezer::startStream(std::size_t index) {
  auto& stream = streams_[index];
  if (levels_[index] != level_) stream.reset(orThrow(ZSTD_createCCtx()));
  levels_[index] = level_;
  started_[index] = true;
  const bool isFast = level_ < kLargeTablesFrom;
  ZSTD_CCtx_setParameter(stream.get(), ZSTD_c_compressionLevel, level_);
  ZSTD_CCtx_setParameter(stream.get(), ZSTD_c_windowLog, isFast ? kFastWindowLog : kZstdWindowLog);
  ZSTD_CCtx_setParameter(stream.get(), ZSTD_c_contentSizeFlag, 0);
  const int tableLog = isFast ? 0 : kTableLog;  // 0: the level's own
  ZSTD_CCtx_setParameter(stream.get(), ZSTD_c_hashLog, tableLog);
  ZSTD_CCtx_setParameter(stream.get(), ZSTD_c_chainLog, tableLog);
}

Unsqueezer::Unsqueezer() = default;

// As at the other end: the next stream may be smaller than this one was.
void Unsqueezer::reset(CoderId coder) {
  if (!isZstd(coder)) return;
  auto& stream = streams_[streamOf(coder)];
  if (!stream) return;
  if (ZSTD_sizeof_DCtx(stream.get()) > kKeptDecoder) {
    stream.reset();
  } else {
    ZSTD_DCtx_reset(stream.get(), ZSTD_reset_session_only);
  }
}

ZSTD_DCtx* Unsqueezer::streamFor(CoderId coder) {
  auto& stream = streams_[streamOf(coder)];
  if (!stream) {
    stream.reset(orThrow(ZSTD_createDCtx()));
    ZSTD_DCtx_setParameter(stream.get(), ZSTD_d_windowLogMax, kZstdWindowLog);
  }
  return stream.get();
}

std::optional<base::Bytes> Unsqueezer::unsqueeze(CoderId coder, base::Bytes untrusted,
                                                 std::size_t longest) {
  if (coder == CoderId::Stored) {
    if (untrusted.size() > longest) return std::nullopt;
    return untrusted;
  }
  if (body_.size() < longest + 1) body_.resize(longest + 1);
  if (isZstd(coder)) return unsqueezeZstd(streamFor(coder), untrusted, longest);
  const int bytes = LZ4_decompress_safe(
      reinterpret_cast<const char*>(untrusted.data()), reinterpret_cast<char*>(body_.data()),
      static_cast<int>(untrusted.size()), static_cast<int>(longest));
  if (bytes < 0) return std::nullopt;
  return base::Bytes(body_).first(static_cast<std::size_t>(bytes));
}

std::optional<base::Bytes> Unsqueezer::unsqueezeZstd(ZSTD_DCtx* stream, base::Bytes untrusted,
                                                     std::size_t longest) {
  ZSTD_inBuffer in{untrusted.data(), untrusted.size(), 0};
  // Room for one byte too many, so that too much is seen.
  ZSTD_outBuffer to{body_.data(), longest + 1, 0};
  while (in.pos < in.size) {
    const std::size_t before = in.pos;
    const std::size_t result = ZSTD_decompressStream(stream, &to, &in);
    if (ZSTD_isError(result) || to.pos > longest || in.pos == before) return std::nullopt;
  }
  return base::Bytes(body_).first(to.pos);
}

}  // namespace lucarne::link
