// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/rfb/server_messages.h"

#include <algorithm>

#include <fmt/format.h>

#include "display-relay/sources/rfb/extended_clipboard.h"
#include "display-relay/sources/rfb/text.h"
#include "surface/clipboard.h"

namespace lucarne::relay::rfb {

namespace {

using surface::Rect;
using surface::Size;

constexpr std::size_t kUpdateHeaderBytes = 4;
constexpr std::size_t kRectHeaderBytes = 12;

// An update that paints the screen this often over is a server that will never finish. Real ones
// paint each pixel once, or twice where a copy is followed by its repair.
constexpr std::int64_t kMaxCoverage = 64;
// Rectangles of one update that paint nothing: real updates have a handful (shape, size, name).
constexpr unsigned kMaxIdleRects = 256;
// An RFB layout has at most 255 screens of 16 bytes; only the first is of interest.
constexpr std::size_t kScreenBytes = 16;

std::string describe(const Rect& r) {
  return fmt::format("{}x{} at {},{}", r.width, r.height, r.x, r.y);
}

}  // namespace

base::Result<std::size_t> ServerMessages::take(base::Bytes available) {
  std::size_t used = 0;
  blocked_ = false;
  for (;;) {
    const State before = state_;
    auto eaten = step(available.subspan(used));
    if (!eaten) return eaten;
    used += *eaten;
    // A step that eats nothing and goes nowhere waits for bytes or for the canvas.
    if (*eaten == 0 && state_ == before) return used;
  }
}

base::Result<std::size_t> ServerMessages::step(base::Bytes available) {
  switch (state_) {
    case State::Message:
      return takeMessage(available);
    case State::RectHeader:
      return takeRectHeader(available);
    case State::Pixels:
      return takePixels(available);
    case State::Gather:
      return takeGathered(available);
    case State::Skip: {
      const std::size_t used = std::min<std::uint64_t>(available.size(), skipLeft_);
      skipLeft_ -= used;
      if (skipLeft_ == 0) inUpdate_ ? endRect() : endMessage();
      return used;
    }
  }
  return std::size_t{0};
}

// ---- messages -----------------------------------------------------------------------------------

base::Result<std::size_t> ServerMessages::takeMessage(base::Bytes available) {
  if (available.empty()) return std::size_t{0};
  base::ByteReader reader(available);
  const unsigned type = reader.u8();
  switch (static_cast<ServerMessage>(type)) {
    case ServerMessage::FramebufferUpdate:
      return takeUpdateHeader(reader);
    case ServerMessage::SetColourMapEntries: {  // meaningless in true colour
      reader.skip(3);
      const unsigned count = reader.u16be();
      return skipAfter(6, reader, std::uint64_t{count} * 6);
    }
    case ServerMessage::Bell:
      endMessage();
      return std::size_t{1};
    case ServerMessage::ServerCutText:
      return takeCutText(reader);
    case ServerMessage::EndOfContinuousUpdates:
      events_.onContinuousUpdatesEnded();
      endMessage();
      return std::size_t{1};
    case ServerMessage::Fence:
      return takeFence(reader);
  }
  return base::unexpected(fmt::format("the server sent a message of unknown type {}", type));
}

base::Result<std::size_t> ServerMessages::takeUpdateHeader(base::ByteReader& reader) {
  reader.skip(1);
  const unsigned count = reader.u16be();
  if (!reader.ok()) return std::size_t{0};
  inUpdate_ = true;
  rectsLeft_ = count;
  rectsIdle_ = 0;
  painted_ = 0;
  events_.onUpdateBegan();
  if (count == 0) {
    endUpdate();
  } else {
    state_ = State::RectHeader;
  }
  return kUpdateHeaderBytes;
}

// Longer text than may pass anywhere is skipped. A negative length is the extended clipboard's.
base::Result<std::size_t> ServerMessages::takeCutText(base::ByteReader& reader) {
  constexpr std::size_t kHeaderBytes = 8;
  reader.skip(3);
  const std::int64_t length = static_cast<std::int32_t>(reader.u32be());
  const auto bytes = static_cast<std::size_t>(length < 0 ? -length : length);
  extendedText_ = length < 0;
  if (bytes > (extendedText_ ? ExtendedClipboard::kMaxMessage : surface::kMaxClipboardBytes)) {
    return skipAfter(kHeaderBytes, reader, bytes);
  }
  if (!reader.ok()) return std::size_t{0};
  if (bytes == 0) {
    endMessage();
  } else {
    gather(bytes);
  }
  return kHeaderBytes;
}

base::Result<std::size_t> ServerMessages::takeFence(base::ByteReader& reader) {
  constexpr std::size_t kHeaderBytes = 9;
  reader.skip(3);
  const std::uint32_t flags = reader.u32be();
  const std::size_t length = reader.u8();
  if (length > kMaxFencePayload) {
    return base::unexpected(fmt::format("the server sent a fence of {} bytes; {} are allowed",
                                        length, kMaxFencePayload));
  }
  const base::Bytes payload = reader.take(length);
  if (!reader.ok()) return std::size_t{0};
  events_.onFence(flags, payload);
  endMessage();
  return kHeaderBytes + length;
}

/// The fixed part of a message is read; `bytes` more are of no interest.
std::size_t ServerMessages::skipAfter(std::size_t fixedBytes, const base::ByteReader& reader,
                                      std::uint64_t bytes) {
  if (!reader.ok()) return 0;
  skip(bytes);
  return fixedBytes;
}

// ---- rectangles ---------------------------------------------------------------------------------

base::Result<std::size_t> ServerMessages::takeRectHeader(base::Bytes available) {
  base::ByteReader reader(available);
  header_.rect.x = reader.u16be();
  header_.rect.y = reader.u16be();
  header_.rect.width = reader.u16be();
  header_.rect.height = reader.u16be();
  header_.encoding = static_cast<Encoding>(reader.i32be());
  if (!reader.ok()) return std::size_t{0};
  --rectsLeft_;
  if (auto begun = beginRect(); !begun) return base::Unexpected<base::Error>{begun.error()};
  return kRectHeaderBytes;
}

base::Result<void> ServerMessages::beginRect() {
  if (RectDecoder* decoder = decoders_.find(header_.encoding)) return beginPixels(*decoder);
  if (++rectsIdle_ > kMaxIdleRects) {
    return base::unexpected("the server sends rectangles without end and without pixels");
  }
  return beginPseudo();
}

base::Result<void> ServerMessages::beginPixels(RectDecoder& decoder) {
  const Size size = events_.pictureSize();
  const Rect& rect = header_.rect;
  if (!Rect::of(size).contains(rect)) {
    return base::unexpected(fmt::format("the server sends a rectangle outside its screen: {} of {}x{}",
                                        describe(rect), size.width, size.height));
  }
  painted_ += rect.pixels();
  if (painted_ > kMaxCoverage * size.pixels()) {
    return base::unexpected("the server paints its screen again and again in one update");
  }
  if (rect.empty() && ++rectsIdle_ > kMaxIdleRects) {
    return base::unexpected("the server sends rectangles without end and without pixels");
  }
  if (rect.empty()) {
    // No pixels, but some encodings have a header all the same; a decoder cannot be asked, since
    // it divides by the width. Only Raw is known to be nothing at all.
    if (header_.encoding == Encoding::Raw) {
      endRect();
      return {};
    }
    return base::unexpected("the server sends an empty rectangle that is not raw");
  }
  decoder_ = &decoder;
  directly_ = header_.encoding == Encoding::Raw ||
              (directly_ && header_.encoding == Encoding::CopyRect);
  decoder.begin(rect);
  state_ = State::Pixels;
  return {};
}

base::Result<void> ServerMessages::beginPseudo() {
  const Rect& rect = header_.rect;
  switch (header_.encoding) {
    case Encoding::LastRect:
      endUpdate();
      return {};
    case Encoding::DesktopSize:
      if (auto reported = reportSize({.size = rect.size()}); !reported) return reported;
      endRect();
      return {};
    case Encoding::ExtendedDesktopSize:
    case Encoding::DesktopName:
      gather(4);
      return {};
    case Encoding::Cursor:
    case Encoding::XCursor:
    case Encoding::CursorWithAlpha:
      return beginCursor();
    case Encoding::PointerPosition:
    case Encoding::VmwareCursorPosition: {
      const Size size = events_.pictureSize();
      events_.onCursorMoved({std::min(rect.x, size.width - 1), std::min(rect.y, size.height - 1)});
      endRect();
      return {};
    }
    case Encoding::QemuPointerMotion:
      alphaOrder_ = AlphaOrder::Bgra;  // only QEMU says this
      events_.onPointerMode(rect.x == 0 ? PointerMode::Relative : PointerMode::Absolute);
      endRect();
      return {};
    case Encoding::QemuExtendedKey:
      events_.onFeature(Feature::QemuExtendedKey);
      endRect();
      return {};
    case Encoding::ExtendedMouseButtons:
      events_.onFeature(Feature::ExtendedMouseButtons);
      endRect();
      return {};
    case Encoding::QemuLedState:
      gather(1);
      return {};
    case Encoding::VmwareLedState:
      gather(4);
      return {};
    default:
      return base::unexpected(fmt::format("the server uses encoding {}, which was not asked for",
                                          static_cast<std::int32_t>(header_.encoding)));
  }
}

base::Result<void> ServerMessages::beginCursor() {
  const Size size = header_.rect.size();
  if (!size.empty() && !surface::isAcceptable(size.width, size.height)) {
    return base::unexpected(fmt::format("the server sends a pointer of {}x{}", size.width, size.height));
  }
  const std::size_t bytes = cursorBytes(header_.encoding, size);
  if (size.width > surface::kMaxCursorSide || size.height > surface::kMaxCursorSide) {
    skip(bytes);  // too large to be drawn: the shape before it stays
  } else {
    gather(bytes);
  }
  return {};
}

base::Result<std::size_t> ServerMessages::takePixels(base::Bytes available) {
  if (available.empty()) return std::size_t{0};
  const auto frame = events_.canvas();
  if (!frame) {
    blocked_ = true;
    return std::size_t{0};
  }
  auto step = decoder_->take(available, *frame);
  if (!step) return base::Unexpected<base::Error>{step.error()};
  if (step->done) endPixels();
  return step->used;
}

std::size_t ServerMessages::direct(std::size_t maxPieces, std::vector<iovec>& pieces) {
  if (state_ != State::Pixels) return 0;
  const auto frame = events_.canvas();
  blocked_ = !frame;
  return frame ? decoder_->direct(*frame, maxPieces, pieces) : 0;
}

void ServerMessages::landed(std::size_t bytes) {
  if (decoder_->landed(bytes)) endPixels();
}

std::size_t ServerMessages::readAhead() const {
  if (!directly_) return kUnlimited;
  switch (state_) {
    case State::Gather:
      return gatherBytes_ - gathered_.size() + kRectHeaderBytes;
    case State::Skip:
      return kUnlimited;
    case State::Message:
      return kUpdateHeaderBytes + kRectHeaderBytes;
    case State::RectHeader:
    case State::Pixels:
      break;
  }
  return rectsLeft_ > 0 ? kRectHeaderBytes : kUpdateHeaderBytes + kRectHeaderBytes;
}

std::optional<Rect> ServerMessages::halfPainted() const {
  return state_ == State::Pixels ? std::optional(header_.rect) : std::nullopt;
}

// ---- payloads that are read as a whole ----------------------------------------------------------

void ServerMessages::gather(std::size_t bytes) {
  gathered_.clear();
  gatherBytes_ = bytes;
  state_ = State::Gather;
}

void ServerMessages::skip(std::uint64_t bytes) {
  skipLeft_ = bytes;
  state_ = State::Skip;
}

base::Result<std::size_t> ServerMessages::takeGathered(base::Bytes available) {
  const std::size_t part = std::min(available.size(), gatherBytes_ - gathered_.size());
  gathered_.insert(gathered_.end(), available.begin(),
                   available.begin() + static_cast<std::ptrdiff_t>(part));
  if (gathered_.size() == gatherBytes_) {
    if (auto finished = finishGathered(); !finished) {
      return base::Unexpected<base::Error>{finished.error()};
    }
  }
  return part;
}

base::Result<void> ServerMessages::finishGathered() {
  if (!inUpdate_) {
    if (extendedText_) {
      events_.onExtendedCutText(gathered_);
    } else {
      events_.onCutText(gathered_);
    }
    endMessage();
    return {};
  }
  base::ByteReader reader(gathered_);
  const Rect& rect = header_.rect;
  switch (header_.encoding) {
    case Encoding::ExtendedDesktopSize:
      return finishSize();
    case Encoding::DesktopName: {
      const std::uint64_t length = reader.u32be();
      if (gatherBytes_ == 4 && length > 0 && length <= kMaxTextBytes) {
        gatherBytes_ += length;  // what was gathered stays in front
        return {};
      }
      if (length > kMaxTextBytes) {
        skip(length);
        return {};
      }
      events_.onName(printable(base::Bytes(gathered_).subspan(4)));
      break;
    }
    case Encoding::QemuLedState:
    case Encoding::VmwareLedState: {
      // Both: bit 0 Scroll, 1 Num, 2 Caps.
      const unsigned state = gatherBytes_ == 1 ? reader.u8() : reader.u32be();
      events_.onFeature(Feature::LedState);
      events_.onLeds(static_cast<surface::Leds>((state >> 1 & 3) | (state & 1) << 2));
      break;
    }
    default:
      if (auto cursor = parseCursor(header_.encoding, rect.size(), {rect.x, rect.y}, gathered_,
                                    alphaOrder_)) {
        events_.onCursor(std::move(*cursor));
      } else {
        return base::unexpected("the server compresses its pointer, which was not asked for");
      }
      break;
  }
  endRect();
  return {};
}

base::Result<void> ServerMessages::finishSize() {
  base::ByteReader reader(gathered_);
  const std::size_t screens = reader.u8();
  reader.skip(3);
  if (gatherBytes_ == 4 && screens > 0) {
    gatherBytes_ += screens * kScreenBytes;
    return {};
  }
  SizeReport report{.size = header_.rect.size(), .extended = true};
  if (header_.rect.x == 1) report.cause = SizeReport::Cause::Us;
  if (header_.rect.x == 2) report.cause = SizeReport::Cause::OtherClient;
  report.status = header_.rect.y;
  if (screens > 0) {
    ScreenId screen;
    screen.id = reader.u32be();
    reader.skip(8);
    screen.flags = reader.u32be();
    report.screen = screen;
  }
  if (auto reported = reportSize(report); !reported) return reported;
  endRect();
  return {};
}

base::Result<void> ServerMessages::reportSize(SizeReport report) {
  // A refusal repeats the present size, which some servers leave at zero.
  const bool refused = report.cause == SizeReport::Cause::Us && report.status != 0;
  if (refused) report.size = events_.pictureSize();
  if (!surface::isAcceptable(report.size.width, report.size.height)) {
    return base::unexpected(fmt::format("the server's screen of {}x{} is not possible (limit {} "
                                        "pixels a side, {} in all)", report.size.width,
                                        report.size.height, surface::kMaxSide, surface::kMaxPixels));
  }
  events_.onSize(report);
  return {};
}

// ---- ends ---------------------------------------------------------------------------------------

void ServerMessages::endPixels() {
  decoder_ = nullptr;
  events_.onPainted(header_.rect);
  endRect();
}

void ServerMessages::endRect() {
  if (rectsLeft_ > 0) {
    state_ = State::RectHeader;
  } else {
    endUpdate();
  }
}

void ServerMessages::endUpdate() {
  inUpdate_ = false;
  events_.onUpdateEnded();
  endMessage();
}

void ServerMessages::endMessage() {
  state_ = State::Message;
  events_.onMessageEnded();
}

}  // namespace lucarne::relay::rfb
