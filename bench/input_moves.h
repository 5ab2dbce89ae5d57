// SPDX-License-Identifier: Apache-2.0
// Pointer moves sent back to back over a link, each one counted: what people measured with a script
// of their own before ("1000 positions in 117 ms").
//
// One message on the Input channel is one position:
//   1 Move    u8 1, u32 number, i32 x, i32 y, u64 nanoseconds (CLOCK_MONOTONIC of the sender)
//   2 End     u8 2, u32 count             the sender has sent them all
//   3 Report  u8 3, u32 received, u32 wrong, u64 nanoseconds between the first and the last
//
// Loop's thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/program.h"
#include "link/link_end.h"

namespace lucarne::bench {

/// At most this many: the receiver keeps eight bytes for each.
inline constexpr std::uint32_t kMostMoves = 1'000'000;

/// What one end saw.
struct MoveTimes {
  std::uint32_t count = 0;      ///< positions sent, or received
  std::uint32_t wrong = 0;      ///< received twice, out of order or with another place
  base::Duration lasted{};      ///< from the first to the last
  std::vector<std::uint32_t> bySecond;  ///< how many in each second since the first
  base::Duration p50{};  ///< from sending to receiving; both ends must be on one machine
  base::Duration p99{};
  bool complete = false;  ///< every position was there
};

/// {"end":"send","count":1000,…}
std::string toJson(std::string_view end, const MoveTimes& times);

/// Sends as soon as somebody is there; calls `onDone` when the other end has reported.
class MoveSender final : private link::LinkListener, private link::Feed {
 public:
  MoveSender(std::string_view transport, std::uint32_t count, std::function<void()> onDone,
             const base::Context& context);
  ~MoveSender() override;
  void start() { end_.start(); }
  const MoveTimes& times() const { return times_; }
  /// What the other end said: its own count and its own time.
  const MoveTimes& report() const { return report_; }

 private:
  void onUp(const link::Peer& peer) override;
  void onDown(const std::string& words) override;
  void onMessage(link::Channel channel, base::Bytes untrusted) override;
  bool nextPiece(std::size_t maxBytes, std::vector<std::uint8_t>& out) override;

  base::Context context_;
  std::uint32_t wanted_;
  std::uint32_t next_ = 0;
  base::TimePoint first_{};
  std::function<void()> onDone_;
  MoveTimes times_;
  MoveTimes report_;
  link::LinkEnd end_;
};

/// Receives one run and reports it; calls `onDone` once the report is on its way.
class MoveReceiver final : private link::LinkListener {
 public:
  MoveReceiver(std::string_view transport, std::function<void()> onDone,
               const base::Context& context);
  void start() { end_.start(); }
  const MoveTimes& times() const { return times_; }

 private:
  void onUp(const link::Peer& peer) override;
  void onDown(const std::string& words) override;
  void onMessage(link::Channel channel, base::Bytes untrusted) override;
  void onMove(std::uint32_t number, bool placeIsRight, std::int64_t sentAt);
  void onEnd(std::uint32_t count);

  base::Context context_;
  base::TimePoint first_{};
  base::TimePoint last_{};
  std::vector<std::int64_t> delays_;
  std::function<void()> onDone_;
  base::Timer doneTimer_;
  MoveTimes times_;
  link::LinkEnd end_;
};

}  // namespace lucarne::bench
