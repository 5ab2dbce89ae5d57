// SPDX-License-Identifier: Apache-2.0
// What squeezes the body of a tile op: nothing, LZ4 block by block, or one of two zstd streams that
// last as long as the session, so that each body may refer back to the ones before (RFC 8878; every
// body ends with a flush).
//
// A zstd stream is a state that both ends must keep in step: whatever went through `squeeze` must
// reach the peer's `unsqueeze`, in that order, or both are reset.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include <zstd.h>

#include "base/byte_reader.h"
#include "base/c_handle.h"
#include "link/codec/wire.h"

namespace lucarne::link {

/// How far back a zstd stream may refer, log2 of bytes: 1 MiB at both ends, enough for the text of
/// a whole screen, and what bounds a decoder's memory. Streams of fast levels refer less far.
inline constexpr int kZstdWindowLog = 20;

/// The sender's side.
class Squeezer {
 public:
  Squeezer();

  /// Appends the squeezed body. Never more than the body and 64 bytes + 1 %.
  void squeeze(CoderId coder, base::Bytes body, std::vector<std::uint8_t>& out);
  /// The stream starts anew (the peer must do the same).
  void reset(CoderId coder);
  /// For streams that start from now on: 1 (fast) to 19 (small).
  void setLevel(int level) { level_ = level; }
  /// Bytes that the streams take at the moment; at most 4 MiB for each that was used, at any level.
  std::size_t memory() const;

 private:
  void startStream(std::size_t index);

  std::array<base::CHandle<ZSTD_CCtx, ZSTD_freeCCtx>, 2> streams_;  // nullptr: not used yet
  std::array<bool, 2> started_{};
  std::array<int, 2> levels_{};  // that each was made for
  int level_ = 3;
  std::vector<std::uint8_t> lz4State_;
};

/// The receiver's side.
class Unsqueezer {
 public:
  Unsqueezer();

  /// The body, valid until the next call and as long as `untrusted` is. Nothing when the bytes are
  /// not valid or the body would be longer than `longest`.
  std::optional<base::Bytes> unsqueeze(CoderId coder, base::Bytes untrusted, std::size_t longest);
  void reset(CoderId coder);

 private:
  std::optional<base::Bytes> unsqueezeZstd(ZSTD_DCtx* stream, base::Bytes untrusted,
                                           std::size_t longest);
  ZSTD_DCtx* streamFor(CoderId coder);

  std::array<base::CHandle<ZSTD_DCtx, ZSTD_freeDCtx>, 2> streams_;  // nullptr: not used yet
  std::vector<std::uint8_t> body_;  // grows to the longest that was asked for
};

}  // namespace lucarne::link
