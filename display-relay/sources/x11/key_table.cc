// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/x11/key_table.h"

#include <xkbcommon/xkbcommon-x11.h>
#include <xkbcommon/xkbcommon.h>

#include <algorithm>

#include "base/c_handle.h"

namespace lucarne::relay::x11 {

namespace {

using XkbContext = base::CHandle<xkb_context, xkb_context_unref>;
using XkbKeymap = base::CHandle<xkb_keymap, xkb_keymap_unref>;

// Of Xorg under Linux, and of xkbcommon's "evdev" description: X11 has no keycode below 8.
constexpr int kFirstKeycode = 8;
constexpr int kLastKeycode = 255;

XkbKeymap keymapOf(xcb_connection_t* server, xkb_context* context) {
  const std::int32_t device = xkb_x11_get_core_keyboard_device_id(server);
  if (device < 0) return nullptr;
  return XkbKeymap(
      xkb_x11_keymap_new_from_device(context, server, device, XKB_KEYMAP_COMPILE_NO_FLAGS));
}

}  // namespace

KeyTable KeyTable::ask(xcb_connection_t* server) {
  KeyTable table;
  for (int code = 0; code <= kLastKeycode - kFirstKeycode; ++code) {
    table.keycodes_[static_cast<std::size_t>(code)] = static_cast<std::uint8_t>(code + kFirstKeycode);
  }
  if (!xkb_x11_setup_xkb_extension(server, XKB_X11_MIN_MAJOR_XKB_VERSION,
                                   XKB_X11_MIN_MINOR_XKB_VERSION,
                                   XKB_X11_SETUP_XKB_EXTENSION_NO_FLAGS, nullptr, nullptr, nullptr,
                                   nullptr)) {
    return table;
  }
  const XkbContext context(xkb_context_new(XKB_CONTEXT_NO_FLAGS));
  if (!context) return table;
  xkb_rule_names names{};
  names.rules = "evdev";
  names.model = "pc105";
  names.layout = "us";
  const XkbKeymap evdev(
      xkb_keymap_new_from_names(context.get(), &names, XKB_KEYMAP_COMPILE_NO_FLAGS));
  const XkbKeymap theirs = keymapOf(server, context.get());
  if (!evdev || !theirs) return table;
  table.keycodes_.fill(0);
  for (std::size_t code = 0; code < table.keycodes_.size(); ++code) {
    const char* name =
        xkb_keymap_key_get_name(evdev.get(), static_cast<xkb_keycode_t>(code + kFirstKeycode));
    if (!name) continue;
    const xkb_keycode_t keycode = xkb_keymap_key_by_name(theirs.get(), name);
    if (keycode >= kFirstKeycode && keycode <= kLastKeycode) {
      table.keycodes_[code] = static_cast<std::uint8_t>(keycode);
    }
  }
  return table;
}

}  // namespace lucarne::relay::x11
