// SPDX-License-Identifier: Apache-2.0
// What a relay and the kiosk say to each other on the surface socket (unix, SOCK_SEQPACKET; one
// packet is one message; little-endian; no native structs).
//
//   relay                                kiosk
//     | Hello ─────────────────────────────▶ |
//     | ◀──────────── Welcome (or Refused) |   with the dma-bufs that the kiosk's GPU can read
//     | Phase, Title, Leds, Cursor ────────▶ |   whenever they change
//     | Buffer or Dmabuf (+fds) ───────────▶ |   before a slot's first Commit
//     | Commit ────────────────────────────▶ |   "the picture is in this slot, this changed"
//     | ◀──────────── Release (or Unread)  |   "I have read everything up to this commit"
//     | ◀──── Input, Focus, Wanted, Attention|
//     | ◀────────────────────────────── Ping |
//     | Pong ──────────────────────────────▶ |
//
// Every message starts with u16 type, u16 zero. "text[N]" is UTF-8 padded with zeros to N bytes.
//
// To the kiosk:
//   1 Hello     76  u32 magic "LUCS", u16 version, u16 zero, text[64] name
//   2 Buffer    16  u8 slot, u8 format (1), u16 width, u16 height, u16 zero, u32 stride    + 1 fd
//   3 Forget     8  u8 slot, u8[3] zero
//   4 Commit   268  u32 serial, u8 slot, u8 rects (n <= 32), u16 zero,
//                   32 x (u16 x, u16 y, u16 width, u16 height): n of them, the rest zero
//   5 Cursor    12  u16 width, u16 height, u16 hot x, u16 hot y      + 1 fd unless 0 x 0 (hidden)
//   6 Moved      8  u16 x, u16 y              the guest moved the pointer by itself
//   7 Phase    264  u8 phase, u8[3] zero, text[256] words
//   8 Title    260  text[256]
//   9 Leds       8  u8 leds, u8[3] zero
//  10 Pong       8  u32 nonce
//  11 Clipboard  8+n  u32 n, n bytes of text that was copied in the guest; as 73
//  12 Dmabuf   64  u8 slot, u8 planes (n, 1 to 4), u8 flags (1: the first row in memory is the lowest),
//                   u8 zero, u32 fourcc, u64 modifier (drm_fourcc.h),
//                   u16 buffer's width, u16 height, u16 picture's x, u16 y, u16 width, u16 height,
//                   4 x (u32 offset, u32 stride): n of them, the rest zero              + n fds
//  13 Path      8  u8 path (0 painted by the relay, 1 copied by it from a dma-buf), u8[3] zero
//
// To the relay:
//  65 Welcome  8+12n  u16 version, u16 n (<= 128), n x (u32 fourcc, u64 modifier) that a Dmabuf may have;
//                   none: none may be sent
//  66 Refused  260  text[256] why; the kiosk closes after it
//  67 Release    8  u32 serial                everything up to this commit has been read
//  68 Input     16  u8 kind, u8 step, u16 code, i32 a, i32 b
//                   kind 1 PointerMoved   a x, b y
//                        2 PointerNudged  a dx256, b dy256
//                        3 PointerButton  step transition, code
//                        4 Wheel          a dx120, b dy120
//                        5 Key            step transition, code
//                        6 Touch          step phase | 0x80 when last, code slot, a x, b y
//                   what a kind does not use is zero
//  69 Focus      8  u8 focused, u8[3] zero
//  70 Wanted     8  u16 width, u16 height     not 0 x 0
//  71 Attention  8  u8 watched, u8[3] zero
//  72 Ping       8  u32 nonce
//  73 Clipboard  8+n  u32 n, n bytes: UTF-8 without zeros, 1 to 65536 of them. Not cleaned: it is pasted,
//                   not shown
//  74 Unread   264  u32 serial, text[256] why   the dma-buf of this commit cannot be read after all: as a
//                   Release, and what follows must come in Buffers
//
// Buffers are memfds sealed against shrinking, of at least stride * height bytes, in the one pixel
// format there is (frame.h). A cursor's memfd holds width * height pixels without gaps (cursor.h).
// A Buffer or Dmabuf for a slot replaces what was in it. A dma-buf's picture is as large as its part
// that is the guest's; a Release of its commit says that the kiosk has done reading it.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/byte_reader.h"
#include "base/result.h"
#include "surface/clipboard.h"
#include "surface/cursor.h"
#include "surface/damage.h"
#include "surface/dmabuf.h"
#include "surface/input_event.h"
#include "surface/phase.h"
#include "surface/picture_path.h"

namespace lucarne::surface::message {

inline constexpr std::uint32_t kMagic = 0x5343554c;  // "LUCS" in the packet
inline constexpr std::uint16_t kVersion = 2;  ///< 1 had no dma-bufs
inline constexpr int kSlots = 4;  ///< Screen::kBuffers, and one for the change of a size
inline constexpr std::size_t kNameBytes = 64;
inline constexpr std::size_t kTextBytes = 256;
inline constexpr std::size_t kMaxFormats = 128;
inline constexpr std::size_t kCommitBytes = 268;  ///< the longest of a fixed size
inline constexpr std::size_t kMaxBytes = 8 + kMaxClipboardBytes;  ///< of any message

// ---- to the kiosk -------------------------------------------------------------------------------

struct Hello {
  std::uint16_t version = kVersion;
  std::string name;  ///< the guest's, for labels; at most kNameBytes
  friend bool operator==(const Hello&, const Hello&) = default;
};

/// Travels with the memfd.
struct Buffer {
  std::uint8_t slot = 0;
  Size size;
  std::uint32_t strideBytes = 0;
  friend bool operator==(const Buffer&, const Buffer&) = default;
};

struct Forget {
  std::uint8_t slot = 0;
  friend bool operator==(const Forget&, const Forget&) = default;
};

struct Commit {
  std::uint32_t serial = 0;  ///< counts up by one, wraps
  std::uint8_t slot = 0;
  std::vector<Rect> rects;  ///< what changed since the last commit; within kMaxSide, none empty
  friend bool operator==(const Commit&, const Commit&) = default;
};

/// Travels with a memfd of pixels unless the size is empty (hidden).
struct CursorShape {
  Size size;
  GuestPoint hotspot;
  friend bool operator==(const CursorShape&, const CursorShape&) = default;
};

struct CursorMoved {
  GuestPoint at;
  friend bool operator==(const CursorMoved&, const CursorMoved&) = default;
};

struct PhaseChanged {
  Phase phase = Phase::Waiting;
  std::string words;
  friend bool operator==(const PhaseChanged&, const PhaseChanged&) = default;
};

struct TitleChanged {
  std::string title;
  friend bool operator==(const TitleChanged&, const TitleChanged&) = default;
};

struct LedsChanged {
  Leds leds = 0;
  friend bool operator==(const LedsChanged&, const LedsChanged&) = default;
};

struct Pong {
  std::uint32_t nonce = 0;
  friend bool operator==(const Pong&, const Pong&) = default;
};

/// Both ways. Allowed or not is for whoever gets it to decide.
struct Clipboard {
  std::string text;  ///< isClipboardText
  friend bool operator==(const Clipboard&, const Clipboard&) = default;
};

/// Travels with a descriptor for each plane.
struct DmabufBuffer {
  std::uint8_t slot = 0;
  DmabufLayout layout;  ///< checkLayout
  friend bool operator==(const DmabufBuffer&, const DmabufBuffer&) = default;
};

/// Of what comes in Buffers; DmabufImport cannot be said.
struct PathChanged {
  PicturePath path = PicturePath::SharedMemory;
  friend bool operator==(const PathChanged&, const PathChanged&) = default;
};

using ToKiosk = std::variant<Hello, Buffer, Forget, Commit, CursorShape, CursorMoved, PhaseChanged,
                             TitleChanged, LedsChanged, Pong, Clipboard, DmabufBuffer, PathChanged>;

// ---- to the relay -------------------------------------------------------------------------------

struct Welcome {
  std::uint16_t version = kVersion;
  std::vector<DmabufFormat> formats = {};  ///< that may be handed over; at most kMaxFormats
  friend bool operator==(const Welcome&, const Welcome&) = default;
};

struct Refused {
  std::string words;
  friend bool operator==(const Refused&, const Refused&) = default;
};

struct Release {
  std::uint32_t serial = 0;
  friend bool operator==(const Release&, const Release&) = default;
};

struct Input {
  InputEvent event;
  friend bool operator==(const Input&, const Input&) = default;
};

struct Focus {
  bool focused = false;
  friend bool operator==(const Focus&, const Focus&) = default;
};

struct WantedSize {
  Size size;
  friend bool operator==(const WantedSize&, const WantedSize&) = default;
};

struct Attention {
  bool watched = false;
  friend bool operator==(const Attention&, const Attention&) = default;
};

struct Ping {
  std::uint32_t nonce = 0;
  friend bool operator==(const Ping&, const Ping&) = default;
};

struct Unread {
  std::uint32_t serial = 0;
  std::string words;
  friend bool operator==(const Unread&, const Unread&) = default;
};

using ToRelay = std::variant<Welcome, Refused, Release, Input, Focus, WantedSize, Attention, Ping,
                             Clipboard, Unread>;

// ---- bytes --------------------------------------------------------------------------------------

/// The packet. Fields must be in range (asserted: they are our own); text that is too long is cut
/// at a character.
std::vector<std::uint8_t> encode(const ToKiosk& message);
std::vector<std::uint8_t> encode(const ToRelay& message);

/// Checks everything that can be checked without the receiver's state. Text comes out cleaned
/// (text.h). An error says which field of which message.
base::Result<ToKiosk> parseToKiosk(base::Bytes untrustedPacket);
base::Result<ToRelay> parseToRelay(base::Bytes untrustedPacket);

}  // namespace lucarne::surface::message
