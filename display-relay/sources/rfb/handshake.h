// SPDX-License-Identifier: Apache-2.0
// The conversation before the first picture: version, security, size and name (RFC 6143, 7.1-7.3).
//
//   ServerVersion → version → security types → type → [challenge → answer] → [result] → shared flag
//   → size, pixel format, name
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/byte_reader.h"
#include "base/result.h"
#include "surface/geometry.h"

namespace lucarne::relay::rfb {

class Handshake {
 public:
  /// `password` is the first line of the password file, nothing when there is none. Appends its
  /// answers to `out`, which outlives it.
  Handshake(std::optional<std::string> password, std::vector<std::uint8_t>& out);

  /// Eats from the front of what has arrived; answers how much. An error ends the connection, in
  /// words for the person.
  base::Result<std::size_t> take(base::Bytes available);

  bool done() const { return stage_ == Stage::Done; }
  /// After an error: trying again at once will not help, a person has to do something.
  bool refused() const { return refused_; }

  /// Valid once done.
  surface::Size size() const { return size_; }
  const std::string& name() const { return name_; }

 private:
  enum class Stage {
    Version,
    SecurityWord,   // 3.3: the server dictates
    SecurityTypes,  // 3.7 and later: it offers
    Challenge,
    Result,
    Reason,
    ServerInit,
    Name,
    Done,
  };

  base::Result<std::size_t> step(base::Bytes available);
  base::Result<std::size_t> takeVersion(base::Bytes available);
  base::Result<std::size_t> takeSecurityWord(base::Bytes available);
  base::Result<std::size_t> takeSecurityTypes(base::Bytes available);
  base::Result<std::size_t> takeChallenge(base::Bytes available);
  base::Result<std::size_t> takeResult(base::Bytes available);
  base::Result<std::size_t> takeReason(base::Bytes available);
  base::Result<std::size_t> takeServerInit(base::Bytes available);
  std::size_t takeName(base::Bytes available);
  base::Result<void> choose(base::Bytes types);
  base::Unexpected<base::Error> refuse(std::string words);

  std::optional<std::string> password_;
  std::vector<std::uint8_t>& out_;
  Stage stage_ = Stage::Version;
  int minor_ = 8;
  std::string failed_;  // what failed, while its reason is being read
  bool refused_ = false;
  surface::Size size_;
  std::uint32_t nameLeft_ = 0;
  std::vector<std::uint8_t> nameBytes_;
  std::string name_;
};

}  // namespace lucarne::relay::rfb
