// SPDX-License-Identifier: Apache-2.0
#include "link/codec/outbox.h"

#include <algorithm>
#include <cassert>

namespace lucarne::link {

using surface::Rect;

void Outbox::begin(std::vector<std::uint8_t> op, CoderId coder, Base base,
                   surface::ConstFrame pixels, const Rect& r, surface::Pixel mark) {
  assert(!busy_);
  busy_ = true;
  op_ = std::move(op);
  sent_ = 0;
  coder_ = coder;
  base_ = base;
  rect_ = r;
  mark_ = mark;
  pixels_.resize(static_cast<std::size_t>(r.pixels()));
  copyPixels(pixels, {pixels_.data(), r.size(), r.width * 4}, Rect::of(r.size()));
}

bool Outbox::emit(Lane lane, std::size_t room, std::vector<std::uint8_t>& out) {
  const std::size_t count = std::min(room - headBytes(room), bytesLeft());
  const bool last = count == bytesLeft();
  out.push_back(static_cast<std::uint8_t>(last ? Op::PartEnd : Op::Part));
  out.push_back(static_cast<std::uint8_t>(lane));
  putVarint(out, static_cast<std::uint32_t>(count));
  const auto from = op_.begin() + static_cast<std::ptrdiff_t>(sent_);
  out.insert(out.end(), from, from + static_cast<std::ptrdiff_t>(count));
  sent_ += count;
  if (last) busy_ = false;
  return last;
}

}  // namespace lucarne::link
