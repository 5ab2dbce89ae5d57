// SPDX-License-Identifier: Apache-2.0
// The row of the HTTP server: the dashboard, its API and its event stream.
#include "sensors/dashboard/api.h"
#include "sensors/dashboard/http_server.h"
#include "sensors/dashboard/page.h"
#include "sensors/outlet.h"
#include "sensors/outlets/neighbour_view.h"

#include <nlohmann/json.hpp>

namespace lucarne::sensors {

namespace {

GateOptions gateOptions(const HttpSettings& settings) {
  GateOptions options;
  if (!settings.tokenFile.empty()) options.token = readSecret(settings.tokenFile);
  options.hosts = settings.hosts;
  return options;
}

class HttpOutlet final : public Outlet {
 public:
  explicit HttpOutlet(Surroundings& around)
      : log_(around.context.log),
        server_(around.context, around.settings.http.listen, gateOptions(around.settings.http)),
        api_({.station = around.station,
              .controls = around.controls,
              .wall = around.wall,
              .history = around.history,
              .neighbours = around.neighbours,
              .outlets = around.troubles}) {
    around.http = &server_;
    if (around.neighbours) around.neighbours->onChange([this] { server_.changed(); });
    server_.serve("/api/v1/", Access::Read, [this](const HttpRequest& request, const auto& respond) {
      api_.answer(request, respond);
    });
    server_.stream("/api/v1/events", [this] { return api_.state(); });
    servePage(server_);
  }

  void start() override { log_.info("dashboard: http://{}/", server_.address()); }

  void onReading(const Sensor&, const std::vector<bool>& news) override {
    if (std::find(news.begin(), news.end(), true) != news.end()) server_.changed();
  }
  void onForgotten(const Sensor&) override { server_.changed(); }

 private:
  base::Log log_;
  HttpServer server_;
  Api api_;
};

std::unique_ptr<Outlet> create(Surroundings& around) {
  if (!around.settings.http.enable) return nullptr;
  return std::make_unique<HttpOutlet>(around);
}

}  // namespace

extern const OutletRow httpOutlet;
const OutletRow httpOutlet{
    .name = "http", .summary = "dashboard, JSON API and event stream", .create = create};

}  // namespace lucarne::sensors
