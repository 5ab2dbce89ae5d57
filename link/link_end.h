// SPDX-License-Identifier: Apache-2.0
// One end of a link: a Transport and a Session in the loop.
//
// Opens the line, opens it again with back-off when it goes, keeps the session alive on it. This is
// what the relay's link source and link sink, the tunnel and the input broker's links hold.
// Everything on the loop's thread; listener and feeds are called from the loop, never from inside a
// call into LinkEnd (except onDown from lost lines noticed in a write, which also comes from the
// loop). They may call anything here but must not destroy the LinkEnd from inside a callback.
#pragma once

#include <memory>
#include <string>

#include "base/program.h"
#include "link/redial.h"
#include "link/session.h"
#include "link/transport.h"

namespace lucarne::link {

class LinkListener : public SessionListener {
 public:
  /// Something about the line for the person, while there is no session: "cannot open /dev/hvc1: …;
  /// trying again", "line open, waiting for the other end". Told when the words change.
  virtual void onLine(const std::string& /*words*/) {}
};

class LinkEnd {
 public:
  /// `listener` and what `context` names outlive the LinkEnd.
  LinkEnd(std::unique_ptr<Transport> transport, Introduction introduction, LinkListener& listener,
          const base::Context& context);
  /// Says goodbye to the peer (written if the line takes it at once) and closes the line.
  ~LinkEnd();
  LinkEnd(const LinkEnd&) = delete;
  LinkEnd& operator=(const LinkEnd&) = delete;

  /// Starts to open; call once (this or the next), from then on it keeps at it. Throws SetupError
  /// where the line is not to be had: a program that is nothing without it ends in these words.
  void start();
  /// As start, for a line that is one of several: says why it is not to be had and keeps trying.
  void startPatiently();

  bool isUp() const;
  const Peer& peer() const;

  /// See Session. `send` for small reliable ordered messages; false when there is no session or the
  /// peer does not drain.
  bool send(Channel channel, base::Bytes message);
  std::size_t queuedBytes(Channel channel) const;
  /// See Feed. nullptr takes a feed away; do so before it is destroyed.
  void setFeed(Channel channel, Feed* feed);
  void feedReady(Channel channel);
  /// Writes at once what the line takes, instead of in the loop's next turn: for who knows that
  /// nothing follows. Feeds are asked from inside this call; a line that is lost in it is told of
  /// from the loop.
  void flush();
  /// As feedReady and flush in one, and cheaper: for who has a piece a thousand times a second.
  void flushFeed(Channel channel);

  double lineRate() const;           ///< bytes per second, 0 while unknown
  base::Duration roundTrip() const;  ///< 0 while unknown
  const SessionStats& stats() const;
  const std::string& name() const;  ///< the transport's

 private:
  class Line;
  std::unique_ptr<Line> line_;
};

}  // namespace lucarne::link
