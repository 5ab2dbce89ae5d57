// SPDX-License-Identifier: Apache-2.0
#include "surface/panel_messages.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <vector>

#include <fmt/format.h>

#include "surface/frame.h"

namespace lucarne::surface::panel {

namespace {

enum class Type : std::uint16_t {
  Hello = 1,
  Placed = 2,
  Nudged = 3,
  Button = 4,
  Wheel = 5,
  Key = 6,
  Touch = 7,
  End = 8,
  Reset = 9,
  Action = 10,
  Turned = 65,
};

/// A packet's fields, of which each message uses some.
struct Fields {
  std::uint8_t step = 0;
  std::uint16_t code = 0;
  std::int32_t a = 0;
  std::int32_t b = 0;
};

PacketBytes pack(Type type, const Fields& f) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(kPacketBytes);
  base::ByteWriter(bytes).u16(static_cast<std::uint16_t>(type)).u8(f.step).u8(0).u16(f.code).u16(0)
      .i32(f.a).i32(f.b);
  PacketBytes packet{};
  std::copy(bytes.begin(), bytes.end(), packet.begin());
  return packet;
}

std::uint8_t stepOf(Transition t) { return static_cast<std::uint8_t>(t); }

struct Encode {
  PacketBytes operator()(const Hello& m) const {
    const auto size = static_cast<std::uint32_t>(m.panel.width) |
                      static_cast<std::uint32_t>(m.panel.height) << 16;
    return pack(Type::Hello, {.code = m.version,
                              .a = static_cast<std::int32_t>(kMagic),
                              .b = static_cast<std::int32_t>(size)});
  }
  PacketBytes operator()(const Placed& m) const {
    return pack(Type::Placed, {.a = m.at.x, .b = m.at.y});
  }
  PacketBytes operator()(const Nudged& m) const {
    return pack(Type::Nudged, {.a = std::clamp(m.dx, -kMostCounts, kMostCounts),
                               .b = std::clamp(m.dy, -kMostCounts, kMostCounts)});
  }
  PacketBytes operator()(const PointerButton& m) const {
    return pack(Type::Button, {.step = stepOf(m.transition), .code = m.code});
  }
  PacketBytes operator()(const Wheel& m) const {
    return pack(Type::Wheel, {.a = std::clamp(m.dx120, -kMostCounts, kMostCounts),
                              .b = std::clamp(m.dy120, -kMostCounts, kMostCounts)});
  }
  PacketBytes operator()(const Key& m) const {
    return pack(Type::Key, {.step = stepOf(m.transition), .code = m.code});
  }
  PacketBytes operator()(const Touched& m) const {
    return pack(Type::Touch, {.step = static_cast<std::uint8_t>(m.phase),
                              .code = m.slot,
                              .a = m.at.x,
                              .b = m.at.y});
  }
  PacketBytes operator()(const End&) const { return pack(Type::End, {}); }
  PacketBytes operator()(const Reset&) const { return pack(Type::Reset, {}); }
  PacketBytes operator()(const Asked& m) const {
    return pack(Type::Action, {.code = static_cast<std::uint16_t>(m.action)});
  }
};

struct Unpacked {
  std::uint16_t type = 0;
  Fields fields;
};

std::optional<Unpacked> unpack(base::Bytes untrustedPacket) {
  base::ByteReader in(untrustedPacket);
  Unpacked u;
  u.type = in.u16();
  u.fields.step = in.u8();
  const std::uint8_t zero = in.u8();
  u.fields.code = in.u16();
  const std::uint16_t zeros = in.u16();
  u.fields.a = in.i32();
  u.fields.b = in.i32();
  if (!in.done() || zero != 0 || zeros != 0) return std::nullopt;
  return u;
}

bool small(std::int32_t value) { return value >= -kMostCounts && value <= kMostCounts; }

std::optional<Transition> transitionOf(std::uint8_t step) {
  if (step > static_cast<std::uint8_t>(Transition::Pressed)) return std::nullopt;
  return static_cast<Transition>(step);
}

std::optional<ToKiosk> helloOf(const Fields& f) {
  const auto size = static_cast<std::uint32_t>(f.b);
  const Size panel{static_cast<int>(size & 0xffff), static_cast<int>(size >> 16)};
  if (f.step != 0 || static_cast<std::uint32_t>(f.a) != kMagic) return std::nullopt;
  if (!isAcceptable(panel.width, panel.height)) return std::nullopt;
  return Hello{panel, f.code};
}

std::optional<ToKiosk> messageOf(Type type, const Fields& f) {
  const bool onlyNumbers = f.step == 0 && f.code == 0 && small(f.a) && small(f.b);
  const bool onlyCode = f.a == 0 && f.b == 0;
  const bool nothing = onlyNumbers && onlyCode;
  const auto transition = transitionOf(f.step);
  switch (type) {
    case Type::Hello:
      return helloOf(f);
    case Type::Placed:
      if (onlyNumbers) return Placed{{f.a, f.b}};
      break;
    case Type::Nudged:
      if (onlyNumbers) return Nudged{f.a, f.b};
      break;
    case Type::Wheel:
      if (onlyNumbers) return Wheel{f.a, f.b};
      break;
    case Type::Button:
      if (transition && onlyCode && isInRange(PointerButton{f.code, *transition})) {
        return PointerButton{f.code, *transition};
      }
      break;
    case Type::Key:
      if (transition && onlyCode && isInRange(Key{f.code, *transition})) {
        return Key{f.code, *transition};
      }
      break;
    case Type::Touch:
      if (f.step <= static_cast<std::uint8_t>(TouchPhase::Cancelled) && f.code < kMaxTouchSlots &&
          small(f.a) && small(f.b)) {
        return Touched{static_cast<std::uint8_t>(f.code), static_cast<TouchPhase>(f.step),
                       {f.a, f.b}};
      }
      break;
    case Type::End:
      if (nothing) return End{};
      break;
    case Type::Reset:
      if (nothing) return Reset{};
      break;
    case Type::Action:
      if (f.step == 0 && onlyCode && f.code >= 1 &&
          f.code <= static_cast<std::uint16_t>(Action::Screenshot)) {
        return Asked{static_cast<Action>(f.code)};
      }
      break;
    case Type::Turned:
      break;
  }
  return std::nullopt;
}

}  // namespace

PacketBytes encode(const ToKiosk& message) { return std::visit(Encode{}, message); }

PacketBytes encode(const Turned& message) {
  return pack(Type::Turned, {.code = static_cast<std::uint16_t>(degrees(message.rotation))});
}

base::Result<ToKiosk> parseToKiosk(base::Bytes untrustedPacket) {
  const auto unpacked = unpack(untrustedPacket);
  if (!unpacked) return base::unexpected("a packet that is no message");
  const auto message = messageOf(static_cast<Type>(unpacked->type), unpacked->fields);
  if (!message) {
    return base::unexpected(fmt::format("message {} with impossible fields", unpacked->type));
  }
  return *message;
}

base::Result<Turned> parseToBroker(base::Bytes untrustedPacket) {
  const auto unpacked = unpack(untrustedPacket);
  const auto rotation = unpacked ? rotationOf(unpacked->fields.code) : std::nullopt;
  if (!rotation || static_cast<Type>(unpacked->type) != Type::Turned ||
      unpacked->fields.step != 0 || unpacked->fields.a != 0 || unpacked->fields.b != 0) {
    return base::unexpected("a packet that is no message");
  }
  return Turned{*rotation};
}

}  // namespace lucarne::surface::panel
