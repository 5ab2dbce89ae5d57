// SPDX-License-Identifier: Apache-2.0
#include "input-broker/outlet.h"

#include <fmt/format.h>

#include "base/result.h"

namespace lucarne::input {

std::unique_ptr<Outlet> createOutlet(const OutletRule& rule, Broker& broker,
                                     const base::Context& context) {
  const std::string_view text = rule.to;
  const std::size_t end = std::min(text.find_first_of(":+"), text.size());
  const std::string_view kind = text.substr(0, end);
  std::string known;
  for (const OutletRow* row : outletRows()) {
    if (kind != row->kind) {
      known += (known.empty() ? "" : ", ") + std::string(row->syntax);
      continue;
    }
    const bool wantsTransport = std::string_view(row->syntax).find('+') != std::string_view::npos;
    if (end < text.size() && (text[end] == '+') != wantsTransport) {
      throw base::UsageError(fmt::format("outlet \"{}\": expected {}", text, row->syntax));
    }
    return row->create(rule, text.substr(std::min(end + 1, text.size())), broker, context);
  }
  throw base::UsageError(fmt::format("outlet \"{}\": no such kind; there are {}", text, known));
}

}  // namespace lucarne::input
