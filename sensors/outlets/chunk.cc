// SPDX-License-Identifier: Apache-2.0
#include "sensors/outlets/chunk.h"

#include <algorithm>
#include <cmath>

namespace lucarne::sensors {

namespace {

/// Beyond this neither difference nor "+ 1" can overflow.
constexpr double kMostSteps = 1e17;

std::uint64_t zigzag(std::int64_t v) {
  return (static_cast<std::uint64_t>(v) << 1) ^ static_cast<std::uint64_t>(v >> 63);
}

std::int64_t unzigzag(std::uint64_t v) {
  return static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
}

void putVarint(std::vector<std::uint8_t>& out, std::uint64_t v) {
  for (; v >= 0x80; v >>= 7) out.push_back(static_cast<std::uint8_t>(v | 0x80));
  out.push_back(static_cast<std::uint8_t>(v));
}

// Hand-written over the span: a week is some million of these.
class VarintReader {
 public:
  explicit VarintReader(base::Bytes bytes) : at_(bytes.data()), end_(at_ + bytes.size()) {}

  std::uint64_t next() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 70; shift += 7) {
      if (at_ == end_) break;
      const std::uint8_t byte = *at_++;
      if (shift == 63 && byte > 1) break;
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
    failed_ = true;
    at_ = end_;
    return 0;
  }
  bool done() const { return at_ == end_; }
  bool ok() const { return !failed_; }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
  bool failed_ = false;
};

// Wrapping, as the differences of hostile numbers may.
std::int64_t add(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
}
std::int64_t subtract(std::int64_t a, std::int64_t b) {
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) - static_cast<std::uint64_t>(b));
}

}  // namespace

std::vector<std::uint8_t> encodeChunk(const std::vector<Point>& points, double resolution) {
  std::vector<std::uint8_t> out;
  if (points.empty()) return out;
  putVarint(out, zigzag(points.front().at));
  WallMs last = points.front().at;
  std::int64_t lastStep = 0;
  std::int64_t lastSteps = 0;
  for (const Point& point : points) {
    const std::int64_t step = subtract(point.at, last);
    putVarint(out, zigzag(subtract(step, lastStep)));
    last = point.at;
    lastStep = step;
    if (!point.value || !std::isfinite(*point.value)) {
      putVarint(out, 0);
      continue;
    }
    const double wide = std::clamp(*point.value / resolution, -kMostSteps, kMostSteps);
    const std::int64_t steps = std::llround(wide);
    putVarint(out, zigzag(steps - lastSteps) + 1);
    lastSteps = steps;
  }
  return out;
}

std::optional<std::vector<Point>> decodeChunk(base::Bytes untrusted, double resolution) {
  VarintReader in(untrusted);
  // Divide rather than multiply where the resolution is a decimal fraction: 812 / 10 is 81.2.
  const double perUnit = std::round(1 / resolution);
  std::vector<Point> points;
  points.reserve(std::min(untrusted.size() / 2, kMaxChunkPoints));
  WallMs at = unzigzag(in.next());
  std::int64_t step = 0;
  std::int64_t steps = 0;
  while (in.ok() && !in.done()) {
    if (points.size() == kMaxChunkPoints) return std::nullopt;
    step = add(step, unzigzag(in.next()));
    at = add(at, step);
    const std::uint64_t code = in.next();
    if (!in.ok()) break;
    if (code == 0) {
      points.push_back({at, std::nullopt});
      continue;
    }
    steps = add(steps, unzigzag(code - 1));
    const double value = static_cast<double>(steps);
    points.push_back({at, perUnit >= 1 ? value / perUnit : value * resolution});
  }
  if (!in.ok() || points.empty()) return std::nullopt;
  return points;
}

}  // namespace lucarne::sensors
