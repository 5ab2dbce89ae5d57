// SPDX-License-Identifier: Apache-2.0
// Lossy: one baseline JPEG scan (ITU-T T.81) of the whole rectangle, without its headers.
//
//   body := quality (u8, 1..100), sampling (u8, 0: 4:2:0, 1: 4:4:4), entropy-coded data
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
  enum class Sampling : std::uint8_t { Half = 0, Full = 1 };

  JpegStrip();
  ~JpegStrip() override;

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
  std::map<int, std::vector<std::uint8_t>> headers_;  // by quality and sampling, made when needed
  std::vector<std::uint8_t> stream_;
};

}  // namespace lucarne::link
