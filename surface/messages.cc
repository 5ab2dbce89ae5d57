// SPDX-License-Identifier: Apache-2.0
#include "surface/messages.h"

#include <algorithm>
#include <cassert>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "surface/frame.h"
#include "surface/text.h"

namespace lucarne::surface::message {

namespace {

using base::ByteReader;
using base::Bytes;
using base::ByteWriter;
using base::Result;
using base::unexpected;

static_assert(kMaxBytes == 12 + Damage::kMaxRects * 8,
              "the byte table in messages.h says how many rectangles a Commit has");
static_assert(kMaxSide <= UINT16_MAX, "sides and places travel as 16 bits");

enum class Type : std::uint16_t {
  Hello = 1,
  Buffer = 2,
  Forget = 3,
  Commit = 4,
  Cursor = 5,
  Moved = 6,
  Phase = 7,
  Title = 8,
  Leds = 9,
  Pong = 10,
  Welcome = 65,
  Refused = 66,
  Release = 67,
  Input = 68,
  Focus = 69,
  Wanted = 70,
  Attention = 71,
  Ping = 72,
};

enum class InputKind : std::uint8_t {
  PointerMoved = 1,
  PointerNudged = 2,
  PointerButton = 3,
  Wheel = 4,
  Key = 5,
  Touch = 6,
};

constexpr std::uint8_t kPixelFormat = 1;  // the only one: frame.h
constexpr std::uint8_t kLastTouch = 0x80;
constexpr std::uint8_t kAllLeds = 7;

// ---- writing ------------------------------------------------------------------------------------

class Writer {
 public:
  explicit Writer(Type type) : out_(bytes_) {
    bytes_.reserve(kMaxBytes);
    out_.u16(static_cast<std::uint16_t>(type)).u16(0);
  }
  ByteWriter& fields() { return out_; }
  void u16(int v) {
    assert(v >= 0 && v <= UINT16_MAX);
    out_.u16(static_cast<std::uint16_t>(v));
  }
  void size(Size s) {
    u16(s.width);
    u16(s.height);
  }
  void flag(bool on) { out_.u8(on ? 1 : 0).u8(0).u16(0); }
  void text(std::string_view t, std::size_t fieldBytes) {
    const std::string clean = cleanText(cutText(t, fieldBytes));
    out_.text(clean);
    zeros(fieldBytes - clean.size());
  }
  void zeros(std::size_t count) { bytes_.insert(bytes_.end(), count, 0); }
  std::vector<std::uint8_t> take() { return std::move(bytes_); }

 private:
  std::vector<std::uint8_t> bytes_;
  ByteWriter out_;
};

struct Encode {
  std::vector<std::uint8_t> operator()(const Hello& m) const {
    Writer w(Type::Hello);
    w.fields().u32(kMagic).u16(m.version).u16(0);
    w.text(m.name, kNameBytes);
    return w.take();
  }
  std::vector<std::uint8_t> operator()(const Buffer& m) const {
    assert(m.slot < kSlots && pictureBytes(m.size, m.strideBytes) > 0);
    Writer w(Type::Buffer);
    w.fields().u8(m.slot).u8(kPixelFormat);
    w.size(m.size);
    w.fields().u16(0).u32(m.strideBytes);
    return w.take();
  }
  std::vector<std::uint8_t> operator()(const Forget& m) const {
    assert(m.slot < kSlots);
    Writer w(Type::Forget);
    w.fields().u8(m.slot).u8(0).u16(0);
    return w.take();
  }
  std::vector<std::uint8_t> operator()(const Commit& m) const {
    assert(m.slot < kSlots && m.rects.size() <= Damage::kMaxRects);
    Writer w(Type::Commit);
    w.fields().u32(m.serial).u8(m.slot).u8(static_cast<std::uint8_t>(m.rects.size())).u16(0);
    for (const Rect& r : m.rects) {
      w.u16(r.x);
      w.u16(r.y);
      w.size(r.size());
    }
    w.zeros((Damage::kMaxRects - m.rects.size()) * 8);
    return w.take();
  }
  std::vector<std::uint8_t> operator()(const CursorShape& m) const {
    Writer w(Type::Cursor);
    w.size(m.size);
    w.u16(m.hotspot.x);
    w.u16(m.hotspot.y);
    return w.take();
  }
  std::vector<std::uint8_t> operator()(const CursorMoved& m) const {
    Writer w(Type::Moved);
    w.u16(m.at.x);
    w.u16(m.at.y);
    return w.take();
  }
  std::vector<std::uint8_t> operator()(const PhaseChanged& m) const {
    Writer w(Type::Phase);
    w.fields().u8(static_cast<std::uint8_t>(m.phase)).u8(0).u16(0);
    w.text(m.words, kTextBytes);
    return w.take();
  }
  std::vector<std::uint8_t> operator()(const TitleChanged& m) const {
    Writer w(Type::Title);
    w.text(m.title, kTextBytes);
    return w.take();
  }
  std::vector<std::uint8_t> operator()(const LedsChanged& m) const {
    Writer w(Type::Leds);
    w.fields().u8(m.leds & kAllLeds).u8(0).u16(0);
    return w.take();
  }
  std::vector<std::uint8_t> operator()(const Pong& m) const { return number(Type::Pong, m.nonce); }
  std::vector<std::uint8_t> operator()(const Welcome& m) const {
    Writer w(Type::Welcome);
    w.fields().u16(m.version).u16(0);
    return w.take();
  }
  std::vector<std::uint8_t> operator()(const Refused& m) const {
    Writer w(Type::Refused);
    w.text(m.words, kTextBytes);
    return w.take();
  }
  std::vector<std::uint8_t> operator()(const Release& m) const {
    return number(Type::Release, m.serial);
  }
  std::vector<std::uint8_t> operator()(const Input& m) const {
    assert(isInRange(m.event));
    return std::visit([this](const auto& event) { return input(event); }, m.event);
  }
  std::vector<std::uint8_t> operator()(const Focus& m) const { return flag(Type::Focus, m.focused); }
  std::vector<std::uint8_t> operator()(const WantedSize& m) const {
    Writer w(Type::Wanted);
    w.size(m.size);
    return w.take();
  }
  std::vector<std::uint8_t> operator()(const Attention& m) const {
    return flag(Type::Attention, m.watched);
  }
  std::vector<std::uint8_t> operator()(const Ping& m) const { return number(Type::Ping, m.nonce); }

 private:
  static std::vector<std::uint8_t> number(Type type, std::uint32_t value) {
    Writer w(type);
    w.fields().u32(value);
    return w.take();
  }
  static std::vector<std::uint8_t> flag(Type type, bool on) {
    Writer w(type);
    w.flag(on);
    return w.take();
  }
  static std::vector<std::uint8_t> inputFields(InputKind kind, std::uint8_t step,
                                               std::uint16_t code, std::int32_t a,
                                               std::int32_t b) {
    Writer w(Type::Input);
    w.fields().u8(static_cast<std::uint8_t>(kind)).u8(step).u16(code).i32(a).i32(b);
    return w.take();
  }
  static std::vector<std::uint8_t> input(const PointerMoved& e) {
    return inputFields(InputKind::PointerMoved, 0, 0, e.at.x, e.at.y);
  }
  static std::vector<std::uint8_t> input(const PointerNudged& e) {
    return inputFields(InputKind::PointerNudged, 0, 0, e.dx256, e.dy256);
  }
  static std::vector<std::uint8_t> input(const PointerButton& e) {
    return inputFields(InputKind::PointerButton, static_cast<std::uint8_t>(e.transition), e.code, 0,
                       0);
  }
  static std::vector<std::uint8_t> input(const Wheel& e) {
    return inputFields(InputKind::Wheel, 0, 0, e.dx120, e.dy120);
  }
  static std::vector<std::uint8_t> input(const Key& e) {
    return inputFields(InputKind::Key, static_cast<std::uint8_t>(e.transition), e.code, 0, 0);
  }
  static std::vector<std::uint8_t> input(const Touch& e) {
    const auto step =
        static_cast<std::uint8_t>(static_cast<std::uint8_t>(e.phase) | (e.last ? kLastTouch : 0));
    return inputFields(InputKind::Touch, step, e.slot, e.at.x, e.at.y);
  }
};

// ---- reading ------------------------------------------------------------------------------------

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
  const Welcome m{r.fields().u16()};
  r.mustBeZero(r.fields().u16());
  if (!r.done()) return wrong("Welcome", kWrongLayout);
  return ToRelay(m);
}

Result<ToRelay> parseRefused(Reader& r) {
  Refused m{r.text(kTextBytes)};
  if (!r.done()) return wrong("Refused", kWrongLayout);
  return ToRelay(std::move(m));
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

std::vector<std::uint8_t> encode(const ToKiosk& message) { return std::visit(Encode{}, message); }
std::vector<std::uint8_t> encode(const ToRelay& message) { return std::visit(Encode{}, message); }

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
    default:
      return unexpected(fmt::format("unknown message type {}", r.type()));
  }
}

}  // namespace lucarne::surface::message
