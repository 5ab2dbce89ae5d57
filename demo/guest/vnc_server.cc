// SPDX-License-Identifier: Apache-2.0
#include "demo/guest/vnc_server.h"

#include <fmt/format.h>
#include <netinet/in.h>
#include <rfb/rfb.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/result.h"
#include "demo/guest/arrow.h"

namespace lucarne::demo {

namespace {

constexpr int kMostViewers = 8;
// libvncserver writes to a viewer until it takes everything; one that takes nothing for so long is
// dropped, or it would stop the desktop for all.
constexpr int kViewerPatienceMs = 2000;

[[noreturn]] void refuse(const std::string& what) {
  throw base::SetupError(fmt::format("{}: {}", what, std::strerror(errno)));
}

base::UniqueFd makeSocket(int family) {
  auto fd = base::UniqueFd::adopt(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd) refuse("make a socket");
  return fd;
}

void bindAndListen(const base::UniqueFd& fd, const sockaddr* address, socklen_t length,
                   std::string_view where) {
  if (::bind(fd.get(), address, length) < 0 || ::listen(fd.get(), kMostViewers) < 0) {
    refuse(fmt::format("listen on {}", where));
  }
}

base::UniqueFd listenOnUnix(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    throw base::UsageError(fmt::format("unix:{}: a socket's path has 1 to {} bytes", path,
                                       sizeof address.sun_path - 1));
  }
  path.copy(address.sun_path, path.size());
  struct stat there {};
  if (::lstat(path.c_str(), &there) == 0 && S_ISSOCK(there.st_mode)) ::unlink(path.c_str());
  auto fd = makeSocket(AF_UNIX);
  const mode_t before = ::umask(0177);
  bindAndListen(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address, "unix:" + path);
  ::umask(before);
  return fd;
}

base::UniqueFd listenOnTcp(std::string_view port) {
  std::uint16_t number = 0;
  const auto [rest, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc() || rest != port.data() + port.size()) {
    throw base::UsageError(fmt::format("tcp:{}: a port is a number from 0 to 65535", port));
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(number);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto fd = makeSocket(AF_INET);
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  bindAndListen(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address,
                fmt::format("tcp:{}", port));
  return fd;
}

void sayNothing(const char*, ...) {}

VncServer& serverOf(rfbClientPtr client) {
  return *static_cast<VncServer*>(client->screen->screenData);
}

}  // namespace

base::UniqueFd listenOn(std::string_view where) {
  if (where.starts_with("unix:")) return listenOnUnix(std::string(where.substr(5)));
  if (where.starts_with("tcp:")) return listenOnTcp(where.substr(4));
  throw base::UsageError(fmt::format("'{}' is not unix:PATH or tcp:PORT", where));
}

VncServer::VncServer(Desktop& desktop, base::UniqueFd listener, int framesPerSecond,
                     const base::Context& context)
    : desktop_(desktop),
      context_(context),
      listener_(std::move(listener)),
      period_(std::chrono::nanoseconds(1'000'000'000 / framesPerSecond)) {
  rfbLog = rfbErr = sayNothing;
  const surface::Frame frame = desktop_.frame();
  screen_ = rfbGetScreen(nullptr, nullptr, frame.size.width, frame.size.height, 8, 3, 4);
  screen_->frameBuffer = reinterpret_cast<char*>(frame.pixels);
  screen_->serverFormat.redShift = 16;  // memory order B, G, R, X: the format of a Frame
  screen_->serverFormat.greenShift = 8;
  screen_->serverFormat.blueShift = 0;
  screen_->serverFormat.depth = 24;
  screen_->desktopName = "Lucarne demo guest";
  screen_->port = screen_->ipv6port = 0;  // we accept ourselves
  screen_->alwaysShared = TRUE;
  screen_->deferUpdateTime = 0;
  screen_->handleEventsEagerly = TRUE;
  screen_->maxClientWait = kViewerPatienceMs;
  screen_->screenData = this;
  screen_->kbdAddEvent = onKey;
  screen_->ptrAddEvent = onPointer;
  rfbSetCursor(screen_, makeArrow());
  rfbInitServer(screen_);
  accepting_ =
      context_.loop.watch(listener_, base::Interest::Read, [this](base::Readiness) { accept(); });
}

VncServer::~VncServer() {
  rfbShutdownServer(screen_, TRUE);
  screen_->frameBuffer = nullptr;
  rfbScreenCleanup(screen_);
}

void VncServer::accept() {
  auto fd = base::UniqueFd::adopt(
      ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (!fd || viewers_.size() >= kMostViewers) return;
  rfbClientPtr client = rfbNewClient(screen_, fd.release());  // closes it when it fails
  if (!client) return;
  client->clientGoneHook = onGone;
  viewers_[client] = context_.loop.watchBorrowed(client->sock, base::Interest::Read,
                                                 [this](base::Readiness) { process(); });
  if (!ticking_) ticking_ = context_.loop.every(period_, [this] { tick(); });
  context_.log.info("a viewer came, {} now", viewers_.size());
}

void VncServer::onGone(rfbClientPtr client) {
  VncServer& self = serverOf(client);
  self.viewers_.erase(client);
  if (self.viewers_.empty()) self.ticking_.cancel();
  self.context_.log.info("a viewer left, {} now", self.viewers_.size());
}

void VncServer::onKey(rfbBool down, rfbKeySym keysym, rfbClientPtr client) {
  if (down) serverOf(client).desktop_.onKeysym(keysym);
}

void VncServer::onPointer(int buttons, int x, int y, rfbClientPtr client) {
  serverOf(client).desktop_.onPointer({x, y}, (buttons & rfbButton1Mask) != 0);
  rfbDefaultPtrAddEvent(buttons, x, y, client);
}

void VncServer::tick() {
  const surface::Damage drawn = desktop_.advance();
  for (const surface::Rect& r : drawn.rects()) {
    rfbMarkRectAsModified(screen_, r.x, r.y, r.right(), r.bottom());
  }
  process();
}

void VncServer::process() { rfbProcessEvents(screen_, 0); }

}  // namespace lucarne::demo
