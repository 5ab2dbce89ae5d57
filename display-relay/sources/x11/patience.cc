// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/x11/patience.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <system_error>

#include "base/result.h"

namespace lucarne::relay::x11 {

Patience::Patience(int socket, base::Duration longest)
    : longest_(longest),
      socket_(base::UniqueFd::adopt(::fcntl(socket, F_DUPFD_CLOEXEC, 0))),
      clock_(base::UniqueFd::adopt(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK))),
      end_(base::UniqueFd::adopt(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))) {
  if (!socket_ || !clock_ || !end_) throw base::SetupError("no descriptor is left for an X server");
  try {
    thread_ = std::thread([this] { watch(); });
  } catch (const std::system_error&) {
    throw base::SetupError("no thread is left for an X server");
  }
}

Patience::~Patience() {
  const std::uint64_t one = 1;
  (void)!::write(end_.get(), &one, sizeof one);
  thread_.join();
}

void Patience::set(base::Duration time) {
  const auto nanoseconds = std::chrono::duration_cast<std::chrono::nanoseconds>(time).count();
  constexpr long kSecond = 1'000'000'000;
  const itimerspec at{{}, {static_cast<time_t>(nanoseconds / kSecond), nanoseconds % kSecond}};
  ::timerfd_settime(clock_.get(), 0, &at, nullptr);
}

void Patience::watch() {
  pollfd waits[] = {{clock_.get(), POLLIN, 0}, {end_.get(), POLLIN, 0}};
  while (::poll(waits, 2, -1) < 0 || !waits[1].revents) {
    // What was set anew meanwhile reads as not having run out.
    std::uint64_t times = 0;
    if (::read(clock_.get(), &times, sizeof times) == sizeof times) {
      ::shutdown(socket_.get(), SHUT_RDWR);
    }
  }
}

}  // namespace lucarne::relay::x11
