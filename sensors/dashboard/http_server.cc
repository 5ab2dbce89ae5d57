// SPDX-License-Identifier: Apache-2.0
#include "sensors/dashboard/http_server.h"

#include <gio/gio.h>
#include <libsoup/soup.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "base/result.h"
#include "sensors/dashboard/http_server_state.h"

namespace lucarne::sensors {

namespace {

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

void writeHeaders(SoupServerMessage* message) {
  SoupMessageHeaders* headers = soup_server_message_get_response_headers(message);
  for (const auto& [name, value] : kHeaders) soup_message_headers_replace(headers, name, value);
  soup_message_headers_replace(headers, "Cache-Control", "no-store");
}

void writeResponse(SoupServerMessage* message, const HttpResponse& response) {
  writeHeaders(message);
  SoupMessageHeaders* headers = soup_server_message_get_response_headers(message);
  for (const auto& [name, value] : response.headers) {
    soup_message_headers_replace(headers, name.c_str(), value.c_str());
  }
  soup_server_message_set_status(message, static_cast<guint>(response.status), nullptr);
  soup_server_message_set_response(message, response.type.c_str(), SOUP_MEMORY_COPY,
                                   response.body.data(), response.body.size());
}

const HttpServer::State::Route* HttpServer::State::find(const std::string& path) const {
  if (const auto exact = routes.find(path); exact != routes.end()) return &exact->second;
  for (const auto& [prefix, route] : routes) {
    if (prefix.size() > 1 && prefix.back() == '/' && path.starts_with(prefix)) return &route;
  }
  return nullptr;
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
  writeResponse(message, response);
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
  if (!route) return writeResponse(message, HttpResponse::error(404, "there is nothing here"));
  if (!route->handler) {
    if (!reads) return writeResponse(message, HttpResponse::error(405, "a stream is only read"));
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
      writeResponse(pending->message.get(), response);
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
  const base::Duration since = state_->context.clock.now() - state_->told;
  const base::Duration wait = std::max(kGather - since, base::Duration::zero());
  state_->gather = state_->context.loop.after(wait, [this] {
    state_->gathering = false;
    state_->told = state_->context.clock.now();
    for (auto& stream : state_->streams) {
      stream->fresh = true;
      if (!stream->busy) state_->push(*stream);
    }
  });
}

}  // namespace lucarne::sensors
