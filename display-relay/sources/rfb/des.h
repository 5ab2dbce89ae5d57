// SPDX-License-Identifier: Apache-2.0
// The one cipher that VNC authentication needs: DES on single blocks (FIPS 46-3), encrypting only.
//
// DES protects nothing any more; it is here because the protocol asks for it (RFC 6143, 7.2.2).
// Whoever needs secrecy puts the server on a unix socket or the line inside something encrypted.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace lucarne::relay::rfb {

using DesBlock = std::array<std::uint8_t, 8>;
using Challenge = std::array<std::uint8_t, 16>;

/// Encrypts one block. The lowest bit of each key byte is ignored (it is a parity bit).
DesBlock desEncrypt(const DesBlock& key, const DesBlock& plain);

/// The answer to a VNC challenge: both halves encrypted with the password's first eight bytes
/// (zeros after its end), each byte with its bits reversed, as every VNC server expects.
Challenge answerChallenge(const Challenge& challenge, std::string_view password);

}  // namespace lucarne::relay::rfb
