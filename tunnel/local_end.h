// SPDX-License-Identifier: Apache-2.0
// One local connection (a socket, a terminal, a child) as the multiplexer uses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/byte_reader.h"
#include "tunnel/messages.h"

namespace lucarne::tunnel {

/// Called from the loop, never from inside a call to a LocalEnd. May destroy the LocalEnd that
/// calls: nothing of it is touched afterwards.
class LocalListener {
 public:
  virtual ~LocalListener() = default;
  virtual void onReadable(StreamId stream) = 0;
  virtual void onWritable(StreamId stream) = 0;
};

class LocalEnd {
 public:
  enum class Outcome {
    Moved,    ///< `bytes` bytes, at least one
    Blocked,  ///< nothing now; the listener is called when it is worth another try
    Ended,    ///< read only: there will never be more
    Broken,   ///< the connection is gone, both ways
  };
  struct Moved {
    Outcome outcome = Outcome::Blocked;
    std::size_t bytes = 0;
  };
  enum class AfterEnd {
    HalfOpen,  ///< the other direction goes on
    Over,      ///< there are no halves here: the connection is to be closed
  };

  virtual ~LocalEnd() = default;
  /// Called once, before anything else: whom to call, and as whom. Before the first read it counts
  /// as readable.
  virtual void start(LocalListener& listener, StreamId stream) = 0;
  /// Appends at most `most` (at least 1) bytes to `out`.
  virtual Moved read(std::size_t most, std::vector<std::uint8_t>& out) = 0;
  virtual Moved write(base::Bytes bytes) = 0;
  /// Everything was written.
  virtual AfterEnd endWriting() = 0;
  /// The stream broke: whoever is at the other side should see an error rather than an end, where
  /// there is such a thing. It is destroyed next.
  virtual void abort() = 0;
};

}  // namespace lucarne::tunnel
