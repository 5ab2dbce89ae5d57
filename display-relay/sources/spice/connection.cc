// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/spice/connection.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spice/enums.h>

#include <chrono>
#include <utility>

#include "surface/text.h"

namespace lucarne::relay::spice {

namespace {

// From connecting to an open display: a server that accepted and says nothing for this long is
// stuck. From then on a guest may take its time: a second head has no picture before its driver is
// there.
constexpr base::Duration kPatience = std::chrono::seconds(10);
// QEMU sends what changed in bursts, 30 ms apart: this much later the burst is over.
constexpr base::Duration kGather = std::chrono::milliseconds(2);
constexpr std::size_t kMaxTitleBytes = 200;

// Key locks as SPICE counts them (SpiceInputsLock): 1 Scroll, 2 Num, 4 Caps.
surface::Leds ledsOf(int locks) {
  return static_cast<surface::Leds>((locks & SPICE_INPUTS_NUM_LOCK ? 1 : 0) |
                                    (locks & SPICE_INPUTS_CAPS_LOCK ? 2 : 0) |
                                    (locks & SPICE_INPUTS_SCROLL_LOCK ? 4 : 0));
}

std::string wordsFor(const char* name, SpiceChannelEvent event) {
  switch (event) {
    case SPICE_CHANNEL_CLOSED:
      return fmt::format("the SPICE server closed its {} channel", name);
    case SPICE_CHANNEL_ERROR_CONNECT:
      return fmt::format("the SPICE server does not accept its {} channel", name);
    case SPICE_CHANNEL_ERROR_TLS:
    case SPICE_CHANNEL_ERROR_LINK:
      return fmt::format("what answers is no SPICE server that we understand ({} channel)", name);
    default:
      return fmt::format("the line to the SPICE server broke ({} channel)", name);
  }
}

}  // namespace

Connection::Connection(const Library& library, Peer peer, surface::Screen& screen,
                       const base::Context& context, OnUp onUp, OnLost onLost)
    : library_(library),
      peer_(std::move(peer)),
      screen_(screen),
      context_(context),
      onUp_(std::move(onUp)),
      onLost_(std::move(onLost)),
      complaints_(context.log, context.clock),
      painter_(screen),
      person_(*this),
      session_(library.sessionNew()),
      mainTransport_(link::createTransport(peer_.transport, context)) {
  // Nothing but the screen and the input: no audio, USB or smart cards.
  g_object_set(session_.get(), "enable-audio", FALSE, "enable-smartcard", FALSE, "enable-usbredir",
               FALSE, "gl-scanout", TRUE, nullptr);
  if (peer_.password) g_object_set(session_.get(), "password", peer_.password->c_str(), nullptr);
  sessionSignals_ = std::make_unique<Signals>(session_.get(), context_);
  sessionSignals_->on<gpointer>("channel-new", [this](gpointer channel) {
    onNewChannel(static_cast<SpiceChannel*>(channel));
  });
  mainTransport_->open(
      [this](base::Result<link::Stream> opened) { onMainOpened(std::move(opened)); });
}

Connection::~Connection() {
  here_.reset();
  if (inputs_ && inputs_->isOpen()) person_.lift();
  sessionSignals_.reset();
  mainSignals_.reset();
  inputs_.reset();
  cursor_.reset();
  display_.reset();
  library_.sessionDisconnect(session_.get());
}

void Connection::lost(const std::string& words, Remedy remedy) {
  if (std::exchange(lost_, true)) return;
  patience_.cancel();
  paintTimer_.cancel();
  onLost_(words, remedy);
}

// ---- channels -----------------------------------------------------------------------------------

void Connection::onMainOpened(base::Result<link::Stream> opened) {
  if (!opened) return lost(opened.error().message);
  if (opened->kind == link::LineKind::Local) {
    g_object_set(session_.get(), "preferred-compression", SPICE_IMAGE_COMPRESSION_OFF, nullptr);
  }
  mainRestore_ = std::move(opened->restore);
  patience_ = context_.loop.after(kPatience, [this] {
    if (watched_) lost("the SPICE server opens no such display");
  });
  // The library owns the descriptor from here on.
  if (!library_.sessionOpenFd(session_.get(), opened->fd.release())) {
    lost("the SPICE session cannot be opened");
  }
}

void Connection::onNewChannel(SpiceChannel* channel) {
  gint type = 0;
  gint id = 0;
  g_object_get(channel, "channel-type", &type, "channel-id", &id, nullptr);
  if (type == SPICE_CHANNEL_MAIN && !main_) {
    main_.reset(reinterpret_cast<SpiceMainChannel*>(g_object_ref(channel)));
    mainSignals_ = std::make_unique<Signals>(channel, context_);
    mainSignals_->on<gint>("channel-event", [this](gint event) {
      onMainEvent(static_cast<SpiceChannelEvent>(event));
    });
    mainSignals_->on<>("main-mouse-update", [this] { onMouseMode(); });
    mainSignals_->on<>("main-agent-update", [this] { sendWish(); });
    if (screen_.clipboardWays() != surface::ClipboardWays::None) {
      clipboard_ = std::make_unique<Clipboard>(library_, main_.get(), *mainSignals_, screen_);
    }
  } else if (type == SPICE_CHANNEL_DISPLAY && id == peer_.display && !display_) {
    adoptDisplay(channel);
  } else if (type == SPICE_CHANNEL_CURSOR && id == peer_.display && !cursor_) {
    adoptCursor(channel);
  } else if (type == SPICE_CHANNEL_INPUTS && !inputs_) {
    adoptInputs(channel);
  }
}

void Connection::onMainEvent(SpiceChannelEvent event) {
  if (event == SPICE_CHANNEL_NONE || event == SPICE_CHANNEL_SWITCHING) return;
  if (event == SPICE_CHANNEL_ERROR_AUTH) {
    return lost(peer_.password ? "the SPICE server does not take this password"
                               : "the SPICE server wants a password (--password-file)",
                Remedy::Person);
  }
  if (event != SPICE_CHANNEL_OPENED) return lost(wordsFor("main", event));
  gchar* name = nullptr;
  g_object_get(session_.get(), "name", &name, nullptr);
  if (name) {
    screen_.setTitle(std::string(surface::cutText(surface::cleanText(name), kMaxTitleBytes)));
  }
  g_free(name);
  onMouseMode();
}

void Connection::onChannelEvent(const char* name, SpiceChannelEvent event) {
  if (event != SPICE_CHANNEL_OPENED) lost(wordsFor(name, event));
}

void Connection::adoptDisplay(SpiceChannel* channel) {
  display_ = std::make_unique<Channel>(library_, channel, peer_.transport, context_,
                                       [this](SpiceChannelEvent event) { onDisplayEvent(event); });
  Signals& signals = display_->signals();
  // What is painted from is asked for at each paint, so that nothing stale can be read.
  signals.on<gint, gint, gint, gint, gint, gpointer>(
      "display-primary-create", [this](gint, gint, gint, gint, gint, gpointer) {
        painter_.endScanout();
        painter_.invalidateAll();
        paintSoon();
      });
  signals.on<gint, gint, gint, gint>(
      "display-invalidate",
      [this](gint x, gint y, gint width, gint height) { changed(x, y, width, height); });
  signals.on<gint>("display-mark", [this](gint) {
    painter_.invalidateAll();
    paintSoon();
  });
  signals.on<gpointer>("notify::monitors", [this](gpointer) { onMonitors(); });
  signals.on<gpointer>("notify::gl-scanout", [this](gpointer) { onScanout(); });
  signals.on<guint, guint, guint, guint>(
      "gl-draw", [this](guint x, guint y, guint width, guint height) {
        // The guest's GL is blocked until the answer: it comes when nobody reads the buffer any more.
        const surface::DmabufRead read(
            this, [this, here = std::weak_ptr<const int>(here_)](const void*) {
              if (here.expired() || !display_ || !display_->isOpen()) return;
              library_.displayGlDrawDone(display_->as<SpiceDisplayChannel>());
            });
        painted(painter_.drawn(x, y, width, height, read));
      });
  if (watched_) display_->open();
}

void Connection::adoptCursor(SpiceChannel* channel) {
  cursor_ = std::make_unique<Channel>(
      library_, channel, peer_.transport, context_,
      [this](SpiceChannelEvent event) { onChannelEvent("cursor", event); });
  Signals& signals = cursor_->signals();
  signals.on<gint, gint, gint, gint, gpointer>(
      "cursor-set", [this](gint width, gint height, gint hotX, gint hotY, gpointer rgba) {
        const auto set =
            painter_.setCursor(width, height, hotX, hotY, static_cast<const std::uint8_t*>(rgba));
        if (!set) complaints_.warning("{}", set.error().message);
      });
  signals.on<gint, gint>("cursor-move", [this](gint x, gint y) { painter_.moveCursor(x, y); });
  signals.on<>("cursor-hide", [this] { painter_.hideCursor(); });
  signals.on<>("cursor-reset", [this] { painter_.hideCursor(); });
  if (watched_) cursor_->open();
}

void Connection::adoptInputs(SpiceChannel* channel) {
  person_.forget();
  inputs_ = std::make_unique<Channel>(
      library_, channel, peer_.transport, context_,
      [this](SpiceChannelEvent event) { onChannelEvent("inputs", event); });
  inputs_->signals().on<>("inputs-modifiers", [this] {
    gint locks = 0;
    g_object_get(inputs_->get(), "key-modifiers", &locks, nullptr);
    screen_.setLeds(ledsOf(locks));
  });
  inputs_->open();
}

// ---- pictures -----------------------------------------------------------------------------------

void Connection::onDisplayEvent(SpiceChannelEvent event) {
  if (event == SPICE_CHANNEL_OPENED) {
    patience_.cancel();
    if (!up_) {
      screen_.setPhase(screen_.hasPicture() ? surface::Phase::Lost : surface::Phase::Waiting,
                       "connected; the guest shows nothing on this display yet");
    }
  }
  if (event == SPICE_CHANNEL_OPENED && display_->lineKind() == link::LineKind::Local &&
      library_.channelTestCapability(display_->get(), SPICE_DISPLAY_CAP_PREF_COMPRESSION)) {
    library_.displayPreferCompression(display_->get(), SPICE_IMAGE_COMPRESSION_OFF);
  }
  onChannelEvent("display", event);
}

void Connection::onMonitors() {
  GArray* monitors = nullptr;
  g_object_get(display_->get(), "monitors", &monitors, nullptr);
  const auto* first = monitors && monitors->len > 0
                          ? &g_array_index(monitors, SpiceDisplayMonitorConfig, 0)
                          : nullptr;
  if (first && first->surface_id == 0) {
    painter_.setMonitor(first->x, first->y, first->width, first->height);
  } else {
    painter_.unsetMonitor();
  }
  if (monitors) g_array_unref(monitors);
  paintSoon();
}

void Connection::onScanout() {
  const SpiceGlScanout* scanout = library_.displayGetGlScanout(display_->as<SpiceDisplayChannel>());
  if (!scanout || scanout->fd < 0) return painter_.endScanout();
  // The library closes its own when the next one comes.
  auto buffer = base::UniqueFd::adopt(::fcntl(scanout->fd, F_DUPFD_CLOEXEC, 0));
  const auto taken = painter_.scanout(std::move(buffer), scanout->format, !scanout->y0top,
                                      scanout->width, scanout->height, scanout->stride);
  if (!taken) {
    return lost(fmt::format("the guest's picture cannot be read: {}", taken.error().message),
                Remedy::Person);
  }
  painted({});
}

void Connection::changed(int x, int y, int width, int height) {
  painter_.invalidate(x, y, width, height);
  paintSoon();
}

void Connection::paintSoon() {
  if (paintTimer_ || lost_) return;
  paintTimer_ = context_.loop.after(kGather, [this] {
    paintTimer_.cancel();
    paint();
  });
}

// Where the Screen cannot be painted, onPaintable comes again.
void Connection::paint() {
  if (lost_ || !display_ || !display_->isOpen()) return;
  if (painter_.isShared()) return painted(painter_.paintShared());
  if (!painter_.isDue()) return;
  SpiceDisplayPrimary primary{};
  if (!library_.displayGetPrimary(display_->get(), 0, &primary) || !primary.data ||
      !primary.marked) {
    return;  // all is painted when there is one
  }
  const UntrustedPicture picture{primary.width,
                                 primary.height,
                                 primary.stride,
                                 pixmanOf(primary.format),
                                 {primary.data, static_cast<std::size_t>(primary.stride) *
                                                    static_cast<std::size_t>(primary.height)}};
  const auto done = painter_.paint(picture);
  if (!done) {
    complaints_.warning("a picture that cannot be shown: {}", done.error().message);
  } else if (*done) {
    painted({});
  }
}

void Connection::painted(const base::Result<void>& done) {
  if (!done) {
    complaints_.warning("the guest's picture cannot be read: {}", done.error().message);
    return;
  }
  person_.setPicture(painter_.origin(), screen_.size());
  if (!std::exchange(up_, true)) onUp_();
}

void Connection::watch(bool watched) {
  if (watched == std::exchange(watched_, watched)) return;
  painter_.invalidateAll();  // what was missed meanwhile; closed, there is nothing to paint from
  if (!watched_) painter_.endScanout();  // whoever waits for an answer gets it while there is a line
  for (Channel* channel : {display_.get(), cursor_.get()}) {
    if (channel) watched_ ? channel->open() : channel->close();
  }
}

// ---- input --------------------------------------------------------------------------------------

void Connection::onMouseMode() {
  gint mode = 0;
  g_object_get(main_.get(), "mouse-mode", &mode, nullptr);
  person_.setMode(mode == SPICE_MOUSE_MODE_CLIENT ? MouseMode::Client : MouseMode::Server);
}

void Connection::wantSize(surface::Size size) {
  wish_ = size;
  sendWish();
}

void Connection::sendWish() {
  if (!wish_ || !main_ || lost_) return;
  gboolean agent = FALSE;
  g_object_get(main_.get(), "agent-connected", &agent, nullptr);
  if (!agent) return;
  library_.mainEnableDisplay(main_.get(), peer_.display, TRUE, FALSE);
  library_.mainUpdateDisplay(main_.get(), peer_.display, 0, 0, wish_->width, wish_->height, FALSE);
  library_.mainSendMonitorConfig(main_.get());
}

void Connection::offerClipboard(const std::string& text) {
  if (clipboard_ && !lost_) clipboard_->offer(text);
}

void Connection::input(const surface::InputEvent& event) {
  if (!inputs_ || !inputs_->isOpen()) return;
  person_.input(event);
  inputs_->noteSent();
}

void Connection::position(surface::GuestPoint at, int buttons) {
  library_.inputsPosition(inputs_->as<SpiceInputsChannel>(), at.x, at.y, peer_.display, buttons);
}

void Connection::motion(int dx, int dy, int buttons) {
  library_.inputsMotion(inputs_->as<SpiceInputsChannel>(), dx, dy, buttons);
}

void Connection::press(int button, int buttons) {
  library_.inputsButtonPress(inputs_->as<SpiceInputsChannel>(), button, buttons);
}

void Connection::release(int button, int buttons) {
  library_.inputsButtonRelease(inputs_->as<SpiceInputsChannel>(), button, buttons);
}

void Connection::key(unsigned scancode, surface::Transition transition) {
  auto* channel = inputs_->as<SpiceInputsChannel>();
  if (transition == surface::Transition::Pressed) {
    library_.inputsKeyPress(channel, scancode);
  } else {
    library_.inputsKeyRelease(channel, scancode);
  }
}

}  // namespace lucarne::relay::spice
