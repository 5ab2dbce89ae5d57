// SPDX-License-Identifier: Apache-2.0
// A request and its answer as the dashboard's parts see them: plain values, so that everything behind
// the HTTP library is tested and fuzzed without a socket.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lucarne::sensors {

struct HttpRequest {
  std::string method;  ///< "GET"
  std::string path;    ///< decoded, "/api/v1/sensors"
  std::map<std::string, std::string> query;    ///< decoded
  std::map<std::string, std::string> headers;  ///< names in small letters; the last of a name
  std::string body;

  std::string header(const char* name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? "" : found->second;
  }
};

struct HttpResponse {
  int status = 200;
  std::string type = "application/json";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;

  /// {"error": "…"}; `why` is one of ours, never a text from outside.
  static HttpResponse error(int status, std::string_view why);
};

}  // namespace lucarne::sensors
