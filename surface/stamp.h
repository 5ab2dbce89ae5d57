// SPDX-License-Identifier: Apache-2.0
// A mark in the picture that says which frame it is and when it was drawn, readable by a program
// after any path, lossy ones too: how the demo and lucarne-bench measure drawn-to-visible.
//
//   48 columns x 2 rows of cells, 8 x 8 pixels each, black 0, white 1, read at the cell's middle.
//   row 0: counter (32 bits, most significant first), then CRC-16 of all the other bits (16)
//   row 1: microseconds on CLOCK_MONOTONIC of the machine that drew it (48 bits)
#pragma once

#include <cstdint>
#include <optional>

#include "surface/frame.h"

namespace lucarne::surface {

struct Stamp {
  static constexpr int kCell = 8;
  static constexpr int kColumns = 48;
  static constexpr Size kSize{kColumns * kCell, 2 * kCell};

  std::uint32_t counter = 0;
  std::uint64_t drawnUs = 0;  ///< 48 bits: wraps after nine years of uptime
  friend bool operator==(const Stamp&, const Stamp&) = default;
};

/// Draws at `at`; kSize must fit in the frame there.
void drawStamp(Frame frame, GuestPoint at, const Stamp& stamp);

/// Reads back; nothing when no stamp is there or it is half drawn.
std::optional<Stamp> readStamp(ConstFrame frame, GuestPoint at);

}  // namespace lucarne::surface
