// SPDX-License-Identifier: Apache-2.0
// What parses must come out the same when it is written and parsed again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "display-relay/link_messages.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lucarne;
  const base::Bytes untrusted(data, size);
  if (const auto message = relay::parseGuestMessage(untrusted)) {
    std::vector<std::uint8_t> bytes;
    relay::encodeMessage(*message, bytes);
    const auto again = relay::parseGuestMessage(bytes);
    if (!again || *again != *message) std::abort();
  }
  if (const auto message = relay::parsePanelMessage(untrusted)) {
    std::vector<std::uint8_t> bytes;
    relay::encodeMessage(*message, bytes);
    const auto again = relay::parsePanelMessage(bytes);
    std::vector<std::uint8_t> twice;
    if (again) relay::encodeMessage(*again, twice);
    if (!again || bytes != twice) std::abort();
  }
  return 0;
}
