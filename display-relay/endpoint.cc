// SPDX-License-Identifier: Apache-2.0
#include "display-relay/endpoint.h"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/result.h"

namespace lucarne::relay {

namespace {

// A server takes input within milliseconds; one that hangs shall not keep a relay from ending.
constexpr base::Duration kFarewell = std::chrono::milliseconds(300);
constexpr base::Duration kFarewellTick = std::chrono::milliseconds(2);

bool isKindCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
}

template <typename Row>
std::vector<std::string_view> syntaxes(std::span<const Row* const> rows) {
  std::vector<std::string_view> all;
  for (const Row* row : rows) all.push_back(row->syntax);
  return all;
}

template <typename Row>
const Row& findRow(const Endpoint& endpoint, std::span<const Row* const> rows,
                   std::string_view role) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&endpoint](const Row* row) {
    return endpoint.kind == row->kind;
  });
  if (found == rows.end()) {
    throw base::UsageError(fmt::format("'{}': there is no {} '{}'; there are {}", endpoint.text,
                                       role, endpoint.kind, fmt::join(syntaxes(rows), ", ")));
  }
  const bool takesTransport = std::string_view((*found)->syntax).find('+') != std::string_view::npos;
  if (takesTransport != !endpoint.transport.empty()) {
    throw base::UsageError(fmt::format("'{}': a {} is written {}", endpoint.text, endpoint.kind,
                                       (*found)->syntax));
  }
  return **found;
}

}  // namespace

Endpoint parseEndpoint(std::string_view text) {
  Endpoint endpoint;
  endpoint.text = text;
  const auto kindEnd = std::find_if_not(text.begin(), text.end(), isKindCharacter);
  endpoint.kind = std::string(text.begin(), kindEnd);
  const std::string_view tail = text.substr(endpoint.kind.size());
  const bool wellFormed =
      !endpoint.kind.empty() && (tail.empty() || tail[0] == ':' || (tail[0] == '+' && tail.size() > 1)) &&
      tail.find('\0') == std::string_view::npos;
  if (!wellFormed) {
    throw base::UsageError(fmt::format(
        "'{}' is not an endpoint; write KIND:… or KIND+TRANSPORT:…, as in pattern:1280x800 or "
        "vnc+tcp:localhost:5900", text));
  }
  if (!tail.empty()) (tail[0] == '+' ? endpoint.transport : endpoint.rest) = tail.substr(1);
  return endpoint;
}

void requireOneLink(std::string_view source, const std::vector<std::string>& sinks) {
  const auto isLink = [](std::string_view text) { return parseEndpoint(text).kind == "link"; };
  if (isLink(source) + std::count_if(sinks.begin(), sinks.end(), isLink) != 1) {
    throw base::UsageError("--tunnel needs exactly one link+TRANSPORT among the endpoints");
  }
}

void waitUntilSent(Source& source, const base::Context& context) {
  bool over = false;
  const auto end = context.loop.after(kFarewell, [&over] { over = true; });
  const auto tick = context.loop.every(kFarewellTick, [] {});
  while (!over && source.isSending()) context.loop.turn(true);
}

std::unique_ptr<Source> createSource(std::string_view text, const RelayOptions& options,
                                     surface::Screen& screen, const base::Context& context) {
  const Endpoint endpoint = parseEndpoint(text);
  return findRow(endpoint, sourceRows(), "source").create(endpoint, options, screen, context);
}

std::unique_ptr<Sink> createSink(std::string_view text, const RelayOptions& options,
                                 surface::Screen& screen, const base::Context& context) {
  const Endpoint endpoint = parseEndpoint(text);
  return findRow(endpoint, sinkRows(), "sink").create(endpoint, options, screen, context);
}

}  // namespace lucarne::relay
