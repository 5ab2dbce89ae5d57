// SPDX-License-Identifier: Apache-2.0
// Lossy: one baseline JPEG scan (ITU-T T.81) of the whole rectangle, without its headers.
//
//   body := quality (u8, 1..100), sampling (u8), entropy-coded data
//   sampling 0: 4:2:0
//            1: 4:4:4
//            2: 4:2:0, arithmetic coding (T.81, annex D) instead of Huffman's: a fifth to a half less for
//               what is blurred anyway, at five times the processor time
//            3: as 2, of a picture of an eighth of the width and height, stretched (eighth.h)
//
// Both ends make the headers themselves (libjpeg's tables for that quality, standard Huffman
// tables), which saves 600 bytes a strip and leaves a hostile peer only the entropy-coded data to
// play with: sizes, tables and the number of scans are ours.
#pragma once

#include <map>
#include <memory>

#include "link/codec/methods.h"

namespace lucarne::link {

class JpegStrip final : public TileMethod {
 public:
  enum class Sampling : std::uint8_t { Half = 0, Full = 1, HalfArithmetic = 2, Eighth = 3 };

  JpegStrip();
  ~JpegStrip() override;

  /// Whether this machine's libjpeg can do arithmetic coding; found out by trying, once.
  static bool hasArithmetic();

  const char* name() const override { return "jpeg"; }

  void setQuality(int quality, Sampling sampling);

  bool forward(surface::ConstFrame now, surface::ConstFrame before,
               std::vector<std::uint8_t>& out) override;
  bool inverse(base::Bytes untrustedBody, surface::Frame pixels) override;
  std::size_t longestBody(surface::Size size) const override;

 private:
  struct Compressor;
  struct Decompressor;

  const std::vector<std::uint8_t>& headerFor(int quality, Sampling sampling);

  int quality_ = 60;
  Sampling sampling_ = Sampling::Half;
  std::unique_ptr<Compressor> compressor_;
  std::unique_ptr<Decompressor> decompressor_;
  bool decode(int quality, Sampling sampling, base::Bytes untrustedData, surface::Frame pixels);

  std::map<int, std::vector<std::uint8_t>> headers_;  // by quality and sampling, made when needed
  std::vector<std::uint8_t> stream_;
  std::vector<surface::Pixel> eighth_;
};

}  // namespace lucarne::link
