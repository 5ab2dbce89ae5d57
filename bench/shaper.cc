// SPDX-License-Identifier: Apache-2.0
#include "bench/shaper.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lucarne::bench {

namespace {

// Bytes are handed over in pieces of about this much line time: real lines deliver byte by byte,
// and a coarser grain would add delay of its own.
constexpr base::Duration kGrain = std::chrono::milliseconds(1);
constexpr std::size_t kLargestGrain = 4096;  // what a terminal's buffer takes at once
// The line accepts no more than this ahead of what it is sending: the rest waits with the sender,
// as behind a full UART.
constexpr base::Duration kAhead = std::chrono::milliseconds(2);
// When the far end does not read, this much waits on the line beside what is in flight.
constexpr std::size_t kLargestBacklog = 64 * 1024;

std::size_t chooseGrain(const LineShape& shape) {
  std::size_t grain = kLargestGrain;
  if (shape.bytesPerSecond > 0) {
    const double bytes = shape.bytesPerSecond * base::toSeconds(kGrain);
    grain = std::clamp<std::size_t>(static_cast<std::size_t>(bytes), 1, kLargestGrain);
  }
  return shape.pieceBytes > 0 ? std::min(grain, shape.pieceBytes) : grain;
}

}  // namespace

Shaper::Shaper(const LineShape& shape)
    : shape_(shape), grain_(chooseGrain(shape)), random_(shape.seed) {
  setBitErrorRate(shape.bitErrorRate);
}

void Shaper::setBitErrorRate(double rate) {
  shape_.bitErrorRate = rate;
  errorIn_ = bitsToNextError();
}

void Shaper::setRate(double bytesPerSecond) {
  shape_.bytesPerSecond = bytesPerSecond;
  grain_ = chooseGrain(shape_);
}

void Shaper::stall(base::Duration time, base::TimePoint now) {
  stalledUntil_ = std::max(stalledUntil_, now) + time;
  lineFree_ = std::max(lineFree_, now) + time;
  for (Piece& piece : pieces_) piece.due = std::max(piece.due, now) + time;
}

// The distance between independent errors is geometric: one random number per error, not per bit.
std::uint64_t Shaper::bitsToNextError() {
  if (shape_.bitErrorRate <= 0) return std::numeric_limits<std::uint64_t>::max();
  if (shape_.bitErrorRate >= 1) return 0;
  return std::geometric_distribution<std::uint64_t>(shape_.bitErrorRate)(random_);
}

base::Duration Shaper::lineTime(std::size_t bytes) const {
  if (shape_.bytesPerSecond <= 0) return {};
  return base::Duration(static_cast<std::int64_t>(
      std::ceil(static_cast<double>(bytes) * 1e9 / shape_.bytesPerSecond)));
}

std::size_t Shaper::room(base::TimePoint now) const {
  const bool busy = lineFree_ > now + kAhead || stalledUntil_ > now;
  const double inFlight = shape_.bytesPerSecond * base::toSeconds(shape_.latency);
  const std::size_t limit = kLargestBacklog + static_cast<std::size_t>(inFlight);
  return busy || waiting_ >= limit ? 0 : std::min(kLargestGrain, limit - waiting_);
}

void Shaper::put(base::Bytes bytes, base::TimePoint now) {
  carried_ += bytes.size();
  inject(bytes, now);
}

void Shaper::inject(base::Bytes bytes, base::TimePoint now) {
  while (!bytes.empty()) {
    const base::Bytes part = bytes.first(std::min(grain_, bytes.size()));
    bytes = bytes.subspan(part.size());
    lineFree_ = std::max(lineFree_, now) + lineTime(part.size());
    Piece piece{lineFree_ + shape_.latency, {part.begin(), part.end()}};
    damage(piece.bytes);
    waiting_ += piece.bytes.size();
    pieces_.push_back(std::move(piece));
  }
}

void Shaper::damage(std::vector<std::uint8_t>& bytes) {
  const std::uint64_t bits = std::uint64_t{8} * bytes.size();
  while (errorIn_ < bits) {
    bytes[errorIn_ / 8] ^= static_cast<std::uint8_t>(1u << errorIn_ % 8);
    ++flipped_;
    const std::uint64_t next = bitsToNextError();
    if (next >= std::numeric_limits<std::uint64_t>::max() - errorIn_ - 1) return;
    errorIn_ += 1 + next;
  }
  if (errorIn_ != std::numeric_limits<std::uint64_t>::max()) errorIn_ -= bits;
}

base::Bytes Shaper::due(base::TimePoint now) const {
  if (pieces_.empty() || pieces_.front().due > now) return {};
  return base::Bytes(pieces_.front().bytes).subspan(pieces_.front().taken);
}

void Shaper::take(std::size_t count) {
  Piece& piece = pieces_.front();
  piece.taken += count;
  waiting_ -= count;
  if (piece.taken == piece.bytes.size()) pieces_.pop_front();
}

std::optional<base::TimePoint> Shaper::deadline(base::TimePoint now) const {
  std::optional<base::TimePoint> next;
  if (!pieces_.empty() && pieces_.front().due > now) next = pieces_.front().due;
  if (lineFree_ > now + kAhead) {
    const base::TimePoint room = lineFree_ - kAhead;
    next = next ? std::min(*next, room) : room;
  }
  if (stalledUntil_ > now) next = next ? std::max(*next, stalledUntil_) : stalledUntil_;
  return next;
}

}  // namespace lucarne::bench
