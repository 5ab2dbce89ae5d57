// SPDX-License-Identifier: Apache-2.0
// A secret that both ends have, and how each proves it to the other without saying it.
//
//   mac = HMAC-SHA-256 (RFC 2104, FIPS 180-4) keyed with the secret over
//         label || 0 || opener's nonce || answerer's nonce || name of the stream's service
//   label = "lucarne tunnel 1 opener" in a Proof, "lucarne tunnel 1 answerer" in an Opened
//
// Nonces are 32 bytes from the system's random source, new for each stream, so a recorded proof is
// worth nothing; the labels keep an end from being answered with its own words.
//
// What this gives: nobody without the secret gets a stream opened. What it does not: the stream's
// bytes are neither hidden nor signed. Whoever can change bytes on the line can take over a stream
// that was opened honestly (docs/tunnel.md, Security).
#pragma once

#include <string>
#include <string_view>

#include "tunnel/messages.h"

namespace lucarne::tunnel {

class Secret {
 public:
  /// A proof seen on the line can be tried against guesses at leisure: shorter ones are refused.
  static constexpr std::size_t kFewestBytes = 16;
  static constexpr std::size_t kMostBytes = 4096;

  /// The file's first line. Throws SetupError unless it is a regular file of this user or root that
  /// nobody else may read or write, and the line has kFewestBytes to kMostBytes.
  static Secret fromFile(const std::string& path);
  /// For tests. Throws SetupError for one that is too short or too long.
  explicit Secret(std::string_view text);
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  Secret(Secret&&) noexcept = default;
  Secret& operator=(Secret&&) noexcept = default;
  /// Overwrites it.
  ~Secret();

  enum class Side { Opener, Answerer };
  Block32 prove(Side side, const Block32& openerNonce, const Block32& answererNonce,
                std::string_view name) const;
  /// In a time that does not depend on how much of it is right.
  bool verify(const Block32& untrustedMac, Side side, const Block32& openerNonce,
              const Block32& answererNonce, std::string_view name) const;

 private:
  std::string text_;
};

/// 32 bytes that nobody can foresee.
Block32 drawNonce();

}  // namespace lucarne::tunnel
