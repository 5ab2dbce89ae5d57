// SPDX-License-Identifier: Apache-2.0
// Paths in the store: "/", "/local/domain/5/data/x". Letters, digits and - / _ @ (xenstore.txt).
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "xenstore/permissions.h"

namespace lucarne::xenstore {

/// "/local/domain/N": what relative paths of that domain are relative to.
std::string homeOf(DomainId domain);

/// The absolute path of what a domain wrote. Nothing when it is malformed, too long, or special
/// ("@releaseDomain").
std::optional<std::string> absolutePath(DomainId domain, std::string_view untrusted);

/// "@introduceDomain" or "@releaseDomain".
bool isSpecialPath(std::string_view path);

/// "/a" of "/a/b", "/" of "/a". `path` must not be "/".
std::string_view parentOf(std::string_view path);
/// "b" of "/a/b".
std::string_view nameOf(std::string_view path);
/// Whether `path` is `ancestor` or lies below it; special paths lie below nothing.
bool isWithin(std::string_view path, std::string_view ancestor);

}  // namespace lucarne::xenstore
