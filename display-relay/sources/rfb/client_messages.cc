// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/rfb/client_messages.h"

#include <string>

#include "display-relay/sources/rfb/text.h"

namespace lucarne::relay::rfb {

namespace {

base::ByteWriter begin(Outgoing& out, ClientMessage type) {
  base::ByteWriter writer(out);
  writer.u8(static_cast<std::uint8_t>(type));
  return writer;
}

std::uint16_t side(int length) { return static_cast<std::uint16_t>(length); }

}  // namespace

void encodeSetPixelFormat(Outgoing& out) {
  begin(out, ClientMessage::SetPixelFormat).u8(0).u8(0).u8(0)  // padding
      .u8(32).u8(24).u8(0).u8(1)                               // bits, depth, big-endian, true colour
      .u16be(255).u16be(255).u16be(255)                        // largest red, green, blue
      .u8(16).u8(8).u8(0)                                      // where red, green, blue are
      .u8(0).u8(0).u8(0);                                      // padding
}

void encodeSetEncodings(Outgoing& out, std::span<const Encoding> encodings) {
  auto writer = begin(out, ClientMessage::SetEncodings);
  writer.u8(0).u16be(static_cast<std::uint16_t>(encodings.size()));
  for (const Encoding e : encodings) writer.u32be(static_cast<std::uint32_t>(e));
}

void encodeUpdateRequest(Outgoing& out, Extent extent, surface::Size size) {
  begin(out, ClientMessage::FramebufferUpdateRequest)
      .u8(static_cast<std::uint8_t>(extent))
      .u16be(0).u16be(0).u16be(side(size.width)).u16be(side(size.height));
}

void encodeKeyEvent(Outgoing& out, surface::Transition transition, std::uint32_t keysym) {
  begin(out, ClientMessage::KeyEvent)
      .u8(static_cast<std::uint8_t>(transition)).u16be(0).u32be(keysym);
}

void encodeQemuKeyEvent(Outgoing& out, surface::Transition transition, std::uint32_t keysym,
                        std::uint32_t scancode) {
  begin(out, ClientMessage::Qemu).u8(0)  // submessage: extended key event
      .u16be(static_cast<std::uint16_t>(transition)).u32be(keysym).u32be(scancode);
}

void encodePointerEvent(Outgoing& out, std::uint8_t buttons, std::uint16_t x, std::uint16_t y) {
  begin(out, ClientMessage::PointerEvent).u8(buttons).u16be(x).u16be(y);
}

void encodeExtendedPointerEvent(Outgoing& out, std::uint16_t buttons, std::uint16_t x,
                                std::uint16_t y) {
  begin(out, ClientMessage::PointerEvent)
      .u8(static_cast<std::uint8_t>((buttons & 0x7f) | 0x80))  // marker: a byte more follows
      .u16be(x).u16be(y)
      .u8(static_cast<std::uint8_t>(buttons >> 7));
}

void encodeEnableContinuousUpdates(Outgoing& out, Switch state, surface::Size size) {
  begin(out, ClientMessage::EnableContinuousUpdates)
      .u8(static_cast<std::uint8_t>(state))
      .u16be(0).u16be(0).u16be(side(size.width)).u16be(side(size.height));
}

void encodeFence(Outgoing& out, std::uint32_t flags, base::Bytes payload) {
  begin(out, ClientMessage::Fence).u8(0).u8(0).u8(0).u32be(flags)
      .u8(static_cast<std::uint8_t>(payload.size())).bytes(payload);
}

void encodeCutText(Outgoing& out, std::string_view text) {
  const std::string latin1 = toLatin1(text);
  begin(out, ClientMessage::ClientCutText).u8(0).u8(0).u8(0)
      .u32be(static_cast<std::uint32_t>(latin1.size())).text(latin1);
}

void encodeSetDesktopSize(Outgoing& out, surface::Size size, ScreenId screen) {
  begin(out, ClientMessage::SetDesktopSize).u8(0)
      .u16be(side(size.width)).u16be(side(size.height))
      .u8(1).u8(0)  // one screen
      .u32be(screen.id).u16be(0).u16be(0).u16be(side(size.width)).u16be(side(size.height))
      .u32be(screen.flags);
}

}  // namespace lucarne::relay::rfb
