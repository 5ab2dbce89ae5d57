// SPDX-License-Identifier: Apache-2.0
// The numbers of the RFB protocol that this client speaks.
//
// Source: RFC 6143 and the community's rfbproto.rst (github.com/rfbproto/rfbproto). All integers on
// the wire are big-endian; pixels are in the format the client asked for.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lucarne::relay::rfb {

/// What a rectangle's payload is; negative ones (and VMware's) carry no pixels of the picture.
enum class Encoding : std::int32_t {
  Raw = 0,
  CopyRect = 1,
  Rre = 2,
  Hextile = 5,
  Tight = 7,
  Zrle = 16,
  JpegQuality8 = -24,           ///< -32 … -23 (best): the server may send JPEG in Tight
  DesktopSize = -223,
  LastRect = -224,
  PointerPosition = -232,       ///< libvncserver's: the header's place is the pointer's
  Cursor = -239,
  XCursor = -240,
  CompressLevel1 = -255,        ///< -256 … -247: how hard the server tries
  QemuPointerMotion = -257,
  QemuExtendedKey = -258,
  QemuLedState = -261,
  DesktopName = -307,
  ExtendedDesktopSize = -308,
  Fence = -312,
  ContinuousUpdates = -313,
  CursorWithAlpha = -314,
  ExtendedMouseButtons = -316,
  ExtendedClipboard = static_cast<std::int32_t>(0xc0a1e5ce),
  VmwareCursorPosition = 0x574d5666,
  VmwareLedState = 0x574d5668,
};

/// First byte of a message from the server.
enum class ServerMessage : std::uint8_t {
  FramebufferUpdate = 0,
  SetColourMapEntries = 1,
  Bell = 2,
  ServerCutText = 3,
  EndOfContinuousUpdates = 150,
  Fence = 248,
};

/// First byte of a message to the server.
enum class ClientMessage : std::uint8_t {
  SetPixelFormat = 0,
  SetEncodings = 2,
  FramebufferUpdateRequest = 3,
  KeyEvent = 4,
  PointerEvent = 5,
  ClientCutText = 6,
  EnableContinuousUpdates = 150,
  Fence = 248,
  SetDesktopSize = 251,
  Qemu = 255,
};

enum class SecurityType : std::uint8_t { Invalid = 0, None = 1, VncAuthentication = 2 };

/// Fence flags (rfbproto, "ServerFence"); every other bit must come back cleared.
inline constexpr std::uint32_t kFenceBlockBefore = 1u << 0;
inline constexpr std::uint32_t kFenceBlockAfter = 1u << 1;
inline constexpr std::uint32_t kFenceSyncNext = 1u << 2;
inline constexpr std::uint32_t kFenceRequest = 1u << 31;
inline constexpr std::size_t kMaxFencePayload = 64;

}  // namespace lucarne::relay::rfb
