// SPDX-License-Identifier: Apache-2.0
// The server's half of the handshake. First byte: bit 0 gives a password, bits 1-7 the size of the
// pieces in which the rest arrives.
#include <algorithm>
#include <cstdlib>

#include "display-relay/sources/rfb/handshake.h"

using namespace std::string_literals;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace rfb = lucarne::relay::rfb;
  if (size == 0) return 0;
  const std::size_t chunk = std::max(data[0] >> 1, 1);
  std::vector<std::uint8_t> out;
  rfb::Handshake handshake(data[0] & 1 ? std::optional("secret"s) : std::nullopt, out);
  const lucarne::base::Bytes bytes(data + 1, size - 1);
  for (std::size_t start = 0, end = 0; end < bytes.size() && !handshake.done();) {
    end = std::min(end + chunk, bytes.size());
    const auto used = handshake.take(bytes.subspan(start, end - start));
    if (!used) return 0;
    if (*used > end - start) std::abort();
    start += *used;
  }
  if (out.size() > 64) std::abort();
  if (handshake.done() && handshake.size().empty()) std::abort();
  return 0;
}
