// SPDX-License-Identifier: Apache-2.0
// A wished size becomes the mode of an X server's output (RandR 1.3), if it has such a mode.
#pragma once

#include <xcb/randr.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "base/log.h"
#include "display-relay/sources/x11/server.h"
#include "surface/geometry.h"

namespace lucarne::relay::x11 {

class Modes {
 public:
  /// All outlive it.
  Modes(Server& server, xcb_window_t root, base::LimitedLog& log)
      : server_(server), root_(root), log_(log) {}
  Modes(const Modes&) = delete;
  Modes& operator=(const Modes&) = delete;

  /// Asks for this size of the screen; says so in the log when it cannot be had. A server with several
  /// outputs in use keeps its sizes. While one wish is on its way, only the newest other one is kept.
  void want(surface::Size size);

 private:
  struct Mode {
    xcb_randr_mode_t id = XCB_NONE;
    surface::Size size;
  };

  void askOutputs(const xcb_randr_get_screen_resources_current_reply_t& resources);
  void onOutput(xcb_randr_output_t output, const xcb_randr_get_output_info_reply_t* reply);
  void askPresent();
  void choose(const xcb_randr_get_crtc_info_reply_t& present);
  void setMode(const Mode& mode, std::uint16_t rotation);
  void over(const char* words);

  Server& server_;
  xcb_window_t root_;
  base::LimitedLog& log_;

  std::optional<surface::Size> wish_;  // on its way
  std::optional<surface::Size> next_;
  xcb_timestamp_t configured_ = XCB_CURRENT_TIME;
  std::vector<Mode> modes_;
  std::size_t unanswered_ = 0;  // of the outputs
  int inUse_ = 0;
  xcb_randr_output_t output_ = XCB_NONE;  // the one in use
  xcb_randr_crtc_t crtc_ = XCB_NONE;
  std::vector<xcb_randr_mode_t> itsModes_;
};

}  // namespace lucarne::relay::x11
