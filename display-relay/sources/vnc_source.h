// SPDX-License-Identifier: Apache-2.0
// vnc+TRANSPORT: a guest's screen from a VNC server, over any transport.
//
// Connects, and connects again by itself whenever the server is gone or talks nonsense; meanwhile
// the last picture stays and the screen's phase says in words what is being waited for. The
// protocol is in rfb/; here are the socket, the timers and the back-off. See docs/rfb.md.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/program.h"
#include "display-relay/endpoint.h"
#include "display-relay/sources/rfb/keyboard.h"
#include "display-relay/sources/rfb/request_pace.h"
#include "display-relay/sources/rfb/session.h"
#include "link/redial.h"
#include "link/transport.h"
#include "surface/screen.h"

namespace lucarne::relay {

struct VncOptions {
  std::string passwordFile;                   ///< empty: none
  std::vector<rfb::Encoding> pixelEncodings;  ///< empty: as the kind of line suggests
  std::optional<link::LineKind> line;         ///< treat the line as one of this kind
  rfb::Jpeg jpeg = rfb::Jpeg::Refused;
};

class VncSource final : public Source {
 public:
  /// The screen outlives it.
  VncSource(std::unique_ptr<link::Transport> transport, VncOptions options, surface::Screen& screen,
            const base::Context& context);
  ~VncSource() override;

  void start() override;
  bool isSending() override;

  void onInput(const surface::InputEvent& event) override;
  void onWantedSize(surface::Size size) override;
  void onAttention(bool watched) override;
  void onClipboard(const std::string& text) override;
  void onPictureWanted() override;

 private:
  void dial();
  void onOpened(base::Result<link::Stream> opened);
  void onReady(base::Readiness ready);
  void onPaintable();
  /// False: the connection failed and is gone.
  bool readSome();
  void writeSome();
  void notePace();
  void followPace();
  void requestNow();
  /// After anything that may have moved the session: writes, arms timers, chooses what to wait for.
  void settle();
  void fail(const std::string& words);
  void hangUp();
  void waitAgain(const std::string& words, bool patiently);

  std::unique_ptr<link::Transport> transport_;
  VncOptions options_;
  surface::Screen& screen_;
  base::Context context_;
  base::Log log_;
  base::LimitedLog limitedLog_;
  rfb::Keyboard keyboard_;
  link::Redial redial_;
  base::Timer patience_;

  link::Stream stream_;
  std::unique_ptr<rfb::Session> session_;
  base::Watch watch_;
  base::Timer greeting_;   // until the first picture
  base::Timer heldBack_;   // until a request that waits goes out
  rfb::RequestPace pace_;
  rfb::Session::Updates noted_;  // by pace_
  bool wanted_ = false;          // a newer picture, while busy_
  base::Timer repaint_;    // while the screen cannot be painted
  bool announced_ = false;
  bool peerGone_ = false;
  bool busy_ = false;      // inside the session: observers of the screen may call back

  std::optional<surface::Size> wish_;
  bool watched_ = true;
};

}  // namespace lucarne::relay
