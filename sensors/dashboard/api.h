// SPDX-License-Identifier: Apache-2.0
// The JSON API behind the dashboard, /api/v1 (docs/sensors.md): requests in, answers out, no sockets.
//
//   GET  /api/v1/state                 everything the page shows
//   GET  /api/v1/sensors               all sensors;  /api/v1/sensors/KIND/ID  one
//   GET  /api/v1/history?keys=K,K&from=MS&to=MS&points=N   (or &hours=H before now)
//   POST /api/v1/backlight             {"percent": 40} or {"automatic": true}
//   POST /api/v1/rotation              {"locked": true}
//
// The caller has asked the Gate before. Every text in a request is hostile.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "sensors/controls.h"
#include "sensors/dashboard/gate.h"
#include "sensors/dashboard/http_message.h"
#include "sensors/outlets/history.h"
#include "sensors/wall_clock.h"

namespace lucarne::sensors {

class NeighbourView;

/// What the API tells of; the pointers may be null.
struct ApiSources {
  const Station& station;
  Controls& controls;
  const WallClock& wall;
  History* history = nullptr;
  const NeighbourView* neighbours = nullptr;
  std::function<nlohmann::json()> outlets;  ///< {"mqtt": "trouble or empty"}; may be empty
};

class Api {
 public:
  using Respond = std::function<void(HttpResponse)>;

  static constexpr std::size_t kMaxKeys = 16;
  static constexpr std::int64_t kMaxSpanMs = 366LL * 24 * 3600 * 1000;

  explicit Api(ApiSources sources) : sources_(std::move(sources)) {}

  /// Read or Write; what the Gate is to be asked for.
  static Access accessFor(const HttpRequest& request);
  /// Calls `respond` once, at once or (history) from the loop.
  void answer(const HttpRequest& untrusted, const Respond& respond) const;
  /// What /api/v1/state answers.
  std::string state() const;

 private:
  HttpResponse sensor(const std::string& key) const;
  void history(const HttpRequest& untrusted, const Respond& respond) const;
  HttpResponse setBacklight(const std::string& untrustedBody) const;
  HttpResponse setRotation(const std::string& untrustedBody) const;

  ApiSources sources_;
};

}  // namespace lucarne::sensors
