// SPDX-License-Identifier: Apache-2.0
// From SDL's places on a keyboard to the kernel's.
//
// SDL's scancodes are the usages of the USB HID keyboard page (HID Usage Tables, chapter 10) up to
// 231 and its own numbers above; the kernel's are in linux/input-event-codes.h. Both name places,
// so no layout comes in between.
#pragma once

#include <cstdint>
#include <optional>

#include <SDL_scancode.h>

namespace lucarne::kiosk {

/// KEY_…, or nothing for a scancode that has no counterpart.
std::optional<std::uint16_t> evdevOf(SDL_Scancode scancode);

/// BTN_…, for SDL's button numbers (SDL_BUTTON_LEFT is 1).
std::optional<std::uint16_t> evdevOfButton(std::uint8_t button);

}  // namespace lucarne::kiosk
