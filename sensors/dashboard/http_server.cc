// SPDX-License-Identifier: Apache-2.0
#include "sensors/dashboard/http_server.h"

#include <gio/gio.h>
#include <libsoup/soup.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/c_handle.h"
#include "base/result.h"
#include "sensors/dashboard/listen_address.h"
#include "sensors/dashboard/request_head.h"

namespace lucarne::sensors {

namespace {

template <typename T>
using GOwned = base::CHandle<T, g_object_unref>;

/// How long a refused writer may take to read why.
constexpr base::Duration kLinger = std::chrono::milliseconds(500);

constexpr const char* kConnection = "lucarne-connection";

/// What every answer carries (docs/sensors.md, Security).
constexpr std::pair<const char*, const char*> kHeaders[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
     "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Connection", "close"},
};

void write(SoupServerMessage* message, const HttpResponse& response) {
  SoupMessageHeaders* headers = soup_server_message_get_response_headers(message);
  for (const auto& [name, value] : kHeaders) soup_message_headers_replace(headers, name, value);
  soup_message_headers_replace(headers, "Cache-Control", "no-store");
  for (const auto& [name, value] : response.headers) {
    soup_message_headers_replace(headers, name.c_str(), value.c_str());
  }
  soup_server_message_set_status(message, static_cast<guint>(response.status), nullptr);
  soup_server_message_set_response(message, response.type.c_str(), SOUP_MEMORY_COPY,
                                   response.body.data(), response.body.size());
}

HttpRequest requestOf(SoupServerMessage* message, GHashTable* query) {
  HttpRequest request;
  request.method = soup_server_message_get_method(message);
  request.path = g_uri_get_path(soup_server_message_get_uri(message));
  if (query) {
    GHashTableIter it;
    gpointer key;
    gpointer value;
    g_hash_table_iter_init(&it, query);
    while (g_hash_table_iter_next(&it, &key, &value)) {
      request.query[static_cast<const char*>(key)] = static_cast<const char*>(value);
    }
  }
  SoupMessageHeadersIter header;
  const char* name;
  const char* value;
  soup_message_headers_iter_init(&header, soup_server_message_get_request_headers(message));
  while (soup_message_headers_iter_next(&header, &name, &value)) {
    std::string small(name);
    std::transform(small.begin(), small.end(), small.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    request.headers[small] = value;
  }
  const SoupMessageBody* body = soup_server_message_get_request_body(message);
  if (body && body->data) {
    request.body.assign(body->data, static_cast<std::size_t>(body->length));
  }
  return request;
}

}  // namespace

struct HttpServer::State {
  struct Route {
    Access access;
    Handler handler;                     // empty: a stream
    std::function<std::string()> state;  // of a stream
  };
  // One open connection; freed by its weak reference.
  struct Connection {
    State* owner;
    GSocketConnection* socket;
    GOwned<GSocketConnection> waiting;  // for its head; the library holds it afterwards
    base::Watch head;
    base::Timer patience;
    std::size_t peeked = 0;  // bytes of the head seen so far
    bool marked = false;     // …and the socket wakes us for more only
    bool refused = false;    // what still comes is nobody's
  };
  // One reader of a stream.
  struct Stream {
    State* owner;
    GOwned<SoupServerMessage> message;
    const Route* route;
    bool busy = true;   // a chunk is on its way
    bool fresh = true;  // there is something new
    base::TimePoint taken;  // when the last chunk was
    base::Watch leaving;    // the library does not look while there is nothing to send
  };

  explicit State(const base::Context& c, GateOptions options)
      : context(c), log(c.log.named("http")), gate(std::move(options)) {}

  const base::Context& context;
  base::Log log;
  Gate gate;
  std::map<std::string, Route> routes;
  GOwned<SoupServer> server;
  GOwned<GSocketListener> listener;
  GOwned<GCancellable> cancel;
  std::string address;
  std::map<GSocketConnection*, std::unique_ptr<Connection>> connections;
  Connection* accepting = nullptr;  // the one that is being handed to the library
  std::vector<std::unique_ptr<Stream>> streams;
  base::Timer heartbeat;
  base::Timer gather;
  bool gathering = false;
  Counters counters;

  const Route* find(const std::string& path) const;
  void listen(const ListenAddress& where);
  void accept();
  void adopt(GSocketConnection* connection);
  static void onGone(gpointer connection, GObject*) {
    auto* gone = static_cast<Connection*>(connection);
    gone->owner->connections.erase(gone->socket);
  }
  void drop(GSocket* socket);
  void onHead(Connection& connection, bool over);
  void handOver(Connection& connection);
  void release(Connection& connection);
  void dismiss(Connection& connection, std::string_view status);
  void onStarted(SoupServerMessage* message);
  static Connection* connectionOf(SoupServerMessage* message);
  static GSocket* socketOf(SoupServerMessage* message);
  void onHeaders(SoupServerMessage* message);
  void onRequest(SoupServerMessage* message, GHashTable* query);
  void refuse(SoupServerMessage* message, const HttpResponse& response);
  void callHandler(const Route& route, SoupServerMessage* message, const HttpRequest& request);
  void openStream(const Route& route, SoupServerMessage* message);
  void push(Stream& stream);
  void closeStream(SoupServerMessage* message);
  void beat();
};

const HttpServer::State::Route* HttpServer::State::find(const std::string& path) const {
  if (const auto exact = routes.find(path); exact != routes.end()) return &exact->second;
  for (const auto& [prefix, route] : routes) {
    if (prefix.size() > 1 && prefix.back() == '/' && path.starts_with(prefix)) return &route;
  }
  return nullptr;
}

// Connections

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

// Requests

void HttpServer::State::onHeaders(SoupServerMessage* message) {
  SoupMessageHeaders* headers = soup_server_message_get_request_headers(message);
  const goffset length = soup_message_headers_get_content_length(headers);
  const bool chunked = soup_message_headers_get_encoding(headers) == SOUP_ENCODING_CHUNKED;
  if (length <= static_cast<goffset>(kMaxBody) && !chunked) return;
  soup_message_body_set_accumulate(soup_server_message_get_request_body(message), FALSE);
  // Said by ourselves: the library would read all of the body before it answers.
  if (Connection* connection = connectionOf(message)) dismiss(*connection, "413 Content Too Large");
}

void HttpServer::State::refuse(SoupServerMessage* message, const HttpResponse& response) {
  ++counters.refused;
  write(message, response);
}

void HttpServer::State::onRequest(SoupServerMessage* message, GHashTable* query) {
  if (const Connection* connection = connectionOf(message); connection && connection->refused) {
    return;
  }
  ++counters.requests;
  const HttpRequest request = requestOf(message, query);
  const Route* route = find(request.path);
  const bool reads = request.method == "GET" || request.method == "HEAD";
  Access access = route ? route->access : Access::Read;
  if (access == Access::Read && !reads) access = Access::Write;
  if (const auto refusal = gate.refuse(request, access)) return refuse(message, *refusal);
  if (!route) return write(message, HttpResponse::error(404, "there is nothing here"));
  if (!route->handler) {
    if (!reads) return write(message, HttpResponse::error(405, "a stream is only read"));
    return openStream(*route, message);
  }
  callHandler(*route, message, request);
}

void HttpServer::State::callHandler(const Route& route, SoupServerMessage* message,
                                    const HttpRequest& request) {
  // Owned by the handler's answer and by the message's "finished".
  struct Pending {
    GOwned<SoupServerMessage> message;
    bool inside = true;  // of the handler's call
    bool answered = false;
    bool paused = false;
    bool finished = false;
  };
  auto pending = std::make_shared<Pending>();
  pending->message.reset(SOUP_SERVER_MESSAGE(g_object_ref(message)));
  route.handler(request, [pending](const HttpResponse& response) {
    if (std::exchange(pending->answered, true)) return;
    if (!pending->finished) {
      write(pending->message.get(), response);
      if (pending->paused) soup_server_message_unpause(pending->message.get());
    }
    if (!pending->inside) pending->message.reset();
  });
  pending->inside = false;
  if (pending->answered) return pending->message.reset();
  pending->paused = true;
  soup_server_message_pause(message);
  g_signal_connect_data(
      message, "finished",
      G_CALLBACK(+[](SoupServerMessage*, gpointer data) {
        (*static_cast<std::shared_ptr<Pending>*>(data))->finished = true;
      }),
      new std::shared_ptr<Pending>(pending),
      [](gpointer data, GClosure*) { delete static_cast<std::shared_ptr<Pending>*>(data); },
      static_cast<GConnectFlags>(0));
}

// Streams

void HttpServer::State::openStream(const Route& route, SoupServerMessage* message) {
  if (streams.size() >= kMaxStreams) {
    return refuse(message, HttpResponse::error(503, "too many streams are open"));
  }
  Connection* connection = connectionOf(message);
  if (!connection) return refuse(message, HttpResponse::error(503, "one stream a connection"));
  connection->patience.cancel();  // from here on `beat` watches it
  SoupMessageHeaders* headers = soup_server_message_get_response_headers(message);
  for (const auto& [name, value] : kHeaders) soup_message_headers_replace(headers, name, value);
  soup_message_headers_replace(headers, "Cache-Control", "no-store");
  soup_message_headers_set_content_type(headers, "text/event-stream", nullptr);
  soup_message_headers_set_encoding(headers, SOUP_ENCODING_CHUNKED);
  soup_server_message_set_status(message, SOUP_STATUS_OK, nullptr);
  soup_message_body_set_accumulate(soup_server_message_get_response_body(message), FALSE);

  auto stream = std::make_unique<Stream>();
  stream->owner = this;
  stream->message.reset(SOUP_SERVER_MESSAGE(g_object_ref(message)));
  stream->route = &route;
  // A reader has said all it may say: whatever comes now, an end of file most of all, ends it.
  stream->leaving = context.loop.watchBorrowed(
      g_socket_get_fd(socketOf(message)), base::Interest::Read, [this, message](base::Readiness) {
        for (auto& one : streams) {
          if (one->message.get() != message) continue;
          one->leaving.cancel();
          drop(socketOf(message));
          // Something to send, so that the library notices.
          if (!one->busy) push(*one);
          return;
        }
      });
  g_signal_connect(message, "finished",
                   G_CALLBACK(+[](SoupServerMessage* done, gpointer data) {
                     static_cast<State*>(data)->closeStream(done);
                   }),
                   this);
  g_signal_connect(message, "wrote-chunk",
                   G_CALLBACK(+[](SoupServerMessage*, gpointer data) {
                     auto* taken = static_cast<Stream*>(data);
                     taken->busy = false;
                     taken->taken = taken->owner->context.clock.now();
                     if (taken->fresh) taken->owner->push(*taken);
                   }),
                   stream.get());
  streams.push_back(std::move(stream));
  push(*streams.back());
  if (!heartbeat) heartbeat = context.loop.every(kHeartbeat, [this] { beat(); });
}

void HttpServer::State::push(Stream& stream) {
  const std::string text =
      fmt::format("retry: 1000\nevent: state\ndata: {}\n\n", stream.route->state());
  SoupMessageBody* body = soup_server_message_get_response_body(stream.message.get());
  soup_message_body_append(body, SOUP_MEMORY_COPY, text.data(), text.size());
  stream.busy = true;
  stream.fresh = false;
  stream.taken = context.clock.now();
  soup_server_message_unpause(stream.message.get());
}

void HttpServer::State::closeStream(SoupServerMessage* message) {
  std::erase_if(streams, [&](const auto& stream) {
    if (stream->message.get() != message) return false;
    g_signal_handlers_disconnect_by_data(message, stream.get());
    g_signal_handlers_disconnect_by_data(message, this);
    return true;
  });
  if (streams.empty()) heartbeat.cancel();
}

void HttpServer::State::beat() {
  const base::TimePoint now = context.clock.now();
  std::vector<GSocket*> stuck;
  for (auto& stream : streams) {
    if (!stream->busy) {
      push(*stream);
    } else if (now - stream->taken > kPatience) {
      stuck.push_back(socketOf(stream->message.get()));
    } else {
      stream->fresh = true;
    }
  }
  counters.slow += stuck.size();
  for (GSocket* socket : stuck) drop(socket);
}

// The interface

HttpServer::HttpServer(const base::Context& context, const std::string& listen, GateOptions gate) {
  const ListenAddress where = parseListenAddress(listen);
  gate.loopbackOnly = isLoopbackName(where.host);
  if (!gate.loopbackOnly && gate.token.empty()) {
    throw base::SetupError(fmt::format(
        "http.listen {} is not the loopback: set http.token_file, everything but the loopback needs "
        "a token", listen));
  }
  for (std::string& host : gate.hosts) host = hostName(host);
  if (where.host != "0.0.0.0" && where.host != "::") gate.hosts.push_back(where.host);
  state_ = std::make_unique<State>(context, std::move(gate));
  state_->cancel.reset(g_cancellable_new());
  state_->server.reset(
      SOUP_SERVER(g_object_new(SOUP_TYPE_SERVER, "server-header", nullptr, nullptr)));
  g_signal_connect(state_->server.get(), "request-started",
                   G_CALLBACK(+[](SoupServer*, SoupServerMessage* message, gpointer data) {
                     static_cast<State*>(data)->onStarted(message);
                   }),
                   state_.get());
  soup_server_add_early_handler(
      state_->server.get(), nullptr,
      [](SoupServer*, SoupServerMessage* message, const char*, GHashTable*, gpointer data) {
        static_cast<State*>(data)->onHeaders(message);
      },
      state_.get(), nullptr);
  soup_server_add_handler(
      state_->server.get(), nullptr,
      [](SoupServer*, SoupServerMessage* message, const char*, GHashTable* query, gpointer data) {
        static_cast<State*>(data)->onRequest(message, query);
      },
      state_.get(), nullptr);
  state_->listen(where);
}

HttpServer::~HttpServer() {
  g_cancellable_cancel(state_->cancel.get());
  g_socket_listener_close(state_->listener.get());
  while (!state_->streams.empty()) {
    state_->closeStream(state_->streams.back()->message.get());
  }
  for (auto& [socket, connection] : state_->connections) {
    connection->head.cancel();
    g_object_weak_unref(G_OBJECT(socket), State::onGone, connection.get());
    state_->drop(g_socket_connection_get_socket(socket));
  }
  soup_server_disconnect(state_->server.get());
}

std::string HttpServer::address() const { return state_->address; }
const Gate& HttpServer::gate() const { return state_->gate; }
const HttpServer::Counters& HttpServer::counters() const { return state_->counters; }
std::size_t HttpServer::connections() const { return state_->connections.size(); }
void HttpServer::adopt(GSocketConnection* connection) { state_->adopt(connection); }

void HttpServer::serve(std::string path, Access access, Handler handler) {
  state_->routes[std::move(path)] = {access, std::move(handler), {}};
}

void HttpServer::stream(std::string path, std::function<std::string()> state) {
  state_->routes[std::move(path)] = {Access::Read, {}, std::move(state)};
}

void HttpServer::changed() {
  if (state_->gathering || state_->streams.empty()) return;
  state_->gathering = true;
  state_->gather = state_->context.loop.after(kGather, [this] {
    state_->gathering = false;
    for (auto& stream : state_->streams) {
      stream->fresh = true;
      if (!stream->busy) state_->push(*stream);
    }
  });
}

}  // namespace lucarne::sensors
