// SPDX-License-Identifier: Apache-2.0
// Bytes of a connection to the dashboard's server, through the library, the gate, the API and back.
#include <gio/gio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "base/unique_fd.h"
#include "sensors/dashboard/api.h"
#include "sensors/dashboard/http_server.h"
#include "sensors/dashboard/page.h"
#include "sensors/reader.h"

namespace {

using lucarne::sensors::HttpRequest;
using lucarne::sensors::Access;

// One server for all inputs, as in life.
struct House {
  lucarne::base::Loop loop;
  lucarne::base::ManualClock clock;
  lucarne::sensors::ManualWallClock wall;
  lucarne::base::Context context{loop, clock, lucarne::base::Log::discard()};
  lucarne::sensors::DirectReader reader;
  lucarne::sensors::Station station{context, reader, {.sysfs = "/nonexistent"}};
  lucarne::sensors::AutoBrightness brightness{context, station, reader, {}};
  lucarne::sensors::Controls controls{station, brightness};
  lucarne::sensors::Api api{{.station = station, .controls = controls, .wall = wall}};
  lucarne::sensors::HttpServer server{context, "127.0.0.1:0", {.token = "t"}};

  House() {
    station.start();
    server.serve("/api/v1/", Access::Read, [this](const HttpRequest& request, const auto& respond) {
      api.answer(request, respond);
    });
    server.stream("/api/v1/events", [this] { return api.state(); });
    servePage(server);
  }
};

House& house() {
  static auto* made = new House;  // never destroyed: the process ends with it
  return *made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  House& h = house();
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0) std::abort();
  const auto ours = lucarne::base::UniqueFd::adopt(ends[0]);
  GSocket* socket = g_socket_new_from_fd(ends[1], nullptr);
  GSocketConnection* connection = g_socket_connection_factory_create_connection(socket);
  g_object_unref(socket);
  h.server.adopt(connection);
  if (::send(ours.get(), data, std::min<std::size_t>(size, 65536), MSG_NOSIGNAL) < 0) return 0;
  ::shutdown(ours.get(), SHUT_WR);
  // Until the server has closed; an end of file ends even a stream.
  for (int turn = 0; turn < 500 && h.server.connections() > 0; ++turn) {
    h.loop.turn(false);
    char buffer[65536];
    while (::recv(ours.get(), buffer, sizeof buffer, 0) > 0) {
    }
  }
  // A connection that stays would fill the server's table, and the rest would fuzz nothing.
  if (h.server.connections() > 0) std::abort();
  return 0;
}
