// SPDX-License-Identifier: Apache-2.0
#include <cassert>
#include <string_view>
#include <utility>

#include "surface/message_types.h"
#include "surface/messages.h"
#include "surface/text.h"

namespace lucarne::surface::message {

namespace {

using base::ByteWriter;

class Writer {
 public:
  explicit Writer(Type type) : out_(bytes_) {
    bytes_.reserve(kCommitBytes);
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
  std::vector<std::uint8_t> operator()(const DmabufBuffer& m) const {
    assert(m.slot < kSlots && checkLayout(m.layout));
    const DmabufLayout& layout = m.layout;
    Writer w(Type::Dmabuf);
    w.fields().u8(m.slot).u8(static_cast<std::uint8_t>(layout.planes.size()));
    w.fields().u8(layout.bottomUp ? kBottomUp : 0).u8(0);
    w.fields().u32(layout.format.fourcc).u64(layout.format.modifier);
    w.size(layout.buffer);
    w.u16(layout.picture.x);
    w.u16(layout.picture.y);
    w.size(layout.picture.size());
    for (const DmabufPlane& plane : layout.planes) {
      w.fields().u32(plane.offset).u32(plane.strideBytes);
    }
    w.zeros((kMaxPlanes - layout.planes.size()) * 8);
    return w.take();
  }
  std::vector<std::uint8_t> operator()(const PathChanged& m) const {
    assert(m.path != PicturePath::DmabufImport);
    Writer w(Type::Path);
    w.fields().u8(static_cast<std::uint8_t>(m.path)).u8(0).u16(0);
    return w.take();
  }
  std::vector<std::uint8_t> operator()(const Welcome& m) const {
    assert(m.formats.size() <= kMaxFormats);
    Writer w(Type::Welcome);
    w.fields().u16(m.version).u16(static_cast<std::uint16_t>(m.formats.size()));
    for (const DmabufFormat& format : m.formats) w.fields().u32(format.fourcc).u64(format.modifier);
    return w.take();
  }
  std::vector<std::uint8_t> operator()(const Unread& m) const {
    Writer w(Type::Unread);
    w.fields().u32(m.serial);
    w.text(m.words, kTextBytes);
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
    return std::visit([](const auto& event) { return input(event); }, m.event);
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
  std::vector<std::uint8_t> operator()(const Clipboard& m) const {
    assert(isClipboardText(m.text));
    Writer w(clipboard);
    w.fields().u32(static_cast<std::uint32_t>(m.text.size())).text(m.text);
    return w.take();
  }

  Type clipboard;  // the one message that goes both ways

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

}  // namespace

std::vector<std::uint8_t> encode(const ToKiosk& message) {
  return std::visit(Encode{Type::ClipboardToKiosk}, message);
}
std::vector<std::uint8_t> encode(const ToRelay& message) {
  return std::visit(Encode{Type::ClipboardToRelay}, message);
}

}  // namespace lucarne::surface::message
