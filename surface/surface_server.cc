// SPDX-License-Identifier: Apache-2.0
#include "surface/surface_server.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "base/result.h"

namespace lucarne::surface {

namespace {

// How long accepting rests when the process has no descriptor left for another guest.
constexpr base::Duration kAcceptPause = std::chrono::milliseconds(500);

// Held as long as the kiosk lives, released by the kernel however it ends: unlike the socket in the
// file system, it cannot be left behind.
base::UniqueFd lockFor(const std::string& path) {
  const std::string lockPath = path + ".lock";
  auto lock = base::UniqueFd::adopt(
      ::open(lockPath.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!lock) {
    throw base::SetupError(fmt::format("open {}: {}; check the folder's rights, or set "
                                       "LUCARNE_RUNTIME_DIR", lockPath, std::strerror(errno)));
  }
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) < 0) {
    throw base::SetupError(fmt::format("listen on {}: another kiosk is running there; stop it, or "
                                       "set LUCARNE_RUNTIME_DIR to a folder of its own", path));
  }
  return lock;
}

void removeStaleSocket(const std::string& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) < 0) return;
  if (!S_ISSOCK(info.st_mode)) {
    throw base::SetupError(
        fmt::format("listen on {}: there is something that is not a socket; move it away", path));
  }
  ::unlink(path.c_str());
}

}  // namespace

SurfaceServer::SurfaceServer(std::string path, GuestObserver& observer,
                             const base::Context& context)
    : path_(std::move(path)),
      observer_(observer),
      context_(context),
      log_(context.log.named("guests")),
      complaints_(log_, context.clock),
      lock_(lockFor(path_)) {
  removeStaleSocket(path_);
  listener_ = listenPacketSocket(path_);
  watch_ = context_.loop.watch(listener_, base::Interest::Read,
                               [this](base::Readiness) { acceptAll(); });
}

SurfaceServer::~SurfaceServer() { ::unlink(path_.c_str()); }

std::vector<SurfaceConnection*> SurfaceServer::guests() const {
  std::vector<SurfaceConnection*> live;
  for (const auto& c : connections_) {
    if (c->state_ == SurfaceConnection::State::Live) live.push_back(c.get());
  }
  std::sort(live.begin(), live.end(), [](const auto* a, const auto* b) {
    return a->name() < b->name();
  });
  return live;
}

void SurfaceServer::acceptAll() {
  for (;;) {
    auto socket = base::UniqueFd::adopt(
        ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket) {
      if (isPeerTrusted(socket)) {
        adopt(std::move(socket));
      } else {
        complaints_.warning("refused a relay that belongs to another user");
      }
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) {
      // Out of descriptors or memory: the socket stays readable, so look away for a moment.
      complaints_.warning("accept a relay: {}", std::strerror(errno));
      watch_.want(base::Interest::None);
      retry_ = context_.loop.after(kAcceptPause,
                                   [this] { watch_.want(base::Interest::Read); });
    }
    return;
  }
}

void SurfaceServer::adopt(base::UniqueFd connected) {
  if (connections_.size() >= kMaxGuests) {
    complaints_.warning("refused a relay: there are {} guests already", kMaxGuests);
    sendPacket(connected, message::encode(message::ToRelay(message::Refused{
                              fmt::format("the kiosk has {} guests already", kMaxGuests)})));
    return;
  }
  SurfaceConnection::Owner& owner = *this;
  connections_.push_back(
      std::make_unique<SurfaceConnection>(std::move(connected), imports_, owner, observer_, context_));
}

void SurfaceServer::offerImports(std::vector<DmabufFormat> formats) {
  if (formats.size() > message::kMaxFormats) formats.resize(message::kMaxFormats);
  imports_.formats = std::move(formats);
}

void SurfaceServer::onHello(SurfaceConnection& connection) {
  if (connection.name_.empty()) connection.name_ = "guest";
  // A relay that comes back finds its own dead connection here, or one that hangs: the newer wins.
  for (const auto& other : connections_) {
    if (other.get() == &connection || other->name_ != connection.name_) continue;
    if (other->state_ != SurfaceConnection::State::Live) continue;
    other->refuse("another relay came with the same name");
    other->fail("replaced by another relay of the same name");
    tellLeft(*other);
  }
  log_.info("{}: connected", connection.name_);
}

// Tells at most once, and only of guests that had arrived.
void SurfaceServer::tellLeft(SurfaceConnection& connection) {
  if (!std::exchange(connection.wasLive_, false)) return;
  complaints_.warning("{}: {}", connection.name_, connection.brokenWords_);
  observer_.onGuestLeft(connection, connection.brokenWords_);
}

void SurfaceServer::onBroken(SurfaceConnection& connection) {
  if (connection.wasLive_) {
    tellLeft(connection);
  } else if (connection.name_.empty()) {
    complaints_.warning("a connection ended before its hello: {}", connection.brokenWords_);
  }
  std::erase_if(connections_, [&connection](const auto& c) { return c.get() == &connection; });
}

}  // namespace lucarne::surface
