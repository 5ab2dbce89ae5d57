// SPDX-License-Identifier: Apache-2.0
// One connection to a VNC server, from its first byte to its last: a state machine without sockets,
// timers or threads.
//
//   bytes from the server ─▶ readTargets / landed ─▶ Handshake, ServerMessages ─▶ Screen
//   bytes to the server   ◀─ unsent / sent        ◀─ Pointer, Keyboard, requests
//
// Pacing. Where the server knows ContinuousUpdates it sends on its own; its fences are answered in
// order with the pictures between them, so its own congestion control sees how fast we are.
// Elsewhere, and always on a local line, the request for the next update goes out when an update begins
// to arrive, so that the server works while the pixels travel; or later, where the owner finds that
// nobody could use it yet (RequestPace). While the screen cannot be painted nothing is read: the
// line fills up, the server waits, and the newest picture follows. While nobody watches nothing is
// asked for.
#pragma once

#include <sys/uio.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "display-relay/sources/rfb/extended_clipboard.h"
#include "display-relay/sources/rfb/handshake.h"
#include "display-relay/sources/rfb/keyboard.h"
#include "display-relay/sources/rfb/pointer.h"
#include "display-relay/sources/rfb/server_messages.h"
#include "display-relay/sources/touch_pointer.h"
#include "link/transport.h"
#include "surface/screen.h"

namespace lucarne::relay::rfb {

/// Whether the server may send parts of the picture as JPEG. It makes a thin line faster, and the
/// picture stays inexact where the server does not repair it: TigerVNC 1.12 leaves traces.
enum class Jpeg { Refused, Welcome };

struct SessionOptions {
  std::optional<std::string> password;
  /// How pixels are asked for, best first; empty: as the kind of line suggests.
  std::vector<Encoding> pixelEncodings;
  link::LineKind line = link::LineKind::Local;
  Jpeg jpeg = Jpeg::Refused;
};

class Session final : private ServerEvents {
 public:
  /// `screen` and `keyboard` outlive it. The keyboard is handed from connection to connection.
  Session(SessionOptions options, surface::Screen& screen, Keyboard& keyboard, base::Log log);
  /// Ends a paint that was going on; what had arrived stays on the screen.
  ~Session() override;
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // ---- bytes ------------------------------------------------------------------------------------

  /// Where the next bytes from the server go, for one readv; empty while the screen cannot be
  /// painted. Valid until the next call of anything but `unsent` and `sent`.
  std::span<const iovec> readTargets();
  /// So many bytes were put there. An error ends the connection, in words for the person.
  base::Result<void> landed(std::size_t bytes);
  /// The screen can be painted again (Screen::onPaintable): goes on with what had arrived.
  base::Result<void> resume();

  base::Bytes unsent() const { return base::Bytes(out_).subspan(outStart_); }
  void sent(std::size_t bytes);
  /// The server has not read for so long that the connection is worth nothing.
  bool stuck() const;

  // ---- state ------------------------------------------------------------------------------------

  /// The handshake is done.
  bool established() const { return established_; }
  /// A picture of this connection is on the screen.
  bool live() const { return live_; }
  bool blocked() const { return messages_.blocked(); }
  /// After an error: a person has to do something first (see Handshake::refused).
  bool refused() const { return handshake_.refused(); }
  /// The next request waits for `requestNow`: because updates without a single pixel came one after the
  /// other, so that such a server cannot keep us busy; or as `holdRequests` wants it.
  bool requestHeldBack() const { return heldBack_; }
  void requestNow();
  /// From now on the request behind an update of so many pixels or more is held back; 0: none. Only
  /// where requests are sent: not with ContinuousUpdates.
  void holdRequests(std::int64_t behindPixels) { holdBehind_ = behindPixels; }
  /// Updates that began to arrive, that have arrived, and the last one's pixels.
  struct Updates {
    std::uint64_t begun = 0;
    std::uint64_t ended = 0;
    std::int64_t pixels = 0;
  };
  const Updates& updates() const { return updates_; }

  // ---- from the person --------------------------------------------------------------------------

  void input(const surface::InputEvent& event);
  void wantSize(surface::Size size);
  /// Text that was copied outside; dropped while the server takes nothing.
  void offerClipboard(const std::string& text);
  void setWatched(bool watched);
  /// Releases everything that is held; before a connection is closed on purpose.
  void lift();

 private:
  struct PendingFence {
    std::uint32_t flags;
    std::vector<std::uint8_t> payload;
    bool fresh = true;  // its own message has not ended yet
  };

  // ServerEvents
  surface::Size pictureSize() override { return screen_.size(); }
  std::optional<surface::Frame> canvas() override { return screen_.paint(); }
  void onUpdateBegan() override;
  void onPainted(const surface::Rect& rect) override;
  void onUpdateEnded() override;
  void onSize(const SizeReport& report) override;
  void onCursor(surface::Cursor cursor) override;
  void onCursorMoved(surface::GuestPoint at) override { screen_.moveCursor(at); }
  void onName(std::string name) override { screen_.setTitle(std::move(name)); }
  void onLeds(surface::Leds leds) override;
  void onFeature(Feature feature) override;
  void onPointerMode(PointerMode mode) override;
  void onContinuousUpdatesEnded() override;
  void onCutText(base::Bytes latin1) override;
  void onExtendedCutText(base::Bytes untrusted) override;
  void onFence(std::uint32_t flags, base::Bytes payload) override;
  void onMessageEnded() override;

  base::Result<void> process();
  void establish();
  void announceEncodings();
  void ask();
  void applyWish();
  void endPaint();
  void flushFence();
  Outgoing& protocolOut() { return fence_ && !fence_->fresh ? afterFence_ : out_; }
  Line line() const { return unsent().empty() ? Line::Free : Line::Full; }

  SessionOptions options_;
  surface::Screen& screen_;
  Keyboard& keyboard_;
  base::Log log_;
  Outgoing out_;
  std::size_t outStart_ = 0;
  Handshake handshake_;
  ServerMessages messages_;
  Pointer pointer_;
  TouchPointer touches_;  // RFB has no touch
  ExtendedClipboard clipboard_;

  std::vector<std::uint8_t> buffer_;
  std::size_t start_ = 0;  // unread bytes: [start_, end_) of buffer_
  std::size_t end_ = 0;
  std::vector<iovec> targets_;
  std::size_t directBytes_ = 0;

  bool established_ = false;
  bool live_ = false;
  bool watched_ = true;
  surface::Damage damage_;
  bool updatePainted_ = false;
  unsigned idleUpdates_ = 0;  // one after the other
  bool heldBack_ = false;
  std::int64_t holdBehind_ = 0;
  Updates updates_;

  bool requested_ = false;  // an incremental request is with the server
  bool continuousKnown_ = false;
  bool continuous_ = false;
  std::optional<PendingFence> fence_;
  Outgoing afterFence_;

  std::optional<surface::Size> wish_;
  std::optional<surface::Size> wishSent_;
  std::optional<ScreenId> screenId_;
  bool resizable_ = false;
};

}  // namespace lucarne::relay::rfb
