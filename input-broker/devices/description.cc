// SPDX-License-Identifier: Apache-2.0
#include "input-broker/devices/description.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/result.h"

namespace lucarne::input {

namespace {

struct KindWord {
  Kind kind;
  const char* word;
};

constexpr KindWord kWords[] = {
    {Kind::Pointer, "pointer"},   {Kind::Keyboard, "keyboard"}, {Kind::Touchscreen, "touch"},
    {Kind::Touchpad, "touchpad"}, {Kind::Tablet, "tablet"},     {Kind::Switch, "switch"},
    {Kind::Buttons, "buttons"},
};

bool anyKey(const Description& d, int from, int to) {
  for (int code = from; code <= to; ++code) {
    if (d.keys.test(static_cast<std::size_t>(code))) return true;
  }
  return false;
}

}  // namespace

std::string wordsFor(Kinds kinds) {
  std::string out;
  for (const auto& [kind, word] : kWords) {
    if (kinds.has(kind)) out += (out.empty() ? "" : ", ") + std::string(word);
  }
  return out.empty() ? "nothing" : out;
}

Kind kindOf(std::string_view word) {
  std::string known;
  for (const auto& [kind, name] : kWords) {
    if (word == name) return kind;
    known += (known.empty() ? "" : ", ") + std::string(name);
  }
  throw base::UsageError(fmt::format("kind \"{}\": expected one of {}", word, known));
}

const Axis* Description::axis(std::uint16_t code) const {
  const auto found =
      std::find_if(axes.begin(), axes.end(), [code](const Axis& a) { return a.code == code; });
  return found == axes.end() ? nullptr : &*found;
}

int Description::slots() const {
  const Axis* slot = axis(ABS_MT_SLOT);
  return slot ? static_cast<int>(std::clamp<std::int64_t>(std::int64_t{slot->maximum} + 1, 0,
                                                          kMaxSlots))
              : 0;
}

Kinds kindsOf(const Description& d) {
  Kinds kinds;
  const bool direct = d.properties.test(INPUT_PROP_DIRECT);
  const bool pen = d.keys.test(BTN_TOOL_PEN) || d.keys.test(BTN_STYLUS);
  const bool absolute = d.axis(ABS_X) && d.axis(ABS_Y);
  const bool multi = d.slots() > 0 && d.axis(ABS_MT_POSITION_X) && d.axis(ABS_MT_POSITION_Y);
  const bool fingers = multi || (absolute && d.keys.test(BTN_TOUCH));
  if (pen && absolute) {
    kinds |= Kind::Tablet;
  } else if (fingers && (direct || !d.keys.test(BTN_TOOL_FINGER))) {
    kinds |= Kind::Touchscreen;
  } else if (fingers) {
    kinds |= Kind::Touchpad;
  }
  const bool relative = d.relatives.test(REL_X) && d.relatives.test(REL_Y);
  if ((relative || (absolute && !fingers && !pen)) && d.keys.test(BTN_LEFT)) kinds |= Kind::Pointer;
  // The letters' row is what tells a keyboard from a row of buttons.
  int letters = 0;
  for (int code = KEY_Q; code <= KEY_P; ++code) letters += d.keys.test(static_cast<std::size_t>(code));
  if (letters >= 8) kinds |= Kind::Keyboard;
  if (letters < 8 && (anyKey(d, KEY_ESC, KEY_MICMUTE) || anyKey(d, KEY_OK, KEY_MAX))) {
    kinds |= Kind::Buttons;
  }
  if (d.switches.any()) kinds |= Kind::Switch;
  return kinds;
}

}  // namespace lucarne::input
