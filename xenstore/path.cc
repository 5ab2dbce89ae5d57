// SPDX-License-Identifier: Apache-2.0
#include "xenstore/path.h"

#include <algorithm>
#include <cstddef>

#include "xenstore/wire.h"

namespace lucarne::xenstore {

namespace {

bool isAllowed(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '/' || c == '_' || c == '@';
}

}  // namespace

std::string homeOf(DomainId domain) { return "/local/domain/" + std::to_string(domain); }

std::optional<std::string> absolutePath(DomainId domain, std::string_view untrusted) {
  const bool relative = !untrusted.starts_with('/');
  if (untrusted.empty() || untrusted.starts_with('@')) return std::nullopt;
  if (untrusted.size() > (relative ? kMaxRelativePath : kMaxAbsolutePath)) return std::nullopt;
  std::string path = relative ? homeOf(domain) + '/' : std::string();
  path += untrusted;
  const bool wellFormed = std::all_of(path.begin(), path.end(), isAllowed) &&
                          path.find("//") == std::string::npos &&
                          (path.size() == 1 || !path.ends_with('/'));
  if (!wellFormed || path.size() > kMaxAbsolutePath) return std::nullopt;
  return path;
}

bool isSpecialPath(std::string_view path) {
  return path == "@introduceDomain" || path == "@releaseDomain";
}

std::string_view parentOf(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == 0 ? path.substr(0, 1) : path.substr(0, slash);
}

std::string_view nameOf(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool isWithin(std::string_view path, std::string_view ancestor) {
  if (path == ancestor) return true;
  if (!path.starts_with('/')) return false;
  if (ancestor == "/") return true;
  return path.starts_with(ancestor) && path.size() > ancestor.size() &&
         path[ancestor.size()] == '/';
}

}  // namespace lucarne::xenstore
