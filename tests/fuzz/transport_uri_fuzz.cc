// SPDX-License-Identifier: Apache-2.0
// Any text as a transport: it is made or refused as a mistake of the user; nothing is opened.
#include <cstdint>
#include <string_view>

#include "link/transport.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lucarne;
  static base::Loop loop;
  static const base::RealClock clock;
  static const base::Context context{loop, clock, base::Log::discard()};
  try {
    const auto transport =
        link::createTransport({reinterpret_cast<const char*>(data), size}, context);
    if (transport->name().empty()) __builtin_trap();
  } catch (const base::UsageError&) {
  }
  return 0;
}
