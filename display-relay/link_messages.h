// SPDX-License-Identifier: Apache-2.0
// What the link sink (guest) and the link source (panel) say to each other beside pieces of screen.
// One message of a link channel each; little-endian; the first byte is the type. "text" is the rest
// of the message, UTF-8, at most kMaxText bytes, cleaned on arrival (surface/text.h).
//
// From the guest:                                              channel
//   1  Phase     u8 phase, text words                          Control
//   2  Title     text                                          Control
//   3  Leds      u8 leds                                       Control
//   4  Cursor    u16 width, u16 height, u16 hot x, u16 hot y,  Cursor
//                zstd frame of width * height pixels (B, G, R, A); 0 x 0: hidden, no frame
//   5  Moved     u16 x, u16 y: the guest moved the pointer     Cursor
//   6  Copied    1 to 65536 bytes of UTF-8 without zeros:      Control
//                copied in the guest; not cleaned, it is pasted
// From the panel:
//  17  Have      a PictureDigest (link/codec/picture_digest.h) Control, first of all: the guest
//                                                              sends no screen before
//  18  Wanted    u16 width, u16 height                         Control
//  19  Attention u8 watched                                    Control
//  20  Input     events                                        Input
//  21  Offered   as Copied: copied outside, for the guest      Control
//
//   event := 0 lift all
//          | 1 moved    u16 x, u16 y
//          | 2 nudged   i32 dx256, i32 dy256
//          | 3 button   u16 code, u8 transition
//          | 4 wheel    i32 dx120, i32 dy120
//          | 5 key      u16 code, u8 transition
//          | 6 touch    u8 slot, u8 phase | 0x80 when last, u16 x, u16 y
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/byte_reader.h"
#include "base/result.h"
#include "link/codec/picture_digest.h"
#include "surface/clipboard.h"
#include "surface/cursor.h"
#include "surface/input_event.h"
#include "surface/phase.h"

namespace lucarne::relay {

inline constexpr std::size_t kMaxText = 256;
/// The longest event in bytes: how much room one needs.
inline constexpr std::size_t kMaxEventBytes = 9;

struct PhaseTold {
  surface::Phase phase = surface::Phase::Waiting;
  std::string words;
  friend bool operator==(const PhaseTold&, const PhaseTold&) = default;
};
struct TitleTold {
  std::string title;
  friend bool operator==(const TitleTold&, const TitleTold&) = default;
};
struct LedsTold {
  surface::Leds leds = 0;
  friend bool operator==(const LedsTold&, const LedsTold&) = default;
};
struct CursorMovedTold {
  surface::GuestPoint at;
  friend bool operator==(const CursorMovedTold&, const CursorMovedTold&) = default;
};
struct CopiedTold {
  std::string text;  ///< surface::isClipboardText
  friend bool operator==(const CopiedTold&, const CopiedTold&) = default;
};
using GuestMessage = std::variant<PhaseTold, TitleTold, LedsTold, surface::Cursor, CursorMovedTold,
                                  CopiedTold>;

struct SizeWanted {
  surface::Size size;
  friend bool operator==(const SizeWanted&, const SizeWanted&) = default;
};
struct AttentionTold {
  bool watched = true;
  friend bool operator==(const AttentionTold&, const AttentionTold&) = default;
};
/// Everything that is held is to be lifted.
struct LiftAll {
  friend bool operator==(const LiftAll&, const LiftAll&) = default;
};
using InputStep = std::variant<LiftAll, surface::InputEvent>;
struct InputTold {
  std::vector<InputStep> steps;
  friend bool operator==(const InputTold&, const InputTold&) = default;
};
struct ClipboardOffered {
  std::string text;  ///< surface::isClipboardText
  friend bool operator==(const ClipboardOffered&, const ClipboardOffered&) = default;
};
using PanelMessage = std::variant<link::PictureDigest, SizeWanted, AttentionTold, InputTold,
                                  ClipboardOffered>;

/// Appends the message; texts are cut to kMaxText.
void encodeMessage(const GuestMessage& message, std::vector<std::uint8_t>& out);
void encodeMessage(const PanelMessage& message, std::vector<std::uint8_t>& out);
/// For messages built event by event: the head, then steps.
void beginInput(std::vector<std::uint8_t>& out);
void encodeStep(const InputStep& step, std::vector<std::uint8_t>& out);

/// Everything that comes out is in range: places, codes, sizes, clean text.
base::Result<GuestMessage> parseGuestMessage(base::Bytes untrusted);
base::Result<PanelMessage> parsePanelMessage(base::Bytes untrusted);

}  // namespace lucarne::relay
