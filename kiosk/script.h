// SPDX-License-Identifier: Apache-2.0
// Input from a file or a pipe, as if somebody sat at the panel: for demos, measurements and panels
// in memory.
//
// One step a line; empty lines and lines that begin with # are skipped. Points are the panel's
// pixels, key codes the kernel's (linux/input-event-codes.h).
//
//   move X Y
//   button left|middle|right down|up
//   click X Y                     left button, at a place
//   wheel DX DY                   in 1/120 of a notch, down and right are positive
//   key CODE down|up
//   tap CODE                      a key, down and up
//   touch SLOT down|move X Y
//   touch SLOT up|cancel
//   focus in|out
//   sleep MILLISECONDS            at most a minute
//   close                         as if the window were closed
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/program.h"
#include "base/result.h"
#include "kiosk/panel_event.h"

namespace lucarne::kiosk {

struct ScriptFocus {
  bool focused = false;
  friend bool operator==(ScriptFocus, ScriptFocus) = default;
};
struct ScriptSleep {
  base::Duration pause{};
  friend bool operator==(ScriptSleep, ScriptSleep) = default;
};
struct ScriptClose {
  friend bool operator==(ScriptClose, ScriptClose) = default;
};

using ScriptStep = std::variant<PanelInput, ScriptFocus, ScriptSleep, ScriptClose>;

/// A line's steps: none for a comment, several for a click. An error says what is wrong with it.
base::Result<std::vector<ScriptStep>> parseScriptLine(std::string_view untrustedLine);

class ScriptPlayer;
struct ScriptPlayerDeleter {
  void operator()(ScriptPlayer* player) const;
};
using PlayingScript = std::unique_ptr<ScriptPlayer, ScriptPlayerDeleter>;

/// Plays `path` ("-": standard input; a FIFO is fine) until its end or until dropped; nothing for
/// an empty path. A line that is wrong is logged and skipped. Throws SetupError when there is no
/// such file. Events and context outlive it.
PlayingScript playScript(const std::string& path, PanelEvents& events,
                         const base::Context& context);

}  // namespace lucarne::kiosk
