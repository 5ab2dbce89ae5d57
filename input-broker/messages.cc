// SPDX-License-Identifier: Apache-2.0
#include "input-broker/messages.h"

#include <algorithm>
#include <cassert>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace lucarne::input::message {

namespace {

using base::ByteReader;
using base::ByteWriter;

enum Type : std::uint8_t {
  kHello = 1,
  kDevice = 2,
  kGone = 3,
  kFrame = 4,
  kReady = 5,
  kLeds = 65,
};

// A slot's number beyond this is a lie: no panel tells more than a few dozen fingers apart.
constexpr std::int32_t kMostSlots = 256;

template <std::size_t size>
std::uint32_t bitsOf(const std::bitset<size>& set) {
  static_assert(size <= 32, "does not fit the message's field");
  return static_cast<std::uint32_t>(set.to_ulong());
}

struct Encoder {
  std::vector<std::uint8_t>& bytes;

  void operator()(const Hello& m) const { ByteWriter(bytes).u8(kHello).u8(m.version); }
  void operator()(const Device& m) const {
    const Description& d = m.description;
    assert(d.name.size() <= kMaxNameBytes && d.axes.size() <= ABS_CNT);
    ByteWriter out(bytes);
    out.u8(kDevice).u8(m.id).u16(d.bus).u16(d.vendor).u16(d.product).u16(d.version);
    out.u32(bitsOf(d.properties)).u16(static_cast<std::uint16_t>(bitsOf(d.relatives)));
    out.u32(bitsOf(d.switches)).u16(static_cast<std::uint16_t>(bitsOf(d.leds)));
    out.u8(static_cast<std::uint8_t>(bitsOf(d.misc)));
    out.u8(static_cast<std::uint8_t>(d.name.size())).text(d.name);
    out.u16(static_cast<std::uint16_t>(d.keys.count()));
    for (std::size_t code = 0; code < KEY_CNT; ++code) {
      if (d.keys.test(code)) out.u16(static_cast<std::uint16_t>(code));
    }
    out.u8(static_cast<std::uint8_t>(d.axes.size()));
    for (const Axis& a : d.axes) {
      out.u8(static_cast<std::uint8_t>(a.code)).i32(a.minimum).i32(a.maximum);
      out.i32(a.fuzz).i32(a.flat).i32(a.resolution);
    }
  }
  void operator()(const Gone& m) const { ByteWriter(bytes).u8(kGone).u8(m.id); }
  void operator()(const Frame& m) const {
    assert(m.events.size() <= kMaxFrameEvents);
    ByteWriter out(bytes);
    out.u8(kFrame).u8(m.id).u32(m.sinceLastUs).u16(static_cast<std::uint16_t>(m.events.size()));
    for (const RawEvent& e : m.events) {
      out.u8(static_cast<std::uint8_t>(e.type)).u16(e.code).i32(e.value);
    }
  }
  void operator()(const Ready&) const { ByteWriter(bytes).u8(kReady); }
  void operator()(const Leds& m) const { ByteWriter(bytes).u8(kLeds).u8(m.id).u16(m.lights); }
  void operator()(const Unknown& m) const { ByteWriter(bytes).u8(m.type); }
};

std::optional<std::string> readAxes(ByteReader& in, std::vector<Axis>& axes) {
  const std::uint8_t count = in.u8();
  int last = -1;
  for (int i = 0; i < count && in.ok(); ++i) {
    Axis a;
    a.code = in.u8();
    a.minimum = in.i32();
    a.maximum = in.i32();
    a.fuzz = in.i32();
    a.flat = in.i32();
    a.resolution = in.i32();
    if (a.code >= ABS_CNT || a.code <= last) return fmt::format("axis {} out of order", a.code);
    if (a.minimum > a.maximum) return fmt::format("axis {} from {} to {}", a.code, a.minimum, a.maximum);
    if (a.code == ABS_MT_SLOT && (a.minimum != 0 || a.maximum >= kMostSlots)) {
      return fmt::format("{} slots; {} at most", std::int64_t{a.maximum} + 1, kMostSlots);
    }
    last = a.code;
    axes.push_back(a);
  }
  return std::nullopt;
}

base::Result<Message> parseDevice(ByteReader& in) {
  Device m;
  Description& d = m.description;
  m.id = in.u8();
  d.bus = in.u16();
  d.vendor = in.u16();
  d.product = in.u16();
  d.version = in.u16();
  const std::uint32_t properties = in.u32();
  const std::uint16_t relatives = in.u16();
  const std::uint32_t switches = in.u32();
  const std::uint16_t leds = in.u16();
  const std::uint8_t misc = in.u8();
  const std::uint8_t nameBytes = in.u8();
  const base::Bytes name = in.take(nameBytes);
  const std::uint16_t keys = in.u16();
  for (int i = 0; i < keys && in.ok(); ++i) {
    const std::uint16_t code = in.u16();
    if (code >= KEY_CNT) return base::unexpected(fmt::format("device: key {:#x}", code));
    d.keys.set(code);
  }
  if (const auto why = readAxes(in, d.axes)) return base::unexpected("device: " + *why);
  if (!in.done()) return base::unexpected("device: wrong length");
  if (m.id >= kMaxDevices) return base::unexpected(fmt::format("device {}; ids end at 63", m.id));
  if (nameBytes > kMaxNameBytes) return base::unexpected("device: name too long");
  if (switches >> SW_CNT != 0) return base::unexpected("device: a switch that there is not");
  d.name.assign(name.begin(), name.end());
  d.properties = properties;
  d.relatives = relatives;
  d.switches = switches;
  d.leds = leds;
  d.misc = misc;
  return Message(std::move(m));
}

base::Result<Message> parseFrame(ByteReader& in) {
  Frame m;
  m.id = in.u8();
  m.sinceLastUs = in.u32();
  const std::size_t count = in.u16();
  if (!in.ok() || in.left() != count * 7) return base::unexpected("frame: wrong length");
  if (m.id >= kMaxDevices || count > kMaxFrameEvents) {
    return base::unexpected(fmt::format("frame: device {}, {} events", m.id, count));
  }
  m.events.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    RawEvent event;
    event.type = in.u8();
    event.code = in.u16();
    event.value = in.i32();
    m.events.push_back(event);
  }
  return Message(std::move(m));
}

}  // namespace

void encode(const Message& message, std::vector<std::uint8_t>& out) {
  std::visit(Encoder{out}, message);
}

base::Result<Message> parse(base::Bytes untrusted) {
  ByteReader in(untrusted);
  const std::uint8_t type = in.u8();
  if (!in.ok()) return base::unexpected("an empty message");
  Message message;
  switch (type) {
    case kHello:
      message = Hello{in.u8()};
      break;
    case kDevice:
      return parseDevice(in);
    case kGone:
      message = Gone{in.u8()};
      break;
    case kFrame:
      return parseFrame(in);
    case kReady:
      message = Ready{};
      break;
    case kLeds: {
      const std::uint8_t id = in.u8();
      message = Leds{id, in.u16()};
      break;
    }
    default:
      return Message(Unknown{type});
  }
  if (!in.done()) return base::unexpected(fmt::format("message {}: wrong length", type));
  return message;
}

}  // namespace lucarne::input::message
