// SPDX-License-Identifier: Apache-2.0
// Two ends that agree over a line that garbles, echoes, stalls and loses its other side.
//
// A pure state machine: bytes in, bytes out, time from a Clock; no descriptor, no loop. LinkEnd
// joins it to a Transport. The wire is described in docs/link.md.
//
//   line bytes ──receive()──▶ Session ──onMessage──▶ listener
//   line bytes ◀──gather()/sent()── Session ◀──send(), feeds── owner
//
// Whoever drives it calls `tick()` at `deadline()`, and after each call into it looks at
// `hasOutput()` and `deadline()` again. Listener and feeds are called from inside receive(),
// tick(), gather(), lineUp() and lineDown(); they may call send(), setFeed(), feedReady() and
// goodbye(), nothing else, and must not destroy the Session.
//
// Delivery is reliable and in order per channel for as long as a session lasts (go-back-N). A
// session lasts until one end restarts, says goodbye, loses its line or hears nothing for
// kForgetAfter. A line that stalls for less only delays: `onQuiet` tells.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/byte_reader.h"
#include "base/clock.h"
#include "link/channel.h"
#include "link/framing.h"
#include "link/pacer.h"

namespace lucarne::link {

/// Which half of the work an end does. Two ends with the same half (other than Either) refuse each
/// other in words: somebody started the same relay twice.
enum class Role : std::uint8_t {
  Either = 0,  ///< tunnels, tests
  Guest = 1,   ///< has the screen, receives input (the link sink of the relay in the guest)
  Panel = 2,   ///< shows the screen, sends input (the link source beside the kiosk)
};

/// What an end says of itself in its hello.
struct Introduction {
  Role role = Role::Either;
  /// Bits defined by the layer above (link/codec); a feature is on when both ends have its bit.
  std::uint32_t capabilities = 0;
  /// For logs and for the person, at most 64 bytes of UTF-8: "lucarne-relay 0.1 on guest".
  std::string name;
};

/// The other end, validated.
struct Peer {
  Role role = Role::Either;
  std::uint32_t capabilities = 0;  ///< the peer's, not yet and-ed with ours
  std::string name;                ///< printable ASCII, the rest replaced by '?'
  std::uint64_t instance = 0;  ///< new at each start of the peer and at each reset of its session
};

class SessionListener {
 public:
  virtual ~SessionListener() = default;
  /// A fresh session: nothing that was sent before counts any more; send everything anew.
  virtual void onUp(const Peer& peer) = 0;
  /// The session is over; only ever called after onUp. `words` say why.
  virtual void onDown(const std::string& words) = 0;
  /// One whole message. `message` is borrowed for the call and as hostile as the peer.
  virtual void onMessage(Channel channel, base::Bytes message) = 0;
  /// True: nothing was heard for kQuietAfter (lift what is held, tell the person); false: it came
  /// back, and nothing was lost.
  virtual void onQuiet(bool /*quiet*/) {}
  /// There is a peer, but it cannot be ours (other version, same role). Told once per peer.
  virtual void onRefused(const std::string& /*words*/) {}
};

/// Counts since construction, for --stats and for tests.
struct SessionStats {
  std::uint64_t bytesSent = 0;         ///< given to the line, retransmissions and overhead included
  std::uint64_t bytesReceived = 0;     ///< taken from the line, garbage included
  std::uint64_t messagesSent = 0;      ///< accepted from send() and feeds
  std::uint64_t messagesReceived = 0;  ///< handed to the listener
  std::uint64_t framesResent = 0;
  std::uint64_t garbageBytes = 0;  ///< received bytes that were no part of a valid frame
  std::uint64_t naksSent = 0;
  std::uint64_t timeouts = 0;  ///< the sender had to ask what became of its frames
  std::uint64_t sessions = 0;  ///< how often onUp was called
};

/// How a line behaves, as far as the transport knows.
struct LineTraits {
  /// What we write is handed to the peer only when the peer writes something (a Xen pv channel seen
  /// from the guest): asks the peer to keep speaking while we may have something to say.
  bool heldBack = false;
};

class Session : private FrameParser::Receiver {
 public:
  /// Silence after which an idle end says that it is still there. Three must be lost before the
  /// other end says "quiet".
  static constexpr base::Duration kHeartbeat = std::chrono::milliseconds(280);
  /// Silence after which the listener hears onQuiet(true): "noticed within a second".
  static constexpr base::Duration kQuietAfter = std::chrono::milliseconds(900);
  /// Silence after which the session is given up. Longer than any stall worth waiting for; a peer
  /// that restarted is recognised by its hello long before.
  static constexpr base::Duration kForgetAfter = std::chrono::seconds(15);
  /// Messages waiting in send() beyond this many bytes are refused.
  static constexpr std::size_t kMaxQueued = std::size_t{4} << 20;

  /// `seed` must differ between processes (LinkEnd takes it from the system's random source).
  /// Everything borrowed outlives the Session.
  Session(Introduction introduction, std::uint64_t seed, SessionListener& listener,
          const base::Clock& clock);
  ~Session() override;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // ---- the owner's side ---------------------------------------------------------------------

  bool isUp() const { return state_ == State::Up; }
  /// Ours, as the peer sees it in Peer::instance.
  std::uint64_t instance() const { return instance_; }
  /// The peer while up.
  const Peer& peer() const { return peer_; }

  /// Queues one message of 1 to kMaxMessage bytes. False, and nothing is queued, when there is no
  /// session or kMaxQueued would be passed (a peer that does not drain).
  bool send(Channel channel, base::Bytes message);
  /// Bytes accepted by `send` on this channel that have not been given to the line yet.
  std::size_t queuedBytes(Channel channel) const;
  /// The feed must outlive the Session or be taken away with nullptr. Replaces the channel's
  /// earlier feed and counts as ready.
  void setFeed(Channel channel, Feed* feed);
  /// The feed has something to say (again).
  void feedReady(Channel channel);
  /// Tells the peer that we leave, in at most 200 bytes; the session is over, without onDown, and
  /// no other starts before the next lineUp(). What is left in gather() should still be written.
  void goodbye(const std::string& words);

  /// Bytes per second that the line drains, by acknowledgements; 0 while unknown.
  double lineRate() const { return pacer_.rate(); }
  /// The shortest recent way to the peer and back; 0 while unknown.
  base::Duration roundTrip() const { return pacer_.minRoundTrip(); }
  /// Bytes given to the line and not yet acknowledged.
  std::size_t inFlight() const { return inFlightBytes_; }
  const SessionStats& stats() const { return stats_; }

  // ---- the line's side ----------------------------------------------------------------------

  /// A line was opened (again): forgets half-received bytes and says hello.
  void lineUp(LineTraits traits = {});
  /// The line is gone. Ends the session.
  void lineDown(const std::string& words);
  /// Bytes from the line, as they come.
  void receive(base::Bytes bytes);

  /// Whether gather() would give something. Pulls nothing from feeds; may be wrong in one
  /// direction: true where a feed then has nothing to say.
  bool hasOutput() const;
  /// Fills `slots` with what should be written next, pulling from feeds, and answers how many it
  /// filled. They stay valid until the next call into the Session. About `kGatherBytes` at most.
  std::size_t gather(std::span<base::Bytes> slots);
  static constexpr std::size_t kGatherBytes = 128 * 1024;
  /// The line took this many bytes from the start of what gather() gave.
  void sent(std::size_t bytes);

  /// When tick() must be called at the latest.
  base::TimePoint deadline() const;
  void tick();

 private:
  enum class State {
    Off,      // no line, or goodbye was said
    Calling,  // a line, no session
    Up,
  };
  struct OutFrame {
    std::vector<std::uint8_t> bytes;
    std::uint16_t sequence = 0;
    bool reliable = false;
    bool resent = false;
    Pacer::Mark mark;
  };
  // Owned by the retransmission window and, while it is being written, by the output queue.
  using OutFramePtr = std::shared_ptr<OutFrame>;
  struct QueuedMessage {
    std::vector<std::uint8_t> bytes;
    std::size_t taken = 0;
  };
  struct Lane {
    std::deque<QueuedMessage> queue;
    std::size_t queuedBytes = 0;
    Feed* feed = nullptr;
    bool feedReady = false;
    std::vector<std::uint8_t> partial;  // fragments received so far
  };
  struct Candidate {
    Peer peer;
    bool heldBack = false;
  };

  // session.cc: the life of a session
  void onHello(base::Bytes untrustedPayload);
  std::optional<std::string> refusal(std::uint8_t version, Role role) const;
  void onGoodbye(base::Bytes untrustedWords);
  void heard();
  void establish();
  void clearSession();
  void dropSession(const std::string& words);
  void callAgain();
  void renewInstance();
  void retuneSalts();
  base::TimePoint speakAt() const;

  // session_receive.cc
  void onFrame(const FrameView& frame) override;
  void onDamagedFrame() override;
  void onData(const FrameView& frame);
  void onAsk(std::uint16_t untrustedNext);
  void deliver(const FrameView& frame);
  void askAgain();
  void planAcknowledgement();

  // session_send.cc
  void pushHello();
  void pushUnreliable(FrameKind kind, std::uint16_t sequence, base::Bytes payload,
                      std::uint32_t salt);
  bool pushDue();
  bool pushReliable();
  bool pushResend();
  bool pushUrgent();
  bool pushBulk(Channel channel);
  void pushFragment(Lane& lane, Channel channel);
  bool pushPiece(Lane& lane, Channel channel);
  void admit(OutFramePtr frame, Channel channel, bool more);
  void toOutput(const OutFramePtr& frame);
  OutFramePtr blankFrame();
  void recycle(OutFramePtr frame);
  void clearOutput();
  bool wants(Channel channel) const;
  bool mayResend() const;
  bool roomForUrgent() const;
  bool roomForPiece() const;
  std::size_t pieceBytes() const;
  Lane& lane(Channel channel) { return lanes_[static_cast<std::size_t>(channel)]; }
  const Lane& lane(Channel channel) const { return lanes_[static_cast<std::size_t>(channel)]; }
  void onAcknowledge(std::uint16_t next, bool missing);
  std::size_t dropAcknowledged(std::size_t count, Pacer::Mark& newest, bool& resent);
  void rewind();
  void askIfOverdue();

  const Introduction introduction_;
  SessionListener& listener_;
  const base::Clock& clock_;
  std::uint64_t process_;       // the high 48 bits of every instance of ours: recognises echoes
  std::uint16_t renewals_ = 0;  // the low 16
  std::uint64_t instance_ = 0;  // ours, of this session
  LineTraits traits_;

  State state_ = State::Off;
  Peer peer_;  // of the session
  bool peerHeldBack_ = false;
  std::optional<Candidate> candidate_;  // said hello, not yet known to be alive now
  std::uint64_t refusedInstance_ = 0;
  std::uint32_t sendSalt_ = 0;  // see framing.h
  FrameParser parser_;

  // sending
  Lane lanes_[kChannels];
  std::deque<OutFramePtr> window_;  // reliable frames not yet acknowledged, oldest first
  std::size_t onTheWay_ = 0;        // the first so many of window_ were given to the line
  std::size_t inFlightBytes_ = 0;   // ... and this is their size
  std::uint16_t nextSequence_ = 0;
  int backOff_ = 0;
  base::TimePoint resendAt_ = base::TimePoint::max();
  base::TimePoint rewoundAt_{};
  std::uint16_t rewoundTo_ = 0;
  std::uint64_t screenShare_ = 0;  // bytes given to each while both wanted the line
  std::uint64_t streamShare_ = 0;
  std::deque<OutFramePtr> output_;  // being written; the first from outputOffset_ on
  std::size_t outputOffset_ = 0;
  std::size_t outputBytes_ = 0;
  std::vector<OutFramePtr> spare_;
  Pacer pacer_;

  // receiving
  std::uint16_t expected_ = 0;
  std::size_t unacknowledgedBytes_ = 0;
  bool onlyInput_ = true;  // is what they are of
  base::TimePoint ackAt_ = base::TimePoint::max();
  base::TimePoint lastAckAt_{};
  bool nakDue_ = false;
  base::TimePoint lastNakAt_{};
  std::uint16_t lastNakFor_ = 0;
  bool nakSent_ = false;
  std::uint64_t framesSeen_ = 0;
  base::TimePoint partialSince_ = base::TimePoint::max();

  // time
  base::TimePoint lastHeard_{};
  base::TimePoint lastSpoke_{};
  base::TimePoint lastActivity_{};  // data, either way
  base::TimePoint helloAt_ = base::TimePoint::max();
  base::Duration helloEvery_{};
  bool quiet_ = false;
  SessionStats stats_;
};

}  // namespace lucarne::link
