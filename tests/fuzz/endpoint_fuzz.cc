// SPDX-License-Identifier: Apache-2.0
// Endpoints as anybody may write them: refused in words or taken apart, nothing else.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "base/result.h"
#include "display-relay/sources/pattern_source.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lucarne;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const relay::Endpoint endpoint = relay::parseEndpoint(text);
    if (endpoint.kind.empty() || endpoint.text != text) std::abort();
    const relay::PatternSettings settings = relay::parsePattern(endpoint);
    if (!surface::isAcceptable(settings.size.width, settings.size.height)) std::abort();
    if (settings.fps < 0) std::abort();
  } catch (const base::UsageError&) {
  }
  return 0;
}
