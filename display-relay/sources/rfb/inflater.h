// SPDX-License-Identifier: Apache-2.0
// One zlib stream of a connection: ZRLE has one, Tight has four.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <span>

#include "base/byte_reader.h"
#include "base/result.h"

namespace lucarne::relay::rfb {

class Inflater {
 public:
  Inflater() = default;
  ~Inflater();
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  /// Forgets everything: the next byte begins a new stream.
  void reset();

  /// Inflates from the front of `in`, which is cut by what was used, into `out`, never more than
  /// fits; answers the bytes produced. Stops when `in` is empty or `out` is full. Memory is what
  /// zlib needs for one window (about 40 KiB), whatever the data says.
  base::Result<std::size_t> run(base::Bytes& in, std::span<std::uint8_t> out);

 private:
  z_stream stream_{};
  bool open_ = false;
};

}  // namespace lucarne::relay::rfb
