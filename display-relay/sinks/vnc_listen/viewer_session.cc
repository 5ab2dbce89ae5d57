// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sinks/vnc_listen/viewer_session.h"

#include <linux/input-event-codes.h>

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "display-relay/sources/qnum.h"
#include "display-relay/sources/rfb/des.h"

namespace lucarne::relay::vnc_listen {

using base::Bytes;
using base::ByteReader;
using base::ByteWriter;
using rfb::ClientMessage;
using rfb::Encoding;
using rfb::SecurityType;
using surface::Rect;
using surface::Size;
using surface::Transition;

namespace {

constexpr std::string_view kOurVersion = "RFB 003.008\n";
// Of a list of encodings: clients know some dozens.
constexpr std::size_t kMostEncodings = 1024;
// Of a layout of screens: more than there are outputs on a card.
constexpr std::size_t kMostScreens = 255;
constexpr std::uint8_t kCutText = 6;
// A notch of the wheel is a press and a release of buttons 4 to 7: up, down, left, right.
constexpr std::uint8_t kWheelButtons = 0x78;
// Status of an ExtendedDesktopSize that answers a SetDesktopSize (rfbproto.rst).
constexpr std::uint16_t kProhibited = 1;
constexpr std::uint16_t kForwarded = 4;

// evdev codes by qnum; 0: no such key.
const std::array<std::uint16_t, 256>& keysByQnum() {
  static const auto kTable = [] {
    std::array<std::uint16_t, 256> table{};
    for (std::uint16_t code = surface::kMaxEvdevCode; code > 0; --code) {
      if (const auto qnum = qnumOf(code)) table[*qnum] = code;
    }
    return table;
  }();
  return kTable;
}

bool sameAnswer(const Challenge& a, Bytes b) {
  std::uint8_t different = 0;
  for (std::size_t i = 0; i < a.size(); ++i) different |= a[i] ^ b[i];
  return different == 0;
}

}  // namespace

ViewerSession::ViewerSession(const ViewerOptions& options, const Challenge& challenge,
                             const surface::Screen& screen, const KeysymPlaces& places,
                             ViewerEvents& events)
    : options_(options), challenge_(challenge), screen_(screen), events_(events), keys_(places) {
  ByteWriter(out_).text(kOurVersion);
}

void ViewerSession::sent(std::size_t bytes) {
  outStart_ += bytes;
  if (outStart_ < out_.size()) return;
  out_.clear();
  outStart_ = 0;
}

// ---- from the viewer ----------------------------------------------------------------------------

base::Result<void> ViewerSession::receive(Bytes untrusted) {
  in_.insert(in_.end(), untrusted.begin(), untrusted.end());
  std::size_t used = 0;
  while (used < in_.size()) {
    if (skip_ > 0) {
      const auto count = std::min<std::uint64_t>(skip_, in_.size() - used);
      skip_ -= count;
      used += static_cast<std::size_t>(count);
      continue;
    }
    const Taken taken = take(Bytes(in_).subspan(used));
    if (!taken) return base::unexpected(taken.error().message);
    if (*taken == 0) break;
    used += *taken;
  }
  in_.erase(in_.begin(), in_.begin() + static_cast<std::ptrdiff_t>(used));
  return {};
}

ViewerSession::Taken ViewerSession::take(Bytes available) {
  switch (stage_) {
    case Stage::Version:
      return takeVersion(available);
    case Stage::SecurityChoice:
      return takeChoice(available);
    case Stage::Answer:
      return takeAnswer(available);
    case Stage::ClientInit:
      return takeClientInit(available);
    case Stage::Messages:
      return takeMessage(available);
  }
  return std::size_t{0};
}

ViewerSession::Taken ViewerSession::takeVersion(Bytes available) {
  constexpr std::string_view kPattern = "RFB 003.00";
  if (available.size() < kOurVersion.size()) {
    // Not to wait for the rest of what is no viewer's beginning.
    if (available[0] != 'R') return base::unexpected("this is no VNC viewer");
    return std::size_t{0};
  }
  const std::string_view text(reinterpret_cast<const char*>(available.data()), kOurVersion.size());
  if (!text.starts_with("RFB 003.") || text.back() != '\n') {
    return base::unexpected("this is no VNC viewer");
  }
  const char digit = text.starts_with(kPattern) ? text[kPattern.size()] : '8';
  minor_ = digit >= '8' ? 8 : digit == '7' ? 7 : 3;
  const auto type = options_.password ? SecurityType::VncAuthentication : SecurityType::None;
  if (minor_ == 3) {
    ByteWriter(out_).u32be(static_cast<std::uint32_t>(type));
    options_.password ? challenge() : accepted();
  } else {
    ByteWriter(out_).u8(1).u8(static_cast<std::uint8_t>(type));
    stage_ = Stage::SecurityChoice;
  }
  return kOurVersion.size();
}

ViewerSession::Taken ViewerSession::takeChoice(Bytes available) {
  const auto offered = options_.password ? SecurityType::VncAuthentication : SecurityType::None;
  if (available[0] != static_cast<std::uint8_t>(offered)) {
    return base::unexpected("the viewer chose a kind of security that was not offered");
  }
  options_.password ? challenge() : accepted();
  return std::size_t{1};
}

void ViewerSession::challenge() {
  ByteWriter(out_).bytes(challenge_);
  stage_ = Stage::Answer;
}

ViewerSession::Taken ViewerSession::takeAnswer(Bytes available) {
  if (available.size() < challenge_.size()) return std::size_t{0};
  if (!sameAnswer(rfb::answerChallenge(challenge_, *options_.password), available)) {
    wrongPassword_ = true;
    constexpr std::string_view kWhy = "wrong password";
    ByteWriter(out_).u32be(1);
    if (minor_ >= 8) ByteWriter(out_).u32be(kWhy.size()).text(kWhy);
    return base::unexpected("wrong password");
  }
  accepted();
  return challenge_.size();
}

void ViewerSession::accepted() {
  // Before 3.8 there is no result where there was nothing to check.
  if (options_.password || minor_ >= 8) ByteWriter(out_).u32be(0);
  stage_ = Stage::ClientInit;
}

ViewerSession::Taken ViewerSession::takeClientInit(Bytes) {
  size_ = screenSize();
  ByteWriter(out_).u16be(static_cast<std::uint16_t>(size_.width))
      .u16be(static_cast<std::uint16_t>(size_.height));
  encodePixelFormat(format_, out_);
  const std::string& title = screen_.title();
  ByteWriter(out_).u32be(static_cast<std::uint32_t>(title.size())).text(title);
  stage_ = Stage::Messages;
  damage_ = surface::Damage(Rect::of(size_));
  events_.onEstablished();
  return std::size_t{1};  // whether others may look at the same time: always
}

// Each take… gets what follows the message's first byte and answers with the whole length.
ViewerSession::Taken ViewerSession::takeMessage(Bytes available) {
  const ByteReader body(available.subspan(1));
  switch (const std::uint8_t type = available[0]) {
    case static_cast<std::uint8_t>(ClientMessage::SetPixelFormat):
      return takeSetPixelFormat(body);
    case static_cast<std::uint8_t>(ClientMessage::SetEncodings):
      return takeSetEncodings(body);
    case static_cast<std::uint8_t>(ClientMessage::FramebufferUpdateRequest):
      return takeRequest(body);
    case static_cast<std::uint8_t>(ClientMessage::KeyEvent):
      return takeKey(body);
    case static_cast<std::uint8_t>(ClientMessage::PointerEvent):
      return takePointer(body);
    case kCutText:
      return takeCutText(body);
    case static_cast<std::uint8_t>(ClientMessage::EnableContinuousUpdates):
      return body.left() < 9 ? std::size_t{0} : std::size_t{10};  // never announced
    case static_cast<std::uint8_t>(ClientMessage::Fence):
      return takeFence(body);
    case static_cast<std::uint8_t>(ClientMessage::SetDesktopSize):
      return takeSetDesktopSize(body);
    case static_cast<std::uint8_t>(ClientMessage::Qemu):
      return takeQemu(body);
    default:
      return base::unexpected(fmt::format("the viewer sent a message of unknown type {}", type));
  }
}

ViewerSession::Taken ViewerSession::takeSetPixelFormat(ByteReader body) {
  if (body.left() < 19) return std::size_t{0};
  body.skip(3);
  const auto format = parsePixelFormat(body);
  if (!format) return base::unexpected(format.error().message);
  nextFormat_ = *format;
  cursorDue_ = true;  // its pixels are in the same format
  return std::size_t{20};
}

ViewerSession::Taken ViewerSession::takeSetEncodings(ByteReader body) {
  body.skip(1);
  const std::size_t count = body.u16be();
  if (!body.ok()) return std::size_t{0};
  if (count > kMostEncodings) return base::unexpected("the viewer knows too many encodings");
  if (body.left() < 4 * count) return std::size_t{0};
  std::optional<Encoding> pixels;
  knowsDesktopSize_ = knowsScreens_ = knowsCursor_ = knowsAlphaCursor_ = false;
  knowsTitle_ = knowsLeds_ = false;
  const bool hadQemuKeys = std::exchange(knowsQemuKeys_, false);
  for (std::size_t i = 0; i < count; ++i) {
    switch (const auto encoding = static_cast<Encoding>(body.i32be())) {
      case Encoding::Raw:
      case Encoding::Zrle:
        if (!pixels) pixels = encoding;
        break;
      case Encoding::DesktopSize: knowsDesktopSize_ = true; break;
      case Encoding::ExtendedDesktopSize: knowsScreens_ = true; break;
      case Encoding::Cursor: knowsCursor_ = true; break;
      case Encoding::CursorWithAlpha: knowsAlphaCursor_ = true; break;
      case Encoding::DesktopName: knowsTitle_ = true; break;
      case Encoding::QemuLedState: knowsLeds_ = true; break;
      case Encoding::QemuExtendedKey: knowsQemuKeys_ = true; break;
      default: break;
    }
  }
  nextPixels_ = pixels.value_or(Encoding::Raw);
  screensDue_ = knowsScreens_;
  qemuKeysDue_ = knowsQemuKeys_ && !hadQemuKeys;
  cursorDue_ = titleDue_ = ledsDue_ = true;
  return 4 + 4 * count;
}

ViewerSession::Taken ViewerSession::takeRequest(ByteReader body) {
  const bool incremental = body.u8() != 0;
  const int x = body.u16be(), y = body.u16be(), width = body.u16be(), height = body.u16be();
  if (!body.ok()) return std::size_t{0};
  requested_ = true;
  if (!incremental) {
    damage_.add(surface::clampRect(x, y, width, height, size_));
    screensDue_ = knowsScreens_;
  }
  return std::size_t{10};
}

ViewerSession::Taken ViewerSession::takeKey(ByteReader body) {
  const bool down = body.u8() != 0;
  body.skip(2);
  const std::uint32_t keysym = body.u32be();
  if (!body.ok()) return std::size_t{0};
  pressKeysym(keysym, down ? Transition::Pressed : Transition::Released);
  return std::size_t{8};
}

void ViewerSession::pressKeysym(std::uint32_t keysym, Transition transition) {
  for (const surface::InputEvent& event : keys_.translate(keysym, transition)) input(event);
}

ViewerSession::Taken ViewerSession::takeQemu(ByteReader body) {
  const std::uint8_t kind = body.u8();
  const bool down = body.u16be() != 0;
  const std::uint32_t keysym = body.u32be();
  const std::uint32_t qnum = body.u32be();
  if (!body.ok()) return std::size_t{0};
  if (kind != 0) return base::unexpected("the viewer sent a QEMU message that was not announced");
  const Transition transition = down ? Transition::Pressed : Transition::Released;
  // Some write the prefix 0xe0 as a byte of its own, most as bit 7.
  const std::uint32_t code = (qnum & 0xff00) == 0xe000 ? (qnum & 0x7f) | 0x80 : qnum;
  const std::uint16_t key = code < 256 ? keysByQnum()[code] : 0;
  if (key != 0) {
    input(surface::Key{key, transition});
  } else {
    pressKeysym(keysym, transition);
  }
  return std::size_t{12};
}

ViewerSession::Taken ViewerSession::takePointer(ByteReader body) {
  const std::uint8_t mask = body.u8();
  const int x = body.u16be();
  const int y = body.u16be();
  if (!body.ok()) return std::size_t{0};
  input(surface::PointerMoved{{x, y}});
  moveButtons(mask);
  return std::size_t{6};
}

void ViewerSession::moveButtons(std::uint8_t mask) {
  constexpr std::pair<std::uint8_t, std::uint16_t> kButtons[] = {
      {0x01, BTN_LEFT}, {0x02, BTN_MIDDLE}, {0x04, BTN_RIGHT}, {0x80, BTN_SIDE}};
  constexpr int kNotch = 120;
  const std::uint8_t changed = mask ^ std::exchange(buttons_, mask);
  for (const auto& [bit, code] : kButtons) {
    if ((changed & bit) == 0) continue;
    const bool down = (mask & bit) != 0;
    input(surface::PointerButton{code, down ? Transition::Pressed : Transition::Released});
  }
  switch (changed & mask & kWheelButtons) {
    case 0x08: return input(surface::Wheel{0, -kNotch});
    case 0x10: return input(surface::Wheel{0, kNotch});
    case 0x20: return input(surface::Wheel{-kNotch, 0});
    case 0x40: return input(surface::Wheel{kNotch, 0});
    default: return;  // none, or several at once, which no wheel does
  }
}

void ViewerSession::input(const surface::InputEvent& event) {
  if (options_.viewOnly) return;
  const surface::InputEvent inside = surface::clamped(event, screenSize());
  if (surface::isInRange(inside)) events_.onInput(inside);
}

// The clipboard does not pass.
ViewerSession::Taken ViewerSession::takeCutText(ByteReader body) {
  body.skip(3);
  const std::int32_t length = body.i32be();
  if (!body.ok()) return std::size_t{0};
  // A negative one is the extended clipboard's, which was not announced.
  if (length < 0) return base::unexpected("the viewer sent a clipboard message that was not announced");
  skip_ = static_cast<std::uint32_t>(length);
  return std::size_t{8};
}

ViewerSession::Taken ViewerSession::takeFence(ByteReader body) {
  body.skip(7);
  const std::size_t length = body.u8();
  if (!body.ok()) return std::size_t{0};
  skip_ = length;
  return std::size_t{9};
}

ViewerSession::Taken ViewerSession::takeSetDesktopSize(ByteReader body) {
  body.skip(1);
  const int width = body.u16be();
  const int height = body.u16be();
  const std::size_t screens = body.u8();
  body.skip(1);
  if (!body.ok()) return std::size_t{0};
  static_assert(kMostScreens == 255);
  skip_ = 16 * screens;
  const bool granted =
      options_.mayResize && !options_.viewOnly && surface::isAcceptable(width, height);
  wishStatus_ = granted ? kForwarded : kProhibited;
  if (granted) events_.onWantedSize({width, height});
  return std::size_t{8};
}

}  // namespace lucarne::relay::vnc_listen
