// SPDX-License-Identifier: Apache-2.0
// Which way a guest's pixels take to the panel, for people and statistics.
#pragma once

#include <cstdint>
#include <string_view>

namespace lucarne::surface {

enum class PicturePath : std::uint8_t {
  SharedMemory = 0,  ///< painted by the relay into memory that the kiosk maps
  DmabufCopy = 1,    ///< the same, copied by the relay from the guest's dma-buf
  DmabufImport = 2,  ///< the panel's GPU reads the guest's dma-buf
};

constexpr std::string_view wordsFor(PicturePath path) {
  switch (path) {
    case PicturePath::SharedMemory:
      return "shared memory";
    case PicturePath::DmabufCopy:
      return "dma-buf copy";
    case PicturePath::DmabufImport:
      return "dma-buf import";
  }
  return "";
}

}  // namespace lucarne::surface
