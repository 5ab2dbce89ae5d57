// SPDX-License-Identifier: Apache-2.0
#include "xenstore/daemon_sockets.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/result.h"

namespace lucarne::xenstore {

namespace {

// While a client has more than this to read, its requests wait: it would only make more answers.
constexpr std::size_t kBusyBytes = std::size_t{64} << 10;

sockaddr_un addressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    throw base::SetupError(fmt::format("listen on {}: longer than the {} bytes of a socket's path",
                                       path, sizeof address.sun_path - 1));
  }
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

base::UniqueFd newSocket() {
  return base::UniqueFd::adopt(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

/// Removes a socket file that was left behind by a process that is gone.
void removeStale(const std::string& path, const sockaddr_un& address) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return;
  if (!S_ISSOCK(status.st_mode)) {
    throw base::SetupError(fmt::format("listen on {}: there is something else than a socket", path));
  }
  const base::UniqueFd probe = newSocket();
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ||
      errno == EAGAIN) {
    throw base::SetupError(fmt::format("listen on {}: another process listens there", path));
  }
  ::unlink(path.c_str());
}

}  // namespace

struct DaemonSockets::Listener {
  Listener(DomainId d, base::UniqueFd f) : domain(d), fd(std::move(f)) {}
  ~Listener() {
    if (!path.empty()) ::unlink(path.c_str());
  }
  DomainId domain;
  std::string path;  // empty until it is ours
  base::UniqueFd fd;
  base::Watch watch;
};

struct DaemonSockets::Client {
  base::UniqueFd fd;
  base::Watch watch;
  std::vector<std::uint8_t> out;
  std::size_t sent = 0;
  bool last = false;  // close when `out` is sent
};

DaemonSockets::DaemonSockets(const base::Context& context, Quotas quotas)
    : context_(context),
      log_(context.log, context.clock),
      daemon_(quotas, [this](ConnectionId id) {
        const auto found = clients_.find(id);
        if (found != clients_.end()) found->second->watch.want(base::Interest::ReadWrite);
      }) {}

DaemonSockets::~DaemonSockets() = default;

void DaemonSockets::listen(DomainId domain, const std::string& path) {
  const sockaddr_un address = addressOf(path);
  removeStale(path, address);
  auto listener = std::make_unique<Listener>(domain, newSocket());
  const mode_t before = ::umask(0177);
  const int bound =
      ::bind(listener->fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const int error = errno;
  ::umask(before);
  if (bound != 0 || ::listen(listener->fd.get(), 16) != 0) {
    throw base::SetupError(fmt::format("listen on {}: {}; is the folder there and ours?", path,
                                       std::strerror(bound != 0 ? error : errno)));
  }
  listener->path = path;
  if (domain != 0) daemon_.introduce(domain);
  listener->watch = context_.loop.watch(listener->fd, base::Interest::Read,
                                        [this, l = listener.get()](base::Readiness) { accept(*l); });
  context_.log.info("domain {} on {}", domain, path);
  listeners_.push_back(std::move(listener));
}

void DaemonSockets::accept(Listener& listener) {
  auto fd = base::UniqueFd::adopt(
      ::accept4(listener.fd.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!fd) return;
  if (clients_.size() >= kMaxConnections || !daemon_.introduced(listener.domain)) {
    log_.warning("domain {}: connection refused, {}", listener.domain,
                 clients_.size() >= kMaxConnections ? "too many are open" : "it was released");
    return;
  }
  const ConnectionId id = daemon_.open(listener.domain);
  auto client = std::make_unique<Client>(Client{.fd = std::move(fd)});
  client->watch =
      context_.loop.watch(client->fd, base::Interest::Read, [this, id](base::Readiness ready) {
        if (ready.writable) flush(id);
        if (ready.readable) receive(id);
      });
  clients_.emplace(id, std::move(client));
}

void DaemonSockets::receive(ConnectionId id) {
  const auto found = clients_.find(id);
  if (found == clients_.end() || found->second->last) return;
  std::array<std::uint8_t, 16384> buffer;
  const ssize_t got = ::recv(found->second->fd.get(), buffer.data(), buffer.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return drop(id);
  const std::uint64_t before = daemon_.counters().writes;
  daemon_.receive(id, base::Bytes(buffer).first(static_cast<std::size_t>(got)));
  writes_.note(daemon_.counters().writes - before, context_.clock.now());
}

std::string DaemonSockets::stats() {
  const Daemon::Counters& c = daemon_.counters();
  return fmt::format(
      "{{\"connections\":{},\"nodes\":{},\"requests\":{},\"events\":{},\"writes\":{},"
      "\"most_writes_in_a_second\":{}}}",
      clients_.size(), daemon_.nodes(), c.requests, c.events, c.writes, writes_.take());
}

void DaemonSockets::flush(ConnectionId id) {
  const auto found = clients_.find(id);
  if (found == clients_.end()) return;
  Client& client = *found->second;
  if (client.sent > 0) {
    client.out.erase(client.out.begin(), client.out.begin() + static_cast<std::ptrdiff_t>(client.sent));
    client.sent = 0;
  }
  // What waits in the kernel's buffer and here counts as unread; the daemon bounds the rest.
  if (client.out.size() < kBusyBytes && !client.last) client.last = !daemon_.take(id, client.out);
  if (!client.out.empty()) {
    const ssize_t done = ::send(client.fd.get(), client.out.data(), client.out.size(), MSG_NOSIGNAL);
    if (done < 0 && errno != EAGAIN && errno != EINTR) return drop(id);
    if (done > 0) client.sent = static_cast<std::size_t>(done);
  }
  const std::size_t waiting = client.out.size() - client.sent;
  if (waiting == 0 && client.last) return drop(id);
  client.watch.want(waiting == 0             ? base::Interest::Read
                    : waiting >= kBusyBytes ? base::Interest::Write
                                            : base::Interest::ReadWrite);
}

void DaemonSockets::drop(ConnectionId id) {
  daemon_.close(id);
  clients_.erase(id);
}

}  // namespace lucarne::xenstore
