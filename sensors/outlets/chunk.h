// SPDX-License-Identifier: Apache-2.0
// How the history packs the readings of one quantity: about three bytes each.
//
//   chunk := varint(start ms, zigzag) point…
//   point := varint(zigzag(Δt - previous Δt)) varint(value)
//   value := 0                                unknown
//          | 1 + zigzag(steps - last steps)   steps = reading / resolution, rounded; the last known one
//
// Times in milliseconds since 1970, the first Δt is 0; varint is LEB128, at most 10 bytes. Readings at
// a steady pace and at rest cost two bytes. Time may run backwards (a clock that was set).
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/byte_reader.h"
#include "sensors/wall_clock.h"

namespace lucarne::sensors {

struct Point {
  WallMs at = 0;
  std::optional<double> value;  ///< nothing: unknown
  friend bool operator==(const Point&, const Point&) = default;
};

/// A chunk never holds more: a damaged database cannot make us allocate without bound.
inline constexpr std::size_t kMaxChunkPoints = 100'000;

std::vector<std::uint8_t> encodeChunk(const std::vector<Point>& points, double resolution);

/// Nothing when the bytes are no chunk.
std::optional<std::vector<Point>> decodeChunk(base::Bytes untrusted, double resolution);

}  // namespace lucarne::sensors
