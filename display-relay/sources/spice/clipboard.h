// SPDX-License-Identifier: Apache-2.0
// Copied text between the agent in a SPICE guest and us, over the session's main channel. Without an
// agent that takes part nothing passes.
//
// Text is announced (grab) and then asked for. Only the selection "clipboard" and only text; whether
// it may pass is the Screen's to say. Everything on the loop's thread.
#pragma once

#include <string>

#include "display-relay/sources/spice/channel.h"
#include "display-relay/sources/spice/library.h"
#include "surface/screen.h"

namespace lucarne::relay::spice {

class Clipboard {
 public:
  /// `signals` are the main channel's. Everything borrowed outlives it.
  Clipboard(const Library& library, SpiceMainChannel* main, Signals& signals,
            surface::Screen& screen);

  /// Text that was copied outside: isClipboardText. Dropped while there is no agent.
  void offer(const std::string& text);

 private:
  void onGrab(guint selection, const guint32* types, guint count);
  void onText(guint selection, guint type, const char* data, guint size);
  void onRequest(guint selection, guint type);

  const Library& library_;
  SpiceMainChannel* const main_;
  surface::Screen& screen_;
  std::string offered_;  // ours is the newest; empty: the guest's is
};

}  // namespace lucarne::relay::spice
