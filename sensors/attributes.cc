// SPDX-License-Identifier: Apache-2.0
#include "sensors/attributes.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <system_error>

#include <fmt/format.h>

namespace lucarne::sensors {

bool Attributes::has(std::string_view name) const {
  const auto found = files_.find(name);
  return found != files_.end() && found->second.error != ENOENT;
}

std::optional<std::string_view> Attributes::text(std::string_view name) const {
  const auto found = files_.find(name);
  if (found == files_.end() || found->second.error != 0) return std::nullopt;
  return found->second.text;
}

std::string Attributes::trouble(std::string_view name) const {
  const auto found = files_.find(name);
  if (found == files_.end()) return fmt::format("{}: not read", name);
  if (found->second.error == 0) return "";
  // std::generic_category, unlike strerror, may be used from any thread.
  return fmt::format("{}: {}", name, std::generic_category().message(found->second.error));
}

base::Result<double> Attributes::number(std::string_view name) const {
  const auto untrusted = text(name);
  if (!untrusted) return base::unexpected(trouble(name));
  if (const auto parsed = parseNumber(*untrusted)) return *parsed;
  return base::unexpected(fmt::format("{}: '{}' is not a number", name, printable(*untrusted)));
}

bool Attributes::lists(std::string_view name) const {
  return std::binary_search(entries.begin(), entries.end(), name);
}

std::optional<double> parseNumber(std::string_view text) {
  if (!text.empty() && text.front() == '+') text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(number)) return std::nullopt;
  return number;
}

std::string printable(std::string_view untrusted, std::size_t limit) {
  std::string clean;
  for (const char c : untrusted.substr(0, limit)) clean.push_back(c >= 0x20 && c < 0x7f ? c : '?');
  if (untrusted.size() > limit) clean += "...";
  return clean;
}

}  // namespace lucarne::sensors
