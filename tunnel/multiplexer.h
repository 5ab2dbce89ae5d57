// SPDX-License-Identifier: Apache-2.0
// Many streams over one link session: numbers, credit, turns, ends. The wire is in messages.h.
//
// A pure state machine beside the LocalEnds it is given: no descriptor, no loop, time from a Clock.
// Nothing is read from a local end before the line has room for it (link::Feed) and the peer for
// its bytes (credit), so there is no queue on the sending side; on the receiving side at most
// `window` bytes a stream wait for a local end that is slow.
//
// Turns: a stream that was idle goes before those that were not, with a small piece; the others
// share what is left piece by piece. So a key in a shell does not wait behind a copy.
//
// Everything on one thread. Services are called from inside the public functions; from there they
// may call accept and refuse (of the stream they are asked for), nothing else.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "link/channel.h"
#include "tunnel/local_end.h"
#include "tunnel/messages.h"
#include "tunnel/secret.h"

namespace lucarne::tunnel {

/// What the multiplexer's owner does for it.
class Services {
 public:
  virtual ~Services() = default;
  /// Whether streams of this name are answered here.
  virtual bool offers(const std::string& name) = 0;
  /// The peer opened a stream (and has proven itself if there is a secret): to be answered with
  /// accept or refuse, now or later.
  virtual void onOpen(StreamId stream, const std::string& name) = 0;
  /// A stream is over; its local end is gone. `words` are empty when both directions had ended.
  virtual void onOver(StreamId stream, const std::string& words) = 0;
  /// There is something for the line: link::LinkEnd::feedReady.
  virtual void onOutput() = 0;
};

class Multiplexer final : public link::Feed, private LocalListener {
 public:
  /// What one direction of one stream may have under way: 50 ms of a line of 5 MB/s, and the bound
  /// on what a slow local end makes us hold.
  static constexpr std::uint32_t kWindow = 256 * 1024;
  /// Of each end's opening, so 2 x 64 x kWindow = 32 MiB is the most that can wait here.
  static constexpr std::size_t kMostStreams = 64;
  /// Longer than the ten seconds that connecting by TCP may take.
  static constexpr base::Duration kOpenPatience = std::chrono::seconds(20);

  /// `secret` may be nullptr: then whoever has the line may open streams. All outlive it.
  Multiplexer(Services& services, const Secret* secret, const base::Clock& clock);
  ~Multiplexer() override;

  // ---- the link's side --------------------------------------------------------------------------

  /// A fresh session with a peer that understands streams.
  void up();
  /// Aborts every stream.
  void down(const std::string& words);
  bool isUp() const { return up_; }
  /// One message from the peer. An error says what was wrong with it: for the log, at a limited rate.
  base::Result<void> receive(base::Bytes untrusted);
  bool nextPiece(std::size_t maxBytes, std::vector<std::uint8_t>& out) override;

  base::TimePoint deadline() const;
  void tick();

  // ---- the owner's side -------------------------------------------------------------------------

  /// Asks the peer for a stream to what it calls `name`. isUp() and hasRoom(), asserted.
  StreamId open(std::string name, std::unique_ptr<LocalEnd> local);
  /// Whether one more may be opened.
  bool hasRoom() const { return ours_ < kMostStreams; }
  /// Answers onOpen. Streams that are over meanwhile are ignored, `local` is then destroyed.
  void accept(StreamId stream, std::unique_ptr<LocalEnd> local);
  void refuse(StreamId stream, const std::string& words);

  std::size_t streams() const { return streams_.size(); }
  /// Received bytes that wait for their local ends.
  std::size_t waitingBytes() const;

 private:
  enum class State {
    Opening,     // ours: Open was sent
    Proving,     // ours: Proof was sent
    Challenged,  // theirs: Challenge was sent
    Connecting,  // theirs: the services are asked
    Flowing,
    Draining,    // the peer is done with it: what it sent is still to be written
  };
  struct Stream {
    State state = State::Opening;
    std::string name;
    std::unique_ptr<LocalEnd> local;
    Block32 ourNonce{};
    Block32 theirNonce{};
    base::TimePoint deadline = base::TimePoint::max();

    std::uint64_t sendCredit = 0;  // bytes that the peer still takes
    bool readable = false;         // the local end may have something
    bool listed = false;           // in fresh_ or busy_
    bool endSent = false;

    std::uint64_t receiveRoom = kWindow;  // bytes that the peer may still send
    std::uint32_t consumed = 0;           // taken by the local end, not yet given back as credit
    bool creditDue = false;               // in creditDue_
    std::vector<std::uint8_t> inbox;      // received; from inboxTaken on to be written
    std::size_t inboxTaken = 0;
    bool peerEnded = false;
    bool endWritten = false;
  };
  using Entry = std::map<StreamId, Stream>::iterator;

  void onReadable(StreamId stream) override;
  void onWritable(StreamId stream) override;

  base::Result<void> on(StreamId id, const Open& open);
  base::Result<void> on(StreamId id, const Challenge& challenge);
  base::Result<void> on(StreamId id, const Proof& proof);
  base::Result<void> on(StreamId id, const Opened& opened);
  base::Result<void> on(StreamId id, const Data& data);
  base::Result<void> on(StreamId id, const Credit& credit);
  base::Result<void> on(StreamId id, const End& end);
  base::Result<void> on(StreamId id, const Reset& reset);

  bool wasOpened(StreamId id) const;
  Entry findIn(StreamId id, State state);
  base::Result<void> outOfPlace(StreamId id, const char* what) const;
  void say(StreamId id, Body body);
  void beginFlow(Entry entry, std::uint32_t window);
  bool isEligible(const Stream& stream) const;
  void schedule(Entry entry);
  bool serve(Entry entry, std::size_t most, std::vector<std::uint8_t>& out);
  bool sayCredit(std::vector<std::uint8_t>& out);
  bool serveFresh(std::size_t maxBytes, std::vector<std::uint8_t>& out);
  bool serveBusy(std::size_t maxBytes, std::vector<std::uint8_t>& out);
  void consume(Entry entry, std::size_t bytes);
  bool write(Entry entry, base::Bytes bytes, std::size_t& written);
  void drain(Entry entry);
  void finishWriting(Entry entry);
  void overWhenBothEnded(Entry entry);
  void resetStream(Entry entry, const std::string& words);
  void remove(Entry entry, const std::string& words);

  Services& services_;
  const Secret* const secret_;
  const base::Clock& clock_;
  bool up_ = false;
  bool deaf_ = false;  // the peer makes us answer more than it reads: nothing more from it
  std::uint32_t nextOurs_ = 0;
  std::uint32_t nextTheirs_ = 0;
  std::map<StreamId, Stream> streams_;
  std::size_t ours_ = 0;
  std::size_t theirs_ = 0;
  std::deque<Message> outbox_;  // no Data: that is made when there is room
  std::deque<StreamId> creditDue_;
  std::deque<StreamId> fresh_;  // have something after having had nothing
  std::deque<StreamId> busy_;
};

}  // namespace lucarne::tunnel
