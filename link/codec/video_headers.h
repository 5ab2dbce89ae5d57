// SPDX-License-Identifier: Apache-2.0
// The parameter sets of a video stream (ITU-T H.264, 7.3.2.1 and 7.3.2.2), of which only these few
// numbers go over the line. The receiver makes the sets itself, so that size, references, colour
// format, bit depth and scan are ours, and a hostile peer has only the slices to play with.
//
// What is always so: 8 bits 4:2:0, progressive, pictures in order (order count type 2), one reference,
// one slice group, no weighted prediction, no scaling matrices, no redundant pictures.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/byte_reader.h"
#include "surface/frame.h"

namespace lucarne::link {

struct VideoHeaders {
  int log2MaxFrameNum = 4;  ///< 4..16
  int initialQp = 26;       ///< 0..51
  int chromaQpOffset = 0;   ///< -12..12
  bool cabac = true;
  bool transform8x8 = false;
  bool deblockingControl = false;

  /// On the line: four bytes: log2MaxFrameNum, initialQp, chromaQpOffset + 12, flags (cabac 1,
  /// transform8x8 2, deblockingControl 4).
  static constexpr std::size_t kBytes = 4;
  void encode(std::vector<std::uint8_t>& out) const;
  /// Nothing when a number is out of range.
  static std::optional<VideoHeaders> parse(base::ByteReader& untrusted);

  /// From the sets that our own encoder made, in Annex B form. Nothing when it made something that is
  /// not as above, or not of this size.
  static std::optional<VideoHeaders> ofParameterSets(base::Bytes annexB, surface::Size size);
  /// Appends both sets in Annex B form.
  void writeParameterSets(surface::Size size, std::vector<std::uint8_t>& out) const;

  friend bool operator==(const VideoHeaders&, const VideoHeaders&) = default;
};

/// The first byte of a NAL unit (7.3.1) and the kinds that are used.
enum class NalKind : std::uint8_t { Slice = 1, KeySlice = 5, Sequence = 7, Picture = 8 };
inline NalKind nalKind(std::uint8_t head) { return static_cast<NalKind>(head & 31); }

/// Calls `visit(nal)` for each NAL unit of an Annex B stream, without start codes.
template <typename Visit>
void visitNals(base::Bytes annexB, Visit visit) {
  std::size_t begin = annexB.size();
  for (std::size_t i = 0; i + 3 <= annexB.size(); ++i) {
    if (annexB[i] != 0 || annexB[i + 1] != 0 || annexB[i + 2] != 1) continue;
    if (begin < i) visit(annexB.subspan(begin, (annexB[i - 1] == 0 ? i - 1 : i) - begin));
    begin = i + 3;
    i += 2;
  }
  if (begin < annexB.size()) visit(annexB.subspan(begin));
}

/// Whether no start code can be found in it (7.4.1.1): what a NAL unit never contains.
bool isOneNal(base::Bytes untrusted);

}  // namespace lucarne::link
