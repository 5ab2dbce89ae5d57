// SPDX-License-Identifier: Apache-2.0
#include "sensors/dashboard/listen_address.h"

#include <arpa/inet.h>

#include <charconv>

#include <fmt/format.h>

#include "base/result.h"

namespace lucarne::sensors {

ListenAddress parseListenAddress(std::string_view text) {
  const auto fail = [text]() -> ListenAddress {
    throw base::UsageError(
        fmt::format("'{}' is not ADDRESS:PORT with a numeric address or localhost", text));
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return fail();
  std::string_view host = text.substr(0, colon);
  const std::string_view number = text.substr(colon + 1);
  ListenAddress address;
  const auto [end, error] =
      std::from_chars(number.data(), number.data() + number.size(), address.port);
  if (error != std::errc() || end != number.data() + number.size()) return fail();
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  address.host = host == "localhost" ? "127.0.0.1" : std::string(host);
  in6_addr parsed{};
  if (::inet_pton(bracketed ? AF_INET6 : AF_INET, address.host.c_str(), &parsed) != 1) {
    return fail();
  }
  return address;
}

}  // namespace lucarne::sensors
