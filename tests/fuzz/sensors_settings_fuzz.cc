// SPDX-License-Identifier: Apache-2.0
// A configuration file: read, or refused with a line; never anything else.
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "sensors/settings.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    lucarne::sensors::parseSettings({reinterpret_cast<const char*>(data), size}, "fuzz");
  } catch (const lucarne::base::SetupError&) {
  }
  return 0;
}
