// SPDX-License-Identifier: Apache-2.0
// The row of Prometheus: /metrics on the dashboard's server.
#include "sensors/dashboard/http_server.h"
#include "sensors/outlet.h"
#include "sensors/outlets/history.h"
#include "sensors/outlets/metrics.h"
#include "sensors/outlets/neighbour_view.h"

namespace lucarne::sensors {

namespace {

class PrometheusOutlet final : public Outlet {
 public:
  explicit PrometheusOutlet(Surroundings& around) : around_(around) {
    around_.http->serve("/metrics", Access::Read, [this](const HttpRequest&, const auto& respond) {
      HttpResponse response;
      response.type = "text/plain; version=0.0.4; charset=utf-8";
      response.body = text();
      respond(response);
    });
  }

  void onReading(const Sensor&, const std::vector<bool>&) override { ++readings_; }

 private:
  std::string text() const {
    OwnGauges own;
    own["readings_total"] = readings_;
    own["http_requests_total"] = static_cast<double>(around_.http->counters().requests);
    own["http_refused_total"] = static_cast<double>(around_.http->counters().refused);
    if (around_.history) {
      own["history_bytes"] = static_cast<double>(around_.history->bytes());
      own["history_failing"] = around_.history->trouble().empty() ? 0 : 1;
    }
    static const std::map<std::string, std::string> kNone;
    return metricsText(around_.station,
                       around_.neighbours ? around_.neighbours->values() : kNone, own);
  }

  Surroundings& around_;
  double readings_ = 0;
};

std::unique_ptr<Outlet> create(Surroundings& around) {
  if (!around.http || !around.settings.http.metrics) return nullptr;
  return std::make_unique<PrometheusOutlet>(around);
}

}  // namespace

extern const OutletRow prometheusOutlet;
const OutletRow prometheusOutlet{
    .name = "prometheus", .summary = "/metrics for Prometheus", .create = create};

}  // namespace lucarne::sensors
