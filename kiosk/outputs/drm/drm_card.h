// SPDX-License-Identifier: Apache-2.0
// One graphics card's first connected display, driven through the kernel's mode setting with plain
// memory ("dumb buffers"): what every card can do, without a GPU and without Mesa.
//
// Facts from the kernel's documentation (drm-kms, drm-mm) and drm_mode.h: the first process that
// opens a card becomes its master and may set modes; a page flip takes effect at the next refresh
// and is told by an event on the card's descriptor; a second flip before that fails with EBUSY.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "surface/frame.h"

namespace lucarne::kiosk {

/// Not thread-safe. Gives the display back as it was on destruction.
class DrmCard {
 public:
  /// The first of /dev/dri/card* that has a connected display and lets us set it. Failure: why none
  /// does, card by card, and what to do.
  static base::Result<std::unique_ptr<DrmCard>> open();
  ~DrmCard();
  DrmCard(const DrmCard&) = delete;
  DrmCard& operator=(const DrmCard&) = delete;

  surface::Size size() const;
  base::Duration refreshPeriod() const { return refreshPeriod_; }
  /// "virtio_gpu, Virtual-1 1280x800 at 60 Hz".
  std::string words() const;
  /// Becomes readable when a flip has happened.
  const base::UniqueFd& fd() const { return fd_; }

  /// The buffer that is not on the display. Writing is fast, reading is not.
  surface::Frame back() const;
  bool isFlipping() const { return flipping_; }
  /// Shows the back buffer at the next refresh; must not be flipping. Where the driver cannot flip,
  /// at once. After a failure (another master) the next flip sets the mode anew.
  base::Result<void> flip();
  /// Call when `fd` is readable: ends the flip that has happened.
  void readEvents();

  enum class Change { None, Display };
  /// Looks whether the display was exchanged or its best mode changed (after a hot-plug event) and
  /// takes the new one. Failure: none is connected; the card stays as it was.
  base::Result<Change> reprobe();

 private:
  struct Display;
  struct Buffer;

  explicit DrmCard(base::UniqueFd fd);
  static base::Result<std::unique_ptr<DrmCard>> openAt(const std::string& path);
  base::Result<Display> findDisplay() const;
  base::Result<void> use(const Display& display);
  base::Result<std::unique_ptr<Buffer>> createBuffer(surface::Size size) const;
  base::Result<void> setMode(const Buffer& shown);

  base::UniqueFd fd_;
  std::string driver_;
  std::unique_ptr<Display> display_;
  struct Saved;
  std::unique_ptr<Saved> saved_;  // what the display showed before us
  std::array<std::unique_ptr<Buffer>, 2> buffers_;
  std::size_t back_ = 0;
  bool modeSet_ = false;
  bool canFlip_ = true;
  bool flipping_ = false;
  base::Duration refreshPeriod_{};
};

}  // namespace lucarne::kiosk
