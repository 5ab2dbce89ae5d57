// SPDX-License-Identifier: Apache-2.0
// The guest of a bench: an X server that is its own VNC server (TigerVNC's Xvnc).
#pragma once

#include <string>

#include "bench/child.h"
#include "surface/geometry.h"

namespace lucarne::bench {

class VncGuest {
 public:
  /// Starts it on a free display; its log goes to `folder`. It sends at most `rate` updates a
  /// second, and the first one after a rest half such a beat late. Throws SetupError.
  VncGuest(surface::Size size, int rate, const std::string& folder);

  /// Of its display.
  int number() const { return number_; }
  /// ":7"
  const std::string& display() const { return display_; }
  /// Where its VNC server listens, on loopback.
  int port() const { return port_; }
  const Child& server() const { return server_; }

 private:
  VncGuest(int number, surface::Size size, int rate, const std::string& folder);

  int number_;
  std::string display_;
  int port_;
  Child server_;
};

}  // namespace lucarne::bench
