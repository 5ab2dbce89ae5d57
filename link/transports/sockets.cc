// SPDX-License-Identifier: Apache-2.0
#include "link/transports/sockets.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace lucarne::link {

namespace {

using base::UniqueFd;

// A connection that takes longer is as good as refused; the redial tries again.
constexpr base::Duration kConnectPatience = std::chrono::seconds(10);

// More than one may wait (a peer that restarts before its old connection was seen to end).
constexpr int kBacklog = 4;

}  // namespace

void ConnectTransport::open(OnOpened onOpened) {
  expect(std::move(onOpened));
  next_ = 0;
  tryNext();
}

void ConnectTransport::tryNext() {
  const SocketAddress& address = addresses_[next_++];
  socket_ =
      UniqueFd::adopt(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!socket_) {
    fail(errno);
  } else if (::connect(socket_.get(), address.get(), address.length) == 0) {
    done();
  } else if (errno != EINPROGRESS) {
    fail(errno);
  } else {
    watch_ = context_.loop.watch(socket_, base::Interest::Write,
                                 [this](base::Readiness) { onWritable(); });
    patience_ = context_.loop.after(kConnectPatience, [this] { fail(ETIMEDOUT); });
  }
}

void ConnectTransport::onWritable() {
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  if (error != 0) {
    fail(error);
  } else {
    done();
  }
}

void ConnectTransport::done() {
  watch_.cancel();
  patience_.cancel();
  onConnected(socket_);
  answer(Stream{.fd = std::move(socket_), .kind = kind()});
}

void ConnectTransport::fail(int error) {
  watch_.cancel();
  patience_.cancel();
  socket_.reset();
  if (next_ < addresses_.size()) {
    tryNext();
  } else {
    answer(base::unexpected(fmt::format("connect {}: {}", name(), std::strerror(error))));
  }
}

void ConnectTransport::cancel() {
  BasicTransport::cancel();
  watch_.cancel();
  patience_.cancel();
  socket_.reset();
}

void ListenTransport::prepare() {
  if (!listener_) listener_ = listen();
}

void ListenTransport::open(OnOpened onOpened) {
  expect(std::move(onOpened));
  try {
    prepare();
  } catch (const base::SetupError& failure) {
    answer(base::unexpected(failure.what()));
    return;
  }
  watch_ =
      context_.loop.watch(listener_, base::Interest::Read, [this](base::Readiness) { accept(); });
}

void ListenTransport::accept() {
  auto peer =
      UniqueFd::adopt(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!peer && (errno == EAGAIN || errno == ECONNABORTED || errno == EINTR)) return;
  watch_.cancel();
  if (!peer) {
    answer(base::unexpected(fmt::format("accept on {}: {}", name(), std::strerror(errno))));
    return;
  }
  onAccepted(peer);
  answer(Stream{.fd = std::move(peer), .kind = kind()});
}

void ListenTransport::cancel() {
  BasicTransport::cancel();
  watch_.cancel();
}

UniqueFd ListenTransport::listenOn(const SocketAddress& address) {
  auto socket =
      UniqueFd::adopt(::socket(address.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int yes = 1;
  if (socket && address.family() != AF_UNIX) {
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  }
  if (socket && address.family() == AF_UNIX) {
    ::fchmod(socket.get(), 0600);  // before bind: the name is never open to others
  }
  if (!socket || ::bind(socket.get(), address.get(), address.length) < 0 ||
      ::listen(socket.get(), kBacklog) < 0) {
    const char* advice = errno == EADDRINUSE ? "; another program listens there"
                         : errno == EACCES   ? "; this user may not listen there"
                                             : "";
    throw base::SetupError(fmt::format("{}: {}{}", name(), std::strerror(errno), advice));
  }
  return socket;
}

}  // namespace lucarne::link
