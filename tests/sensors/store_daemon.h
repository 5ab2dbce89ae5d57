// SPDX-License-Identifier: Apache-2.0
// lucarne-xenstored as a child process, with a socket in a temporary folder.
#pragma once

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string>

#include "tests/sensors/fake_tree.h"

namespace lucarne::sensors {

class StoreDaemon {
 public:
  StoreDaemon() {
    const std::string path = socket();
    child_ = ::fork();
    if (child_ == 0) {
      // Without the test's preloaded library: it mocks devices, not this.
      ::unsetenv("LD_PRELOAD");
      ::execl(LUCARNE_XENSTORED, LUCARNE_XENSTORED, "--socket", path.c_str(), nullptr);
      ::_exit(127);
    }
  }
  ~StoreDaemon() {
    ::kill(child_, SIGTERM);
    ::waitpid(child_, nullptr, 0);
  }
  StoreDaemon(const StoreDaemon&) = delete;
  StoreDaemon& operator=(const StoreDaemon&) = delete;

  std::string socket() const { return folder_.path("xenstored.sock"); }

 private:
  FakeTree folder_;
  pid_t child_ = -1;
};

}  // namespace lucarne::sensors
