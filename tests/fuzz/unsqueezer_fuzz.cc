// SPDX-License-Identifier: Apache-2.0
// Bodies as they come off the line: u8 coder, u16 longest, u16 length, bytes; again and again in the
// same streams.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/byte_reader.h"
#include "link/codec/coders.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lucarne;
  base::ByteReader reader(base::Bytes(data, size));
  link::Unsqueezer unsqueezer;
  while (reader.left() >= 5) {
    const auto coder = static_cast<link::CoderId>(reader.u8() % link::kCoders);
    const std::size_t longest = reader.u16();
    const std::size_t length = reader.u16();
    const auto body =
        unsqueezer.unsqueeze(coder, reader.take(std::min(length, reader.left())), longest);
    if (body && body->size() > longest) std::abort();
    if (!body) unsqueezer.reset(coder);
  }
  return 0;
}
