// SPDX-License-Identifier: Apache-2.0
#include "bench/line.h"

#include <unistd.h>

#include <array>
#include <cerrno>

namespace lucarne::bench {

namespace {

LineShape withSeed(LineShape shape, std::uint64_t add) {
  shape.seed += add;
  return shape;
}

bool wouldBlock() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

Line::Line(const base::UniqueFd& first, const base::UniqueFd& second, const LineShape& shape,
           const base::Context& context)
    : context_(context),
      ways_{{first, second, Shaper(shape), {}, {}, {}},
            {second, first, Shaper(withSeed(shape, 1)), {}, {}, {}}},
      random_(shape.seed + 2) {
  for (Direction& direction : ways_) start(direction);
}

void Line::start(Direction& direction) {
  const auto onReady = [this, &direction](base::Readiness) { carry(direction); };
  direction.input = context_.loop.watch(direction.from, base::Interest::Read, onReady);
  direction.output = context_.loop.watch(direction.to, base::Interest::None, onReady);
}

void Line::inject(Way way, std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random_());
  Direction& direction = ways_[static_cast<int>(way)];
  direction.shaper.inject(bytes, context_.clock.now());
  carry(direction);
}

void Line::setBitErrorRate(double rate) {
  for (Direction& direction : ways_) direction.shaper.setBitErrorRate(rate);
}

void Line::setRate(double bytesPerSecond) {
  for (Direction& direction : ways_) {
    direction.shaper.setRate(bytesPerSecond);
    carry(direction);
  }
}

void Line::stall(base::Duration time) {
  for (Direction& direction : ways_) {
    direction.shaper.stall(time, context_.clock.now());
    carry(direction);
  }
}

LineCounts Line::counts() const {
  return {ways_[0].shaper.bytesCarried(), ways_[1].shaper.bytesCarried(),
          ways_[0].shaper.bitsFlipped() + ways_[1].shaper.bitsFlipped()};
}

// One `now` for everything: what became due after it was looked at gets a timer.
void Line::carry(Direction& direction) {
  const base::TimePoint now = context_.clock.now();
  readIn(direction, now);
  const bool blocked = !writeOut(direction, now);
  const bool mayRead = !direction.ended && direction.shaper.room(now) > 0;
  direction.input.want(mayRead ? base::Interest::Read : base::Interest::None);
  direction.output.want(blocked ? base::Interest::Write : base::Interest::None);
  direction.timer.cancel();
  if (const auto next = direction.shaper.deadline(now)) {
    direction.timer = context_.loop.after(*next - now, [this, &direction] { carry(direction); });
  }
}

void Line::readIn(Direction& direction, base::TimePoint now) {
  std::array<std::uint8_t, 4096> buffer;
  const std::size_t room = std::min(direction.shaper.room(now), buffer.size());
  if (room == 0 || direction.ended) return;
  const ssize_t got = ::read(direction.from.get(), buffer.data(), room);
  if (got > 0) {
    direction.shaper.put(base::Bytes(buffer.data(), static_cast<std::size_t>(got)), now);
  } else if (got == 0 || !wouldBlock()) {
    direction.ended = true;
  }
}

// False when the far end takes no more for now.
bool Line::writeOut(Direction& direction, base::TimePoint now) {
  for (base::Bytes bytes = direction.shaper.due(now); !bytes.empty();
       bytes = direction.shaper.due(now)) {
    const ssize_t wrote = ::write(direction.to.get(), bytes.data(), bytes.size());
    if (wrote <= 0) return wrote < 0 && !wouldBlock();  // gone for good: its reader notices
    direction.shaper.take(static_cast<std::size_t>(wrote));
  }
  return true;
}

}  // namespace lucarne::bench
