// SPDX-License-Identifier: Apache-2.0
#include "tunnel/multiplexer.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

namespace lucarne::tunnel {

using Outcome = LocalEnd::Outcome;

namespace {

// What may wait to be said. A peer that reads gets here only by its own number of streams: one
// answer to each Open, and a Reset.
constexpr std::size_t kMostAnswers = 4 * Multiplexer::kMostStreams;
// Credit is given back in portions of this, so that it costs little and comes before it is missed.
constexpr std::uint32_t kCreditPortion = Multiplexer::kWindow / 4;
// The first piece of a stream that was idle: a line of text, a key, a small picture.
constexpr std::size_t kFreshPiece = 1024;
constexpr std::size_t kFreshShare = 8;  // ... or this part of a large piece

}  // namespace

Multiplexer::Multiplexer(Services& services, const Secret* secret, const base::Clock& clock)
    : services_(services), secret_(secret), clock_(clock) {}

Multiplexer::~Multiplexer() = default;

// ---- the session --------------------------------------------------------------------------------

void Multiplexer::up() {
  down("the session began anew");
  up_ = true;
}

void Multiplexer::down(const std::string& words) {
  up_ = false;
  deaf_ = false;
  while (!streams_.empty()) {
    const Entry entry = streams_.begin();
    if (entry->second.local) entry->second.local->abort();
    remove(entry, words);
  }
  nextOurs_ = nextTheirs_ = 0;
  outbox_.clear();
  creditDue_.clear();
  fresh_.clear();
  busy_.clear();
}

base::TimePoint Multiplexer::deadline() const {
  base::TimePoint first = base::TimePoint::max();
  for (const auto& [id, stream] : streams_) first = std::min(first, stream.deadline);
  return first;
}

void Multiplexer::tick() {
  for (auto entry = streams_.begin(); entry != streams_.end();) {
    const Entry next = std::next(entry);
    if (entry->second.deadline <= clock_.now()) resetStream(entry, "nobody answered in time");
    entry = next;
  }
}

std::size_t Multiplexer::waitingBytes() const {
  std::size_t sum = 0;
  for (const auto& [id, stream] : streams_) sum += stream.inbox.size() - stream.inboxTaken;
  return sum;
}

// ---- opening ------------------------------------------------------------------------------------

StreamId Multiplexer::open(std::string name, std::unique_ptr<LocalEnd> local) {
  assert(up_ && hasRoom());
  const StreamId id{Opener::Us, nextOurs_++};
  Stream& stream = streams_[id];
  ++ours_;
  stream.name = std::move(name);
  stream.local = std::move(local);
  stream.ourNonce = drawNonce();
  stream.deadline = clock_.now() + kOpenPatience;
  say(id, Open{kWindow, stream.ourNonce, stream.name});
  return id;
}

void Multiplexer::accept(StreamId id, std::unique_ptr<LocalEnd> local) {
  const Entry entry = findIn(id, State::Connecting);
  if (entry == streams_.end()) return;
  Stream& stream = entry->second;
  stream.local = std::move(local);
  Opened opened{.window = kWindow, .proven = secret_ != nullptr};
  if (secret_) {
    opened.mac =
        secret_->prove(Secret::Side::Answerer, stream.theirNonce, stream.ourNonce, stream.name);
  }
  say(id, opened);
  beginFlow(entry, static_cast<std::uint32_t>(stream.sendCredit));
}

void Multiplexer::refuse(StreamId id, const std::string& words) {
  if (const Entry entry = findIn(id, State::Connecting); entry != streams_.end()) {
    resetStream(entry, words);
  }
}

void Multiplexer::beginFlow(Entry entry, std::uint32_t window) {
  Stream& stream = entry->second;
  stream.state = State::Flowing;
  stream.deadline = base::TimePoint::max();
  stream.sendCredit = window;
  stream.readable = true;
  stream.local->start(*this, entry->first);
  schedule(entry);
}

base::Result<void> Multiplexer::on(StreamId id, const Open& open) {
  if (id.opener != Opener::Them || id.number != nextTheirs_) return outOfPlace(id, "Open");
  ++nextTheirs_;
  if (theirs_ >= kMostStreams) {
    say(id, Reset{fmt::format("there are {} streams already", kMostStreams)});
    return {};
  }
  if (!services_.offers(open.name)) {
    say(id, Reset{fmt::format("nothing is called '{}' at the other end", open.name)});
    return {};
  }
  const Entry entry = streams_.emplace(id, Stream{}).first;
  ++theirs_;
  Stream& stream = entry->second;
  stream.name = open.name;
  stream.theirNonce = open.nonce;
  stream.sendCredit = open.window;
  stream.deadline = clock_.now() + kOpenPatience;
  if (secret_) {
    stream.state = State::Challenged;
    stream.ourNonce = drawNonce();
    say(id, Challenge{stream.ourNonce});
    return {};
  }
  stream.state = State::Connecting;
  services_.onOpen(id, open.name);
  return {};
}

base::Result<void> Multiplexer::on(StreamId id, const Challenge& challenge) {
  const Entry entry = findIn(id, State::Opening);
  if (entry == streams_.end()) return outOfPlace(id, "Challenge");
  Stream& stream = entry->second;
  if (!secret_) {
    resetStream(entry, "the other end asks for a secret and this one has none");
    return {};
  }
  stream.state = State::Proving;
  stream.theirNonce = challenge.nonce;
  say(id, Proof{secret_->prove(Secret::Side::Opener, stream.ourNonce, stream.theirNonce,
                               stream.name)});
  return {};
}

base::Result<void> Multiplexer::on(StreamId id, const Proof& proof) {
  const Entry entry = findIn(id, State::Challenged);
  if (entry == streams_.end()) return outOfPlace(id, "Proof");
  Stream& stream = entry->second;
  if (!secret_->verify(proof.mac, Secret::Side::Opener, stream.theirNonce, stream.ourNonce,
                       stream.name)) {
    resetStream(entry, "the secrets differ");
    return base::unexpected("a wrong proof of the secret");
  }
  stream.state = State::Connecting;
  services_.onOpen(id, std::string(stream.name));
  return {};
}

base::Result<void> Multiplexer::on(StreamId id, const Opened& opened) {
  Entry entry = findIn(id, State::Proving);
  if (entry == streams_.end()) entry = findIn(id, State::Opening);
  if (entry == streams_.end()) return outOfPlace(id, "Opened");
  Stream& stream = entry->second;
  if (secret_) {
    const bool proven = stream.state == State::Proving && opened.proven &&
                        secret_->verify(opened.mac, Secret::Side::Answerer, stream.ourNonce,
                                        stream.theirNonce, stream.name);
    if (!proven) {
      resetStream(entry, "the other end does not prove that it has the secret");
      return base::unexpected("a stream was opened without proof of the secret");
    }
  }
  beginFlow(entry, opened.window);
  return {};
}

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
