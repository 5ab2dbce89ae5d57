// SPDX-License-Identifier: Apache-2.0
#include "sensors/dashboard/page.h"

#include <string>

#include <fmt/format.h>

namespace lucarne::sensors {

namespace {

const WebFile* findFile(std::string_view path) {
  for (const WebFile& file : webFiles()) {
    if (file.path == path) return &file;
  }
  return nullptr;
}

HttpResponse fileResponse(const WebFile& file) {
  HttpResponse response;
  response.type = file.type;
  response.body = file.content;
  return response;
}

// The value of token=… in a form; the token's letters are those that a form does not escape, others
// are decoded.
std::string formToken(std::string_view untrusted) {
  constexpr std::string_view kName = "token=";
  if (!untrusted.starts_with(kName)) return "";
  untrusted = untrusted.substr(kName.size(), untrusted.find('&') - kName.size());
  const auto hex = [](char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
  };
  std::string token;
  for (std::size_t i = 0; i < untrusted.size(); ++i) {
    const bool escaped = untrusted[i] == '%' && i + 2 < untrusted.size() &&
                         hex(untrusted[i + 1]) >= 0 && hex(untrusted[i + 2]) >= 0;
    if (escaped) {
      token.push_back(static_cast<char>(hex(untrusted[i + 1]) * 16 + hex(untrusted[i + 2])));
      i += 2;
    } else {
      token.push_back(untrusted[i] == '+' ? ' ' : untrusted[i]);
    }
  }
  return token;
}

HttpResponse login(const Gate& gate, const HttpRequest& request) {
  const WebFile* form = findFile("/login");
  if (request.method != "POST") return fileResponse(*form);
  const std::string token = formToken(request.body);
  if (!gate.isToken(token)) {
    HttpResponse again = fileResponse(*form);
    again.status = 401;
    return again;
  }
  HttpResponse response;
  response.status = 303;
  response.headers = {{"Location", "/"},
                      {"Set-Cookie", fmt::format("{}={}; HttpOnly; SameSite=Strict; Path=/; "
                                                 "Max-Age=31536000", Gate::kCookie, token)}};
  return response;
}

}  // namespace

void servePage(HttpServer& server) {
  for (const WebFile& file : webFiles()) {
    if (std::string_view(file.path) == "/login") continue;
    // Style and script hold no secrets and the login page needs the style: for everybody here.
    const bool open = std::string_view(file.path) == "/style.css";
    server.serve(file.path, open ? Access::Login : Access::Read,
                 [&file](const HttpRequest&, const auto& respond) { respond(fileResponse(file)); });
  }
  server.serve("/", Access::Login, [&server](const HttpRequest& request, const auto& respond) {
    if (auto refusal = server.gate().refuse(request, Access::Read)) {
      const bool wantsLogin = refusal->status == 401;
      HttpResponse response = wantsLogin ? fileResponse(*findFile("/login")) : *refusal;
      if (wantsLogin) response.status = 401;
      return respond(response);
    }
    respond(fileResponse(*findFile("/index.html")));
  });
  server.serve("/login", Access::Login, [&server](const HttpRequest& request, const auto& respond) {
    respond(login(server.gate(), request));
  });
}

}  // namespace lucarne::sensors
