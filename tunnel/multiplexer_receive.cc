// SPDX-License-Identifier: Apache-2.0
// What the peer says, and its bytes on their way to the local ends.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tunnel/multiplexer.h"

namespace lucarne::tunnel {

using Outcome = LocalEnd::Outcome;

namespace {

// What may wait to be said. A peer that reads gets here only by its own number of streams: one
// answer to each Open, and a Reset.
constexpr std::size_t kMostAnswers = 4 * Multiplexer::kMostStreams;
// Credit is given back in portions of this, so that it costs little and comes before it is missed.
constexpr std::uint32_t kCreditPortion = Multiplexer::kWindow / 4;

}  // namespace

// ---- from the peer ------------------------------------------------------------------------------

base::Result<void> Multiplexer::receive(base::Bytes untrusted) {
  if (!up_ || deaf_) return {};
  const base::Result<Message> parsed = parseMessage(untrusted);
  if (!parsed) return base::unexpected(parsed.error().message);
  const StreamId id = parsed->stream;
  auto result = std::visit([this, id](const auto& body) { return on(id, body); }, parsed->body);
  if (outbox_.size() > kMostAnswers) {
    const std::string words = "it asks for more answers than it reads";
    down(words);
    up_ = deaf_ = true;
    return base::unexpected(words);
  }
  return result;
}

base::Result<void> Multiplexer::on(StreamId id, const Data& data) {
  const Entry entry = findIn(id, State::Flowing);
  if (entry == streams_.end()) return outOfPlace(id, "Data");
  Stream& stream = entry->second;
  if (stream.peerEnded || data.bytes.size() > stream.receiveRoom) {
    resetStream(entry, "more was sent than was allowed");
    return base::unexpected("Data beyond the window, or after End");
  }
  stream.receiveRoom -= data.bytes.size();
  std::size_t written = 0;
  if (stream.inbox.empty() && !write(entry, data.bytes, written)) return {};
  const base::Bytes rest = data.bytes.subspan(written);
  stream.inbox.insert(stream.inbox.end(), rest.begin(), rest.end());
  return {};
}

base::Result<void> Multiplexer::on(StreamId id, const Credit& credit) {
  const Entry entry = findIn(id, State::Flowing);
  if (entry == streams_.end()) return outOfPlace(id, "Credit");
  Stream& stream = entry->second;
  stream.sendCredit += credit.bytes;
  if (stream.sendCredit > kMaxWindow) {
    resetStream(entry, "more credit was given than there can be");
    return base::unexpected("Credit beyond any window");
  }
  schedule(entry);
  return {};
}

base::Result<void> Multiplexer::on(StreamId id, const End&) {
  const Entry entry = findIn(id, State::Flowing);
  if (entry == streams_.end()) return outOfPlace(id, "End");
  if (std::exchange(entry->second.peerEnded, true)) return {};
  if (entry->second.inbox.empty()) finishWriting(entry);
  return {};
}

base::Result<void> Multiplexer::on(StreamId id, const Reset& reset) {
  const Entry entry = streams_.find(id);
  if (entry == streams_.end()) return outOfPlace(id, "Reset");
  Stream& stream = entry->second;
  if (stream.peerEnded && stream.local) {
    // It sent everything and wants no more: what it sent is whole and still gets its time.
    stream.state = State::Draining;
    if (stream.inbox.empty()) remove(entry, "");
    return {};
  }
  if (stream.local) stream.local->abort();
  remove(entry, reset.words.empty() ? "the other end broke it off" : reset.words);
  return {};
}

// A message for a stream that is over here may have been under way: only one for a stream that
// never was is wrong.
base::Result<void> Multiplexer::outOfPlace(StreamId id, const char* what) const {
  if (wasOpened(id) && !streams_.contains(id)) return {};
  return base::unexpected(fmt::format("{} out of place, stream {}", what, id.number));
}

bool Multiplexer::wasOpened(StreamId id) const {
  return id.number < (id.opener == Opener::Us ? nextOurs_ : nextTheirs_);
}

Multiplexer::Entry Multiplexer::findIn(StreamId id, State state) {
  const Entry entry = streams_.find(id);
  return entry != streams_.end() && entry->second.state == state ? entry : streams_.end();
}

// ---- to the local end ---------------------------------------------------------------------------

// False: the stream is gone.
bool Multiplexer::write(Entry entry, base::Bytes bytes, std::size_t& written) {
  written = 0;
  while (written < bytes.size()) {
    const LocalEnd::Moved moved = entry->second.local->write(bytes.subspan(written));
    if (moved.outcome == Outcome::Blocked) break;
    if (moved.outcome != Outcome::Moved) {
      resetStream(entry, "the program at the other end closed its connection");
      return false;
    }
    written += moved.bytes;
  }
  if (written > 0) consume(entry, written);
  return true;
}

void Multiplexer::consume(Entry entry, std::size_t bytes) {
  Stream& stream = entry->second;
  stream.consumed += static_cast<std::uint32_t>(bytes);
  if (stream.consumed < kCreditPortion || stream.creditDue || stream.peerEnded) return;
  stream.creditDue = true;
  creditDue_.push_back(entry->first);
  services_.onOutput();
}

void Multiplexer::onWritable(StreamId id) {
  if (const Entry entry = streams_.find(id); entry != streams_.end()) drain(entry);
}

void Multiplexer::drain(Entry entry) {
  Stream& stream = entry->second;
  std::size_t written = 0;
  if (!write(entry, base::Bytes(stream.inbox).subspan(stream.inboxTaken), written)) return;
  stream.inboxTaken += written;
  if (stream.inboxTaken < stream.inbox.size()) {
    if (stream.inboxTaken < kWindow) return;
    stream.inbox.erase(stream.inbox.begin(),
                       stream.inbox.begin() + static_cast<std::ptrdiff_t>(stream.inboxTaken));
    stream.inboxTaken = 0;
    return;
  }
  stream.inbox.clear();
  stream.inboxTaken = 0;
  if (stream.peerEnded) finishWriting(entry);
}

void Multiplexer::finishWriting(Entry entry) {
  Stream& stream = entry->second;
  if (std::exchange(stream.endWritten, true)) return;
  if (stream.state == State::Draining) return remove(entry, "");
  if (stream.local->endWriting() == LocalEnd::AfterEnd::Over && !stream.endSent) {
    stream.endSent = true;
    say(entry->first, End{});
  }
  overWhenBothEnded(entry);
}

void Multiplexer::overWhenBothEnded(Entry entry) {
  if (entry->second.endSent && entry->second.endWritten) remove(entry, "");
}

void Multiplexer::resetStream(Entry entry, const std::string& words) {
  if (entry->second.state != State::Draining) say(entry->first, Reset{words});
  if (entry->second.local) entry->second.local->abort();
  remove(entry, words);
}

void Multiplexer::remove(Entry entry, const std::string& words) {
  const StreamId id = entry->first;
  --(id.opener == Opener::Us ? ours_ : theirs_);
  const Stream stream = std::move(entry->second);  // its local end goes when all is in order
  streams_.erase(entry);
  services_.onOver(id, words);
}

}  // namespace lucarne::tunnel
