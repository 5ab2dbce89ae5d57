// SPDX-License-Identifier: Apache-2.0
// The desktop as a VNC server: libvncserver in our loop, on a unix socket or on loopback.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/program.h"
#include "base/unique_fd.h"
#include "demo/guest/desktop.h"

struct _rfbClientRec;
struct _rfbScreenInfo;

namespace lucarne::demo {

/// A listening socket for "unix:PATH" (replaced when it is a left-over socket, mode 0600) or
/// "tcp:PORT" (on 127.0.0.1). Throws UsageError, SetupError.
base::UniqueFd listenOn(std::string_view where);

class VncServer {
 public:
  /// Serves what `desktop` draws, at most `framesPerSecond` times a second while a viewer is there.
  /// libvncserver has one log and one signal disposition for the process: one VncServer at a time.
  VncServer(Desktop& desktop, base::UniqueFd listener, int framesPerSecond,
            const base::Context& context);
  VncServer(const VncServer&) = delete;
  VncServer& operator=(const VncServer&) = delete;
  ~VncServer();

 private:
  static void onKey(signed char down, unsigned int keysym, _rfbClientRec* client);
  static void onPointer(int buttons, int x, int y, _rfbClientRec* client);
  static void onGone(_rfbClientRec* client);

  void accept();
  void tick();
  void process();

  Desktop& desktop_;
  base::Context context_;
  base::UniqueFd listener_;
  _rfbScreenInfo* screen_;
  base::Duration period_;
  std::map<_rfbClientRec*, base::Watch> viewers_;
  base::Watch accepting_;
  base::Timer ticking_;
};

}  // namespace lucarne::demo
