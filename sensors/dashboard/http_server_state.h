// SPDX-License-Identifier: Apache-2.0
// The inside of HttpServer: http_server.cc has requests, http_connections.cc connections,
// http_streams.cc the event streams. For these three files only.
#pragma once

#include <gio/gio.h>
#include <libsoup/soup.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/c_handle.h"
#include "sensors/dashboard/http_server.h"
#include "sensors/dashboard/listen_address.h"

namespace lucarne::sensors {

template <typename T>
using GOwned = base::CHandle<T, g_object_unref>;

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
  base::TimePoint told{};  // when changes went out last
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

/// Puts the headers that every answer carries, and `response`, into the message.
void writeResponse(SoupServerMessage* message, const HttpResponse& response);
/// Only the headers.
void writeHeaders(SoupServerMessage* message);

}  // namespace lucarne::sensors
