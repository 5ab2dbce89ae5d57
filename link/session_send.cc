// SPDX-License-Identifier: Apache-2.0
// What goes to the line: acknowledgements first, then what must be sent again, then new messages by
// priority, then pieces pulled from the feeds.
#include <algorithm>
#include <cassert>
#include <utility>

#include "link/session.h"

namespace lucarne::link {

namespace {

using base::Duration;
using base::TimePoint;

// Control, input and cursor may pass the pacer's window by this much: waiting for an
// acknowledgement would make them later, never earlier.
constexpr std::size_t kUrgentReserve = 512;
// Far below half of the sequence's range, so that old and new can be told apart.
constexpr std::size_t kWindowFrames = 8192;
// One gather is at most this much line time beyond the first piece: what it holds cannot be
// overtaken any more.
constexpr double kGatherSeconds = 0.002;
// Streams get one byte in so many while the screen wants the whole line.
constexpr std::uint64_t kStreamShare = 8;
constexpr std::size_t kSpareFrames = 32;  // at most 2 MiB
constexpr int kMaxBackOff = 5;
// Questions into a stalled line: often enough that its return is seen at once.
constexpr Duration kLongestAsk = std::chrono::milliseconds(500);

constexpr Channel kUrgent[] = {Channel::Control, Channel::Input, Channel::Cursor};

}  // namespace

// ---- the owner's side
// -----------------------------------------------------------------------------

bool Session::send(Channel channel, base::Bytes message) {
  assert(!message.empty() && message.size() <= kMaxMessage);
  if (state_ != State::Up) return false;
  std::size_t queued = message.size();
  for (const Lane& each : lanes_) queued += each.queuedBytes;
  if (queued > kMaxQueued) return false;
  Lane& to = lane(channel);
  to.queue.push_back({{message.begin(), message.end()}, 0});
  to.queuedBytes += message.size();
  ++stats_.messagesSent;
  return true;
}

std::size_t Session::queuedBytes(Channel channel) const { return lane(channel).queuedBytes; }

void Session::setFeed(Channel channel, Feed* feed) {
  lane(channel).feed = feed;
  lane(channel).feedReady = feed != nullptr;
}

void Session::feedReady(Channel channel) {
  lane(channel).feedReady = lane(channel).feed != nullptr;
}

// ---- room
// -----------------------------------------------------------------------------------------

std::size_t Session::pieceBytes() const { return std::min(pacer_.piece(), kMaxPiece); }

bool Session::wants(Channel channel) const {
  return !lane(channel).queue.empty() || lane(channel).feedReady;
}

bool Session::mayResend() const {
  if (onTheWay_ >= window_.size()) return false;
  return onTheWay_ == 0 || inFlightBytes_ + window_[onTheWay_]->bytes.size() <= pacer_.window();
}

bool Session::roomForUrgent() const {
  return onTheWay_ == window_.size() && window_.size() < kWindowFrames &&
         inFlightBytes_ < pacer_.window() + kUrgentReserve;
}

bool Session::roomForPiece() const {
  return onTheWay_ == window_.size() && window_.size() < kWindowFrames &&
         (inFlightBytes_ == 0 || inFlightBytes_ + pieceBytes() <= pacer_.window());
}

bool Session::hasOutput() const {
  if (!output_.empty()) return true;
  if (state_ != State::Up) return false;
  if (nakDue_ || clock_.now() >= ackAt_ || mayResend()) return true;
  const auto wanted = [this](Channel channel) { return wants(channel); };
  if (roomForUrgent() && std::any_of(std::begin(kUrgent), std::end(kUrgent), wanted)) return true;
  return roomForPiece() && (wants(Channel::Screen) || wants(Channel::Streams));
}

// ---- output
// ---------------------------------------------------------------------------------------

std::size_t Session::gather(std::span<base::Bytes> slots) {
  const double lineBytes = std::min(pacer_.rate() * kGatherSeconds, double{kGatherBytes});
  const std::size_t limit = std::max(static_cast<std::size_t>(lineBytes), std::size_t{1});
  while (output_.size() < slots.size() && (outputBytes_ < limit || output_.empty())) {
    if (!pushDue() && !pushReliable()) break;
  }
  std::size_t filled = 0;
  for (const OutFramePtr& frame : output_) {
    if (filled == slots.size()) break;
    base::Bytes bytes = frame->bytes;
    if (filled == 0) bytes = bytes.subspan(outputOffset_);
    slots[filled++] = bytes;
  }
  return filled;
}

void Session::sent(std::size_t bytes) {
  assert(bytes <= outputBytes_);
  if (bytes == 0) return;
  stats_.bytesSent += bytes;
  lastSpoke_ = clock_.now();
  outputBytes_ -= bytes;
  outputOffset_ += bytes;
  while (!output_.empty() && outputOffset_ >= output_.front()->bytes.size()) {
    outputOffset_ -= output_.front()->bytes.size();
    recycle(std::move(output_.front()));
    output_.pop_front();
  }
}

// Keeps what is half written, so that the line sees whole frames.
void Session::clearOutput() {
  const std::size_t keep = outputOffset_ > 0 ? 1 : 0;
  while (output_.size() > keep) {
    outputBytes_ -= output_.back()->bytes.size();
    recycle(std::move(output_.back()));
    output_.pop_back();
  }
}

void Session::toOutput(const OutFramePtr& frame) {
  outputBytes_ += frame->bytes.size();
  output_.push_back(frame);
}

bool Session::pushDue() {
  if (state_ != State::Up) return false;
  const TimePoint now = clock_.now();
  if (!nakDue_ && now < ackAt_) return false;
  pushUnreliable(nakDue_ ? FrameKind::Nak : FrameKind::Ack, expected_, {}, sendSalt_);
  if (std::exchange(nakDue_, false)) {
    nakSent_ = true;
    lastNakAt_ = now;
    lastNakFor_ = expected_;
    ++stats_.naksSent;
  }
  ackAt_ = TimePoint::max();
  lastAckAt_ = now;
  unacknowledgedBytes_ = 0;
  return true;
}

void Session::pushUnreliable(FrameKind kind, std::uint16_t sequence, base::Bytes payload,
                             std::uint32_t salt) {
  OutFramePtr frame = blankFrame();
  frame->bytes.insert(frame->bytes.end(), payload.begin(), payload.end());
  sealFrame(frame->bytes, {.kind = kind, .sequence = sequence}, salt);
  toOutput(frame);
}

bool Session::pushReliable() {
  if (state_ != State::Up) return false;
  if (pushResend() || pushUrgent()) return true;
  if (!roomForPiece()) return false;
  const bool screen = wants(Channel::Screen);
  const bool streams = wants(Channel::Streams);
  if (!screen || !streams) screenShare_ = streamShare_ = 0;
  const bool streamsFirst = screen && streams && streamShare_ * (kStreamShare - 1) < screenShare_;
  const Channel first = streamsFirst ? Channel::Streams : Channel::Screen;
  const Channel second = streamsFirst ? Channel::Screen : Channel::Streams;
  if (pushBulk(first) || pushBulk(second)) return true;
  pacer_.onOwnerLimited(inFlightBytes_);
  return false;
}

bool Session::pushResend() {
  if (!mayResend()) return false;
  const OutFramePtr& frame = window_[onTheWay_];
  frame->resent = true;
  frame->mark = pacer_.onSent(inFlightBytes_, clock_.now());
  inFlightBytes_ += frame->bytes.size();
  ++onTheWay_;
  ++stats_.framesResent;
  toOutput(frame);
  if (resendAt_ == TimePoint::max()) {
    resendAt_ = clock_.now() + pacer_.resendTimeout(inFlightBytes_);
  }
  return true;
}

bool Session::pushUrgent() {
  if (!roomForUrgent()) return false;
  for (const Channel channel : kUrgent) {
    Lane& from = lane(channel);
    if (!from.queue.empty()) {
      pushFragment(from, channel);
      return true;
    }
    if (pushPiece(from, channel)) return true;
  }
  return false;
}

bool Session::pushBulk(Channel channel) {
  Lane& from = lane(channel);
  const std::size_t before = inFlightBytes_;
  if (!from.queue.empty()) {
    pushFragment(from, channel);
  } else if (!pushPiece(from, channel)) {
    return false;
  }
  (channel == Channel::Screen ? screenShare_ : streamShare_) += inFlightBytes_ - before;
  return true;
}

void Session::pushFragment(Lane& from, Channel channel) {
  QueuedMessage& message = from.queue.front();
  const std::size_t count = std::min(message.bytes.size() - message.taken, pieceBytes());
  OutFramePtr frame = blankFrame();
  const auto begin = message.bytes.begin() + static_cast<std::ptrdiff_t>(message.taken);
  frame->bytes.insert(frame->bytes.end(), begin, begin + static_cast<std::ptrdiff_t>(count));
  message.taken += count;
  from.queuedBytes -= count;
  const bool more = message.taken < message.bytes.size();
  if (!more) from.queue.pop_front();
  admit(std::move(frame), channel, more);
}

bool Session::pushPiece(Lane& from, Channel channel) {
  if (!from.feedReady) return false;
  OutFramePtr frame = blankFrame();
  const std::size_t maxBytes = pieceBytes();
  if (!from.feed->nextPiece(maxBytes, frame->bytes)) {
    // The feed may have called feedReady or setFeed from inside: it said no all the same.
    from.feedReady = false;
    recycle(std::move(frame));
    return false;
  }
  assert(frame->bytes.size() > kFrameHeader && frame->bytes.size() - kFrameHeader <= maxBytes);
  ++stats_.messagesSent;
  admit(std::move(frame), channel, false);
  return true;
}

void Session::admit(OutFramePtr frame, Channel channel, bool more) {
  const TimePoint now = clock_.now();
  frame->reliable = true;
  frame->sequence = nextSequence_++;
  sealFrame(
      frame->bytes,
      {.kind = FrameKind::Data, .more = more, .channel = channel, .sequence = frame->sequence},
      sendSalt_);
  frame->mark = pacer_.onSent(inFlightBytes_, now);
  inFlightBytes_ += frame->bytes.size();
  if (resendAt_ == TimePoint::max()) resendAt_ = now + pacer_.resendTimeout(inFlightBytes_);
  lastActivity_ = now;
  ++onTheWay_;
  toOutput(frame);
  window_.push_back(std::move(frame));
}

Session::OutFramePtr Session::blankFrame() {
  OutFramePtr frame;
  if (spare_.empty()) {
    frame = std::make_shared<OutFrame>();
  } else {
    frame = std::move(spare_.back());
    spare_.pop_back();
    frame->reliable = frame->resent = false;
    frame->bytes.clear();
  }
  frame->bytes.resize(kFrameHeader);
  return frame;
}

void Session::recycle(OutFramePtr frame) {
  if (frame.use_count() == 1 && spare_.size() < kSpareFrames) spare_.push_back(std::move(frame));
}

// ---- acknowledgements
// -----------------------------------------------------------------------------

void Session::onAcknowledge(std::uint16_t next, bool missing) {
  const TimePoint now = clock_.now();
  // An idle end answers a heartbeat, so that both wake at the same moments.
  if (now - lastSpoke_ >= kHeartbeat / 2) ackAt_ = now;
  const auto oldest = static_cast<std::uint16_t>(nextSequence_ - window_.size());
  const auto count = static_cast<std::uint16_t>(next - oldest);
  if (count > window_.size()) return;  // an old one, or a lie
  if (count > 0) {
    Pacer::Mark newest;
    bool resent = false;
    const std::size_t bytes = dropAcknowledged(count, newest, resent);
    pacer_.onAcknowledged(bytes, newest, resent, now);
    backOff_ = 0;
    resendAt_ = window_.empty() ? TimePoint::max() : now + pacer_.resendTimeout(inFlightBytes_);
  }
  if (!missing || window_.empty()) return;
  // Reports of the same gap that were under way when we went back say nothing new.
  const bool again = rewoundTo_ == next && now - rewoundAt_ < pacer_.smoothedRoundTrip();
  if (again) return;
  rewoundTo_ = next;
  rewoundAt_ = now;
  pacer_.onLost();
  rewind();
}

std::size_t Session::dropAcknowledged(std::size_t count, Pacer::Mark& newest, bool& resent) {
  std::size_t bytes = 0;
  for (; count > 0; --count) {
    OutFramePtr frame = std::move(window_.front());
    window_.pop_front();
    bytes += frame->bytes.size();
    newest = frame->mark;
    resent = frame->resent;
    if (onTheWay_ > 0) {
      --onTheWay_;
      inFlightBytes_ -= frame->bytes.size();
    }
    recycle(std::move(frame));
  }
  return bytes;
}

void Session::rewind() {
  // What waits to be written is written from the window again; only control frames stay.
  const std::size_t keep = outputOffset_ > 0 ? 1 : 0;
  for (std::size_t i = output_.size(); i-- > keep;) {
    if (!output_[i]->reliable) continue;
    outputBytes_ -= output_[i]->bytes.size();
    output_.erase(output_.begin() + static_cast<std::ptrdiff_t>(i));
  }
  onTheWay_ = 0;
  inFlightBytes_ = 0;
}

// A stall or a loss at the end? Repeating would fill a stalled line; a question is 12 bytes, and
// its answer comes behind everything that is still under way.
void Session::askIfOverdue() {
  resendAt_ = TimePoint::max();
  if (window_.empty()) return;
  if (output_.empty()) {  // else the line takes nothing, not even a question
    ++stats_.timeouts;
    const auto next = static_cast<std::uint16_t>(nextSequence_ - (window_.size() - onTheWay_));
    pushUnreliable(FrameKind::Ask, next, {}, sendSalt_);
    backOff_ = std::min(backOff_ + 1, kMaxBackOff);
  }
  resendAt_ = clock_.now() + std::min(pacer_.resendTimeout(inFlightBytes_) * (1 << backOff_),
                                      Duration(kLongestAsk));
}

}  // namespace lucarne::link
