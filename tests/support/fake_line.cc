// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fake_line.h"

#include <algorithm>
#include <cmath>

namespace lucarne::test {

std::size_t FakeLine::write(base::Bytes bytes) {
  move();
  const std::size_t room = habit_.capacity > queue_.size() ? habit_.capacity - queue_.size() : 0;
  const std::size_t taken = std::min(room, bytes.size());
  queue_.insert(queue_.end(), bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(taken));
  return taken;
}

void FakeLine::inject(base::Bytes bytes) {
  move();
  queue_.insert(queue_.end(), bytes.begin(), bytes.end());
}

std::vector<std::uint8_t> FakeLine::read() {
  move();
  std::vector<std::uint8_t> got;
  while (!flights_.empty() && flights_.front().arrival <= clock_.now() &&
         got.size() < habit_.longestRead) {
    std::vector<std::uint8_t>& bytes = flights_.front().bytes;
    const auto count =
        static_cast<std::ptrdiff_t>(std::min(bytes.size(), habit_.longestRead - got.size()));
    got.insert(got.end(), bytes.begin(), bytes.begin() + count);
    bytes.erase(bytes.begin(), bytes.begin() + count);
    if (bytes.empty()) flights_.pop_front();
  }
  return got;
}

void FakeLine::clear() {
  queue_.clear();
  flights_.clear();
}

std::size_t FakeLine::arrivedBytes() const {
  std::size_t sum = 0;
  for (const Flight& flight : flights_) sum += flight.bytes.size();
  return sum;
}

// What the rate let through since the last time goes on its way.
void FakeLine::move() {
  const base::TimePoint now = clock_.now();
  if (now - movedAt_ < habit_.grain) return;
  const double passed = base::toSeconds(now - movedAt_);
  movedAt_ = now;
  if (habit_.stalled) return;
  credit_ += passed * habit_.bytesPerSecond;
  const auto count = std::min(static_cast<std::size_t>(credit_), queue_.size());
  // An idle line saves nothing up, except the fraction of a byte.
  credit_ =
      queue_.size() == count ? credit_ - std::floor(credit_) : credit_ - static_cast<double>(count);
  if (count == 0) return;
  Flight flight{now + habit_.latency, {}};
  const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(count);
  flight.bytes.assign(queue_.begin(), end);
  queue_.erase(queue_.begin(), end);
  carried_ += count;
  damage(flight.bytes);
  if (!flight.bytes.empty()) flights_.push_back(std::move(flight));
}

void FakeLine::damage(std::vector<std::uint8_t>& bytes) {
  if (habit_.bitErrors > 0) {
    std::geometric_distribution<std::uint64_t> gap(habit_.bitErrors);
    for (std::uint64_t bit = gap(random_); bit < bytes.size() * 8; bit += 1 + gap(random_)) {
      bytes[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    }
  }
  if (habit_.losses > 0) {
    std::bernoulli_distribution lost(habit_.losses);
    std::erase_if(bytes, [&](std::uint8_t) { return lost(random_); });
  }
}

}  // namespace lucarne::test
