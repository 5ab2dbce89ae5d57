// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sinks/vnc_listen/address.h"

#include <fmt/format.h>

#include "base/result.h"

namespace lucarne::relay::vnc_listen {

namespace {

constexpr std::string_view kPasswordFile = "password-file=";

void applyOption(std::string_view option, std::string_view text, Address& address) {
  if (option == "view-only") {
    address.viewOnly = true;
  } else if (option == "resize") {
    address.mayResize = true;
  } else if (option.starts_with(kPasswordFile) && option.size() > kPasswordFile.size()) {
    address.passwordFile = option.substr(kPasswordFile.size());
  } else {
    throw base::UsageError(fmt::format(
        "vnc-listen+{}: '{}' is no option; there are view-only, resize and password-file=PATH", text,
        option));
  }
}

}  // namespace

Address parseAddress(std::string_view text) {
  const std::size_t question = text.find('?');
  const std::string_view where = text.substr(0, question);
  const std::size_t colon = where.find(':');
  const std::string_view scheme = where.substr(0, colon);
  if (colon == std::string_view::npos || (scheme != "tcp" && scheme != "unix")) {
    throw base::UsageError(fmt::format(
        "vnc-listen+{}: viewers come by tcp:HOST:PORT or unix:PATH", text));
  }
  Address address;
  address.listener = fmt::format("{}-listen{}", scheme, where.substr(colon));
  std::string_view options = question == std::string_view::npos ? "" : text.substr(question + 1);
  while (!options.empty()) {
    const std::size_t end = options.find('&');
    applyOption(options.substr(0, end), text, address);
    options = end == std::string_view::npos ? "" : options.substr(end + 1);
  }
  return address;
}

}  // namespace lucarne::relay::vnc_listen
