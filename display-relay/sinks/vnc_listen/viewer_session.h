// SPDX-License-Identifier: Apache-2.0
// One viewer's connection, from its first byte to its last, at the server's end: RFB 3.3, 3.7 and
// 3.8 (RFC 6143 and rfbproto.rst). A state machine without sockets, timers or threads.
//
//   bytes from the viewer ─▶ receive ─▶ ViewerEvents
//   Screen's newest picture ─▶ speak ─▶ unsent ─▶ bytes to the viewer
//
// Nothing is encoded before the viewer has taken everything earlier, and then one band of the
// picture at a time, from the newest picture there is. So a viewer that does not read costs one
// band of memory and no time, and sees the newest picture when it reads again.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "display-relay/sinks/vnc_listen/keysym_keys.h"
#include "display-relay/sinks/vnc_listen/viewer_pixels.h"
#include "display-relay/sinks/vnc_listen/zrle_encoder.h"
#include "display-relay/sources/rfb/protocol.h"
#include "surface/screen.h"

namespace lucarne::relay::vnc_listen {

/// What is encoded at once: some 3 ms of work, at most 512 KiB of memory.
inline constexpr int kBandPixels = 128 * 1024;

/// Random bytes that the viewer encrypts with the password (RFC 6143, 7.2.2).
using Challenge = std::array<std::uint8_t, 16>;

struct ViewerOptions {
  std::optional<std::string> password;
  bool viewOnly = false;
  bool mayResize = false;  ///< the viewer's window may choose the guest's size
};

/// Called from inside receive.
class ViewerEvents {
 public:
  virtual ~ViewerEvents() = default;
  virtual void onEstablished() = 0;
  /// In range, and within the picture. Not called for a viewer that may only look.
  virtual void onInput(const surface::InputEvent& event) = 0;
  virtual void onWantedSize(surface::Size size) = 0;
};

class ViewerSession {
 public:
  /// All borrowed things outlive it. `challenge` is random; used when there is a password.
  ViewerSession(const ViewerOptions& options, const Challenge& challenge,
                const surface::Screen& screen, const KeysymPlaces& places, ViewerEvents& events);

  /// Bytes from the viewer. An error ends the connection (what is unsent should still be tried).
  base::Result<void> receive(base::Bytes untrusted);
  bool established() const { return stage_ == Stage::Messages; }
  /// After an error: the password was wrong.
  bool wrongPassword() const { return wrongPassword_; }

  base::Bytes unsent() const { return base::Bytes(out_).subspan(outStart_); }
  void sent(std::size_t bytes);

  // ---- what became of the screen ------------------------------------------------------------------
  void onPicture();
  void onDamage(const surface::Damage& damage) { damage_.add(damage); }
  void onCursor() { cursorDue_ = true; }
  void onTitle() { titleDue_ = true; }
  void onLeds() { ledsDue_ = true; }

  /// Whether speak() would append something: the viewer has read everything, and asked for more than
  /// it has.
  bool hasSomethingToSay() const;
  /// Begins an update or goes on with one: at most one band of pixels.
  void speak();

 private:
  enum class Stage { Version, SecurityChoice, Answer, ClientInit, Messages };
  using Taken = base::Result<std::size_t>;  // bytes of a message; 0: it is not all there

  Taken take(base::Bytes available);
  Taken takeVersion(base::Bytes available);
  Taken takeChoice(base::Bytes available);
  Taken takeAnswer(base::Bytes available);
  Taken takeClientInit(base::Bytes available);
  Taken takeMessage(base::Bytes available);
  Taken takeSetPixelFormat(base::ByteReader body);
  Taken takeSetEncodings(base::ByteReader body);
  Taken takeRequest(base::ByteReader body);
  Taken takeKey(base::ByteReader body);
  Taken takePointer(base::ByteReader body);
  Taken takeCutText(base::ByteReader body);
  Taken takeSetDesktopSize(base::ByteReader body);
  Taken takeQemu(base::ByteReader body);
  Taken takeFence(base::ByteReader body);

  void challenge();
  void accepted();
  void input(const surface::InputEvent& event);
  void pressKeysym(std::uint32_t keysym, surface::Transition transition);
  void moveButtons(std::uint8_t mask);
  surface::Size screenSize() const;
  bool isNewSize() const;
  bool hasNews() const;
  void beginUpdate();
  void beginResize();
  void nextBand();
  void cutIntoBands();
  void writeRect(const surface::Rect& rect, rfb::Encoding encoding);
  void writeScreens(std::uint16_t reason, std::uint16_t status);
  void writeCursor();
  int newsCount() const;
  void writeNews();

  const ViewerOptions options_;
  const Challenge challenge_;
  const surface::Screen& screen_;
  ViewerEvents& events_;
  KeysymKeys keys_;

  Stage stage_ = Stage::Version;
  int minor_ = 8;  // of the version 3 that both speak
  bool wrongPassword_ = false;
  std::vector<std::uint8_t> in_;
  std::uint64_t skip_ = 0;  // of a message that is not wanted
  std::vector<std::uint8_t> out_;
  std::size_t outStart_ = 0;

  PixelFormat format_;
  rfb::Encoding pixels_ = rfb::Encoding::Raw;
  bool knowsDesktopSize_ = false;
  bool knowsScreens_ = false;  // ExtendedDesktopSize
  bool knowsCursor_ = false;
  bool knowsAlphaCursor_ = false;
  bool knowsTitle_ = false;
  bool knowsLeds_ = false;
  bool knowsQemuKeys_ = false;
  std::optional<PixelFormat> nextFormat_;  // from the next update on
  std::optional<rfb::Encoding> nextPixels_;

  surface::Size size_;  // as the viewer knows it
  surface::Damage damage_;
  bool requested_ = false;
  bool screensDue_ = false;  // a full request is answered with them
  std::optional<std::uint16_t> wishStatus_;
  bool cursorDue_ = false;
  bool titleDue_ = false;
  bool ledsDue_ = false;
  bool qemuKeysDue_ = false;
  std::deque<surface::Rect> bands_;  // promised and not yet sent
  ZrleEncoder zrle_;
  std::uint8_t buttons_ = 0;
};

}  // namespace lucarne::relay::vnc_listen
