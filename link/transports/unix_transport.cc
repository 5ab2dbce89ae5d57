// SPDX-License-Identifier: Apache-2.0
// unix:PATH and unix-listen:PATH.
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "link/transports/sockets.h"

namespace lucarne::link {

namespace {

using base::UniqueFd;

SocketAddress parsePath(std::string_view scheme, std::string_view path) {
  SocketAddress address;
  auto* un = reinterpret_cast<sockaddr_un*>(&address.storage);
  if (path.empty() || path.find('\0') != std::string_view::npos) {
    throw base::UsageError(fmt::format("{0}: names no socket; {0}:PATH", scheme));
  }
  if (path.size() >= sizeof un->sun_path) {
    throw base::UsageError(fmt::format("{}:{}: a socket's path has at most {} bytes", scheme, path,
                                       sizeof un->sun_path - 1));
  }
  un->sun_family = AF_UNIX;
  std::memcpy(un->sun_path, path.data(), path.size());
  address.length = sizeof *un;
  return address;
}

class UnixTransport final : public ConnectTransport {
 public:
  UnixTransport(std::string_view path, const base::Context& context)
      : ConnectTransport(fmt::format("unix:{}", path), LineKind::Local,
                         {parsePath("unix", path)}, context) {}
};

class UnixListenTransport final : public ListenTransport {
 public:
  UnixListenTransport(std::string_view path, const base::Context& context)
      : ListenTransport(fmt::format("unix-listen:{}", path), LineKind::Local, context),
        path_(path),
        address_(parsePath("unix-listen", path)) {}

  ~UnixListenTransport() override {
    struct stat info {};
    // Only what we bound: the name may be another program's by now.
    if (bound_ && ::lstat(path_.c_str(), &info) == 0 && info.st_ino == inode_) {
      ::unlink(path_.c_str());
    }
  }

 protected:
  UniqueFd listen() override {
    removeStale();
    UniqueFd socket = listenOn(address_);
    struct stat info {};
    if (::lstat(path_.c_str(), &info) == 0) {
      bound_ = true;
      inode_ = info.st_ino;
    }
    return socket;
  }

 private:
  // A socket's name stays when its program is killed. Whether somebody listens is found by
  // knocking.
  void removeStale() {
    struct stat info {};
    if (::lstat(path_.c_str(), &info) < 0) return;
    if (!S_ISSOCK(info.st_mode)) {
      throw base::SetupError(fmt::format(
          "{}: there is a file of that name which is no socket; choose another name", name()));
    }
    const auto knock =
        UniqueFd::adopt(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (::connect(knock.get(), address_.get(), address_.length) == 0 || errno == EAGAIN) {
      throw base::SetupError(
          fmt::format("{}: another program listens there; stop it or choose another name", name()));
    }
    if (errno == ECONNREFUSED) ::unlink(path_.c_str());
  }

  const std::string path_;
  const SocketAddress address_;
  bool bound_ = false;
  ino_t inode_ = 0;
};

std::unique_ptr<Transport> createUnix(std::string_view rest, const base::Context& context) {
  return std::make_unique<UnixTransport>(rest, context);
}

std::unique_ptr<Transport> createUnixListen(std::string_view rest, const base::Context& context) {
  return std::make_unique<UnixListenTransport>(rest, context);
}

}  // namespace

extern const TransportRow unixTransport;
const TransportRow unixTransport = {"unix", "unix:PATH", "connects to a unix socket", createUnix};

extern const TransportRow unixListenTransport;
const TransportRow unixListenTransport = {"unix-listen", "unix-listen:PATH",
                                          "waits on a unix socket (mode 0600) for one peer",
                                          createUnixListen};

}  // namespace lucarne::link
