// SPDX-License-Identifier: Apache-2.0
// A tile op that did not fit into one piece, on its way in parts.
#pragma once

#include <cstdint>
#include <vector>

#include "link/codec/wire.h"
#include "surface/frame.h"

namespace lucarne::link {

class Outbox {
 public:
  /// Whether what the peer shows at the op's place until then is part of its meaning.
  enum class Base { None, Shown };

  /// Takes a whole op. `pixels` are what the peer will show at `r` once the last part is out.
  void begin(std::vector<std::uint8_t> op, CoderId coder, Base base, surface::ConstFrame pixels,
             const surface::Rect& r, surface::Pixel mark);

  bool busy() const { return busy_; }
  CoderId coder() const { return coder_; }
  Base base() const { return base_; }
  const surface::Rect& rect() const { return rect_; }
  surface::Pixel mark() const { return mark_; }
  std::size_t bytesLeft() const { return op_.size() - sent_; }
  surface::ConstFrame pixels() const { return {pixels_.data(), rect_.size(), rect_.width * 4}; }

  /// Whether `emit` with so much room would be the end.
  bool endsWithin(std::size_t room) const { return bytesLeft() + headBytes(room) <= room; }
  /// Appends a Part or PartEnd of at most `room` bytes (at least kMinRoom). True: that was the end.
  bool emit(Lane lane, std::size_t room, std::vector<std::uint8_t>& out);
  void clear() { busy_ = false; }

  static constexpr std::size_t kMinRoom = 12;

 private:
  static std::size_t headBytes(std::size_t room) {
    return 2 + varintBytes(static_cast<std::uint32_t>(room));
  }

  bool busy_ = false;
  std::vector<std::uint8_t> op_;
  std::size_t sent_ = 0;
  CoderId coder_ = CoderId::Stored;
  Base base_ = Base::None;
  surface::Rect rect_;
  surface::Pixel mark_ = 0;
  std::vector<surface::Pixel> pixels_;
};

}  // namespace lucarne::link
