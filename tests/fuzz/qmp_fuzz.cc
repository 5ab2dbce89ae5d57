// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/qemu/qmp.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  (void)lucarne::relay::qemu::parseQmpLine({reinterpret_cast<const char*>(data), size});
  return 0;
}
