// SPDX-License-Identifier: Apache-2.0
// A look at a request's head before the HTTP library gets it.
//
// libsoup 3.2 takes heads of 64 KiB, waits for each for ever, and leaks the path of every request
// that it answers with 400 before anybody is asked (found by tests/fuzz/sensors_http_fuzz.cc): enough
// for somebody who is patient to fill the memory. So it only ever sees heads that are whole, small
// and beyond its doubts: well formed (RFC 9112, sections 3 and 5, without obsolete line folding), one
// Host that is a name or address, a target of plain characters, a length that is a number, and no
// transfer coding.
#pragma once

#include <cstddef>
#include <string_view>

namespace lucarne::sensors {

/// Browsers send about 600 bytes.
inline constexpr std::size_t kMaxRequestHead = 8192;

enum class HeadState {
  Incomplete,  ///< more bytes may make it good
  Good,        ///< whole, up to and with the empty line
  Bad,
};

/// `untrusted`: the first bytes of a connection.
HeadState checkRequestHead(std::string_view untrusted);

}  // namespace lucarne::sensors
