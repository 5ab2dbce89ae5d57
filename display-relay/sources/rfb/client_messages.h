// SPDX-License-Identifier: Apache-2.0
// What the client says once the handshake is done (RFC 6143, 7.5, and rfbproto.rst's extensions).
// Each function appends one message.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/byte_reader.h"
#include "display-relay/sources/rfb/protocol.h"
#include "surface/geometry.h"
#include "surface/input_event.h"

namespace lucarne::relay::rfb {

using Outgoing = std::vector<std::uint8_t>;

/// One screen of a server's layout; id and flags are the server's and come back unchanged.
struct ScreenId {
  std::uint32_t id = 0;
  std::uint32_t flags = 0;
};

enum class Extent : std::uint8_t { Everything = 0, WhatChanged = 1 };
enum class Switch : std::uint8_t { Off = 0, On = 1 };

/// Our own: 32 bits, depth 24, little-endian, red at 16, green at 8, blue at 0 (surface/frame.h).
void encodeSetPixelFormat(Outgoing& out);
void encodeSetEncodings(Outgoing& out, std::span<const Encoding> encodings);
void encodeUpdateRequest(Outgoing& out, Extent extent, surface::Size size);
void encodeKeyEvent(Outgoing& out, surface::Transition transition, std::uint32_t keysym);
/// `scancode` is an XT scan code, with 0x80 added where the code has the prefix 0xe0.
void encodeQemuKeyEvent(Outgoing& out, surface::Transition transition, std::uint32_t keysym,
                        std::uint32_t scancode);
/// Buttons: bit 0 left, 1 middle, 2 right, 3-6 wheel up, down, left, right.
void encodePointerEvent(Outgoing& out, std::uint8_t buttons, std::uint16_t x, std::uint16_t y);
/// The same with buttons 8 and 9 (back, forward) as bits 7 and 8. Only for a server that announced
/// ExtendedMouseButtons: the marker bit means button 8 to any other.
void encodeExtendedPointerEvent(Outgoing& out, std::uint16_t buttons, std::uint16_t x,
                                std::uint16_t y);
void encodeEnableContinuousUpdates(Outgoing& out, Switch state, surface::Size size);
/// `payload` is at most kMaxFencePayload bytes.
void encodeFence(Outgoing& out, std::uint32_t flags, base::Bytes payload);
/// `text` is UTF-8; what Latin-1 does not have becomes '?' (RFC 6143, 7.5.6).
void encodeCutText(Outgoing& out, std::string_view text);
/// Asks for one screen of this size.
void encodeSetDesktopSize(Outgoing& out, surface::Size size, ScreenId screen);

}  // namespace lucarne::relay::rfb
