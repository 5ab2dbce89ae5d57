// SPDX-License-Identifier: Apache-2.0
// The HTTP server of the dashboard and of /metrics: libsoup in the loop, one request a connection.
//
// Nobody outside can make it slow or large: at most kMaxConnections are open at a time (further ones
// are closed at once), each has kPatience to bring its whole request and to take the answer, heads
// are at most 8 KiB and checked before the library sees them (request_head.h), bodies kMaxBody. What it serves is a table of paths; there is no file
// system behind it. An event stream sends the newest state whenever the reader has taken the last
// one: a reader that does not read costs one state of memory and is dropped after kPatience.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/program.h"
#include "sensors/dashboard/gate.h"
#include "sensors/dashboard/http_message.h"

typedef struct _GSocketConnection GSocketConnection;

namespace lucarne::sensors {

class HttpServer {
 public:
  using Respond = std::function<void(HttpResponse)>;
  using Handler = std::function<void(const HttpRequest&, const Respond&)>;

  static constexpr std::size_t kMaxConnections = 64;
  static constexpr std::size_t kMaxStreams = 16;
  static constexpr std::size_t kMaxBody = 4096;  ///< the largest request that we know has 40 bytes
  static constexpr base::Duration kPatience = std::chrono::seconds(10);
  /// Streams say something at least this often, so that a page notices a dead line.
  static constexpr base::Duration kHeartbeat = std::chrono::seconds(5);
  /// Streams are told of changes no more often than this: the first goes out in the loop's next turn,
  /// those that follow soon go out together.
  static constexpr base::Duration kGather = std::chrono::milliseconds(10);

  /// `listen` is HOST:PORT or [V6]:PORT, HOST a numeric address or "localhost"; port 0 takes a free
  /// one. Throws UsageError for anything else, SetupError when the port cannot be had, and when it
  /// is not the loopback and there is no token.
  HttpServer(const base::Context& context, const std::string& listen, GateOptions gate);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// "127.0.0.1:9478", with the port that it got.
  std::string address() const;
  const Gate& gate() const;

  /// `path` exactly, or everything below it when it ends in a slash.
  void serve(std::string path, Access access, Handler handler);
  /// A stream of server-sent events at `path`: `state` is asked for what to send, one line.
  void stream(std::string path, std::function<std::string()> state);
  /// There is something new for the streams.
  void changed();

  struct Counters {
    std::uint64_t requests = 0;
    std::uint64_t refused = 0;  ///< by the gate, for size or for number
    std::uint64_t slow = 0;     ///< cut off after kPatience
  };
  const Counters& counters() const;
  std::size_t connections() const;

  /// Serves a connection that somebody else made (tests, the fuzzer). Takes one reference.
  void adopt(GSocketConnection* connection);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lucarne::sensors
