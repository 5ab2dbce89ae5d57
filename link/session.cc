// SPDX-License-Identifier: Apache-2.0
// The life of a session: hello, heartbeat, quiet, goodbye. Sending and receiving within one are in
// session_send.cc and session_receive.cc.
#include "link/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace lucarne::link {

namespace {

using base::Duration;
using base::TimePoint;
using std::chrono::milliseconds;

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kFlagHeldBack = 1;
constexpr std::size_t kMaxName = 64;
constexpr std::size_t kMaxGoodbye = 200;

// While nobody answers: soon at first, then as often as a heartbeat, because the end that speaks
// first on a pv channel must keep speaking.
constexpr Duration kHelloFirst = milliseconds(50);
constexpr Duration kHelloMost = milliseconds(250);
// A frame whose end has not come by then will not come: a piece takes 8 ms of line time, at 1 kB/s
// the shortest takes 170 ms.
constexpr Duration kPartialMost = milliseconds(300);
// Pokes to a peer whose words are held back until we speak: fast while something happens, a
// sixty-fourth of the time since something did, at least the heartbeat.
constexpr Duration kPokeLeast = milliseconds(10);
constexpr int kPokeFraction = 64;

std::string printable(base::Bytes untrustedText) {
  std::string text;
  for (const std::uint8_t byte : untrustedText) {
    text.push_back(byte >= 0x20 && byte < 0x7F ? static_cast<char>(byte) : '?');
  }
  return text;
}

std::uint32_t salt(std::uint64_t from, std::uint64_t to) {
  std::vector<std::uint8_t> both;
  base::ByteWriter(both).u64(from).u64(to);
  return crc32c(0, both);
}

}  // namespace

Session::Session(Introduction introduction, std::uint64_t seed, SessionListener& listener,
                 const base::Clock& clock)
    : introduction_(std::move(introduction)),
      listener_(listener),
      clock_(clock),
      process_(seed << 16 == 0 ? std::uint64_t{1} << 16 : seed << 16) {
  renewInstance();
}

Session::~Session() = default;

void Session::renewInstance() { instance_ = process_ | renewals_++; }

void Session::retuneSalts() {
  const auto from = [this](std::uint64_t instance) { return salt(instance, instance_); };
  std::optional<std::uint32_t> session;
  std::optional<std::uint32_t> candidate;
  if (state_ == State::Up) session = from(peer_.instance);
  if (candidate_) candidate = from(candidate_->peer.instance);
  sendSalt_ = salt(instance_, peer_.instance);
  parser_.setSalts(session, candidate);
}

void Session::lineUp(LineTraits traits) {
  if (state_ == State::Up) dropSession("the line was opened anew");
  traits_ = traits;
  parser_.reset();
  output_.clear();
  outputOffset_ = outputBytes_ = 0;
  partialSince_ = TimePoint::max();
  candidate_.reset();
  state_ = State::Calling;
  retuneSalts();
  helloEvery_ = kHelloFirst;
  helloAt_ = clock_.now();
}

void Session::lineDown(const std::string& words) {
  if (state_ == State::Up) dropSession(words);
  state_ = State::Off;
  candidate_.reset();
  output_.clear();
  outputOffset_ = outputBytes_ = 0;
  helloAt_ = TimePoint::max();
  retuneSalts();
}

void Session::goodbye(const std::string& words) {
  if (state_ == State::Up || candidate_) {
    clearSession();
    // Whoever said hello may be up already, although we are not.
    const std::uint64_t to = state_ == State::Up ? peer_.instance : candidate_->peer.instance;
    const auto* text = reinterpret_cast<const std::uint8_t*>(words.data());
    pushUnreliable(FrameKind::Goodbye, 0, {text, std::min(words.size(), kMaxGoodbye)},
                   salt(instance_, to));
  }
  state_ = State::Off;
  candidate_.reset();
  helloAt_ = TimePoint::max();
  renewInstance();
  retuneSalts();
}

// Forgets everything that belonged to the session; what is half written stays, so that the line
// sees whole frames.
void Session::clearSession() {
  for (Lane& each : lanes_) {
    each.queue.clear();
    each.queuedBytes = 0;
    each.partial.clear();
    each.feedReady = each.feed != nullptr;
  }
  clearOutput();
  for (auto& frame : window_) recycle(std::move(frame));
  window_.clear();
  onTheWay_ = inFlightBytes_ = 0;
  nextSequence_ = expected_ = 0;
  backOff_ = 0;
  resendAt_ = ackAt_ = TimePoint::max();
  rewoundAt_ = {};
  unacknowledgedBytes_ = 0;
  nakDue_ = nakSent_ = false;
  screenShare_ = streamShare_ = 0;
  quiet_ = false;
  pacer_.reset(clock_.now());
}

void Session::dropSession(const std::string& words) {
  clearSession();
  renewInstance();
  callAgain();
  listener_.onDown(words);
}

void Session::callAgain() {
  state_ = State::Calling;
  candidate_.reset();
  retuneSalts();
  helloEvery_ = kHelloFirst;
  helloAt_ = clock_.now() + kHelloFirst;
}

void Session::establish() {
  if (state_ == State::Up) {
    // The instance stays: it is the one that the new peer knows.
    const Candidate next = *candidate_;
    clearSession();
    state_ = State::Calling;
    listener_.onDown("the other end was started again");
    if (state_ != State::Calling) return;  // the listener said goodbye
    candidate_ = next;
  }
  peer_ = candidate_->peer;
  peerHeldBack_ = candidate_->heldBack;
  candidate_.reset();
  state_ = State::Up;
  clearSession();
  retuneSalts();
  helloAt_ = TimePoint::max();
  const TimePoint now = clock_.now();
  lastHeard_ = lastSpoke_ = lastActivity_ = now;
  ackAt_ = now;  // a valid frame tells the peer that we are up
  ++stats_.sessions;
  listener_.onUp(peer_);
}

std::optional<std::string> Session::refusal(std::uint8_t version, Role role) const {
  if (version != kVersion) {
    return fmt::format(
        "the other end speaks version {} of the link, this one version {}; use the "
        "same release at both ends",
        version, kVersion);
  }
  if (role != Role::Either && role == introduction_.role) {
    return fmt::format(
        "the other end is {} too; one end must have the guest's screen and the other "
        "show it",
        role == Role::Guest ? "a guest's" : "a panel's");
  }
  return std::nullopt;
}

void Session::onHello(base::Bytes untrustedPayload) {
  base::ByteReader reader(untrustedPayload);
  const std::uint8_t version = reader.u8();
  const std::uint8_t untrustedRole = reader.u8();
  const std::uint8_t flags = reader.u8();
  const std::uint8_t untrustedNameLength = reader.u8();
  Candidate hello;
  hello.peer.capabilities = reader.u32();
  hello.peer.instance = reader.u64();
  const std::uint64_t heardInstance = reader.u64();
  const base::Bytes untrustedName =
      reader.take(std::min<std::size_t>(untrustedNameLength, kMaxName));
  // Later versions may append: left-over bytes are no error.
  if (!reader.ok() || hello.peer.instance == 0) return;
  if (hello.peer.instance >> 16 == process_ >> 16) return;  // our own, echoed by the line
  const Role role = untrustedRole <= 2 ? static_cast<Role>(untrustedRole) : Role::Either;
  if (const auto words = refusal(version, role)) {
    if (std::exchange(refusedInstance_, hello.peer.instance) != hello.peer.instance) {
      listener_.onRefused(*words);
    }
    return;
  }
  hello.peer.role = role;
  hello.peer.name = printable(untrustedName);
  hello.heldBack = (flags & kFlagHeldBack) != 0;

  if (state_ == State::Up && hello.peer.instance == peer_.instance) {
    heard();
    if (heardInstance == instance_) {
      ackAt_ = clock_.now();  // it is not up yet: any frame of the session tells it
    } else {
      pushHello();
    }
    return;
  }
  candidate_ = std::move(hello);
  retuneSalts();
  if (heardInstance == instance_) {
    establish();
  } else {
    pushHello();
  }
}

void Session::onGoodbye(base::Bytes untrustedWords) {
  const std::string words =
      printable(untrustedWords.first(std::min(untrustedWords.size(), kMaxGoodbye)));
  dropSession(words.empty() ? "the other end left" : "the other end left: " + words);
}

void Session::heard() {
  lastHeard_ = clock_.now();
  if (std::exchange(quiet_, false)) listener_.onQuiet(false);
}

void Session::pushHello() {
  // One at a time is enough: a line on which nobody reads must not fill with them.
  if (!output_.empty()) return;
  std::uint64_t heardInstance = state_ == State::Up ? peer_.instance : 0;
  if (candidate_) heardInstance = candidate_->peer.instance;
  const std::size_t nameLength = std::min(introduction_.name.size(), kMaxName);
  std::vector<std::uint8_t> payload;
  base::ByteWriter(payload)
      .u8(kVersion)
      .u8(static_cast<std::uint8_t>(introduction_.role))
      .u8(traits_.heldBack ? kFlagHeldBack : 0)
      .u8(static_cast<std::uint8_t>(nameLength))
      .u32(introduction_.capabilities)
      .u64(instance_)
      .u64(heardInstance)
      .text(std::string_view(introduction_.name).substr(0, nameLength));
  pushUnreliable(FrameKind::Hello, 0, payload, kHelloSalt);
}

TimePoint Session::speakAt() const {
  Duration interval = kHeartbeat;
  if (peerHeldBack_) {
    interval = std::clamp((clock_.now() - lastActivity_) / kPokeFraction, kPokeLeast, kHeartbeat);
  }
  return lastSpoke_ + interval;
}

TimePoint Session::deadline() const {
  if (state_ == State::Off) return TimePoint::max();
  TimePoint at = TimePoint::max();
  if (parser_.waiting()) at = partialSince_ + kPartialMost;
  if (state_ == State::Calling) return std::min(at, helloAt_);
  at = std::min({at, lastHeard_ + (quiet_ ? kForgetAfter : kQuietAfter), ackAt_, resendAt_});
  // A line that takes nothing needs no heartbeat: what waits for it speaks when it does.
  if (output_.empty()) at = std::min(at, speakAt());
  return at;
}

void Session::tick() {
  if (state_ == State::Off) return;
  const TimePoint now = clock_.now();
  if (parser_.waiting() && now - partialSince_ >= kPartialMost) {
    partialSince_ = now;
    parser_.giveUp(*this);
  }
  if (state_ == State::Calling) {
    if (now < helloAt_) return;
    pushHello();
    helloAt_ = now + helloEvery_;
    helloEvery_ = std::min(helloEvery_ * 3 / 2, Duration(kHelloMost));
    return;
  }
  if (state_ != State::Up) return;
  if (now - lastHeard_ >= kForgetAfter) {
    dropSession(
        fmt::format("nothing heard for {} s",
                    std::chrono::duration_cast<std::chrono::seconds>(kForgetAfter).count()));
    return;
  }
  if (!quiet_ && now - lastHeard_ >= kQuietAfter) {
    quiet_ = true;
    listener_.onQuiet(true);
    if (state_ != State::Up) return;
  }
  if (now >= resendAt_) askIfOverdue();
  if (output_.empty() && now >= speakAt()) ackAt_ = now;
}

}  // namespace lucarne::link
