// SPDX-License-Identifier: Apache-2.0
#include "display-relay/link_messages.h"

#include <zstd.h>

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "surface/frame.h"
#include "surface/text.h"

#if defined(__GNUC__) && !defined(__clang__)
// g++ 12 with sanitizers takes the other alternatives of a moved variant for uninitialised.
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

namespace lucarne::relay {

using base::ByteReader;
using base::ByteWriter;
using base::unexpected;
using surface::GuestPoint;
using surface::InputEvent;
using surface::Size;
using surface::Transition;

namespace {

enum class Type : std::uint8_t {
  Phase = 1,
  Title = 2,
  Leds = 3,
  Cursor = 4,
  Moved = 5,
  Copied = 6,
  Have = 17,
  Wanted = 18,
  Attention = 19,
  Input = 20,
  Offered = 21,
};

enum class Kind : std::uint8_t {
  LiftAll = 0,
  Moved = 1,
  Nudged = 2,
  Button = 3,
  Wheel = 4,
  Key = 5,
  Touch = 6,
};

constexpr std::uint8_t kLastFlag = 0x80;
// A cursor is small: what a slow line saves is worth the tenth of a millisecond.
constexpr int kCursorLevel = 9;

template <typename E>
std::uint8_t number(E e) {
  return static_cast<std::uint8_t>(e);
}

void putPoint(ByteWriter& writer, GuestPoint p) {
  writer.u16(static_cast<std::uint16_t>(p.x)).u16(static_cast<std::uint16_t>(p.y));
}

std::string readText(ByteReader& reader) {
  const base::Bytes bytes = reader.take(reader.left());
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return surface::cleanText(surface::cutText(text, kMaxText));
}

std::optional<std::string> readClipboard(ByteReader& reader) {
  if (reader.left() > surface::kMaxClipboardBytes) return std::nullopt;
  const base::Bytes bytes = reader.take(reader.left());
  std::string text(bytes.begin(), bytes.end());
  if (!surface::isClipboardText(text)) return std::nullopt;
  return text;
}

struct GuestWriter {
  std::vector<std::uint8_t>& out;

  ByteWriter begin(Type type) const {
    ByteWriter writer(out);
    writer.u8(number(type));
    return writer;
  }
  void operator()(const PhaseTold& m) const {
    begin(Type::Phase).u8(number(m.phase)).text(surface::cutText(m.words, kMaxText));
  }
  void operator()(const TitleTold& m) const {
    begin(Type::Title).text(surface::cutText(m.title, kMaxText));
  }
  void operator()(const LedsTold& m) const { begin(Type::Leds).u8(m.leds); }
  void operator()(const CopiedTold& m) const { begin(Type::Copied).text(m.text); }
  void operator()(const CursorMovedTold& m) const {
    ByteWriter writer = begin(Type::Moved);
    putPoint(writer, m.at);
  }
  void operator()(const surface::Cursor& m) const {
    ByteWriter writer = begin(Type::Cursor);
    putPoint(writer, {m.size.width, m.size.height});
    putPoint(writer, m.hotspot);
    if (m.hidden()) return;
    const std::size_t bytes = m.pixels.size() * 4;
    const std::size_t begun = out.size();
    out.resize(begun + ZSTD_compressBound(bytes));
    const std::size_t packed = ZSTD_compress(out.data() + begun, out.size() - begun,
                                             m.pixels.data(), bytes, kCursorLevel);
    out.resize(begun + (ZSTD_isError(packed) ? 0 : packed));
  }
};

struct EventWriter {
  ByteWriter writer;

  void operator()(const surface::PointerMoved& e) {
    writer.u8(number(Kind::Moved));
    putPoint(writer, e.at);
  }
  void operator()(const surface::PointerNudged& e) {
    writer.u8(number(Kind::Nudged)).i32(e.dx256).i32(e.dy256);
  }
  void operator()(const surface::PointerButton& e) {
    writer.u8(number(Kind::Button)).u16(e.code).u8(number(e.transition));
  }
  void operator()(const surface::Wheel& e) {
    writer.u8(number(Kind::Wheel)).i32(e.dx120).i32(e.dy120);
  }
  void operator()(const surface::Key& e) {
    writer.u8(number(Kind::Key)).u16(e.code).u8(number(e.transition));
  }
  void operator()(const surface::Touch& e) {
    writer.u8(number(Kind::Touch)).u8(e.slot);
    writer.u8(static_cast<std::uint8_t>(number(e.phase) | (e.last ? kLastFlag : 0)));
    putPoint(writer, e.at);
  }
};

struct PanelWriter {
  std::vector<std::uint8_t>& out;

  void operator()(const link::PictureDigest& m) const {
    out.push_back(number(Type::Have));
    m.encode(out);
  }
  void operator()(const SizeWanted& m) const {
    ByteWriter writer(out);
    writer.u8(number(Type::Wanted));
    putPoint(writer, {m.size.width, m.size.height});
  }
  void operator()(const AttentionTold& m) const {
    ByteWriter(out).u8(number(Type::Attention)).u8(m.watched ? 1 : 0);
  }
  void operator()(const ClipboardOffered& m) const {
    ByteWriter(out).u8(number(Type::Offered)).text(m.text);
  }
  void operator()(const InputTold& m) const {
    beginInput(out);
    for (const InputStep& step : m.steps) encodeStep(step, out);
  }
};

GuestPoint readPoint(ByteReader& reader) {
  const int x = reader.u16();
  const int y = reader.u16();
  return {x, y};
}

base::Result<GuestMessage> parseCursor(ByteReader& reader) {
  surface::Cursor cursor;
  const GuestPoint untrustedSize = readPoint(reader);
  const Size size{untrustedSize.x, untrustedSize.y};
  cursor.hotspot = readPoint(reader);
  const base::Bytes packed = reader.take(reader.left());
  if (!reader.ok()) return unexpected("cursor: cut short");
  if (size == Size{}) {
    if (!packed.empty()) return unexpected("cursor: a hidden one with pixels");
    return GuestMessage(surface::Cursor{});
  }
  if (size.empty() || size.width > surface::kMaxCursorSide ||
      size.height > surface::kMaxCursorSide ||
      !surface::Rect::of(size).contains(cursor.hotspot.x, cursor.hotspot.y)) {
    return unexpected(fmt::format("cursor: {}x{} with its point at {},{}", size.width, size.height,
                                  cursor.hotspot.x, cursor.hotspot.y));
  }
  cursor.size = size;
  cursor.pixels.resize(static_cast<std::size_t>(size.pixels()));
  const std::size_t bytes = cursor.pixels.size() * 4;
  if (ZSTD_decompress(cursor.pixels.data(), bytes, packed.data(), packed.size()) != bytes) {
    return unexpected("cursor: pixels cannot be unpacked");
  }
  return GuestMessage(std::move(cursor));
}

Transition readTransition(ByteReader& reader) { return static_cast<Transition>(reader.u8()); }

base::Result<InputStep> parseStep(ByteReader& reader) {
  InputEvent event;
  switch (static_cast<Kind>(reader.u8())) {
    case Kind::LiftAll:
      return InputStep(LiftAll{});
    case Kind::Moved:
      event = surface::PointerMoved{readPoint(reader)};
      break;
    case Kind::Nudged: {
      const std::int32_t dx = reader.i32();
      event = surface::PointerNudged{dx, reader.i32()};
      break;
    }
    case Kind::Button: {
      const std::uint16_t code = reader.u16();
      event = surface::PointerButton{code, readTransition(reader)};
      break;
    }
    case Kind::Wheel: {
      const std::int32_t dx = reader.i32();
      event = surface::Wheel{dx, reader.i32()};
      break;
    }
    case Kind::Key: {
      const std::uint16_t code = reader.u16();
      event = surface::Key{code, readTransition(reader)};
      break;
    }
    case Kind::Touch: {
      surface::Touch touch;
      touch.slot = reader.u8();
      const std::uint8_t phase = reader.u8();
      touch.phase = static_cast<surface::TouchPhase>(phase & ~kLastFlag);
      touch.last = (phase & kLastFlag) != 0;
      touch.at = readPoint(reader);
      event = touch;
      break;
    }
    default:
      return unexpected("input: an unknown event");
  }
  if (!reader.ok() || !surface::isInRange(event)) return unexpected("input: an event out of range");
  return InputStep(event);
}

base::Result<PanelMessage> parseInput(ByteReader& reader) {
  PanelMessage message;
  InputTold& told = message.emplace<InputTold>();
  while (reader.left() > 0) {
    const base::Result<InputStep> step = parseStep(reader);
    if (!step) return unexpected(step.error().message);
    told.steps.push_back(*step);
  }
  return message;
}

}  // namespace

void encodeMessage(const GuestMessage& message, std::vector<std::uint8_t>& out) {
  std::visit(GuestWriter{out}, message);
}

void encodeMessage(const PanelMessage& message, std::vector<std::uint8_t>& out) {
  std::visit(PanelWriter{out}, message);
}

void beginInput(std::vector<std::uint8_t>& out) { out.push_back(number(Type::Input)); }

void encodeStep(const InputStep& step, std::vector<std::uint8_t>& out) {
  if (const auto* event = std::get_if<InputEvent>(&step)) {
    std::visit(EventWriter{ByteWriter(out)}, *event);
  } else {
    out.push_back(number(Kind::LiftAll));
  }
}

base::Result<GuestMessage> parseGuestMessage(base::Bytes untrusted) {
  ByteReader reader(untrusted);
  switch (static_cast<Type>(reader.u8())) {
    case Type::Phase: {
      const std::uint8_t phase = reader.u8();
      std::string words = readText(reader);
      if (!reader.done() || phase > number(surface::Phase::Lost)) break;
      return GuestMessage(PhaseTold{static_cast<surface::Phase>(phase), std::move(words)});
    }
    case Type::Title:
      if (!reader.ok()) break;
      return GuestMessage(TitleTold{readText(reader)});
    case Type::Leds: {
      const std::uint8_t leds = reader.u8();
      if (!reader.done()) break;
      return GuestMessage(LedsTold{leds});
    }
    case Type::Cursor:
      return parseCursor(reader);
    case Type::Moved: {
      const GuestPoint at = readPoint(reader);
      if (!reader.done() || at.x >= surface::kMaxSide || at.y >= surface::kMaxSide) break;
      return GuestMessage(CursorMovedTold{at});
    }
    case Type::Copied: {
      auto text = readClipboard(reader);
      if (!text) break;
      return GuestMessage(CopiedTold{std::move(*text)});
    }
    default:
      return unexpected("a message of an unknown type");
  }
  return unexpected("a malformed message");
}

base::Result<PanelMessage> parsePanelMessage(base::Bytes untrusted) {
  ByteReader reader(untrusted);
  switch (static_cast<Type>(reader.u8())) {
    case Type::Have: {
      auto digest = link::PictureDigest::parse(reader.take(reader.left()));
      if (!digest) return unexpected(digest.error().message);
      return PanelMessage(std::move(*digest));
    }
    case Type::Wanted: {
      const GuestPoint size = readPoint(reader);
      if (!reader.done() || !surface::isAcceptable(size.x, size.y)) break;
      return PanelMessage(SizeWanted{{size.x, size.y}});
    }
    case Type::Attention: {
      const std::uint8_t watched = reader.u8();
      if (!reader.done() || watched > 1) break;
      return PanelMessage(AttentionTold{watched == 1});
    }
    case Type::Input:
      return parseInput(reader);
    case Type::Offered: {
      auto text = readClipboard(reader);
      if (!text) break;
      return PanelMessage(ClipboardOffered{std::move(*text)});
    }
    default:
      return unexpected("a message of an unknown type");
  }
  return unexpected("a malformed message");
}

}  // namespace lucarne::relay
