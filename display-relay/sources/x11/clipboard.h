// SPDX-License-Identifier: Apache-2.0
// Copied text between the programs at an X server and us: the selection CLIPBOARD (ICCCM, 2), which the
// one who copied owns and the others ask for.
//
// Text that was copied in the guest is asked for at once (XFixes tells of the new owner); whether it may
// pass is the Screen's to say. Only UTF8_STRING; larger texts come in pieces (INCR), of which no more is
// kept than may pass. Ours fits into one request. Everything on the loop's thread.
#pragma once

#include <xcb/xfixes.h>

#include <string>

#include "display-relay/sources/x11/server.h"
#include "surface/screen.h"

namespace lucarne::relay::x11 {

class Clipboard {
 public:
  /// `server` and `screen` outlive it. Makes a window of its own, which nobody sees.
  Clipboard(Server& server, const Acquaintance& x, surface::Screen& screen);
  Clipboard(const Clipboard&) = delete;
  Clipboard& operator=(const Clipboard&) = delete;

  /// Text that was copied outside: isClipboardText. Flushes.
  void offer(const std::string& text);
  /// Flushes. `type`: the event's, without the mark of one that another client sent.
  void onEvent(const xcb_generic_event_t& event, std::uint8_t type);

 private:
  void onOwner(const xcb_xfixes_selection_notify_event_t& event);
  void onAnswer(const xcb_selection_notify_event_t& event);
  void onProperty(const xcb_property_notify_event_t& event);
  void onRequest(const xcb_selection_request_event_t& event);
  bool give(const xcb_selection_request_event_t& event, xcb_atom_t property);
  void take();
  void taken(const xcb_get_property_reply_t* reply);

  Server& server_;
  surface::Screen& screen_;
  const Atoms atoms_;
  const xcb_window_t window_;
  const std::uint8_t fixesEvents_;

  std::string offered_;  // ours is the newest; empty: the guest's is
  unsigned claimed_ = 0;                      // our last request to own the selection
  xcb_timestamp_t since_ = XCB_CURRENT_TIME;  // we own it

  std::size_t transfer_ = 0;  // counts; each has the other of two properties
  bool inPieces_ = false;
  std::string received_;
};

}  // namespace lucarne::relay::x11
