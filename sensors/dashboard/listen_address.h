// SPDX-License-Identifier: Apache-2.0
// Where a server is to listen, as the configuration says it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lucarne::sensors {

struct ListenAddress {
  std::string host;  ///< numeric: "127.0.0.1", "::1"
  std::uint16_t port = 0;
};

/// "HOST:PORT" or "[V6]:PORT"; HOST is a numeric address or "localhost" (127.0.0.1). Names are not
/// looked up: what a server listens on must not depend on a name server. Throws UsageError.
ListenAddress parseListenAddress(std::string_view text);

}  // namespace lucarne::sensors
