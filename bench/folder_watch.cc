// SPDX-License-Identifier: Apache-2.0
#include "bench/folder_watch.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/result.h"

namespace lucarne::bench {

FolderWatch::FolderWatch(const std::string& folder)
    : changes_(base::UniqueFd::adopt(::inotify_init1(IN_CLOEXEC | IN_NONBLOCK))) {
  if (!changes_ || ::inotify_add_watch(changes_.get(), folder.c_str(),
                                       IN_CREATE | IN_MODIFY | IN_MOVED_TO | IN_CLOSE_WRITE) < 0) {
    throw base::SetupError(fmt::format("watch {}: {}", folder, std::strerror(errno)));
  }
}

bool FolderWatch::waitUntil(base::Duration patience, const std::function<bool()>& found,
                            Child* maker) const {
  const base::RealClock clock;
  const base::TimePoint end = clock.now() + patience;
  while (!found()) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - clock.now());
    if (left.count() <= 0) return false;
    if (maker && maker->ended()) return found();
    pollfd waiting[] = {{changes_.get(), POLLIN, 0},
                        {maker ? maker->endFd().get() : -1, POLLIN, 0}};
    ::poll(waiting, 2, static_cast<int>(left.count()) + 1);
    // What changed does not matter: `found` knows what it is looking for.
    std::array<char, 4096> events;
    while (::read(changes_.get(), events.data(), events.size()) > 0) continue;
  }
  return true;
}

std::string lastLine(const std::string& path) {
  std::ifstream in(path);
  std::string last;
  for (std::string line; std::getline(in, line) && !in.eof();) last = line;
  return last;
}

}  // namespace lucarne::bench
