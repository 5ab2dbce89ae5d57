// SPDX-License-Identifier: Apache-2.0
#include "tunnel/local_spec.h"

#include <fmt/format.h>

#include "base/result.h"
#include "tunnel/messages.h"

namespace lucarne::tunnel {

namespace {

constexpr std::string_view kAnswer = "answer:";

struct Scheme {
  std::string_view name;
  LocalSpec::Kind kind;
  bool answers;
};
using Kind = LocalSpec::Kind;
constexpr Scheme kSchemes[] = {
    {"tcp-listen", Kind::Listener, false},   {"unix-listen", Kind::Listener, false},
    {"vsock-listen", Kind::Listener, false}, {"tcp", Kind::Dialler, true},
    {"unix", Kind::Dialler, true},           {"vsock", Kind::Dialler, true},
    {"exec", Kind::Child, true},             {"exec-tty", Kind::ChildOnTerminal, true},
    {"pty", Kind::Line, false},              {"serial", Kind::Line, false},
    {"fd", Kind::Line, false},               {"stdio", Kind::StandardIo, false},
};

std::string known() {
  std::string all;
  for (const Scheme& scheme : kSchemes) fmt::format_to(std::back_inserter(all), " {}:", scheme.name);
  return all;
}

bool isSingle(Kind kind) { return kind == Kind::Line || kind == Kind::StandardIo; }

}  // namespace

LocalSpec parseLocal(std::string_view name, std::string_view text) {
  LocalSpec spec{.name = std::string(name), .uri = {}, .text = std::string(text)};
  std::string_view end = text;
  const bool told = end.starts_with(kAnswer);
  if (told) end.remove_prefix(kAnswer.size());
  const std::string_view scheme = end.substr(0, end.find(':'));
  const Scheme* found = nullptr;
  for (const Scheme& each : kSchemes) {
    if (each.name == scheme && scheme.size() < end.size()) found = &each;
  }
  if (!found) {
    throw base::UsageError(
        fmt::format("'{}' is no local end of a tunnel; there are{}", text, known()));
  }
  if (told && !isSingle(found->kind)) {
    throw base::UsageError(fmt::format(
        "'{}': answer: is for pty:, serial:, fd: and stdio:; the others do one or the other", text));
  }
  spec.kind = found->kind;
  spec.answers = found->answers || told;
  const std::string_view rest = end.substr(scheme.size() + 1);
  spec.uri = spec.runsPrograms() ? rest : end;
  if (end.find('\0') != std::string_view::npos) {
    throw base::UsageError("a tunnel's local end has a zero byte");
  }
  if (spec.runsPrograms() && rest.empty()) {
    throw base::UsageError(fmt::format("'{}' names no command", text));
  }
  if (spec.kind == Kind::StandardIo && !rest.empty()) {
    throw base::UsageError(fmt::format("'{}': stdio: takes nothing", text));
  }
  return spec;
}

LocalSpec parseNamedLocal(std::string_view text) {
  const std::size_t equals = text.find('=');
  const std::string_view name = text.substr(0, equals);
  if (equals == std::string_view::npos || !isName(name)) {
    throw base::UsageError(fmt::format(
        "'{}' is not NAME=END, as in vnc=tcp:localhost:5900; a name has 1 to {} of a-z, 0-9 and -",
        text, kMaxName));
  }
  return parseLocal(name, text.substr(equals + 1));
}

}  // namespace lucarne::tunnel
