// SPDX-License-Identifier: Apache-2.0
#include "bench/input_moves.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace lucarne::bench {

namespace {

enum Type : std::uint8_t { kMove = 1, kEnd = 2, kReport = 3 };
constexpr std::size_t kMoveBytes = 21;

/// The receiver waits so long after its report, for it to cross the line.
constexpr base::Duration kReportTime = std::chrono::milliseconds(500);

/// A hand that draws a line over a panel of 1280 x 800: any rule will do that both ends know.
std::int32_t xOf(std::uint32_t number) { return static_cast<std::int32_t>(number % 1280); }
std::int32_t yOf(std::uint32_t number) { return static_cast<std::int32_t>(number / 1280 % 800); }

void countSecond(std::vector<std::uint32_t>& bySecond, base::Duration since) {
  const auto second = static_cast<std::size_t>(std::max<std::int64_t>(0, since.count()) / 1'000'000'000);
  // A machine that sleeps for a day has no use for the seconds.
  constexpr std::size_t kMostSeconds = 3600;
  if (second >= kMostSeconds) return;
  if (bySecond.size() <= second) bySecond.resize(second + 1);
  ++bySecond[second];
}

double milliseconds(base::Duration d) { return static_cast<double>(d.count()) / 1e6; }

}  // namespace

std::string toJson(std::string_view end, const MoveTimes& t) {
  const double seconds = base::toSeconds(t.lasted);
  std::string out = fmt::format(
      R"({{"end":"{}","count":{},"wrong":{},"complete":{},"ms":{:.2f},"per_second":{:.0f},"by_second":[{}])",
      end, t.count, t.wrong, t.complete, milliseconds(t.lasted), seconds > 0 ? t.count / seconds : 0,
      fmt::join(t.bySecond, ","));
  if (t.p99 > base::Duration{}) {
    out += fmt::format(R"(,"p50_ms":{:.3f},"p99_ms":{:.3f})", milliseconds(t.p50), milliseconds(t.p99));
  }
  return out + "}";
}

// ---- sending --------------------------------------------------------------------------------------

MoveSender::MoveSender(std::string_view transport, std::uint32_t count,
                       std::function<void()> onDone, const base::Context& context)
    : context_(context),
      wanted_(count),
      onDone_(std::move(onDone)),
      end_(link::createTransport(transport, context),
           {.role = link::Role::Panel, .name = "lucarne-moves send"}, *this, context) {}

MoveSender::~MoveSender() { end_.setFeed(link::Channel::Input, nullptr); }

void MoveSender::onUp(const link::Peer&) {
  next_ = 0;
  times_ = {};
  end_.setFeed(link::Channel::Input, this);
}

void MoveSender::onDown(const std::string& words) { context_.log.warning("{}: {}", end_.name(), words); }

bool MoveSender::nextPiece(std::size_t maxBytes, std::vector<std::uint8_t>& out) {
  if (next_ > wanted_ || maxBytes < kMoveBytes) return false;
  const base::TimePoint now = context_.clock.now();
  base::ByteWriter writer(out);
  if (next_ == wanted_) {
    writer.u8(kEnd).u32(next_++);
    return true;
  }
  if (next_ == 0) first_ = now;
  writer.u8(kMove).u32(next_).i32(xOf(next_)).i32(yOf(next_));
  writer.u64(static_cast<std::uint64_t>(now.time_since_epoch().count()));
  countSecond(times_.bySecond, now - first_);
  times_.lasted = now - first_;
  times_.count = ++next_;
  times_.complete = next_ == wanted_;
  return true;
}

void MoveSender::onMessage(link::Channel channel, base::Bytes untrusted) {
  base::ByteReader in(untrusted);
  const bool report = channel == link::Channel::Input && in.u8() == kReport;
  report_.count = in.u32();
  report_.wrong = in.u32();
  report_.lasted = base::Duration(static_cast<std::int64_t>(in.u64() & INT64_MAX));
  if (!report || !in.done()) return;
  report_.complete = report_.count == wanted_ && report_.wrong == 0;
  onDone_();
}

// ---- receiving ------------------------------------------------------------------------------------

MoveReceiver::MoveReceiver(std::string_view transport, std::function<void()> onDone,
                           const base::Context& context)
    : context_(context),
      onDone_(std::move(onDone)),
      end_(link::createTransport(transport, context),
           {.role = link::Role::Guest, .name = "lucarne-moves receive"}, *this, context) {}

void MoveReceiver::onUp(const link::Peer&) {
  times_ = {};
  delays_.clear();
}

void MoveReceiver::onDown(const std::string& words) {
  context_.log.warning("{}: {}", end_.name(), words);
}

void MoveReceiver::onMessage(link::Channel channel, base::Bytes untrusted) {
  base::ByteReader in(untrusted);
  const std::uint8_t type = in.u8();
  const std::uint32_t number = in.u32();
  if (channel != link::Channel::Input || !in.ok() || number > kMostMoves) return;
  if (type == kEnd && in.done()) return onEnd(number);
  const std::int32_t x = in.i32();
  const std::int32_t y = in.i32();
  const std::uint64_t sentAt = in.u64();
  if (type != kMove || !in.done()) return;
  onMove(number, x == xOf(number) && y == yOf(number), static_cast<std::int64_t>(sentAt & INT64_MAX));
}

void MoveReceiver::onMove(std::uint32_t number, bool placeIsRight, std::int64_t sentAt) {
  last_ = context_.clock.now();
  if (times_.count == 0) first_ = last_;
  if (number != times_.count || !placeIsRight) ++times_.wrong;
  if (times_.count < kMostMoves) ++times_.count;
  countSecond(times_.bySecond, last_ - first_);
  if (delays_.size() < kMostMoves) delays_.push_back(last_.time_since_epoch().count() - sentAt);
}

void MoveReceiver::onEnd(std::uint32_t count) {
  times_.lasted = last_ - first_;
  times_.complete = times_.count == count && times_.wrong == 0;
  std::sort(delays_.begin(), delays_.end());
  if (!delays_.empty()) {
    times_.p50 = base::Duration(delays_[delays_.size() / 2]);
    times_.p99 = base::Duration(delays_[delays_.size() * 99 / 100]);
  }
  std::vector<std::uint8_t> report;
  base::ByteWriter(report).u8(kReport).u32(times_.count).u32(times_.wrong).u64(
      static_cast<std::uint64_t>(times_.lasted.count()));
  end_.send(link::Channel::Input, report);
  doneTimer_ = context_.loop.after(kReportTime, onDone_);
}

}  // namespace lucarne::bench
