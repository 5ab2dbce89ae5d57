// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "surface/message_types.h"
#include "surface/messages.h"
#include "surface/text.h"

namespace lucarne::surface::message {

namespace {

using base::ByteReader;
using base::Bytes;
using base::Result;
using base::unexpected;

// Fields are read first, then the packet must be used up exactly, then ranges are checked.
class Reader {
 public:
  explicit Reader(Bytes untrusted) : in_(untrusted) {
    type_ = in_.u16();
    zero_ |= in_.u16();
  }
  std::uint16_t type() const { return type_; }
  ByteReader& fields() { return in_; }
  Size size() {
    const int width = in_.u16();
    return {width, in_.u16()};
  }
  GuestPoint point() {
    const int x = in_.u16();
    return {x, in_.u16()};
  }
  Rect rect() {
    const GuestPoint at = point();
    const Size s = size();
    return {at.x, at.y, s.width, s.height};
  }
  std::uint8_t byteThenZeros() {
    const std::uint8_t value = in_.u8();
    mustBeZero(in_.u8());
    mustBeZero(in_.u16());
    return value;
  }
  void mustBeZero(std::uint64_t v) { zero_ |= v; }
  std::string text(std::size_t fieldBytes) {
    const Bytes field = in_.take(fieldBytes);
    const auto end = std::find(field.begin(), field.end(), 0);
    for (auto it = end; it != field.end(); ++it) mustBeZero(*it);
    return cleanText({reinterpret_cast<const char*>(field.data()),
                      static_cast<std::size_t>(end - field.begin())});
  }
  // The packet had exactly the fields that were read, and zeros where zeros belong.
  bool done() const { return in_.done() && zero_ == 0; }

 private:
  ByteReader in_;
  std::uint16_t type_ = 0;
  std::uint64_t zero_ = 0;
};

base::Unexpected<base::Error> wrong(const char* message, const char* what) {
  return unexpected(fmt::format("{} message: {}", message, what));
}
constexpr const char* kWrongLayout = "wrong length, or bytes where zeros belong";

bool isPlace(GuestPoint p) { return p.x >= 0 && p.y >= 0 && p.x < kMaxSide && p.y < kMaxSide; }

Result<ToKiosk> parseHello(Reader& r) {
  const std::uint32_t magic = r.fields().u32();
  const std::uint16_t version = r.fields().u16();
  r.mustBeZero(r.fields().u16());
  Hello m{version, r.text(kNameBytes)};
  if (!r.done()) return wrong("Hello", kWrongLayout);
  if (magic != kMagic) return wrong("Hello", "not a Lucarne relay");
  return ToKiosk(std::move(m));
}

Result<ToKiosk> parseBuffer(Reader& r) {
  Buffer m;
  m.slot = r.fields().u8();
  const std::uint8_t format = r.fields().u8();
  m.size = r.size();
  r.mustBeZero(r.fields().u16());
  m.strideBytes = r.fields().u32();
  if (!r.done()) return wrong("Buffer", kWrongLayout);
  if (m.slot >= kSlots) return wrong("Buffer", "no such slot");
  if (format != kPixelFormat) return wrong("Buffer", "unknown pixel format");
  if (m.strideBytes % sizeof(Pixel) != 0 || pictureBytes(m.size, m.strideBytes) == 0) {
    return wrong("Buffer", "impossible size or stride");
  }
  return ToKiosk(m);
}

Result<ToKiosk> parseForget(Reader& r) {
  const Forget m{r.byteThenZeros()};
  if (!r.done()) return wrong("Forget", kWrongLayout);
  if (m.slot >= kSlots) return wrong("Forget", "no such slot");
  return ToKiosk(m);
}

Result<ToKiosk> parseCommit(Reader& r) {
  Commit m;
  m.serial = r.fields().u32();
  m.slot = r.fields().u8();
  const std::size_t count = r.fields().u8();
  r.mustBeZero(r.fields().u16());
  for (std::size_t i = 0; i < Damage::kMaxRects; ++i) {
    const Rect rect = r.rect();
    if (i < count) {
      m.rects.push_back(rect);
    } else {
      r.mustBeZero((rect == Rect{}) ? 0 : 1);
    }
  }
  if (!r.done()) return wrong("Commit", kWrongLayout);
  if (m.slot >= kSlots) return wrong("Commit", "no such slot");
  if (count > Damage::kMaxRects) return wrong("Commit", "too many rectangles");
  for (const Rect& rect : m.rects) {
    if (rect.empty() || rect.right() > kMaxSide || rect.bottom() > kMaxSide) {
      return wrong("Commit", "a rectangle that cannot be");
    }
  }
  return ToKiosk(std::move(m));
}

Result<ToKiosk> parseCursor(Reader& r) {
  CursorShape m;
  m.size = r.size();
  m.hotspot = r.point();
  if (!r.done()) return wrong("Cursor", kWrongLayout);
  if (m.size == Size{}) {
    if (m.hotspot != GuestPoint{}) return wrong("Cursor", "a hidden cursor with a hot spot");
    return ToKiosk(m);
  }
  if (m.size.empty() || m.size.width > kMaxCursorSide || m.size.height > kMaxCursorSide) {
    return wrong("Cursor", "impossible size");
  }
  if (!Rect::of(m.size).contains(m.hotspot.x, m.hotspot.y)) {
    return wrong("Cursor", "the hot spot is outside");
  }
  return ToKiosk(m);
}

Result<ToKiosk> parseMoved(Reader& r) {
  const CursorMoved m{r.point()};
  if (!r.done()) return wrong("Moved", kWrongLayout);
  if (!isPlace(m.at)) return wrong("Moved", "a place that cannot be");
  return ToKiosk(m);
}

Result<ToKiosk> parsePhase(Reader& r) {
  const std::uint8_t phase = r.byteThenZeros();
  std::string words = r.text(kTextBytes);
  if (!r.done()) return wrong("Phase", kWrongLayout);
  if (phase > static_cast<std::uint8_t>(Phase::Lost)) return wrong("Phase", "unknown phase");
  return ToKiosk(PhaseChanged{static_cast<Phase>(phase), std::move(words)});
}

Result<ToKiosk> parseTitle(Reader& r) {
  TitleChanged m{r.text(kTextBytes)};
  if (!r.done()) return wrong("Title", kWrongLayout);
  return ToKiosk(std::move(m));
}

Result<ToKiosk> parseLeds(Reader& r) {
  const LedsChanged m{r.byteThenZeros()};
  if (!r.done()) return wrong("Leds", kWrongLayout);
  if (m.leds > kAllLeds) return wrong("Leds", "unknown light");
  return ToKiosk(m);
}

Result<ToKiosk> parseDmabuf(Reader& r) {
  DmabufBuffer m;
  DmabufLayout& layout = m.layout;
  m.slot = r.fields().u8();
  const std::size_t planes = r.fields().u8();
  const std::uint8_t flags = r.fields().u8();
  r.mustBeZero(r.fields().u8());
  layout.format.fourcc = r.fields().u32();
  layout.format.modifier = r.fields().u64();
  layout.buffer = r.size();
  layout.picture = r.rect();
  for (std::size_t i = 0; i < kMaxPlanes; ++i) {
    const std::uint32_t offset = r.fields().u32();
    const DmabufPlane plane{offset, r.fields().u32()};
    if (i < planes) {
      layout.planes.push_back(plane);
    } else {
      r.mustBeZero((plane == DmabufPlane{}) ? 0 : 1);
    }
  }
  if (!r.done()) return wrong("Dmabuf", kWrongLayout);
  if (m.slot >= kSlots) return wrong("Dmabuf", "no such slot");
  if (planes > kMaxPlanes) return wrong("Dmabuf", "too many planes");
  if (flags > kBottomUp) return wrong("Dmabuf", "unknown flag");
  layout.bottomUp = flags == kBottomUp;
  if (const auto sane = checkLayout(layout); !sane) {
    return wrong("Dmabuf", sane.error().message.c_str());
  }
  return ToKiosk(std::move(m));
}

Result<ToKiosk> parsePath(Reader& r) {
  const std::uint8_t path = r.byteThenZeros();
  if (!r.done()) return wrong("Path", kWrongLayout);
  if (path > static_cast<std::uint8_t>(PicturePath::DmabufCopy)) {
    return wrong("Path", "unknown path");
  }
  return ToKiosk(PathChanged{static_cast<PicturePath>(path)});
}

std::optional<Transition> transitionOf(std::uint8_t step) {
  if (step > 1) return std::nullopt;
  return static_cast<Transition>(step);
}

// A new event, built from the fields that its kind has; the others must be zero.
std::optional<InputEvent> eventOf(std::uint8_t kind, std::uint8_t step, std::uint16_t code,
                                  std::int32_t a, std::int32_t b) {
  const bool onlyPlace = step == 0 && code == 0;
  const bool onlyCode = a == 0 && b == 0;
  switch (static_cast<InputKind>(kind)) {
    case InputKind::PointerMoved:
      if (onlyPlace) return PointerMoved{{a, b}};
      break;
    case InputKind::PointerNudged:
      if (onlyPlace) return PointerNudged{a, b};
      break;
    case InputKind::Wheel:
      if (onlyPlace) return Wheel{a, b};
      break;
    case InputKind::PointerButton:
      if (const auto t = transitionOf(step); t && onlyCode) return PointerButton{code, *t};
      break;
    case InputKind::Key:
      if (const auto t = transitionOf(step); t && onlyCode) return Key{code, *t};
      break;
    case InputKind::Touch: {
      const auto phase = static_cast<std::uint8_t>(step & ~kLastTouch);
      if (phase > static_cast<std::uint8_t>(TouchPhase::Cancelled) || code >= kMaxTouchSlots) break;
      return Touch{static_cast<std::uint8_t>(code), static_cast<TouchPhase>(phase), {a, b},
                   (step & kLastTouch) != 0};
    }
  }
  return std::nullopt;
}

Result<ToRelay> parseInput(Reader& r) {
  const std::uint8_t kind = r.fields().u8();
  const std::uint8_t step = r.fields().u8();
  const std::uint16_t code = r.fields().u16();
  const std::int32_t a = r.fields().i32();
  const std::int32_t b = r.fields().i32();
  if (!r.done()) return wrong("Input", kWrongLayout);
  const auto event = eventOf(kind, step, code, a, b);
  if (!event || !isInRange(*event)) return wrong("Input", "not an event that can be");
  return ToRelay(Input{*event});
}

Result<ToRelay> parseWanted(Reader& r) {
  const WantedSize m{r.size()};
  if (!r.done()) return wrong("Wanted", kWrongLayout);
  if (!isAcceptable(m.size.width, m.size.height)) return wrong("Wanted", "impossible size");
  return ToRelay(m);
}

Result<ToRelay> parseWelcome(Reader& r) {
  Welcome m{r.fields().u16()};
  const std::size_t count = r.fields().u16();
  for (std::size_t i = 0; i < std::min(count, kMaxFormats); ++i) {
    const std::uint32_t fourcc = r.fields().u32();
    m.formats.push_back({fourcc, r.fields().u64()});
  }
  if (!r.done()) return wrong("Welcome", kWrongLayout);
  return ToRelay(std::move(m));
}

Result<ToRelay> parseUnread(Reader& r) {
  const std::uint32_t serial = r.fields().u32();
  Unread m{serial, r.text(kTextBytes)};
  if (!r.done()) return wrong("Unread", kWrongLayout);
  return ToRelay(std::move(m));
}

Result<ToRelay> parseRefused(Reader& r) {
  Refused m{r.text(kTextBytes)};
  if (!r.done()) return wrong("Refused", kWrongLayout);
  return ToRelay(std::move(m));
}

// The text is not cleaned: what is pasted must be what was copied.
Result<Clipboard> parseClipboard(Reader& r) {
  const std::uint32_t length = r.fields().u32();
  const Bytes bytes = r.fields().take(length);
  if (!r.done()) return wrong("Clipboard", kWrongLayout);
  Clipboard m{{reinterpret_cast<const char*>(bytes.data()), bytes.size()}};
  if (!isClipboardText(m.text)) return wrong("Clipboard", "no text, or too long");
  return m;
}

template <typename Any>
Result<Any> clipboardFor(Result<Clipboard> parsed) {
  if (!parsed) return unexpected(parsed.error().message);
  return Any(std::move(*parsed));
}

template <typename Message>
Result<ToRelay> parseNumber(Reader& r, const char* name) {
  const Message m{r.fields().u32()};
  if (!r.done()) return wrong(name, kWrongLayout);
  return ToRelay(m);
}

template <typename Message>
Result<ToRelay> parseFlag(Reader& r, const char* name) {
  const std::uint8_t value = r.byteThenZeros();
  if (!r.done()) return wrong(name, kWrongLayout);
  if (value > 1) return wrong(name, "neither yes nor no");
  return ToRelay(Message{value == 1});
}

}  // namespace

Result<ToKiosk> parseToKiosk(Bytes untrustedPacket) {
  Reader r(untrustedPacket);
  switch (static_cast<Type>(r.type())) {
    case Type::Hello:
      return parseHello(r);
    case Type::Buffer:
      return parseBuffer(r);
    case Type::Forget:
      return parseForget(r);
    case Type::Commit:
      return parseCommit(r);
    case Type::Cursor:
      return parseCursor(r);
    case Type::Moved:
      return parseMoved(r);
    case Type::Phase:
      return parsePhase(r);
    case Type::Title:
      return parseTitle(r);
    case Type::Leds:
      return parseLeds(r);
    case Type::Pong: {
      const Pong m{r.fields().u32()};
      if (!r.done()) return wrong("Pong", kWrongLayout);
      return ToKiosk(m);
    }
    case Type::ClipboardToKiosk:
      return clipboardFor<ToKiosk>(parseClipboard(r));
    case Type::Dmabuf:
      return parseDmabuf(r);
    case Type::Path:
      return parsePath(r);
    default:
      return unexpected(fmt::format("unknown message type {}", r.type()));
  }
}

Result<ToRelay> parseToRelay(Bytes untrustedPacket) {
  Reader r(untrustedPacket);
  switch (static_cast<Type>(r.type())) {
    case Type::Welcome:
      return parseWelcome(r);
    case Type::Refused:
      return parseRefused(r);
    case Type::Release:
      return parseNumber<Release>(r, "Release");
    case Type::Input:
      return parseInput(r);
    case Type::Focus:
      return parseFlag<Focus>(r, "Focus");
    case Type::Wanted:
      return parseWanted(r);
    case Type::Attention:
      return parseFlag<Attention>(r, "Attention");
    case Type::Ping:
      return parseNumber<Ping>(r, "Ping");
    case Type::ClipboardToRelay:
      return clipboardFor<ToRelay>(parseClipboard(r));
    case Type::Unread:
      return parseUnread(r);
    default:
      return unexpected(fmt::format("unknown message type {}", r.type()));
  }
}

}  // namespace lucarne::surface::message
