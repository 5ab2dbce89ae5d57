// SPDX-License-Identifier: Apache-2.0
// Copied text through org.qemu.Display1.Clipboard (QEMU ui/dbus-display1.xml, ui/dbus-clipboard.c).
//
// Both sides have an object of that interface: whoever has copied something calls Grab at the other
// with a serial number, and is called back with Request by whoever wants to paste. QEMU passes what
// we grab to its other displays and, through -chardev qemu-vdagent,clipboard=on, to an agent in the
// guest. It takes one client at a time: a second one is told that somebody is registered. Between two
// peers QEMU does not notice that the registered one has gone (seen with 7.2); there the newest takes its
// place, as it takes the picture.
//
// Only text of the selection "clipboard" is taken. Text from QEMU is asked for at once; whether it
// may pass is the Screen's to say. Everything on the loop's thread.
#pragma once

#include <string>

#include "base/log.h"
#include "display-relay/sources/qemu/dbus.h"
#include "surface/screen.h"

namespace lucarne::relay::qemu {

class Clipboard {
 public:
  /// Registers. `busName` as for DisplayClient. Everything borrowed outlives it.
  Clipboard(GDBusConnection* connection, std::string busName, surface::Screen& screen,
            base::LimitedLog& complaints);
  ~Clipboard();
  Clipboard(const Clipboard&) = delete;
  Clipboard& operator=(const Clipboard&) = delete;

  /// Text that was copied outside: isClipboardText.
  void offer(const std::string& text);

 private:
  static void onCall(GDBusConnection*, const char* sender, const char* path, const char* interface,
                     const char* method, GVariant* arguments, GDBusMethodInvocation* invocation,
                     gpointer self);
  static GVariant* onGetProperty(GDBusConnection*, const char* sender, const char* path,
                                 const char* interface, const char* property, GError** error,
                                 gpointer self);
  enum class Place { MayBeTaken, IsOurs };
  void registerAt(Place place);
  void onGrab(GVariant* arguments);
  void onRequest(GVariant* arguments, GDBusMethodInvocation* invocation);
  void call(const char* method, GVariant* arguments,
            std::function<void(base::Result<Variant>)> onAnswer);

  GDBusConnection* connection_;
  const std::string busName_;
  surface::Screen& screen_;
  base::LimitedLog& complaints_;
  Cancel cancel_;
  guint objectId_ = 0;
  std::uint32_t serial_ = 0;  // the highest seen; ours must be higher
  std::string offered_;       // ours is the newest; empty: the guest's is
};

}  // namespace lucarne::relay::qemu
