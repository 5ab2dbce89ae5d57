// SPDX-License-Identifier: Apache-2.0
// Getting acquainted with an X server: the connection's set-up, the extensions, the keys.
//
// XCB and xkbcommon wait for the server's answers in all of this, and a server may be stopped at any
// moment: so it happens on a thread of its own. The thread ends when the socket does.
#pragma once

#include <xcb/xcb.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/c_handle.h"
#include "base/loop.h"
#include "base/result.h"
#include "base/unique_fd.h"
#include "display-relay/sources/x11/key_table.h"
#include "surface/geometry.h"

namespace lucarne::relay::x11 {

using Connection = base::CHandle<xcb_connection_t, xcb_disconnect>;

/// Names that clipboards are made of.
struct Atoms {
  xcb_atom_t clipboard = XCB_NONE;
  xcb_atom_t targets = XCB_NONE;
  xcb_atom_t timestamp = XCB_NONE;
  xcb_atom_t utf8 = XCB_NONE;
  xcb_atom_t incr = XCB_NONE;
  std::array<xcb_atom_t, 2> received = {};  ///< properties of our own window
};

/// Names for what is made at the server: XCB may have to ask for them.
struct Ids {
  std::uint32_t damage = XCB_NONE;
  std::uint32_t region = XCB_NONE;
  std::uint32_t segment = XCB_NONE;
  xcb_window_t window = XCB_NONE;
};

/// What a server is and can; the numbers are where its extensions' events begin.
struct Acquaintance {
  Connection connection;
  Ids ids;
  Atoms atoms;
  xcb_window_t root = XCB_NONE;
  surface::Size size;  ///< of the root; acceptable
  std::uint8_t damageEvents = 0;
  std::uint8_t fixesEvents = 0;
  std::uint8_t randrEvents = 0;  ///< 0: it cannot change its size
  std::uint8_t xkbEvents = 0;    ///< 0: it tells nothing of its lights
  bool sharesMemory = false;     ///< takes a descriptor to write pictures to (MIT-SHM 1.2)
  bool takesInput = false;       ///< has XTEST
  KeyTable keys;
  std::vector<std::uint8_t> keysDown;  ///< held by whoever was here before us
  std::uint8_t buttonsDown = 0;        ///< bit 0: button 1
};

/// The name and the bytes of what opens the door (Xsecurity(7)); empty: nothing.
struct Cookie {
  std::string name;
  std::string bytes;

  /// From XAUTHORITY or ~/.Xauthority, for this display of this machine.
  static Cookie forDisplay(const std::string& number);
};

/// Gets acquainted here and now, waiting for each answer. Empty cookie: none is shown.
base::Result<Acquaintance> greet(base::UniqueFd socket, Cookie cookie);

class Greeting {
 public:
  /// `socket` is connected to the server. `done` is called from the loop, once; never after the
  /// Greeting has gone. Throws SetupError when no descriptor or thread is left, or for what is no socket.
  Greeting(base::UniqueFd socket, Cookie cookie, base::Loop& loop,
           std::function<void(base::Result<Acquaintance>)> done);
  /// Ends the connection if it is not done.
  ~Greeting();
  Greeting(const Greeting&) = delete;
  Greeting& operator=(const Greeting&) = delete;

 private:
  void onDone();

  base::UniqueFd hook_;   // the same socket: shutting it down ends whatever the thread waits for
  base::UniqueFd done_;   // an eventfd
  std::function<void(base::Result<Acquaintance>)> tell_;
  std::unique_ptr<base::Result<Acquaintance>> result_;  // the thread's, until done_ is raised
  base::Watch watch_;
  std::thread thread_;
};

}  // namespace lucarne::relay::x11
