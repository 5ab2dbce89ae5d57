// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/x11_source.h"

#include <xcb/randr.h>
#include <xcb/xfixes.h>

#include <fmt/format.h>

#include <memory>
#include <optional>

#include "display-relay/sources/x11/capture.h"
#include "display-relay/sources/x11/clipboard.h"
#include "display-relay/sources/x11/greeting.h"
#include "display-relay/sources/x11/modes.h"
#include "display-relay/sources/x11/person.h"
#include "display-relay/sources/x11/pointer_shape.h"
#include "display-relay/sources/x11/server.h"
#include "display-relay/sources/x11/xkb_protocol.h"
#include "link/redial.h"

namespace lucarne::relay {

namespace {

// XCB marks events that another client sent; they mean nothing to us.
constexpr std::uint8_t kSentByAClient = 0x80;

struct Address {
  std::string transport;
  std::string display;  // its number, by which cookies are found
};

// Display N is at TCP's port 6000 + N (X Window System Protocol, appendix B).
std::string displayOfPort(const std::string& port) {
  constexpr int kFirstPort = 6000;
  constexpr std::size_t kLongestPort = 5;
  const int number = port.empty() || port.size() > kLongestPort ? 0 : std::stoi(port);
  return number < kFirstPort ? "" : std::to_string(number - kFirstPort);
}

Address parseAddress(const Endpoint& endpoint) {
  constexpr std::string_view kDisplay = "display:";
  const std::string_view transport = endpoint.transport;
  const auto lastOther = transport.find_last_not_of("0123456789");
  const std::string number(transport.substr(lastOther + 1));  // of "/tmp/.X11-unix/X7" too
  if (!transport.starts_with(kDisplay)) {
    if (transport.starts_with("tcp:")) return {endpoint.transport, displayOfPort(number)};
    if (!transport.empty()) return {endpoint.transport, number};
  } else if (!number.empty() && lastOther + 1 == kDisplay.size()) {
    return {"unix:/tmp/.X11-unix/X" + number, number};
  }
  throw base::UsageError(fmt::format(
      "'{}': name the display by its number, such as x11+display:0, or how to reach it, such as "
      "x11+tcp:HOST:6000",
      endpoint.text));
}

class X11Source final : public Source {
 public:
  X11Source(Address address, surface::Screen& screen, const base::Context& context)
      : address_(std::move(address)),
        screen_(screen),
        context_{context.loop, context.clock, context.log.named("x11")},
        transport_(link::createTransport(address_.transport, context)),
        limitedLog_(context_.log, context_.clock),
        redial_(context.loop, context.clock, [this] { dial(); }) {}

  ~X11Source() override {
    if (Guest* guest = connected()) {
      guest->person.lift();
      guest->server.flush();
    }
    screen_.onPaintable(nullptr);
    screen_.setControls(nullptr);
  }

  void start() override {
    screen_.setControls(this);
    screen_.onPaintable([this] {
      if (Guest* guest = connected()) guest->capture.onPaintable();
    });
    screen_.setPhase(surface::Phase::Waiting, fmt::format("connecting to {}", transport_->name()));
    dial();
  }

  bool isSending() override { return guest_ && guest_->server.isSending(); }

  void onInput(const surface::InputEvent& event) override {
    Guest* guest = connected();
    if (!guest) return;
    guest->person.input(event);
    guest->capture.input();
    guest->server.flush();
  }
  void onWantedSize(surface::Size size) override {
    wish_ = size;
    if (Guest* guest = connected()) askSize(*guest);
  }
  void onAttention(bool watched) override {
    watched_ = watched;
    if (Guest* guest = connected()) guest->capture.watch(watched);
  }
  void onPictureWanted() override {
    if (Guest* guest = connected()) guest->capture.wanted();
  }
  void onClipboard(const std::string& text) override {
    Guest* guest = connected();
    if (guest && guest->clipboard) guest->clipboard->offer(text);
  }

 private:
  // All that lives as long as one connection.
  struct Guest {
    Guest(x11::Acquaintance known, surface::Screen& screen, const base::Context& context,
          std::function<void()> onLive, std::function<void(const xcb_generic_event_t&)> onEvent,
          std::function<void(const std::string&)> onLost, base::LimitedLog& log)
        : x(std::move(known)),
          server(std::move(x.connection), context.loop, std::move(onEvent), std::move(onLost)),
          capture(server, x, screen, context, std::move(onLive)),
          person(server, x),
          modes(server, x.root, log) {
      // No window is made where nothing may pass.
      if (screen.clipboardWays() != surface::ClipboardWays::None) clipboard.emplace(server, x, screen);
    }

    x11::Acquaintance x;  // without its connection, which is the server's
    x11::Server server;
    x11::Capture capture;
    x11::Person person;
    x11::Modes modes;
    std::optional<x11::Clipboard> clipboard;
  };

  Guest* connected() { return guest_ && !guest_->server.isLost() ? guest_.get() : nullptr; }

  void dial() {
    // What is left of the last connection goes here, where none of its callbacks is running.
    guest_.reset();
    greeting_.reset();
    restore_.reset();
    transport_->open([this](base::Result<link::Stream> opened) {
      if (!opened) return failed(opened.error().message);
      restore_ = std::move(opened->restore);
      try {
        greet(std::move(opened->fd));
      } catch (const base::SetupError& e) {
        failed(e.what());
      }
    });
  }

  void greet(base::UniqueFd socket) {
    greeting_ = std::make_unique<x11::Greeting>(
        std::move(socket), x11::Cookie::forDisplay(address_.display), context_.loop,
        [this](base::Result<x11::Acquaintance> known) {
          if (!known) return failed(known.error().message);
          try {
            begin(*std::move(known));
          } catch (const base::SetupError& e) {
            failed(e.what());
          }
        });
  }

  void begin(x11::Acquaintance known) {
    redial_.connected();
    guest_ = std::make_unique<Guest>(
        std::move(known), screen_, context_, [this] { onLive(); },
        [this](const xcb_generic_event_t& event) { onEvent(event); },
        [this](const std::string& words) { failed(words); }, limitedLog_);
    const x11::Acquaintance& x = guest_->x;
    context_.log.info("connected to {}: {}x{}{}", transport_->name(), x.size.width, x.size.height,
                      x.takesInput ? "" : "; it has no XTEST extension and takes no input");
    xcb_connection_t* c = guest_->server.get();
    xcb_xfixes_select_cursor_input(c, x.root, XCB_XFIXES_CURSOR_NOTIFY_MASK_DISPLAY_CURSOR);
    if (x.randrEvents) xcb_randr_select_input(c, x.root, XCB_RANDR_NOTIFY_MASK_SCREEN_CHANGE);
    if (x.xkbEvents) askLights();
    askCursor();
    if (!watched_) guest_->capture.watch(false);
    if (wish_) askSize(*guest_);
    guest_->server.flush();
  }

  void onLive() {
    screen_.setPhase(surface::Phase::Live, fmt::format("connected to {}", transport_->name()));
  }

  void onEvent(const xcb_generic_event_t& event) {
    if (event.response_type == 0) {
      const auto& error = reinterpret_cast<const xcb_generic_error_t&>(event);
      if (!guest_->capture.onRefused(error)) {
        limitedLog_.warning("the X server refused a request: error {}, request {}.{}",
                            error.error_code, error.major_code, error.minor_code);
      }
      return;
    }
    const x11::Acquaintance& x = guest_->x;
    const std::uint8_t type = event.response_type & static_cast<std::uint8_t>(~kSentByAClient);
    if (type == x.damageEvents + XCB_DAMAGE_NOTIFY) {
      guest_->capture.onDamaged();
    } else if (type == x.fixesEvents + XCB_XFIXES_CURSOR_NOTIFY) {
      askCursor();
      guest_->server.flush();
    } else if (x.randrEvents && type == x.randrEvents + XCB_RANDR_SCREEN_CHANGE_NOTIFY) {
      onScreenChange(reinterpret_cast<const xcb_randr_screen_change_notify_event_t&>(event));
    } else if (x.xkbEvents && type == x.xkbEvents) {
      const auto& lights = reinterpret_cast<const xcb_xkb_indicator_state_notify_event_t&>(event);
      if (lights.xkbType == XCB_XKB_INDICATOR_STATE_NOTIFY) setLights(lights.state);
    } else if (guest_->clipboard) {
      guest_->clipboard->onEvent(event, type);
    }
  }

  void askCursor() {
    guest_->server.expect<xcb_xfixes_get_cursor_image_reply_t>(
        xcb_xfixes_get_cursor_image(guest_->server.get()),
        [this](const xcb_xfixes_get_cursor_image_reply_t* reply) {
          if (!reply) return;
          // As many words as the reply holds, whatever it says of the shape's size.
          const auto shape = x11::pointerShape(
              {reply->width, reply->height}, {reply->xhot, reply->yhot},
              {xcb_xfixes_get_cursor_image_cursor_image(reply), reply->length});
          if (shape) screen_.setCursor(*shape);
        });
  }

  // ---- size -------------------------------------------------------------------------------------------

  void onScreenChange(const xcb_randr_screen_change_notify_event_t& event) {
    // Width and height are told as if the screen were not turned (RandR, 7).
    constexpr std::uint8_t kOnItsSide = XCB_RANDR_ROTATION_ROTATE_90 | XCB_RANDR_ROTATION_ROTATE_270;
    surface::Size size{event.width, event.height};
    if (event.rotation & kOnItsSide) std::swap(size.width, size.height);
    if (!surface::isAcceptable(size.width, size.height)) {
      return guest_->server.lose("the X server's screen has no size that a picture can have");
    }
    guest_->x.size = size;
    guest_->capture.onSize(size);
  }

  void askSize(Guest& guest) {
    // Its own size: the Screen may still have another server's picture.
    if (guest.x.randrEvents && *wish_ != guest.x.size) guest.modes.want(*wish_);
  }

  // ---- lights -----------------------------------------------------------------------------------------

  void askLights() {
    xcb_connection_t* c = guest_->server.get();
    constexpr std::uint16_t kWhich = XCB_XKB_EVENT_TYPE_INDICATOR_STATE_NOTIFY;
    xcb_xkb_select_events(c, XCB_XKB_ID_USE_CORE_KBD, kWhich, 0, kWhich, 0, 0, nullptr);
    guest_->server.expect<xcb_xkb_get_indicator_state_reply_t>(
        xcb_xkb_get_indicator_state(c, XCB_XKB_ID_USE_CORE_KBD),
        [this](const xcb_xkb_get_indicator_state_reply_t* reply) {
          if (reply) setLights(reply->state);
        });
  }

  // In every keyboard description of xkeyboard-config: 1 is Caps Lock, 2 Num Lock, 3 Scroll Lock.
  void setLights(std::uint32_t indicators) {
    surface::Leds leds = 0;
    if (indicators & 2) leds |= 1;
    if (indicators & 1) leds |= 2;
    if (indicators & 4) leds |= 4;
    screen_.setLeds(leds);
  }

  void failed(const std::string& words) {
    screen_.setPhase(screen_.hasPicture() ? surface::Phase::Lost : surface::Phase::Waiting,
                     fmt::format("{}: {}; trying again", transport_->name(), words));
    limitedLog_.warning("{}: {}; trying again", transport_->name(), words);
    redial_.again();
  }

  Address address_;
  surface::Screen& screen_;
  base::Context context_;
  std::unique_ptr<link::Transport> transport_;
  std::shared_ptr<void> restore_;  // of the Stream, shared with nobody: its end ends what opening began
  base::LimitedLog limitedLog_;
  std::unique_ptr<x11::Greeting> greeting_;
  std::unique_ptr<Guest> guest_;
  link::Redial redial_;
  std::optional<surface::Size> wish_;
  bool watched_ = true;
};

}  // namespace

std::unique_ptr<Source> makeX11Source(const Endpoint& endpoint, surface::Screen& screen,
                                      const base::Context& context) {
  return std::make_unique<X11Source>(parseAddress(endpoint), screen, context);
}

}  // namespace lucarne::relay
