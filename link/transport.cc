// SPDX-License-Identifier: Apache-2.0
#include "link/transport.h"

#include <fmt/format.h>

namespace lucarne::link {

namespace {

std::string knownSyntaxes() {
  std::string all;
  for (const TransportRow* row : transportRows()) {
    fmt::format_to(std::back_inserter(all), "{}{}", all.empty() ? "" : ", ", row->syntax);
  }
  return all;
}

}  // namespace

std::unique_ptr<Transport> createTransport(std::string_view uri, const base::Context& context) {
  const std::size_t colon = uri.find(':');
  if (colon == std::string_view::npos) {
    throw base::UsageError(
        fmt::format("transport '{}' has no ':'; known are {}", uri, knownSyntaxes()));
  }
  const std::string_view scheme = uri.substr(0, colon);
  for (const TransportRow* row : transportRows()) {
    if (scheme == row->scheme) return row->create(uri.substr(colon + 1), context);
  }
  throw base::UsageError(
      fmt::format("there is no transport '{}'; known are {}", scheme, knownSyntaxes()));
}

}  // namespace lucarne::link
