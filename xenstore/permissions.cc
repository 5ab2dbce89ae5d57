// SPDX-License-Identifier: Apache-2.0
#include "xenstore/permissions.h"

#include <charconv>

#include "xenstore/wire.h"

namespace lucarne::xenstore {

namespace {

constexpr char kLetters[] = {'n', 'r', 'w', 'b'};  // by Access

std::optional<Grant> parseGrant(std::string_view text) {
  if (text.size() < 2) return std::nullopt;
  Grant grant;
  switch (text[0]) {
    case 'n':
      grant.access = Access::None;
      break;
    case 'r':
      grant.access = Access::Read;
      break;
    case 'w':
      grant.access = Access::Write;
      break;
    case 'b':
      grant.access = Access::ReadWrite;
      break;
    default:
      return std::nullopt;
  }
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data() + 1, end, grant.domain);
  if (error != std::errc{} || stop != end || grant.domain > kMaxDomainId) return std::nullopt;
  return grant;
}

void appendText(std::string& out, Access access, DomainId domain) {
  out += kLetters[static_cast<unsigned>(access)];
  out += std::to_string(domain);
  out += '\0';
}

}  // namespace

Access Permissions::accessOf(DomainId domain) const {
  if (domain == owner) return Access::ReadWrite;
  for (const Grant& grant : grants) {
    if (grant.domain == domain) return grant.access;
  }
  return others;
}

std::string Permissions::encode() const {
  std::string out;
  appendText(out, others, owner);
  for (const Grant& grant : grants) appendText(out, grant.access, grant.domain);
  return out;
}

std::optional<Permissions> parsePermissions(std::string_view untrustedTexts) {
  Permissions permissions;
  bool first = true;
  for (const std::string_view text : splitTexts(untrustedTexts)) {
    const auto grant = parseGrant(text);
    if (!grant) return std::nullopt;
    if (first) {
      permissions.owner = grant->domain;
      permissions.others = grant->access;
      first = false;
    } else {
      permissions.grants.push_back(*grant);
    }
  }
  if (first) return std::nullopt;
  return permissions;
}

}  // namespace lucarne::xenstore
