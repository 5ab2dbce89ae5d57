// SPDX-License-Identifier: Apache-2.0
// What ends a connection in which XCB waits.
//
// XCB reads a reply to its end once it has seen its beginning, and writes until all is written: a server
// that stops in between would stop the loop with it. So while the loop is inside XCB a clock runs; when
// it has run out, the socket is shut down, which ends whatever XCB waits for. That takes a thread, which
// sleeps all the time otherwise.
#pragma once

#include <thread>

#include "base/clock.h"
#include "base/unique_fd.h"

namespace lucarne::relay::x11 {

class Patience {
 public:
  /// A server that is alive goes on with what it has begun within milliseconds.
  static constexpr base::Duration kLongest = std::chrono::seconds(1);

  /// For this socket. Throws SetupError when no descriptor or thread is left.
  explicit Patience(int socket, base::Duration longest = kLongest);
  ~Patience();
  Patience(const Patience&) = delete;
  Patience& operator=(const Patience&) = delete;

  /// Calls something that may wait, with the clock running. Not inside itself.
  template <typename Call>
  auto during(Call call) {
    set(longest_);
    struct End {
      Patience& patience;
      ~End() { patience.set({}); }
    } const end{*this};
    return call();
  }

 private:
  void set(base::Duration time);
  void watch();

  const base::Duration longest_;
  base::UniqueFd socket_;
  base::UniqueFd clock_;  // a timerfd
  base::UniqueFd end_;    // an eventfd
  std::thread thread_;
};

}  // namespace lucarne::relay::x11
