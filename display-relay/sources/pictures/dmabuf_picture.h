// SPDX-License-Identifier: Apache-2.0
// A guest's picture in a dma-buf, and its way to the Screen's sinks: handed on to those that show it
// themselves, copied into the Screen's own picture for the others, while there are any.
//
// What was not copied is remembered, so that the Screen's picture is whole as soon as somebody needs
// it: another sink, a kiosk without a GPU, or the guest that goes back to pixels or away.
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "display-relay/sources/pictures/shared_picture.h"
#include "surface/damage.h"
#include "surface/dmabuf.h"
#include "surface/screen.h"

namespace lucarne::relay {

class DmabufPicture {
 public:
  /// `screen` outlives it. `sizeOf` finds out how large a buffer is.
  explicit DmabufPicture(surface::Screen& screen,
                         surface::DmabufSize sizeOf = surface::dmabufSize)
      : screen_(screen), sizeOf_(std::move(sizeOf)) {}
  ~DmabufPicture() { end(); }
  DmabufPicture(const DmabufPicture&) = delete;
  DmabufPicture& operator=(const DmabufPicture&) = delete;

  /// The picture is in this buffer from now on, and new everywhere. Failure: nobody can read it; there
  /// is none then. False, here and below: every buffer of the Screen was held, and `paintDue` must be
  /// called again.
  base::Result<bool> show(std::shared_ptr<const surface::Dmabuf> untrusted);
  /// The guest has drawn there. Nobody reads any more when the last copy of `read` is dropped: where
  /// only we read, at once.
  base::Result<bool> changed(const surface::Rect& part, const surface::DmabufRead& read);
  /// Copies what was left out, if somebody needs it now.
  base::Result<bool> paintDue();
  /// The picture is elsewhere from now on, or nowhere; the Screen keeps the last one.
  void end();

  explicit operator bool() const { return dmabuf_ != nullptr; }
  /// Empty when there is none.
  surface::Size size() const;
  /// How its pixels get to the sinks, for people: "dma-buf import" or "dma-buf copy".
  std::string_view words() const;

 private:
  base::Result<void> map();
  base::Result<bool> paint();
  bool isCopied() const { return !canHandOn_ || screen_.needsPixels(); }

  surface::Screen& screen_;
  surface::DmabufSize sizeOf_;
  std::shared_ptr<const surface::Dmabuf> dmabuf_;  // shared with the Screen and its sinks
  bool canHandOn_ = false;
  SharedPicture shared_;   // mapped only when it is copied
  surface::Damage stale_;  // what the Screen's own picture lacks
};

}  // namespace lucarne::relay
