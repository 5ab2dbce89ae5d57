// SPDX-License-Identifier: Apache-2.0
#include "xenstore/connection.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include <fmt/format.h>

namespace lucarne::xenstore {

namespace {

std::string because(std::string_view what, int number) {
  return fmt::format("{}: {}", what, std::strerror(number));
}

}  // namespace

std::vector<std::string> daemonAddresses(const std::string& asked) {
  if (!asked.empty()) return {asked};
  if (const char* path = std::getenv("XENSTORED_PATH")) return {path};
  const char* folder = std::getenv("XENSTORED_RUNDIR");
  return {std::string(folder ? folder : "/var/run/xenstored") + "/socket", "/dev/xen/xenbus",
          "/proc/xen/xenbus"};
}

base::Result<std::unique_ptr<Connection>> Connection::open(const std::string& address,
                                                           base::Loop& loop, Callbacks callbacks) {
  struct stat status {};
  if (::stat(address.c_str(), &status) != 0) return base::unexpected(because(address, errno));
  const auto connection = [&](base::UniqueFd fd, Kind kind) {
    return std::unique_ptr<Connection>(
        new Connection(std::move(fd), kind, loop, std::move(callbacks)));
  };
  if (!S_ISSOCK(status.st_mode)) {
    auto fd = base::UniqueFd::adopt(::open(address.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
    if (!fd) return base::unexpected(because(address, errno));
    return connection(std::move(fd), Kind::Device);
  }
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  if (address.size() >= sizeof name.sun_path) {
    return base::unexpected(address + ": longer than a socket's address may be");
  }
  std::memcpy(name.sun_path, address.c_str(), address.size() + 1);
  auto fd =
      base::UniqueFd::adopt(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return base::unexpected(because("socket", errno));
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) {
    return base::unexpected(because(address, errno));
  }
  return connection(std::move(fd), Kind::Socket);
}

Connection::Connection(base::UniqueFd fd, Kind kind, base::Loop& loop, Callbacks callbacks)
    : loop_(loop), fd_(std::move(fd)), kind_(kind), callbacks_(std::move(callbacks)) {
  watch_ = loop.watch(fd_, base::Interest::Read, [this](base::Readiness r) { onReady(r); });
  watch_.stayPolled();
}

void Connection::send(const Message& message) {
  encode(message, out_);
  if (kind_ == Kind::Device) {
    if (!again_ && !flush()) closeLater();
  } else if (!again_ && !blocked_) {
    // A timer costs less than asking GLib for another readiness and taking that back.
    again_ = loop_.after({}, [this] {
      again_.cancel();
      if (!flush()) close();
    });
  }
}

void Connection::flushNow() {
  if (kind_ == Kind::Device || !again_ || blocked_) return;
  again_.cancel();
  if (!flush()) closeLater();
}

void Connection::closeLater() {
  again_ = loop_.after({}, [this] { close(); });
}

void Connection::onReady(base::Readiness ready) {
  const bool alive = (!ready.readable || receive()) && (!ready.writable || flush());
  if (!alive) close();
}

void Connection::close() {
  watch_.cancel();
  again_.cancel();
  const auto onClosed = callbacks_.onClosed;  // the call may drop this Connection
  onClosed(reason_);
}

bool Connection::receive() {
  std::array<std::uint8_t, 8192> buffer;
  const ssize_t got = ::read(fd_.get(), buffer.data(), buffer.size());
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return true;
  if (got <= 0) {
    reason_ = got == 0 ? "XenStore closed the connection" : because("read", errno);
    return false;
  }
  reader_.feed(base::Bytes(buffer).first(static_cast<std::size_t>(got)));
  while (auto message = reader_.next()) callbacks_.onMessage(std::move(*message));
  if (reader_.broken()) reason_ = "XenStore announced a message longer than 4096 bytes";
  return !reader_.broken();
}

std::size_t Connection::nextWrite() const {
  const std::size_t waiting = out_.size() - sent_;
  if (kind_ == Kind::Socket) return waiting;
  base::ByteReader header(base::Bytes(out_).subspan(sent_));
  header.skip(12);
  return kHeaderBytes + header.u32();
}

// Nothing tells when the device takes more.
void Connection::retryLater() {
  constexpr base::Duration kPause = std::chrono::milliseconds(1);
  again_ = loop_.after(kPause, [this] {
    again_.cancel();
    if (!flush()) close();
  });
}

bool Connection::flush() {
  while (sent_ < out_.size()) {
    const std::uint8_t* from = out_.data() + sent_;
    const ssize_t done = kind_ == Kind::Socket
                             ? ::send(fd_.get(), from, nextWrite(), MSG_NOSIGNAL)
                             : ::write(fd_.get(), from, nextWrite());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0 && errno == EAGAIN) {
      if (kind_ == Kind::Device) {
        retryLater();
      } else {
        blocked_ = true;
        watch_.want(base::Interest::ReadWrite);
      }
      return true;
    }
    if (done <= 0) {
      reason_ = because("write", errno);
      return false;
    }
    sent_ += static_cast<std::size_t>(done);
  }
  out_.clear();
  sent_ = 0;
  blocked_ = false;
  watch_.want(base::Interest::Read);
  return true;
}

}  // namespace lucarne::xenstore
