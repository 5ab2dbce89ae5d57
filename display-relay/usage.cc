// SPDX-License-Identifier: Apache-2.0
#include "display-relay/usage.h"

#include <iterator>
#include <span>

#include <fmt/format.h>

#include "display-relay/endpoint.h"
#include "link/transport.h"

namespace lucarne::relay {

namespace {

template <typename Row>
void list(std::string& out, std::string_view title, std::span<const Row* const> rows) {
  fmt::format_to(std::back_inserter(out), "{}:\n", title);
  for (const Row* row : rows) {
    fmt::format_to(std::back_inserter(out), "  {:<31} {}\n", row->syntax, row->summary);
  }
  out += '\n';
}

}  // namespace

std::string endpointHelp() {
  std::string out;
  list(out, "Sources", sourceRows());
  list(out, "Sinks", sinkRows());
  list(out, "Transports", link::transportRows());
  out +=
      "Examples:\n"
      "  in the guest        lucarne-relay vnc+tcp:localhost:5900 link+serial:/dev/hvc1\n"
      "  beside the panel    lucarne-relay link+unix:/run/xen/gui.sock kiosk:\n"
      "  try it out          lucarne-relay pattern: kiosk:\n";
  return out;
}

}  // namespace lucarne::relay
