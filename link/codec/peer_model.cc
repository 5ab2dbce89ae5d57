// SPDX-License-Identifier: Apache-2.0
#include "link/codec/peer_model.h"

namespace lucarne::link {

using surface::ConstFrame;
using surface::Pixel;
using surface::Rect;

void PeerModel::reset(surface::Size size) {
  size_ = size;
  pixels_.assign(static_cast<std::size_t>(size.pixels()), 0);
  cache_.reset(size);
}

bool PeerModel::resetKeeping(const TileCache::State& stored, surface::Size size) {
  if (stored.stores == 0 || cache_.picture() != size || !cache_.goBack(stored)) return false;
  size_ = size;
  pixels_.assign(static_cast<std::size_t>(size.pixels()), 0);
  return true;
}

void PeerModel::resize(surface::Size size) {
  std::vector<Pixel> fresh(static_cast<std::size_t>(size.pixels()), 0);
  copyPixels(picture(), {fresh.data(), size, size.width * 4}, Rect::of(size));
  pixels_ = std::move(fresh);
  size_ = size;
  cache_.reset(size);
}

void PeerModel::draw(ConstFrame from, const Rect& r, Pixel mark) {
  copyColours(from, frame(), r, mark);
}

void PeerModel::drawPart(ConstFrame part, const Rect& r, Pixel mark) {
  copyColours(part, frame().part(r), Rect::of(r.size()), mark);
}

void PeerModel::fill(const Rect& r, Pixel colour) { fillPixels(frame(), r, colour); }

void PeerModel::move(const Rect& to, surface::GuestPoint from) {
  movePixels(frame(), {from.x, from.y, to.width, to.height}, {to.x, to.y});
}

void PeerModel::recall(std::size_t slot, const Rect& r) {
  if (const auto content = cache_.content(slot, r)) drawPart(*content, r, 0);
}

}  // namespace lucarne::link
