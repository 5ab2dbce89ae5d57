// SPDX-License-Identifier: Apache-2.0
// Pointer shapes as RFB sends them (rfbproto.rst: Cursor, X Cursor, Cursor With Alpha).
#pragma once

#include <optional>

#include "base/byte_reader.h"
#include "display-relay/sources/rfb/protocol.h"
#include "surface/cursor.h"

namespace lucarne::relay::rfb {

/// In which order a CursorWithAlpha picture has its bytes. The specification and TigerVNC say
/// R, G, B, A; QEMU (ui/vnc.c up to 9.x at least) sends its own B, G, R, A words as they are.
enum class AlphaOrder { Rgba, Bgra };

/// Bytes of the payload after the rectangle's header; the size is at most kMaxSide squared.
std::size_t cursorBytes(Encoding encoding, surface::Size size);

/// Builds the shape from a whole payload. The hotspot is pulled inside. Nothing when a
/// CursorWithAlpha is in an encoding other than Raw.
std::optional<surface::Cursor> parseCursor(Encoding encoding, surface::Size size,
                                           surface::GuestPoint hotspot, base::Bytes payload,
                                           AlphaOrder order);

}  // namespace lucarne::relay::rfb
