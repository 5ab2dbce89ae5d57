// SPDX-License-Identifier: Apache-2.0
#include "tunnel/multiplexer.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include <fmt/format.h>

namespace lucarne::tunnel {

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

}  // namespace lucarne::tunnel
