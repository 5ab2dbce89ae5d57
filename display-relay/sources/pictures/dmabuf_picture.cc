// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/pictures/dmabuf_picture.h"

#include <utility>

#include <fmt/format.h>

#include "surface/picture_path.h"

namespace lucarne::relay {

using base::Result;
using base::unexpected;
using surface::Damage;
using surface::Rect;

Result<bool> DmabufPicture::show(std::shared_ptr<const surface::Dmabuf> untrusted) {
  if (const auto sane = surface::checkLayout(untrusted->layout);
      !sane || untrusted->fds.size() != untrusted->layout.planes.size()) {
    end();
    return unexpected(sane ? "a dma-buf without all its planes" : sane.error().message);
  }
  shared_.forget();
  dmabuf_ = std::move(untrusted);
  // Whoever gets it checks it too, and would not talk with us any more.
  canHandOn_ = surface::checkDmabuf(*dmabuf_, sizeOf_).has_value();
  if (!canHandOn_ || screen_.needsPixelsOf(*dmabuf_)) {
    if (const auto mapped = map(); !mapped) {
      stale_.clear();
      end();
      return unexpected(mapped.error().message);
    }
  }
  const surface::Size size = dmabuf_->layout.picture.size();
  screen_.resize(size);
  screen_.setDmabuf(canHandOn_ ? dmabuf_ : nullptr);
  return changed(Rect::of(size), {});
}

Result<bool> DmabufPicture::changed(const Rect& part, const surface::DmabufRead& read) {
  if (part.empty()) return true;
  stale_.add(part);
  const auto painted = paintDue();
  screen_.dmabufDamaged(Damage(part), read);
  return painted;
}

Result<bool> DmabufPicture::paintDue() {
  if (!dmabuf_ || stale_.empty() || !isCopied()) return true;
  return paint();
}

Result<bool> DmabufPicture::paint() {
  if (!shared_) {
    if (const auto mapped = map(); !mapped) return unexpected(mapped.error().message);
  }
  screen_.resize(size());  // whatever else was shown meanwhile
  const auto frame = screen_.paint();
  if (!frame) return false;
  stale_.clip(size());
  for (const Rect& r : stale_.rects()) shared_.paint(r, *frame);
  screen_.damaged(std::exchange(stale_, {}));
  return true;
}

// Whatever has several planes is no plain RGB in rows: compressed, or a video's colours.
Result<void> DmabufPicture::map() {
  const surface::DmabufLayout& layout = dmabuf_->layout;
  if (layout.planes.size() > 1) {
    return unexpected(fmt::format(
        "a dma-buf of {} planes (modifier {:#x}), which only a GPU can read; start QEMU without "
        "gl=on",
        layout.planes.size(), layout.format.modifier));
  }
  const Rect& picture = layout.picture;
  const surface::DmabufPlane& plane = layout.planes[0];
  const int row = layout.bottomUp ? layout.buffer.height - picture.bottom() : picture.y;
  const auto column = static_cast<std::uint64_t>(picture.x) *
                      static_cast<std::uint64_t>(surface::pixelBytesOf(layout.format.fourcc));
  const std::uint64_t offset =
      plane.offset + static_cast<std::uint64_t>(row) * plane.strideBytes + column;
  return shared_.adoptDmabuf(base::duplicate(dmabuf_->fds[0]), layout.format.fourcc,
                             layout.format.modifier, layout.bottomUp,
                             {picture.width, picture.height, plane.strideBytes, 0, {}}, offset);
}

void DmabufPicture::end() {
  if (!dmabuf_) return;
  // First, so that the sinks look at the Screen's own picture again when it is painted.
  screen_.setDmabuf(nullptr);
  if (!stale_.empty() && screen_.size() == size()) (void)paint();
  shared_.forget();
  stale_.clear();
  dmabuf_.reset();
}

surface::Size DmabufPicture::size() const {
  return dmabuf_ ? dmabuf_->layout.picture.size() : surface::Size{};
}

std::string_view DmabufPicture::words() const {
  if (!dmabuf_) return "";
  return surface::wordsFor(isCopied() ? surface::PicturePath::DmabufCopy
                                      : surface::PicturePath::DmabufImport);
}

}  // namespace lucarne::relay
