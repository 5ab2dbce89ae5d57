// SPDX-License-Identifier: Apache-2.0
// A LocalEnd over descriptors in the loop: a socket, a terminal, a child, standard input and output.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>

#include "base/loop.h"
#include "base/unique_fd.h"
#include "tunnel/local_end.h"

namespace lucarne::tunnel {

/// How "no more is to be written" is said.
enum class Ending {
  Shutdown,   ///< a socket: shut down for writing
  Close,      ///< two descriptors: the one for writing is closed
  HangUp,     ///< a terminal line: it cannot be said, so everything is over
  EndOfText,  ///< a child on a terminal: Ctrl-D, and its silence afterwards is the end
};

struct FdParts {
  base::UniqueFd input;  ///< non-blocking; also for writing when `output` is empty
  base::UniqueFd output;
  Ending ending = Ending::Shutdown;
  /// A byte from a person at a terminal that leaves the stream: 0x1d, Ctrl-].
  std::optional<std::uint8_t> escape;
  std::shared_ptr<void> restore;  ///< see link::Stream; ours alone
};

class FdEnd final : public LocalEnd {
 public:
  /// A child that was told the end of its input, and says nothing for so long, is hung up on.
  static constexpr base::Duration kSilence = std::chrono::seconds(5);

  FdEnd(FdParts parts, base::Loop& loop) : parts_(std::move(parts)), loop_(loop) {}

  void start(LocalListener& listener, StreamId stream) override;
  Moved read(std::size_t most, std::vector<std::uint8_t>& out) override;
  Moved write(base::Bytes bytes) override;
  AfterEnd endWriting() override;
  void abort() override;

 private:
  int outputFd() const { return parts_.output ? parts_.output.get() : parts_.input.get(); }
  void waitReadable();
  void waitSilence();

  FdParts parts_;
  base::Loop& loop_;
  LocalListener* listener_ = nullptr;
  StreamId stream_;
  bool left_ = false;    // by the escape, or by silence: reads as the end
  bool eotSent_ = false;
  base::Watch reading_;  // exists only while waited for: a hang-up would wake it again and again
  base::Watch writing_;
  base::Timer silence_;
};

}  // namespace lucarne::tunnel
