// SPDX-License-Identifier: Apache-2.0
// Who may do what with one XenStore node.
//
// On the wire a list of texts, one letter and a domain's number each: "n0" "r5" "b7". The first
// names the owner, who may do everything, and says by its letter what everybody may who is not
// named after it (docs/misc/xenstore.txt of Xen, SET_PERMS). Domain 0 may always do everything.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lucarne::xenstore {

using DomainId = std::uint16_t;

/// Xen reserves 0x7ff0 and above for special meanings (DOMID_FIRST_RESERVED).
inline constexpr DomainId kMaxDomainId = 0x7fef;

enum class Access : std::uint8_t { None = 0, Read = 1, Write = 2, ReadWrite = 3 };

constexpr bool allows(Access granted, Access wanted) {
  return (static_cast<unsigned>(granted) & static_cast<unsigned>(wanted)) ==
         static_cast<unsigned>(wanted);
}

struct Grant {
  DomainId domain = 0;
  Access access = Access::None;
  friend bool operator==(const Grant&, const Grant&) = default;
};

struct Permissions {
  DomainId owner = 0;
  Access others = Access::None;  ///< for every domain that has no grant
  std::vector<Grant> grants;

  friend bool operator==(const Permissions&, const Permissions&) = default;

  /// What `domain` may do, not counting that domain 0 is privileged.
  Access accessOf(DomainId domain) const;
  /// The texts of the wire, each with its final NUL.
  std::string encode() const;
};

/// Reads such a list. Nothing when it is empty, a text is malformed or a number is no domain's.
std::optional<Permissions> parsePermissions(std::string_view untrustedTexts);

}  // namespace lucarne::xenstore
