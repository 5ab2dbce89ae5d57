// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/rfb/handshake.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "display-relay/sources/rfb/des.h"
#include "display-relay/sources/rfb/protocol.h"
#include "display-relay/sources/rfb/text.h"
#include "surface/frame.h"

namespace lucarne::relay::rfb {

namespace {

constexpr std::size_t kVersionBytes = 12;
constexpr std::size_t kServerInitBytes = 24;
constexpr std::uint8_t kShared = 1;  // other viewers of the same guest stay connected

/// "003" as a number; -1 when it is not three digits.
int threeDigits(base::Bytes text) {
  int number = 0;
  for (const std::uint8_t c : text) {
    if (c < '0' || c > '9') return -1;
    number = number * 10 + (c - '0');
  }
  return number;
}

}  // namespace

Handshake::Handshake(std::optional<std::string> password, std::vector<std::uint8_t>& out)
    : password_(std::move(password)), out_(out) {}

base::Result<std::size_t> Handshake::take(base::Bytes available) {
  std::size_t used = 0;
  while (!done()) {
    auto eaten = step(available.subspan(used));
    if (!eaten) return eaten;
    if (*eaten == 0 && !done()) break;
    used += *eaten;
  }
  return used;
}

base::Result<std::size_t> Handshake::step(base::Bytes available) {
  switch (stage_) {
    case Stage::Version:
      return takeVersion(available);
    case Stage::SecurityWord:
      return takeSecurityWord(available);
    case Stage::SecurityTypes:
      return takeSecurityTypes(available);
    case Stage::Challenge:
      return takeChallenge(available);
    case Stage::Result:
      return takeResult(available);
    case Stage::Reason:
      return takeReason(available);
    case Stage::ServerInit:
      return takeServerInit(available);
    case Stage::Name:
      return takeName(available);
    case Stage::Done:
      break;
  }
  return std::size_t{0};
}

base::Unexpected<base::Error> Handshake::refuse(std::string words) {
  refused_ = true;
  return base::unexpected(std::move(words));
}

// "RFB 003.008\n". Odd numbers are met: 003.005 means 3.3 (RFC 6143, 7.1.1), 003.889 is Apple's,
// 004.001 and 005.000 are RealVNC's; the last three all take 3.8.
base::Result<std::size_t> Handshake::takeVersion(base::Bytes available) {
  const std::size_t prefix = std::min<std::size_t>(available.size(), 4);
  if (!std::equal(available.begin(), available.begin() + static_cast<std::ptrdiff_t>(prefix),
                  "RFB ")) {
    return base::unexpected("this is not a VNC server: it does not begin with \"RFB\"");
  }
  if (available.size() < kVersionBytes) return std::size_t{0};
  const int major = threeDigits(available.subspan(4, 3));
  const int minor = threeDigits(available.subspan(8, 3));
  if (major < 0 || minor < 0 || available[7] != '.' || available[11] != '\n') {
    return base::unexpected("the server's protocol version is not one");
  }
  if (major < 3 || (major == 3 && minor < 3)) {
    return refuse(fmt::format("the server's protocol {}.{} is too old: 3.3 is needed", major, minor));
  }
  minor_ = major > 3 || minor >= 8 ? 8 : minor == 7 ? 7 : 3;
  base::ByteWriter(out_).text(fmt::format("RFB 003.00{}\n", minor_));
  stage_ = minor_ == 3 ? Stage::SecurityWord : Stage::SecurityTypes;
  return kVersionBytes;
}

base::Result<std::size_t> Handshake::takeSecurityWord(base::Bytes available) {
  base::ByteReader reader(available);
  const std::uint32_t type = reader.u32be();
  if (!reader.ok()) return std::size_t{0};
  if (type == 0) {
    failed_ = "the server refuses";
    stage_ = Stage::Reason;
  } else if (type == static_cast<std::uint32_t>(SecurityType::VncAuthentication)) {
    if (!password_) return refuse("server asks for a password: use --password-file");
    stage_ = Stage::Challenge;
  } else if (type == static_cast<std::uint32_t>(SecurityType::None)) {
    out_.push_back(kShared);
    stage_ = Stage::ServerInit;
  } else {
    return refuse(fmt::format("the server wants security type {}; this client knows none and VNC "
                              "authentication", type));
  }
  return std::size_t{4};
}

base::Result<std::size_t> Handshake::takeSecurityTypes(base::Bytes available) {
  base::ByteReader reader(available);
  const std::size_t count = reader.u8();
  const base::Bytes types = reader.take(count);
  if (!reader.ok()) return std::size_t{0};
  if (count == 0) {
    failed_ = "the server refuses";
    stage_ = Stage::Reason;
  } else if (auto chosen = choose(types); !chosen) {
    return base::Unexpected<base::Error>{chosen.error()};
  }
  return 1 + count;
}

// With a password file the person expects the password to be asked for; otherwise None is taken
// wherever it is offered.
base::Result<void> Handshake::choose(base::Bytes types) {
  const auto offers = [types](SecurityType type) {
    return std::find(types.begin(), types.end(), static_cast<std::uint8_t>(type)) != types.end();
  };
  const bool vnc = offers(SecurityType::VncAuthentication);
  const bool none = offers(SecurityType::None);
  if (vnc && password_) {
    out_.push_back(static_cast<std::uint8_t>(SecurityType::VncAuthentication));
    stage_ = Stage::Challenge;
  } else if (none) {
    out_.push_back(static_cast<std::uint8_t>(SecurityType::None));
    if (minor_ >= 8) {
      stage_ = Stage::Result;
    } else {
      out_.push_back(kShared);
      stage_ = Stage::ServerInit;
    }
  } else if (vnc) {
    return refuse("server asks for a password: use --password-file");
  } else {
    return refuse(fmt::format("the server offers only security types {}; this client knows none (1)"
                              " and VNC authentication (2)", fmt::join(types, ", ")));
  }
  return {};
}

base::Result<std::size_t> Handshake::takeChallenge(base::Bytes available) {
  Challenge challenge;
  if (available.size() < challenge.size()) return std::size_t{0};
  std::copy_n(available.begin(), challenge.size(), challenge.begin());
  base::ByteWriter(out_).bytes(answerChallenge(challenge, *password_));
  stage_ = Stage::Result;
  return challenge.size();
}

base::Result<std::size_t> Handshake::takeResult(base::Bytes available) {
  base::ByteReader reader(available);
  const std::uint32_t result = reader.u32be();
  if (!reader.ok()) return std::size_t{0};
  if (result == 0) {
    out_.push_back(kShared);
    stage_ = Stage::ServerInit;
    return std::size_t{4};
  }
  failed_ = password_ ? "the server does not accept the password" : "the server refuses";
  if (minor_ >= 8) {
    stage_ = Stage::Reason;
    return std::size_t{4};
  }
  return refuse(failed_ + (result == 2 ? ": too many attempts" : ""));
}

base::Result<std::size_t> Handshake::takeReason(base::Bytes available) {
  base::ByteReader reader(available);
  const std::uint32_t length = reader.u32be();
  if (!reader.ok()) return std::size_t{0};
  const std::size_t wanted = std::min<std::size_t>(length, kMaxTextBytes);
  const base::Bytes reason = reader.take(wanted);
  if (!reader.ok()) return std::size_t{0};
  return refuse(reason.empty() ? failed_ : fmt::format("{}: {}", failed_, printable(reason)));
}

base::Result<std::size_t> Handshake::takeServerInit(base::Bytes available) {
  base::ByteReader reader(available);
  const int width = reader.u16be();
  const int height = reader.u16be();
  reader.skip(16);  // the server's own pixel format; ours is set in the next message
  const std::uint32_t nameBytes = reader.u32be();
  if (!reader.ok()) return std::size_t{0};
  if (!surface::isAcceptable(width, height)) {
    return base::unexpected(fmt::format("the server's screen of {}x{} is not possible (limit {} "
                                        "pixels a side, {} in all)", width, height,
                                        surface::kMaxSide, surface::kMaxPixels));
  }
  size_ = {width, height};
  nameLeft_ = nameBytes;
  stage_ = nameBytes == 0 ? Stage::Done : Stage::Name;
  return kServerInitBytes;
}

// A name may claim four gigabytes: the front is kept, the rest passes by.
std::size_t Handshake::takeName(base::Bytes available) {
  const std::size_t used = std::min<std::size_t>(available.size(), nameLeft_);
  const std::size_t kept = std::min(used, kMaxTextBytes - nameBytes_.size());
  nameBytes_.insert(nameBytes_.end(), available.begin(),
                    available.begin() + static_cast<std::ptrdiff_t>(kept));
  nameLeft_ -= static_cast<std::uint32_t>(used);
  if (nameLeft_ == 0) {
    name_ = printable(nameBytes_);
    stage_ = Stage::Done;
  }
  return used;
}

}  // namespace lucarne::relay::rfb
