// SPDX-License-Identifier: Apache-2.0
// Who may ask the dashboard for what.
//
// - By default it listens on the loopback only; whoever is on the machine may read, nobody may write.
// - With a token, its bearer may write. Beyond the loopback nothing is answered without it.
// - The token comes as "Authorization: Bearer TOKEN" or as the cookie that the login page sets
//   (HttpOnly, SameSite=Strict).
// - Pages of other origins must not read us: no CORS header is ever sent, requests that a browser
//   marks as cross-site are refused, and so is a Host that is not ours (a name of somebody else's
//   that resolves to our address: DNS rebinding).
// - A write must come from our own page or from no page at all (Origin), with a JSON body, which a
//   form of another page cannot send.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sensors/dashboard/http_message.h"

namespace lucarne::sensors {

enum class Access { Read, Write, Login };

struct GateOptions {
  std::string token;               ///< empty: none
  bool loopbackOnly = true;        ///< what the server listens on
  std::vector<std::string> hosts;  ///< names and addresses, beside the loopback's
};

class Gate {
 public:
  static constexpr const char* kCookie = "lucarne_token";

  explicit Gate(GateOptions options) : options_(std::move(options)) {}

  /// The refusal, or nothing when it may pass.
  std::optional<HttpResponse> refuse(const HttpRequest& untrusted, Access access) const;
  /// Takes the same time for every wrong token.
  bool isToken(std::string_view untrusted) const;
  bool mayWrite(const HttpRequest& untrusted) const { return bearsToken(untrusted); }
  bool hasToken() const { return !options_.token.empty(); }

 private:
  bool bearsToken(const HttpRequest& untrusted) const;
  bool isOurHost(std::string_view untrusted) const;

  GateOptions options_;
};

/// HOST or HOST:PORT or [V6]:PORT without its port and brackets, in small letters.
std::string hostName(std::string_view authority);

/// 127.0.0.0/8, ::1 or localhost.
bool isLoopbackName(std::string_view host);

}  // namespace lucarne::sensors
