// SPDX-License-Identifier: Apache-2.0
// What comes from the line.
#include <algorithm>

#include "link/session.h"

namespace lucarne::link {

namespace {

using base::Duration;
using base::TimePoint;
using std::chrono::milliseconds;

// Acknowledgements are bundled: one after this many bytes or this much time, whichever comes first.
// The first data after a pause is acknowledged at once.
constexpr std::size_t kAckBytes = 256 * 1024;
constexpr Duration kAckDelay = milliseconds(1);
// Of input alone fewer would do for hours: a mouse reports a thousand times a second, and each
// acknowledgement wakes the broker. Less than the 512 bytes by which input may pass the window.
constexpr std::size_t kInputAckBytes = 448;
constexpr Duration kInputAckDelay = milliseconds(8);

// The same gap is reported again after two round trips, within these bounds: the report, or the
// frame sent again, may have been lost too.
constexpr Duration kNakLeast = milliseconds(20);
constexpr Duration kNakMost = milliseconds(500);

}  // namespace

void Session::receive(base::Bytes bytes) {
  if (state_ == State::Off) return;
  stats_.bytesReceived += bytes.size();
  const std::uint64_t framesBefore = framesSeen_;
  const bool wasWaiting = parser_.waiting();
  parser_.feed(bytes, *this);
  stats_.garbageBytes = parser_.garbageBytes();
  if (!parser_.waiting()) {
    partialSince_ = TimePoint::max();
  } else if (!wasWaiting || framesSeen_ != framesBefore) {
    partialSince_ = clock_.now();
  }
  planAcknowledgement();
}

void Session::planAcknowledgement() {
  if (state_ != State::Up || unacknowledgedBytes_ == 0) return;
  const std::size_t most = onlyInput_ ? kInputAckBytes : kAckBytes;
  const Duration delay = onlyInput_ ? kInputAckDelay : kAckDelay;
  ackAt_ = std::min(ackAt_, unacknowledgedBytes_ >= most ? clock_.now() : lastAckAt_ + delay);
}

void Session::onFrame(const FrameView& frame) {
  ++framesSeen_;
  if (state_ == State::Off) return;
  if (frame.head.kind == FrameKind::Hello) {
    onHello(frame.payload);
    return;
  }
  if (frame.byCandidate) {
    establish();
    if (state_ != State::Up) return;
  }
  heard();
  if (state_ != State::Up) return;
  switch (frame.head.kind) {
    case FrameKind::Goodbye:
      onGoodbye(frame.payload);
      break;
    case FrameKind::Ack:
    case FrameKind::Nak:
      onAcknowledge(frame.head.sequence, frame.head.kind == FrameKind::Nak);
      break;
    case FrameKind::Data:
      onData(frame);
      break;
    case FrameKind::Ask:
      onAsk(frame.head.sequence);
      break;
    case FrameKind::Hello:
      break;
  }
}

void Session::onDamagedFrame() {
  ++framesSeen_;
  if (state_ == State::Up) askAgain();
}

void Session::onData(const FrameView& frame) {
  lastActivity_ = clock_.now();
  const auto ahead = static_cast<std::int16_t>(frame.head.sequence - expected_);
  if (ahead > 0) {
    askAgain();
    return;
  }
  if (ahead < 0) {
    ackAt_ = lastActivity_;  // had it: the acknowledgement was lost
    return;
  }
  ++expected_;
  nakDue_ = false;
  onlyInput_ = (unacknowledgedBytes_ == 0 || onlyInput_) && frame.head.channel == Channel::Input;
  unacknowledgedBytes_ += frame.payload.size() + kFrameOverhead;
  pacer_.onReceived(frame.payload.size() + kFrameOverhead, lastActivity_);
  deliver(frame);
}

// The line keeps the order: what was sent before the question and is not here now will not come.
void Session::onAsk(std::uint16_t untrustedNext) {
  const bool missing = static_cast<std::int16_t>(untrustedNext - expected_) > 0;
  nakDue_ = nakDue_ || missing;
  ackAt_ = clock_.now();
}

void Session::deliver(const FrameView& frame) {
  Lane& from = lane(frame.head.channel);
  const bool whole = from.partial.empty() && !frame.head.more;
  if (!whole) {
    if (from.partial.size() + frame.payload.size() > kMaxMessage) {
      dropSession("the other end sent a message that is too long");
      return;
    }
    from.partial.insert(from.partial.end(), frame.payload.begin(), frame.payload.end());
    if (frame.head.more) return;
  }
  ++stats_.messagesReceived;
  if (whole) {
    listener_.onMessage(frame.head.channel, frame.payload);
    return;
  }
  std::vector<std::uint8_t> message;
  message.swap(from.partial);
  listener_.onMessage(frame.head.channel, message);
}

void Session::askAgain() {
  const TimePoint now = clock_.now();
  const Duration patience = std::clamp(2 * pacer_.smoothedRoundTrip(), kNakLeast, kNakMost);
  if (nakSent_ && lastNakFor_ == expected_ && now - lastNakAt_ < patience) return;
  nakDue_ = true;
}

}  // namespace lucarne::link
