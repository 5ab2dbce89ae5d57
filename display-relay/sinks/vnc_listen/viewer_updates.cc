// SPDX-License-Identifier: Apache-2.0
// What goes to a viewer once it is let in: updates, and what travels in them.
#include <algorithm>
#include <utility>

#include "display-relay/sinks/vnc_listen/viewer_session.h"

namespace lucarne::relay::vnc_listen {

using base::ByteWriter;
using rfb::Encoding;
using surface::Rect;
using surface::Size;

namespace {

constexpr Size kNoPicture{640, 480};  // black, until there is one
// Reason of an ExtendedDesktopSize that answers a SetDesktopSize (rfbproto.rst).
constexpr std::uint16_t kByThisClient = 1;

}  // namespace

Size ViewerSession::screenSize() const {
  return screen_.hasPicture() ? screen_.size() : kNoPicture;
}

void ViewerSession::onPicture() { damage_.add(Rect::of(screenSize())); }

bool ViewerSession::isNewSize() const {
  return (knowsScreens_ || knowsDesktopSize_) && size_ != screenSize();
}

bool ViewerSession::hasNews() const {
  return isNewSize() || newsCount() > 0 || !damage_.empty();
}

bool ViewerSession::hasSomethingToSay() const {
  if (!established() || !unsent().empty() || screen_.isPainting()) return false;
  return !bands_.empty() || (requested_ && hasNews());
}

void ViewerSession::speak() {
  if (!hasSomethingToSay()) return;
  if (bands_.empty()) beginUpdate();
  if (!bands_.empty()) nextBand();
}

int ViewerSession::newsCount() const {
  return (screensDue_ ? 1 : 0) + (knowsScreens_ && wishStatus_ ? 1 : 0) +
         (cursorDue_ && (knowsCursor_ || knowsAlphaCursor_) ? 1 : 0) +
         (titleDue_ && knowsTitle_ ? 1 : 0) + (ledsDue_ && knowsLeds_ ? 1 : 0) +
         (qemuKeysDue_ ? 1 : 0);
}

void ViewerSession::beginUpdate() {
  requested_ = false;
  if (nextFormat_) format_ = *std::exchange(nextFormat_, std::nullopt);
  if (nextPixels_) pixels_ = *std::exchange(nextPixels_, std::nullopt);
  if (isNewSize()) return beginResize();
  cutIntoBands();
  const auto count = static_cast<std::size_t>(newsCount()) + bands_.size();
  ByteWriter(out_).u8(0).u8(0).u16be(static_cast<std::uint16_t>(count));
  writeNews();
}

// A change of size goes alone: what follows is cut to the new one.
void ViewerSession::beginResize() {
  size_ = screenSize();
  damage_ = surface::Damage(Rect::of(size_));
  ByteWriter(out_).u8(0).u8(0).u16be(1);
  if (knowsScreens_) {
    writeScreens(0, 0);
    screensDue_ = false;
  } else {
    writeRect(Rect::of(size_), Encoding::DesktopSize);
  }
}

void ViewerSession::cutIntoBands() {
  damage_.clip(size_);
  for (const Rect& rect : damage_.rects()) {
    const int height = std::max(1, kBandPixels / rect.width);
    for (int y = rect.y; y < rect.bottom(); y += height) {
      bands_.push_back({rect.x, y, rect.width, std::min(height, rect.bottom() - y)});
    }
  }
  damage_.clear();
}

void ViewerSession::nextBand() {
  const Rect promised = bands_.front();
  bands_.pop_front();
  if (!screen_.hasPicture()) {
    writeRect(promised, Encoding::Raw);
    out_.resize(out_.size() + static_cast<std::size_t>(promised.pixels()) * format_.bytes());
    return;
  }
  // The picture may have become smaller since the band was promised: then a smaller rectangle
  // keeps the promise of their number.
  const Rect rect = surface::intersect(promised, Rect::of(screen_.size()));
  if (rect.empty()) return writeRect({}, Encoding::Raw);
  const surface::ConstFrame part = screen_.picture().part(rect);
  writeRect(rect, pixels_);
  if (pixels_ == Encoding::Zrle) return zrle_.encode(part, format_, out_);
  for (int y = 0; y < rect.height; ++y) {
    appendPixels(part.row(y), static_cast<std::size_t>(rect.width), format_, out_);
  }
}

void ViewerSession::writeRect(const Rect& rect, Encoding encoding) {
  ByteWriter(out_)
      .u16be(static_cast<std::uint16_t>(rect.x)).u16be(static_cast<std::uint16_t>(rect.y))
      .u16be(static_cast<std::uint16_t>(rect.width)).u16be(static_cast<std::uint16_t>(rect.height))
      .u32be(static_cast<std::uint32_t>(encoding));
}

void ViewerSession::writeScreens(std::uint16_t reason, std::uint16_t status) {
  writeRect({reason, status, size_.width, size_.height}, Encoding::ExtendedDesktopSize);
  ByteWriter(out_).u8(1).u8(0).u16be(0).u32be(1).u16be(0).u16be(0)
      .u16be(static_cast<std::uint16_t>(size_.width))
      .u16be(static_cast<std::uint16_t>(size_.height)).u32be(0);
}

void ViewerSession::writeNews() {
  if (std::exchange(screensDue_, false)) writeScreens(0, 0);
  if (knowsScreens_ && wishStatus_) writeScreens(kByThisClient, *wishStatus_);
  wishStatus_.reset();
  if (std::exchange(cursorDue_, false)) writeCursor();
  if (std::exchange(titleDue_, false) && knowsTitle_) {
    writeRect({}, Encoding::DesktopName);
    const std::string& title = screen_.title();
    ByteWriter(out_).u32be(static_cast<std::uint32_t>(title.size())).text(title);
  }
  if (std::exchange(ledsDue_, false) && knowsLeds_) {
    writeRect({}, Encoding::QemuLedState);
    // QEMU's bits are Scroll, Num, Caps; ours are Num, Caps, Scroll.
    const unsigned leds = screen_.leds();
    ByteWriter(out_).u8(static_cast<std::uint8_t>((leds << 1 & 6) | (leds >> 2 & 1)));
  }
  if (std::exchange(qemuKeysDue_, false)) writeRect({}, Encoding::QemuExtendedKey);
}

void ViewerSession::writeCursor() {
  if (!knowsCursor_ && !knowsAlphaCursor_) return;
  const surface::Cursor& cursor = screen_.cursor();
  const Rect head{cursor.hotspot.x, cursor.hotspot.y, cursor.size.width, cursor.size.height};
  const auto width = static_cast<std::size_t>(cursor.size.width);
  const auto height = static_cast<std::size_t>(cursor.size.height);
  if (knowsAlphaCursor_) {  // R, G, B, A, premultiplied
    writeRect(head, Encoding::CursorWithAlpha);
    ByteWriter writer(out_);
    writer.u32be(static_cast<std::uint32_t>(Encoding::Raw));
    for (const std::uint32_t pixel : cursor.pixels) {
      const unsigned alpha = pixel >> 24;
      for (const unsigned shift : {16U, 8U, 0U}) {
        writer.u8(static_cast<std::uint8_t>(((pixel >> shift & 0xff) * alpha + 127) / 255));
      }
      writer.u8(static_cast<std::uint8_t>(alpha));
    }
    return;
  }
  writeRect(head, Encoding::Cursor);
  appendPixels(cursor.pixels.data(), cursor.pixels.size(), format_, out_);
  for (std::size_t y = 0; y < height; ++y) {  // a bit a pixel, rows filled up to a byte
    for (std::size_t x = 0; x < width; x += 8) {
      unsigned byte = 0;
      for (std::size_t i = x; i < std::min(x + 8, width); ++i) {
        if (cursor.pixels[y * width + i] >> 31 != 0) byte |= 0x80U >> (i - x);
      }
      out_.push_back(static_cast<std::uint8_t>(byte));
    }
  }
}

}  // namespace lucarne::relay::vnc_listen
