// SPDX-License-Identifier: Apache-2.0
// One console of one QEMU over D-Bus: registers the listener that paints, and plays the keyboard,
// the mouse and the fingers of the person at the panel.
//
// Interfaces org.qemu.Display1.Console, Keyboard, Mouse and MultiTouch (QEMU ui/dbus-display1.xml).
// Facts that shape this file: SetAbsPosition is an error until the guest has an absolute pointing
// device, RelMotion while it has one (Mouse.IsAbsolute tells); QEMU lifts all keys when the
// listener goes, but no button and no finger; MultiTouch exists from QEMU 8.1 on (Console.Interfaces
// tells, and is asked before the listener is registered, so that who sees a picture may touch it).
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "base/program.h"
#include "display-relay/sources/qemu/clipboard.h"
#include "display-relay/sources/qemu/dbus.h"
#include "display-relay/sources/qemu/display_listener.h"
#include "display-relay/sources/touch_pointer.h"
#include "display-relay/sources/wheel_notches.h"
#include "surface/screen.h"

namespace lucarne::relay::qemu {

class DisplayClient {
 public:
  /// The connection is of no more use; `words` for the person. Called from the loop; the callback
  /// may not destroy the client at once (post it).
  using OnLost = std::function<void(const std::string& words)>;

  /// `busName`: "org.qemu" on a bus, empty between two peers. Everything borrowed outlives it.
  DisplayClient(Object<GDBusConnection> connection, std::string busName, int console,
                surface::Screen& screen, const base::Context& context, OnLost onLost);
  ~DisplayClient();
  DisplayClient(const DisplayClient&) = delete;
  DisplayClient& operator=(const DisplayClient&) = delete;

  void input(const surface::InputEvent& event);
  void wantSize(surface::Size size);
  /// Text that was copied outside.
  void offerClipboard(const std::string& text);
  /// False: QEMU need not send pictures. True: the whole picture comes at once.
  void watch(bool watched);
  /// Input waits for QEMU's answer.
  bool isSending() const { return !lost_ && (callOut_ || motion_ || !queue_.empty()); }
  /// How pictures reach us, for people.
  std::string_view words() const { return painter_.words(); }
  /// Somebody looks who cannot read the guest's dma-buf.
  void paintPixels();

 private:
  struct Call {
    const char* interface;
    const char* method;
    Variant arguments;
    std::optional<std::uint8_t> movedFinger;  // all that it says is where this finger is now
  };

  void learn();
  void registerListener();
  void onListenerOpened(base::Result<Object<GDBusConnection>> opened);
  void renewListener();
  void lost(const std::string& words);
  void enqueue(const char* interface, const char* method, GVariant* arguments,
               std::optional<std::uint8_t> movedFinger = {});
  bool replaceMove(const Call& call);
  void enqueueMotion();
  void pump();
  void press(const surface::PointerButton& button);
  void turnWheel(const surface::Wheel& wheel);
  void pressKey(const surface::Key& key);
  void touch(const surface::Touch& touch);
  void moveTo(surface::GuestPoint at);
  void onProperty(const char* interface, const char* name, GVariant* value);
  static void onPropertiesChanged(GDBusConnection*, const char*, const char*, const char*,
                                  const char*, GVariant* arguments, gpointer self);
  static void onClosed(GDBusConnection*, gboolean, GError* error, gpointer self);
  const char* busName() const { return busName_.empty() ? nullptr : busName_.c_str(); }

  Object<GDBusConnection> connection_;
  std::string busName_;
  std::string path_;
  surface::Screen& screen_;
  const base::Context& context_;
  OnLost onLost_;
  base::LimitedLog complaints_;
  Cancel cancel_;
  std::unique_ptr<Cancel> listenerCancel_;
  DisplayPainter painter_;
  std::unique_ptr<DisplayListener> listener_;
  base::Timer renewal_;
  guint subscription_ = 0;
  gulong closedHandler_ = 0;
  bool lost_ = false;
  std::optional<Clipboard> clipboard_;  // where anything may pass

  // Input. One call at a time is out; while it is, motion is merged and transitions queue.
  std::deque<Call> queue_;
  bool callOut_ = false;
  std::optional<surface::GuestPoint> motion_;  // where the pointer should be, not yet told
  surface::GuestPoint pointer_;                // where QEMU was told it is
  bool absolute_ = true;
  bool known_ = false;  // what the console has
  bool watched_ = true;
  bool fingers_ = false;
  std::uint64_t mostFingers_ = 10;  // QEMU's INPUT_EVENT_SLOTS_MAX, unless it says otherwise
  TouchPointer touchPointer_;
  WheelNotches wheelY_;
};

}  // namespace lucarne::relay::qemu
