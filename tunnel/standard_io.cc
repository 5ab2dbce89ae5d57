// SPDX-License-Identifier: Apache-2.0
#include "tunnel/standard_io.h"

#include <fcntl.h>
#include <unistd.h>

#include <string>

#include "base/result.h"
#include "link/transports/raw_line.h"

namespace lucarne::tunnel {

namespace {

using base::UniqueFd;

// The flags belong to the open file, which a shell goes on to use after us.
struct Flags {
  explicit Flags(int number) : fd(number), before(::fcntl(number, F_GETFL)) {}
  Flags(const Flags&) = delete;
  Flags& operator=(const Flags&) = delete;
  ~Flags() { ::fcntl(fd, F_SETFL, before); }
  const int fd;
  const int before;
};

struct Restore {
  Flags input{STDIN_FILENO};
  Flags output{STDOUT_FILENO};
  std::shared_ptr<void> terminal;
};

UniqueFd second(int number, const char* what) {
  auto fd = UniqueFd::adopt(::fcntl(number, F_DUPFD_CLOEXEC, 3));
  if (!fd) throw base::SetupError(std::string("stdio: ") + what + " is closed");
  return fd;
}

}  // namespace

FdParts openStandardIo() {
  FdParts parts{.input = second(STDIN_FILENO, "standard input"),
                .output = second(STDOUT_FILENO, "standard output"),
                .ending = Ending::Close,
                .escape = {},
                .restore = {}};
  auto restore = std::make_shared<Restore>();
  if (::isatty(STDIN_FILENO)) {
    restore->terminal = link::setRawForAWhile(parts.input, 0);
    parts.ending = Ending::HangUp;
    parts.escape = kEscape;
  }
  base::setNonBlocking(parts.input);
  base::setNonBlocking(parts.output);
  parts.restore = std::move(restore);
  return parts;
}

}  // namespace lucarne::tunnel
