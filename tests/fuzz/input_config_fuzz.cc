// SPDX-License-Identifier: Apache-2.0
// A configuration that somebody wrote with closed eyes.
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "input-broker/config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    lucarne::input::parseConfig({reinterpret_cast<const char*>(data), size}, "fuzz.toml");
  } catch (const lucarne::base::UsageError&) {
  }
  return 0;
}
