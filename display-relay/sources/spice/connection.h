// SPDX-License-Identifier: Apache-2.0
// One connection to a SPICE server: the main channel, and of one display its display, cursor and
// inputs channels, each on a line of its own.
//
// The guest's picture is drawn by the library into its own surface; Painter copies what changed,
// some 2 ms after the first change of a burst, so that a frame that comes as many commands is one
// paint. On a line of memory speed (a unix socket, loopback) the server is asked not to compress.
// While nobody watches, the display's and the cursor's channels are closed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/program.h"
#include "display-relay/sources/spice/channel.h"
#include "display-relay/sources/spice/clipboard.h"
#include "display-relay/sources/spice/library.h"
#include "display-relay/sources/spice/painter.h"
#include "display-relay/sources/spice/person.h"
#include "surface/screen.h"

namespace lucarne::relay::spice {

struct Peer {
  std::string transport;  ///< "unix:/run/guest.spice", as link::createTransport takes it
  int display = 0;        ///< the display channel's number
  std::optional<std::string> password;
};

/// Whether trying again soon may help, or a person has to do something first.
enum class Remedy { Time, Person };

class Connection final : private Inputs {
 public:
  using OnUp = std::function<void()>;
  /// Called once, from the loop; must not destroy the connection at once.
  using OnLost = std::function<void(const std::string& words, Remedy remedy)>;

  /// Connects. Everything borrowed outlives it.
  Connection(const Library& library, Peer peer, surface::Screen& screen,
             const base::Context& context, OnUp onUp, OnLost onLost);
  ~Connection() override;

  void input(const surface::InputEvent& event);
  void wantSize(surface::Size size);
  /// Text that was copied outside.
  void offerClipboard(const std::string& text);
  void watch(bool watched);
  /// Input is not all on the line yet.
  bool isSending() { return inputs_ && inputs_->isSending(); }
  /// The Screen can be painted again.
  void onPaintable() { paint(); }
  /// Somebody looks who cannot read the guest's dma-buf.
  void paintPixels() { paint(); }
  std::string_view words() const { return painter_.words(); }

 private:
  void onMainOpened(base::Result<link::Stream> opened);
  void onNewChannel(SpiceChannel* channel);
  void onMainEvent(SpiceChannelEvent event);
  void onChannelEvent(const char* name, SpiceChannelEvent event);
  void adoptDisplay(SpiceChannel* channel);
  void adoptCursor(SpiceChannel* channel);
  void adoptInputs(SpiceChannel* channel);
  void lost(const std::string& words, Remedy remedy = Remedy::Time);

  void onDisplayEvent(SpiceChannelEvent event);
  void onMonitors();
  void onScanout();
  void changed(int x, int y, int width, int height);
  void paintSoon();
  void paint();
  void painted(const base::Result<void>& done);
  void onMouseMode();
  void sendWish();

  // Inputs
  void position(surface::GuestPoint at, int buttons) override;
  void motion(int dx, int dy, int buttons) override;
  void press(int button, int buttons) override;
  void release(int button, int buttons) override;
  void key(unsigned scancode, surface::Transition transition) override;

  const Library& library_;
  Peer peer_;
  surface::Screen& screen_;
  const base::Context& context_;
  OnUp onUp_;
  OnLost onLost_;
  base::LimitedLog complaints_;
  Painter painter_;
  Person person_;

  Object<SpiceSession> session_;
  std::unique_ptr<Signals> sessionSignals_;
  std::unique_ptr<link::Transport> mainTransport_;
  std::shared_ptr<void> mainRestore_;
  // The session creates the main channel by itself; the others are opened by us.
  Object<SpiceMainChannel> main_;
  std::unique_ptr<Signals> mainSignals_;
  std::unique_ptr<Clipboard> clipboard_;  // where anything may pass
  std::unique_ptr<Channel> display_;
  std::unique_ptr<Channel> cursor_;
  std::unique_ptr<Channel> inputs_;

  base::Timer patience_;  // until the display is open
  base::Timer paintTimer_;
  std::optional<surface::Size> wish_;
  bool watched_ = true;
  bool up_ = false;
  bool lost_ = false;
  std::shared_ptr<const int> here_ = std::make_shared<const int>();  // gone when we are
};

}  // namespace lucarne::relay::spice
