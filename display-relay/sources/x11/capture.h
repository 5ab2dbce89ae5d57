// SPDX-License-Identifier: Apache-2.0
// An X server's screen into a Screen: damage is told, asked for, fetched and painted.
//
//   damage ─▶ which parts? ─▶ pixels of these parts, into shared memory ─▶ paint
//
// One picture is on its way at a time; what is drawn meanwhile is the next one. While nobody looks the
// server is not asked, and tells nothing either.
#pragma once

#include <xcb/damage.h>
#include <xcb/shm.h>

#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/program.h"
#include "display-relay/sources/rfb/request_pace.h"
#include "display-relay/sources/x11/server.h"
#include "surface/frame.h"
#include "surface/screen.h"

namespace lucarne::relay::x11 {

class Capture {
 public:
  /// `server` and `screen` outlive it. `onLive` is called when the first picture is painted. Do not
  /// call it any more once the server is lost.
  Capture(Server& server, const Acquaintance& x, surface::Screen& screen,
          const base::Context& context, std::function<void()> onLive);
  Capture(const Capture&) = delete;
  Capture& operator=(const Capture&) = delete;

  /// Something was drawn since the last answer.
  void onDamaged();
  /// The root has another size now. Must be acceptable.
  void onSize(surface::Size size);
  /// A request of ours was refused; true if it was one.
  bool onRefused(const xcb_generic_error_t& error);

  void watch(bool watched);
  /// A newer picture can be used (Screen::wantPicture).
  void wanted();
  /// The person did something that the guest may answer.
  void input();
  void onPaintable();

 private:
  enum class Step { Rest, Asking, Fetching, Painting };

  void proceed();
  void askParts();
  void onParts(const xcb_xfixes_fetch_region_reply_t* reply);
  void fetch();
  void fetchPart(const surface::Rect& part, std::uint32_t offset);
  void onPart(std::span<const std::uint8_t> pixels);
  void fetched();
  void paint();
  void shareMemory();
  void keepMemory();
  void abandonPicture();
  std::optional<base::Duration> heldFor() const;

  Server& server_;
  surface::Screen& screen_;
  const base::Context& context_;
  std::function<void()> onLive_;  // empty once it was called
  const xcb_window_t root_;
  surface::Size size_;
  bool sharesMemory_;
  const xcb_damage_damage_t damage_;
  const xcb_xfixes_region_t parts_;
  const xcb_shm_seg_t segment_;
  unsigned attached_ = 0;        // the request that shared memory_
  surface::FrameBuffer memory_;  // where the server writes: rows without gaps, part after part

  Step step_ = Step::Rest;
  bool watched_ = true;
  bool drawn_ = true;          // since we asked for parts
  surface::Damage pending_;    // not fetched yet
  std::vector<surface::Rect> underWay_;
  unsigned generation_ = 0;    // of the screen's size and of memory_
  unsigned fetched_ = 0;       // the one that underWay_ belongs to
  std::size_t answered_ = 0;   // of underWay_
  bool failed_ = false;        // one of them was refused: they are fetched again
  std::vector<std::vector<std::uint8_t>> copies_;  // of all of underWay_, without shared memory
  rfb::RequestPace pace_;
  bool wanted_ = false;  // a newer picture, since the last one was fetched
  base::TimePoint begun_{};
  base::Duration pause_;  // between the beginnings of two pictures
  base::Timer later_;
};

}  // namespace lucarne::relay::x11
