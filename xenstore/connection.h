// SPDX-License-Identifier: Apache-2.0
// One client's connection to a XenStore daemon: messages out, messages in, no meaning.
//
// Over a socket messages are sent together, when the loop finds it writable. Over the device one
// write() carries exactly one message (Linux's xenbus_dev_frontend drops what follows it), and it is
// written at once: the device's poll never says writable, and its write() only hands the message to
// the kernel. Answers may overtake each other there, since the kernel answers WATCH itself: match
// them by their request number.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/loop.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "xenstore/wire.h"

namespace lucarne::xenstore {

/// Where libxenstore would look, in its order; `asked` alone when it is not empty.
std::vector<std::string> daemonAddresses(const std::string& asked);

class Connection {
 public:
  struct Callbacks {
    std::function<void(Message)> onMessage;  ///< must not drop the Connection
    /// Once, and nothing after it; may drop the Connection. `words` say why.
    std::function<void(std::string words)> onClosed;
  };

  /// Connects to a socket or opens a device; nothing blocks. Callbacks come from the loop.
  static base::Result<std::unique_ptr<Connection>> open(const std::string& address,
                                                        base::Loop& loop, Callbacks callbacks);

  /// Queued, sent in the loop's next turn; over the device at once. What is queued is bounded by what
  /// the users of the client have in flight. A failure is told from the loop.
  void send(const Message& message);
  /// What is queued goes now, as far as the socket takes it; the rest, and a failure, from the loop.
  void flushNow();

 private:
  enum class Kind { Socket, Device };
  Connection(base::UniqueFd fd, Kind kind, base::Loop& loop, Callbacks callbacks);

  void onReady(base::Readiness ready);
  bool receive();
  bool flush();
  void retryLater();
  void closeLater();
  void close();
  std::size_t nextWrite() const;

  base::Loop& loop_;
  base::UniqueFd fd_;
  Kind kind_;
  Callbacks callbacks_;
  base::Watch watch_;
  std::vector<std::uint8_t> out_;
  std::size_t sent_ = 0;
  bool blocked_ = false;  // the socket takes no more; the watch says when
  MessageReader reader_;
  base::Timer again_;  // to send what was queued or refused, or to say that the daemon is gone
  std::string reason_;
};

}  // namespace lucarne::xenstore
