// SPDX-License-Identifier: Apache-2.0
// Words from a guest or a peer, made safe to show, to log and to compare.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lucarne::surface {

/// Valid UTF-8 without control characters or marks that turn the writing direction around (they
/// could make one name look like another, or drive a terminal): a '?' for each of those and for
/// each byte that is not UTF-8. Never longer than what came in; the same when cleaned again.
std::string cleanText(std::string_view untrusted);

/// Nothing but whole characters, in their shortest form (RFC 3629).
bool isUtf8(std::string_view text);

/// At most `maxBytes` of it, cut between characters when it is UTF-8.
std::string_view cutText(std::string_view text, std::size_t maxBytes);

}  // namespace lucarne::surface
