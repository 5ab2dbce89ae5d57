// SPDX-License-Identifier: Apache-2.0
#include "sensors/dashboard/gate.h"

#include <algorithm>
#include <cctype>
#include <cstdint>

#include <nlohmann/json.hpp>

namespace lucarne::sensors {

HttpResponse HttpResponse::error(int status, std::string_view why) {
  HttpResponse response;
  response.status = status;
  response.body = nlohmann::json{{"error", why}}.dump() + "\n";
  return response;
}

std::string hostName(std::string_view authority) {
  if (authority.starts_with('[')) {
    authority.remove_prefix(1);
    authority = authority.substr(0, authority.find(']'));
  } else {
    authority = authority.substr(0, authority.find(':'));
  }
  std::string name(authority);
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return name;
}

bool isLoopbackName(std::string_view host) {
  if (host == "localhost" || host == "::1") return true;
  if (!host.starts_with("127.")) return false;
  // Digits and dots only: "127.evil.example" is a name that anybody can own.
  return host.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool Gate::isToken(std::string_view untrusted) const {
  if (options_.token.empty()) return false;
  unsigned different = untrusted.size() == options_.token.size() ? 0 : 1;
  for (std::size_t i = 0; i < options_.token.size(); ++i) {
    const char theirs = untrusted.empty() ? '\0' : untrusted[i % untrusted.size()];
    different |= static_cast<unsigned char>(theirs) ^
                 static_cast<unsigned char>(options_.token[i]);
  }
  return different == 0;
}

bool Gate::bearsToken(const HttpRequest& untrusted) const {
  const std::string authorization = untrusted.header("authorization");
  constexpr std::string_view kBearer = "Bearer ";
  if (authorization.starts_with(kBearer)) {
    return isToken(std::string_view(authorization).substr(kBearer.size()));
  }
  const std::string cookies = untrusted.header("cookie");
  const std::string wanted = std::string(kCookie) + "=";
  for (std::size_t at = 0; at < cookies.size();) {
    std::size_t end = cookies.find(';', at);
    if (end == std::string::npos) end = cookies.size();
    while (at < end && cookies[at] == ' ') ++at;
    const std::string_view cookie = std::string_view(cookies).substr(at, end - at);
    if (cookie.starts_with(wanted)) return isToken(cookie.substr(wanted.size()));
    at = end + 1;
  }
  return false;
}

bool Gate::isOurHost(std::string_view untrusted) const {
  const std::string name = hostName(untrusted);
  if (name.empty()) return false;
  if (isLoopbackName(name)) return true;
  return std::find(options_.hosts.begin(), options_.hosts.end(), name) != options_.hosts.end();
}

std::optional<HttpResponse> Gate::refuse(const HttpRequest& untrusted, Access access) const {
  if (!isOurHost(untrusted.header("host"))) {
    return HttpResponse::error(403, "this host name is not in http.hosts");
  }
  const std::string site = untrusted.header("sec-fetch-site");
  const bool opened = untrusted.header("sec-fetch-mode") == "navigate" && access == Access::Read;
  if (!site.empty() && site != "same-origin" && site != "none" && !opened) {
    return HttpResponse::error(403, "asked by a page of another origin");
  }
  const std::string origin = untrusted.header("origin");
  if (!origin.empty()) {
    const auto scheme = origin.find("://");
    const bool same = scheme != std::string::npos &&
                      origin.substr(scheme + 3) == untrusted.header("host");
    if (!same) return HttpResponse::error(403, "asked by a page of another origin");
  }
  if (access == Access::Login) return std::nullopt;
  const bool needed = access == Access::Write || !options_.loopbackOnly;
  if (needed && !bearsToken(untrusted)) {
    return HttpResponse::error(401, options_.token.empty()
                                        ? "writing needs a token: set http.token_file"
                                        : "the token is missing or wrong");
  }
  if (access == Access::Write &&
      !untrusted.header("content-type").starts_with("application/json")) {
    return HttpResponse::error(415, "the body must be application/json");
  }
  return std::nullopt;
}

}  // namespace lucarne::sensors
