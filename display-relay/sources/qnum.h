// SPDX-License-Identifier: Apache-2.0
// QEMU's key numbers ("qnum"): what its VNC extension and its D-Bus keyboard take for a key.
//
// An XT set 1 scan code of the PC keyboard; a code that has the prefix 0xe0 is written with bit 7
// set instead (rfbproto.rst, "QEMU Extended Key Event Message"; QEMU ui/dbus-display1.xml,
// Keyboard.Press). evdev numbered its first 88 keys after the same scan codes.
#pragma once

#include <cstdint>
#include <optional>

namespace lucarne::relay {

/// The qnum of an evdev key code (KEY_A 30 …); nothing for a key that a PC keyboard never had.
std::optional<std::uint8_t> qnumOf(std::uint16_t evdevCode);

}  // namespace lucarne::relay
