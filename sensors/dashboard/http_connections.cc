// SPDX-License-Identifier: Apache-2.0
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include <fmt/format.h>

#include "base/result.h"
#include "sensors/dashboard/http_server_state.h"
#include "sensors/dashboard/request_head.h"

namespace lucarne::sensors {

namespace {

/// How long a refused writer may take to read why.
constexpr base::Duration kLinger = std::chrono::milliseconds(500);

constexpr const char* kConnection = "lucarne-connection";

}  // namespace

void HttpServer::State::listen(const ListenAddress& where) {
  GError* error = nullptr;
  listener.reset(g_socket_listener_new());
  GOwned<GSocketAddress> wanted(
      g_inet_socket_address_new_from_string(where.host.c_str(), where.port));
  GSocketAddress* got = nullptr;
  if (!wanted || !g_socket_listener_add_address(listener.get(), wanted.get(), G_SOCKET_TYPE_STREAM,
                                                G_SOCKET_PROTOCOL_TCP, nullptr, &got, &error)) {
    const std::string why = error ? error->message : "no such address";
    g_clear_error(&error);
    throw base::SetupError(fmt::format("listen on {}:{}: {}; choose another http.listen",
                                       where.host, where.port, why));
  }
  const GOwned<GSocketAddress> bound(got);
  const int port = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound.get()));
  address = where.host.find(':') == std::string::npos ? fmt::format("{}:{}", where.host, port)
                                                      : fmt::format("[{}]:{}", where.host, port);
  accept();
}

void HttpServer::State::accept() {
  g_socket_listener_accept_async(
      listener.get(), cancel.get(),
      [](GObject* source, GAsyncResult* result, gpointer data) {
        GError* error = nullptr;
        GSocketConnection* connection = g_socket_listener_accept_finish(
            G_SOCKET_LISTENER(source), result, nullptr, &error);
        const bool over = error && g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
        g_clear_error(&error);
        if (over) return;  // the server is gone, and `data` with it
        auto* state = static_cast<State*>(data);
        if (connection) state->adopt(connection);
        state->accept();
      },
      this);
}

void HttpServer::State::adopt(GSocketConnection* connection) {
  GOwned<GSocketConnection> owned(connection);
  if (connections.size() >= kMaxConnections) {
    ++counters.refused;
    g_io_stream_close(G_IO_STREAM(connection), nullptr, nullptr);
    return;
  }
  auto made = std::make_unique<Connection>();
  Connection& record = *made;
  record.owner = this;
  record.socket = connection;
  record.waiting = std::move(owned);
  record.patience = context.loop.after(kPatience, [this, &record] {
    ++counters.slow;
    drop(g_socket_connection_get_socket(record.socket));
    release(record);
  });
  record.head = context.loop.watchBorrowed(
      g_socket_get_fd(g_socket_connection_get_socket(connection)), base::Interest::Read,
      [this, &record](base::Readiness ready) { onHead(record, ready.hungUp); });
  g_object_weak_ref(G_OBJECT(connection), onGone, &record);
  connections[connection] = std::move(made);
}

// Looks without taking: what is good stays for the library to read.
void HttpServer::State::onHead(Connection& connection, bool over) {
  const int fd = g_socket_get_fd(g_socket_connection_get_socket(connection.socket));
  std::array<char, kMaxRequestHead> bytes;
  const ssize_t got = ::recv(fd, bytes.data(), bytes.size(), MSG_PEEK | MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return release(connection);
  const auto size = static_cast<std::size_t>(got);
  switch (checkRequestHead({bytes.data(), size})) {
    case HeadState::Good:
      return handOver(connection);
    case HeadState::Bad:
      return dismiss(connection, "400 Bad Request");
    case HeadState::Incomplete:
      break;
  }
  // The end of file was there before and nothing new came: nothing ever will.
  if (over || (connection.peeked == size && !connection.marked)) return release(connection);
  // Wakes us when there is more than this, where the socket knows how to.
  const int more = static_cast<int>(size) + 1;
  connection.marked = ::setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &more, sizeof more) == 0 &&
                      connection.peeked != size;
  connection.peeked = size;
}

void HttpServer::State::handOver(Connection& connection) {
  connection.head.cancel();
  const GOwned<GSocketConnection> held = std::move(connection.waiting);
  const int one = 1;
  ::setsockopt(g_socket_get_fd(g_socket_connection_get_socket(held.get())), SOL_SOCKET, SO_RCVLOWAT,
               &one, sizeof one);
  GError* error = nullptr;
  const GOwned<GSocketAddress> local(g_socket_connection_get_local_address(held.get(), nullptr));
  const GOwned<GSocketAddress> remote(g_socket_connection_get_remote_address(held.get(), nullptr));
  accepting = &connection;
  if (!soup_server_accept_iostream(server.get(), G_IO_STREAM(held.get()), local.get(),
                                   remote.get(), &error)) {
    log.debug("accept: {}", error ? error->message : "refused");
    g_clear_error(&error);
  }
  accepting = nullptr;
}

// Gives up a connection that the library does not have (yet); else does nothing.
void HttpServer::State::release(Connection& connection) {
  connection.head.cancel();
  // The record goes with the last reference.
  const GOwned<GSocketConnection> last = std::move(connection.waiting);
}

// Says why and lets the other end read it: closing at once with unread bytes would take the answer
// back (RST).
void HttpServer::State::dismiss(Connection& connection, std::string_view status) {
  ++counters.refused;
  connection.head.cancel();
  connection.refused = true;
  const std::string answer =
      fmt::format("HTTP/1.1 {}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", status);
  GSocket* socket = g_socket_connection_get_socket(connection.socket);
  g_socket_send(socket, answer.data(), answer.size(), nullptr, nullptr);
  g_socket_shutdown(socket, FALSE, TRUE, nullptr);
  connection.patience = context.loop.after(kLinger, [this, &connection] {
    drop(g_socket_connection_get_socket(connection.socket));
    release(connection);
  });
  if (!connection.waiting) return;  // the library reads
  const int fd = g_socket_get_fd(socket);
  const int one = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &one, sizeof one);
  connection.head = context.loop.watchBorrowed(
      fd, base::Interest::Read, [this, fd, &connection](base::Readiness) {
        std::array<char, kMaxRequestHead> ignored;
        const ssize_t got = ::recv(fd, ignored.data(), ignored.size(), MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) release(connection);
      });
}

// The library starts a message while it takes the connection (soup_server_accept_iostream); it has no
// other way to get from the one to the other for connections that were made elsewhere.
void HttpServer::State::onStarted(SoupServerMessage* message) {
  if (accepting) g_object_set_data(G_OBJECT(message), kConnection, accepting);
}

HttpServer::State::Connection* HttpServer::State::connectionOf(SoupServerMessage* message) {
  return static_cast<Connection*>(g_object_get_data(G_OBJECT(message), kConnection));
}

GSocket* HttpServer::State::socketOf(SoupServerMessage* message) {
  const Connection* connection = connectionOf(message);
  return connection ? g_socket_connection_get_socket(connection->socket) : nullptr;
}

// The library sees an end of file and cleans up.
void HttpServer::State::drop(GSocket* socket) {
  if (socket) g_socket_shutdown(socket, TRUE, TRUE, nullptr);
}

}  // namespace lucarne::sensors
