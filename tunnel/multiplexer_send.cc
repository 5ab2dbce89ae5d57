// SPDX-License-Identifier: Apache-2.0
// What goes to the peer: answers and credit first, then the streams in turn, straight from their local
// ends into the piece.
#include <algorithm>
#include <cassert>
#include <utility>

#include "tunnel/multiplexer.h"

namespace lucarne::tunnel {

using Outcome = LocalEnd::Outcome;

namespace {

// The first piece of a stream that was idle: a line of text, a key, a small picture.
constexpr std::size_t kFreshPiece = 1024;
constexpr std::size_t kFreshShare = 8;  // ... or this part of a large piece

}  // namespace

// ---- to the peer --------------------------------------------------------------------------------

void Multiplexer::say(StreamId id, Body body) {
  outbox_.push_back({id, std::move(body)});
  services_.onOutput();
}

void Multiplexer::onReadable(StreamId id) {
  const Entry entry = streams_.find(id);
  if (entry == streams_.end()) return;
  entry->second.readable = true;
  schedule(entry);
}

bool Multiplexer::isEligible(const Stream& stream) const {
  return stream.state == State::Flowing && stream.readable && !stream.endSent &&
         stream.sendCredit > 0;
}

void Multiplexer::schedule(Entry entry) {
  Stream& stream = entry->second;
  if (!isEligible(stream) || stream.listed) return;
  stream.listed = true;
  fresh_.push_back(entry->first);
  services_.onOutput();
}

bool Multiplexer::nextPiece(std::size_t maxBytes, std::vector<std::uint8_t>& out) {
  if (!up_) return false;
  for (;;) {
    if (!outbox_.empty()) {
      encode(outbox_.front(), out);
      outbox_.pop_front();
      return true;
    }
    if (sayCredit(out) || serveFresh(maxBytes, out) || serveBusy(maxBytes, out)) return true;
    if (outbox_.empty()) return false;  // else a local end broke while it was read
  }
}

bool Multiplexer::sayCredit(std::vector<std::uint8_t>& out) {
  while (!creditDue_.empty()) {
    const Entry entry = findIn(creditDue_.front(), State::Flowing);
    creditDue_.pop_front();
    if (entry == streams_.end()) continue;
    Stream& stream = entry->second;
    stream.creditDue = false;
    if (stream.peerEnded) continue;
    encode({entry->first, Credit{stream.consumed}}, out);
    stream.receiveRoom += std::exchange(stream.consumed, 0);
    return true;
  }
  return false;
}

bool Multiplexer::serveFresh(std::size_t maxBytes, std::vector<std::uint8_t>& out) {
  while (!fresh_.empty()) {
    const Entry entry = streams_.find(fresh_.front());
    fresh_.pop_front();
    if (entry == streams_.end()) continue;
    // Whatever it has beyond this piece waits in turn with the others.
    busy_.push_back(entry->first);
    const std::size_t most =
        std::min(maxBytes, std::max(kFreshPiece, maxBytes / kFreshShare) + kDataHead);
    if (serve(entry, most, out)) return true;
  }
  return false;
}

bool Multiplexer::serveBusy(std::size_t maxBytes, std::vector<std::uint8_t>& out) {
  while (!busy_.empty()) {
    const Entry entry = streams_.find(busy_.front());
    const StreamId id = busy_.front();
    busy_.pop_front();
    if (entry == streams_.end()) continue;
    if (serve(entry, maxBytes, out)) {
      busy_.push_back(id);  // over by now, it drops out at its next turn
      return true;
    }
    if (const Entry still = streams_.find(id); still != streams_.end()) {
      still->second.listed = false;  // until it is readable again, or has credit
    }
  }
  return false;
}

// Reads straight into the piece. False: nothing came of it.
bool Multiplexer::serve(Entry entry, std::size_t most, std::vector<std::uint8_t>& out) {
  Stream& stream = entry->second;
  if (!isEligible(stream)) return false;
  const std::size_t before = out.size();
  encodeDataHead(entry->first, out);
  const std::size_t room =
      static_cast<std::size_t>(std::min<std::uint64_t>(most - kDataHead, stream.sendCredit));
  const LocalEnd::Moved moved = stream.local->read(room, out);
  if (moved.outcome == Outcome::Moved) {
    assert(moved.bytes > 0 && moved.bytes <= room);
    stream.sendCredit -= moved.bytes;
    return true;
  }
  out.resize(before);
  stream.readable = false;
  if (moved.outcome == Outcome::Blocked) return false;
  if (moved.outcome == Outcome::Broken) {
    resetStream(entry, "the program at the other end broke its connection");
    return false;
  }
  encode({entry->first, End{}}, out);
  stream.endSent = true;
  overWhenBothEnded(entry);
  return true;
}

}  // namespace lucarne::tunnel
