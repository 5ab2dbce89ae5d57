// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/x11/server.h"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <xcb/xcbext.h>

#include <cstdlib>

#include "base/c_handle.h"

namespace lucarne::relay::x11 {

namespace {

// Taken in one turn of the loop, so that a server that floods does not hold up the rest.
constexpr int kTakenAtOnce = 256;
// A server that has not read so much of what it was sent, as the kernel counts it, does not read. It is
// more than the longest copied text, and less than a quarter of what the socket takes (greeting.cc): beyond
// that poll says that nothing can be written, and XCB would wait (unix_writable in Linux's af_unix.c).
constexpr int kMostUnread = 100 * 1024;

int unreadBy(xcb_connection_t* connection) {
  const int socket = xcb_get_file_descriptor(connection);
  int unread = 0;
  if (::ioctl(socket, SIOCOUTQ, &unread) == 0) return unread;
  // Not every kind of socket knows.
  pollfd room{socket, POLLOUT, 0};
  return ::poll(&room, 1, 0) == 1 ? 0 : kMostUnread + 1;
}

}  // namespace

Server::Server(Connection connection, base::Loop& loop,
               std::function<void(const xcb_generic_event_t&)> onEvent,
               std::function<void(const std::string& words)> onLost)
    : connection_(std::move(connection)),
      patience_(xcb_get_file_descriptor(connection_.get())),
      loop_(loop),
      onEvent_(std::move(onEvent)),
      onLost_(std::move(onLost)) {
  watch_ = loop_.watchBorrowed(xcb_get_file_descriptor(connection_.get()), base::Interest::Read,
                               [this](base::Readiness) { pump(); });
}

void Server::flush() {
  if (lost_) return;
  if (unreadBy(connection_.get()) > kMostUnread) return lose("the X server does not read");
  patience_.during([this] { return xcb_flush(connection_.get()); });
  // Sending may have read as well.
  if (!again_) again_ = loop_.after({}, [this] { pump(); });
}

bool Server::isSending() const { return !lost_ && unreadBy(connection_.get()) > 0; }

void Server::pump() {
  again_.cancel();
  int taken = 0;
  while (!lost_ && taken < kTakenAtOnce && (takeEvent() || takeReply())) ++taken;
  if (lost_) return;
  if (xcb_connection_has_error(connection_.get())) {
    return lose("the X server closed the connection, or stopped within an answer");
  }
  if (taken == kTakenAtOnce) again_ = loop_.after({}, [this] { pump(); });
}

bool Server::takeEvent() {
  const base::CHandle<xcb_generic_event_t, std::free> event(
      patience_.during([this] { return xcb_poll_for_event(connection_.get()); }));
  if (event) onEvent_(*event);
  return event != nullptr;
}

bool Server::takeReply() {
  // On a connection that has failed every reply would seem to be there.
  if (expected_.empty() || xcb_connection_has_error(connection_.get())) return false;
  void* reply = nullptr;
  xcb_generic_error_t* error = nullptr;
  const bool answered = patience_.during([&] {
    return xcb_poll_for_reply(connection_.get(), expected_.front().sequence, &reply, &error) != 0;
  });
  if (!answered) return false;
  const base::CHandle<void, std::free> ownedReply(reply);
  const base::CHandle<xcb_generic_error_t, std::free> ownedError(error);
  const auto onReply = std::move(expected_.front().onReply);
  expected_.pop_front();
  onReply(reply);
  return true;
}

void Server::lose(const std::string& words) {
  if (lost_) return;
  lost_ = true;
  // So that XCB takes no more requests: it would wait until a server that does not read does.
  ::shutdown(xcb_get_file_descriptor(connection_.get()), SHUT_RDWR);
  watch_.cancel();
  again_.cancel();
  onLost_(words);
}

}  // namespace lucarne::relay::x11
