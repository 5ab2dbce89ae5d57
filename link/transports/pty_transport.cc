// SPDX-License-Identifier: Apache-2.0
// pty:LINKNAME: makes a PTY pair, keeps the master, and names the slave by a symbolic link.
//
// The slave is held open here as well: otherwise the kernel resets it to cooked mode with echo each
// time the last program leaves it, the master reads EIO until the next one comes, and poll wakes
// all the while. The price: nothing tells that a program left; the session's heartbeats do.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>

#include "link/transports/basic_transport.h"
#include "link/transports/raw_line.h"

namespace lucarne::link {

namespace {

using base::UniqueFd;

std::string readLink(const std::string& path) {
  char target[PATH_MAX];
  const ssize_t length = ::readlink(path.c_str(), target, sizeof target);
  return length < 0 ? std::string() : std::string(target, static_cast<std::size_t>(length));
}

struct PtyRestore {
  UniqueFd slave;
  std::string link;
  std::string slaveName;
  ~PtyRestore() {
    // Somebody else's by now, if it points elsewhere.
    if (readLink(link) == slaveName) ::unlink(link.c_str());
  }
};

class PtyTransport final : public BasicTransport {
 public:
  PtyTransport(std::string link, const base::Context& context)
      : BasicTransport("pty:" + link, LineKind::Serial, context), link_(std::move(link)) {}

  void prepare() override {
    auto stream = makePair();
    if (!stream) throw base::SetupError(stream.error().message);
    ready_ = std::make_unique<Stream>(std::move(*stream));
  }

  void open(OnOpened onOpened) override {
    expect(std::move(onOpened));
    if (ready_) {
      answer(std::move(*ready_));
      ready_.reset();
    } else {
      answer(makePair());
    }
  }

 private:
  base::Unexpected<base::Error> refuse(std::string_view tried) const {
    return base::unexpected(fmt::format("pty:{}: {}: {}", link_, tried, std::strerror(errno)));
  }

  base::Result<Stream> makePair() {
    auto master = UniqueFd::adopt(::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    if (!master) return refuse("make a PTY");
    char name[64];
    if (::grantpt(master.get()) < 0 || ::unlockpt(master.get()) < 0 ||
        ::ptsname_r(master.get(), name, sizeof name) != 0) {
      return refuse("unlock the PTY");
    }
    auto restore = std::make_shared<PtyRestore>();
    restore->slave = UniqueFd::adopt(::open(name, O_RDWR | O_NOCTTY | O_CLOEXEC));
    if (!restore->slave) return refuse("open the PTY's slave");
    try {
      setRaw(restore->slave, 0);
    } catch (const base::SetupError& failure) {
      return base::unexpected(fmt::format("pty:{}: {}", link_, failure.what()));
    }
    if (auto linked = nameIt(name); !linked) return base::unexpected(linked.error().message);
    restore->link = link_;
    restore->slaveName = name;
    return Stream{.fd = std::move(master), .kind = LineKind::Serial, .restore = std::move(restore)};
  }

  base::Result<void> nameIt(const char* slaveName) {
    struct stat info {};
    if (::lstat(link_.c_str(), &info) == 0 && !S_ISLNK(info.st_mode)) {
      return base::unexpected(fmt::format(
          "pty:{}: there is a file of that name which is no symbolic link; choose another name",
          link_));
    }
    // By renaming, so that whoever waits for the name never finds it missing.
    const std::string fresh = fmt::format("{}.{}", link_, ::getpid());
    ::unlink(fresh.c_str());
    if (::symlink(slaveName, fresh.c_str()) < 0) return refuse("make the symbolic link");
    if (::rename(fresh.c_str(), link_.c_str()) < 0) {
      const auto failure = refuse("make the symbolic link");
      ::unlink(fresh.c_str());
      return failure;
    }
    return {};
  }

  const std::string link_;
  std::unique_ptr<Stream> ready_;  // made by prepare
};

std::unique_ptr<Transport> create(std::string_view rest, const base::Context& context) {
  if (rest.empty() || rest.find('\0') != std::string_view::npos) {
    throw base::UsageError("pty: names no link; pty:LINKNAME, as in pty:/run/lucarne/guest");
  }
  return std::make_unique<PtyTransport>(std::string(rest), context);
}

}  // namespace

extern const TransportRow ptyTransport;
const TransportRow ptyTransport = {"pty", "pty:LINKNAME",
                                   "a new PTY whose other side is found under that name", create};

}  // namespace lucarne::link
