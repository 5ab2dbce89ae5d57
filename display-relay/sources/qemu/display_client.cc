// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/qemu/display_client.h"

#include <linux/input-event-codes.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include <fmt/format.h>

#include "display-relay/sources/qnum.h"

namespace lucarne::relay::qemu {

namespace {

constexpr const char* kConsole = "org.qemu.Display1.Console";
constexpr const char* kKeyboard = "org.qemu.Display1.Keyboard";
constexpr const char* kMouse = "org.qemu.Display1.Mouse";
constexpr const char* kMultiTouch = "org.qemu.Display1.MultiTouch";
constexpr const char* kProperties = "org.freedesktop.DBus.Properties";

// Transitions that a QEMU may owe us before we call it hung: a person makes tens a second.
constexpr std::size_t kMaxQueued = 1000;
// A picture that could not be painted is asked for again, but not more often than this.
constexpr base::Duration kRenewAfter = std::chrono::milliseconds(50);

// Mouse.Press: 0 left, 1 middle, 2 right, 3 wheel up, 4 wheel down, 5 side, 6 extra.
constexpr std::uint32_t kWheelUp = 3;
constexpr std::uint32_t kWheelDown = 4;
std::optional<std::uint32_t> qemuButton(std::uint16_t code) {
  switch (code) {
    case BTN_LEFT:
      return 0;
    case BTN_MIDDLE:
      return 1;
    case BTN_RIGHT:
      return 2;
    case BTN_SIDE:
    case BTN_BACK:
      return 5;
    case BTN_EXTRA:
    case BTN_FORWARD:
      return 6;
    default:
      return std::nullopt;
  }
}

const char* verb(surface::Transition transition) {
  return transition == surface::Transition::Pressed ? "Press" : "Release";
}

// Keyboard.Modifiers is QEMU's LED state: 1 Scroll, 2 Num, 4 Caps.
surface::Leds ledsOf(std::uint32_t modifiers) {
  return static_cast<surface::Leds>((modifiers >> 1 & 1) | (modifiers >> 2 & 1) << 1 |
                                    (modifiers & 1) << 2);
}

}  // namespace

DisplayClient::DisplayClient(Object<GDBusConnection> connection, std::string busName, int console,
                             surface::Screen& screen, const base::Context& context, OnLost onLost)
    : connection_(std::move(connection)),
      busName_(std::move(busName)),
      path_(fmt::format("/org/qemu/Display1/Console_{}", console)),
      screen_(screen),
      context_(context),
      onLost_(std::move(onLost)),
      complaints_(context.log, context.clock),
      painter_(screen) {
  closedHandler_ =
      g_signal_connect(connection_.get(), "closed", G_CALLBACK(onClosed), this);
  subscription_ = g_dbus_connection_signal_subscribe(
      connection_.get(), busName_.empty() ? nullptr : busName_.c_str(), kProperties,
      "PropertiesChanged", path_.c_str(), nullptr, G_DBUS_SIGNAL_FLAGS_NONE, onPropertiesChanged,
      this, nullptr);
  learn();
  if (screen_.clipboardWays() != surface::ClipboardWays::None) {
    clipboard_.emplace(connection_.get(), busName_, screen_, complaints_);
  }
}

DisplayClient::~DisplayClient() {
  listener_.reset();
  clipboard_.reset();
  g_dbus_connection_signal_unsubscribe(connection_.get(), subscription_);
  g_signal_handler_disconnect(connection_.get(), closedHandler_);
  g_dbus_connection_close(connection_.get(), nullptr, nullptr, nullptr);
}

void DisplayClient::onClosed(GDBusConnection*, gboolean, GError*, gpointer self) {
  static_cast<DisplayClient*>(self)->lost("QEMU hung up");
}

void DisplayClient::lost(const std::string& words) {
  if (std::exchange(lost_, true)) return;
  onLost_(words);
}

// ---- properties -------------------------------------------------------------------------------

void DisplayClient::learn() {
  for (const auto& [interface, name] : {std::pair{kMouse, "IsAbsolute"},
                                        std::pair{kKeyboard, "Modifiers"},
                                        std::pair{kMultiTouch, "MaxSlots"},
                                        std::pair{kConsole, "Label"},
                                        std::pair{kConsole, "Interfaces"}}) {
    callDbus(connection_.get(), busName(), path_.c_str(), kProperties, "Get",
             g_variant_new("(ss)", interface, name), nullptr, cancel_,
             [this, interface = interface, name = name](base::Result<Variant> answer) {
               // Older QEMUs lack some.
               if (answer && g_variant_is_of_type(answer->get(), G_VARIANT_TYPE("(v)"))) {
                 GVariant* value = nullptr;
                 g_variant_get(answer->get(), "(v)", &value);
                 const Variant owned(value);
                 onProperty(interface, name, value);
               }
               if (std::string_view(name) != "Interfaces") return;
               known_ = true;
               if (watched_) watch(true);
             });
  }
}

void DisplayClient::onPropertiesChanged(GDBusConnection*, const char*, const char*, const char*,
                                        const char*, GVariant* arguments, gpointer data) {
  if (!g_variant_is_of_type(arguments, G_VARIANT_TYPE("(sa{sv}as)"))) return;
  const char* interface = nullptr;
  GVariantIter* changed = nullptr;
  g_variant_get(arguments, "(&sa{sv}as)", &interface, &changed, nullptr);
  const char* name = nullptr;
  GVariant* value = nullptr;
  while (g_variant_iter_next(changed, "{&sv}", &name, &value)) {
    const Variant owned(value);
    static_cast<DisplayClient*>(data)->onProperty(interface, name, value);
  }
  g_variant_iter_free(changed);
}

void DisplayClient::onProperty(const char* interface, const char* name, GVariant* value) {
  const std::string_view property = name;
  const bool isMouse = std::string_view(interface) == kMouse;
  if (isMouse && property == "IsAbsolute" && g_variant_is_of_type(value, G_VARIANT_TYPE_BOOLEAN)) {
    absolute_ = g_variant_get_boolean(value);
  } else if (property == "Modifiers" && g_variant_is_of_type(value, G_VARIANT_TYPE_UINT32)) {
    screen_.setLeds(ledsOf(g_variant_get_uint32(value)));
  } else if (property == "Interfaces" &&
             g_variant_is_of_type(value, G_VARIANT_TYPE_STRING_ARRAY)) {
    gsize count = 0;
    const char** names = g_variant_get_strv(value, &count);
    fingers_ = std::any_of(names, names + count,
                           [](const char* n) { return std::strcmp(n, kMultiTouch) == 0; });
    g_free(names);
  } else if (property == "MaxSlots" && g_variant_is_of_type(value, G_VARIANT_TYPE_INT32)) {
    if (const gint32 most = g_variant_get_int32(value); most > 0) {
      mostFingers_ = static_cast<std::uint64_t>(most);
    }
  } else if (property == "Label" && g_variant_is_of_type(value, G_VARIANT_TYPE_STRING)) {
    screen_.setTitle(std::string(g_variant_get_string(value, nullptr)).substr(0, 200));
  }
}

// ---- pictures ---------------------------------------------------------------------------------

void DisplayClient::registerListener() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
    return lost(fmt::format("no socket for QEMU's pictures: {}", std::strerror(errno)));
  }
  auto mine = base::UniqueFd::adopt(ends[0]);
  const auto theirs = base::UniqueFd::adopt(ends[1]);
  listenerCancel_ = std::make_unique<Cancel>();
  callDbus(connection_.get(), busName(), path_.c_str(), kConsole, "RegisterListener",
           g_variant_new("(h)", 0), listOf(theirs).get(), *listenerCancel_,
           [this](base::Result<Variant> answer) {
             if (!answer) lost(fmt::format("QEMU shows no console here: {}", answer.error().message));
           });
  openDbus(std::move(mine), Messages::Delayed, *listenerCancel_,
           [this](auto opened) { onListenerOpened(std::move(opened)); });
}

void DisplayClient::onListenerOpened(base::Result<Object<GDBusConnection>> opened) {
  if (!opened) return lost(fmt::format("QEMU's pictures do not come: {}", opened.error().message));
  listener_ = std::make_unique<DisplayListener>(
      std::move(*opened), painter_, complaints_,
      DisplayListener::Events{
          [this] {
            screen_.setPhase(surface::Phase::Live, "the guest has switched its screen off");
          },
          [this] { renewListener(); }, [this] { lost("QEMU hung up"); }});
  screen_.setPhase(surface::Phase::Live, "connected to QEMU");
}

// A new listener is shown the whole picture.
void DisplayClient::renewListener() {
  if (renewal_) return;
  renewal_ = context_.loop.after(kRenewAfter, [this] {
    renewal_.cancel();
    if (!watched_) return;
    watch(false);
    watch(true);
  });
}

void DisplayClient::paintPixels() {
  if (const auto painted = painter_.paintDue(); !painted) {
    complaints_.warning("the guest's picture cannot be read: {}", painted.error().message);
  }
  if (painter_.takeIncomplete()) renewListener();
}

void DisplayClient::watch(bool watched) {
  watched_ = watched;
  if (!watched) {
    listenerCancel_.reset();
    listener_.reset();
  } else if (known_ && !listenerCancel_) {
    registerListener();
  }
}

void DisplayClient::wantSize(surface::Size size) {
  // The physical size is unknown here: 0 lets QEMU keep its own idea of it.
  callDbus(connection_.get(), busName(), path_.c_str(), kConsole, "SetUIInfo",
           g_variant_new("(qqiiuu)", 0, 0, 0, 0, static_cast<guint32>(size.width),
                         static_cast<guint32>(size.height)),
           nullptr, cancel_, [this](base::Result<Variant> answer) {
             if (!answer) {
               complaints_.warning("the guest keeps its size: {}", answer.error().message);
             }
           });
}

void DisplayClient::offerClipboard(const std::string& text) {
  if (clipboard_) clipboard_->offer(text);
}

// ---- input ------------------------------------------------------------------------------------

void DisplayClient::input(const surface::InputEvent& event) {
  std::visit(
      [this](const auto& e) {
        using Event = std::decay_t<decltype(e)>;
        if constexpr (std::is_same_v<Event, surface::PointerMoved>) {
          moveTo(e.at);
        } else if constexpr (std::is_same_v<Event, surface::PointerNudged>) {
          const surface::GuestPoint from = motion_.value_or(pointer_);
          moveTo({from.x + e.dx256 / 256, from.y + e.dy256 / 256});
        } else if constexpr (std::is_same_v<Event, surface::PointerButton>) {
          press(e);
        } else if constexpr (std::is_same_v<Event, surface::Wheel>) {
          turnWheel(e);
        } else if constexpr (std::is_same_v<Event, surface::Key>) {
          pressKey(e);
        } else {
          touch(e);
        }
      },
      event);
  pump();
}

void DisplayClient::moveTo(surface::GuestPoint at) {
  if (absolute_) {
    const surface::Size size = screen_.size();
    at.x = std::clamp(at.x, 0, std::max(size.width - 1, 0));
    at.y = std::clamp(at.y, 0, std::max(size.height - 1, 0));
  }
  motion_ = at;
}

void DisplayClient::press(const surface::PointerButton& button) {
  const auto number = qemuButton(button.code);
  if (!number) return;
  enqueueMotion();  // a click happens where the pointer is
  enqueue(kMouse, verb(button.transition), g_variant_new("(u)", *number));
}

void DisplayClient::turnWheel(const surface::Wheel& wheel) {
  const int notches = wheelY_.turn(wheel.dy120);
  const std::uint32_t button = notches > 0 ? kWheelDown : kWheelUp;
  enqueueMotion();
  for (int left = std::abs(notches); left > 0; --left) {
    enqueue(kMouse, "Press", g_variant_new("(u)", button));
    enqueue(kMouse, "Release", g_variant_new("(u)", button));
  }
}

void DisplayClient::pressKey(const surface::Key& key) {
  if (const auto qnum = qnumOf(key.code)) {
    enqueue(kKeyboard, verb(key.transition), g_variant_new("(u)", std::uint32_t{*qnum}));
  }
}

void DisplayClient::touch(const surface::Touch& touch) {
  if (!fingers_) {
    for (const surface::InputEvent& e : touchPointer_.translate(touch)) {
      if (const auto* moved = std::get_if<surface::PointerMoved>(&e)) moveTo(moved->at);
      if (const auto* button = std::get_if<surface::PointerButton>(&e)) press(*button);
    }
    return;
  }
  if (touch.slot >= mostFingers_) return;
  // MultiTouch.SendEvent: kind 0 begin, 1 update, 2 end, as TouchPhase counts them. There is a 3, cancel,
  // but QEMU (10.0) takes it for another update and leaves the finger down.
  const bool moved = touch.phase == surface::TouchPhase::Moved;
  const auto kind = std::min(static_cast<guint32>(touch.phase), guint32{2});
  enqueue(kMultiTouch, "SendEvent",
          g_variant_new("(utdd)", kind, guint64{touch.slot}, static_cast<double>(touch.at.x),
                        static_cast<double>(touch.at.y)),
          moved ? std::optional(touch.slot) : std::nullopt);
}

void DisplayClient::enqueueMotion() {
  if (!motion_) return;
  const surface::GuestPoint at = *motion_;
  motion_.reset();
  if (absolute_) {
    enqueue(kMouse, "SetAbsPosition",
            g_variant_new("(uu)", static_cast<guint32>(at.x), static_cast<guint32>(at.y)));
  } else {
    enqueue(kMouse, "RelMotion", g_variant_new("(ii)", at.x - pointer_.x, at.y - pointer_.y));
  }
  pointer_ = at;
}

// A finger's last place is what counts, as far as nothing but motion lies between.
bool DisplayClient::replaceMove(const Call& call) {
  for (auto waiting = queue_.rbegin(); waiting != queue_.rend() && waiting->movedFinger; ++waiting) {
    if (waiting->movedFinger != call.movedFinger) continue;
    waiting->arguments.reset(g_variant_ref(call.arguments.get()));
    return true;
  }
  return false;
}

void DisplayClient::enqueue(const char* interface, const char* method, GVariant* arguments,
                            std::optional<std::uint8_t> movedFinger) {
  Call call{interface, method, Variant(g_variant_ref_sink(arguments)), movedFinger};
  if (movedFinger && replaceMove(call)) return;
  queue_.push_back(std::move(call));
  if (queue_.size() > kMaxQueued) lost("QEMU takes no input; connecting anew");
}

void DisplayClient::pump() {
  if (callOut_ || lost_) return;
  if (queue_.empty()) enqueueMotion();
  if (queue_.empty()) return;
  const Call call = std::move(queue_.front());
  queue_.pop_front();
  callOut_ = true;
  callDbus(connection_.get(), busName(), path_.c_str(), call.interface, call.method,
           call.arguments.get(), nullptr, cancel_, [this](base::Result<Variant> answer) {
             callOut_ = false;
             if (!answer) complaints_.warning("input refused: {}", answer.error().message);
             pump();
           });
}

}  // namespace lucarne::relay::qemu
