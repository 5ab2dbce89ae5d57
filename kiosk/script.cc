// SPDX-License-Identifier: Apache-2.0
#include "kiosk/script.h"

#include <fcntl.h>
#include <linux/input-event-codes.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <deque>
#include <optional>

#include <fmt/format.h>

#include "base/log.h"
#include "base/unique_fd.h"

namespace lucarne::kiosk {

using surface::Transition;

namespace {

constexpr std::size_t kMaxLine = 256;
constexpr int kMaxCoordinate = 100'000;  // well beyond any panel
constexpr int kMaxWheel = 120 * 100;
constexpr int kMaxSleepMs = 60'000;

// The words of one line, taken one after the other; a failure sticks.
class Words {
 public:
  explicit Words(std::string_view line) : rest_(line) {}

  std::string_view next() {
    const std::size_t start = rest_.find_first_not_of(" \t");
    if (start == std::string_view::npos) {
      rest_ = {};
      failed_ = true;
      return {};
    }
    rest_.remove_prefix(start);
    const std::size_t end = std::min(rest_.find_first_of(" \t"), rest_.size());
    const std::string_view word = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return word;
  }
  int number(int low, int high) {
    const std::string_view word = next();
    int value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    const bool whole = error == std::errc() && end == word.data() + word.size();
    if (!whole || value < low || value > high) {
      failed_ = true;
      return low;
    }
    return value;
  }
  surface::PanelPoint point() {
    const int x = number(-kMaxCoordinate, kMaxCoordinate);
    return {x, number(-kMaxCoordinate, kMaxCoordinate)};
  }
  template <typename Value, std::size_t count>
  Value oneOf(const std::array<std::pair<std::string_view, Value>, count>& choices) {
    const std::string_view word = next();
    for (const auto& [name, value] : choices) {
      if (name == word) return value;
    }
    failed_ = true;
    return choices[0].second;
  }
  bool done() { return !failed_ && rest_.find_first_not_of(" \t") == std::string_view::npos; }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

using Steps = std::vector<ScriptStep>;

constexpr std::array<std::pair<std::string_view, Transition>, 2> kDownUp = {
    {{"down", Transition::Pressed}, {"up", Transition::Released}}};

Steps move(Words& words) { return {PanelInput(PanelPointerMoved{words.point()})}; }

Steps button(Words& words) {
  constexpr std::array<std::pair<std::string_view, std::uint16_t>, 3> kButtons = {
      {{"left", BTN_LEFT}, {"middle", BTN_MIDDLE}, {"right", BTN_RIGHT}}};
  const std::uint16_t code = words.oneOf(kButtons);
  return {PanelInput(surface::PointerButton{code, words.oneOf(kDownUp)})};
}

Steps click(Words& words) {
  return {PanelInput(PanelPointerMoved{words.point()}),
          PanelInput(surface::PointerButton{BTN_LEFT, Transition::Pressed}),
          PanelInput(surface::PointerButton{BTN_LEFT, Transition::Released})};
}

Steps wheel(Words& words) {
  const int dx = words.number(-kMaxWheel, kMaxWheel);
  return {PanelInput(surface::Wheel{dx, words.number(-kMaxWheel, kMaxWheel)})};
}

std::uint16_t keyCode(Words& words) {
  return static_cast<std::uint16_t>(words.number(1, surface::kMaxEvdevCode));
}

Steps key(Words& words) {
  const std::uint16_t code = keyCode(words);
  return {PanelInput(surface::Key{code, words.oneOf(kDownUp)})};
}

Steps tap(Words& words) {
  const std::uint16_t code = keyCode(words);
  return {PanelInput(surface::Key{code, Transition::Pressed}),
          PanelInput(surface::Key{code, Transition::Released})};
}

Steps touch(Words& words) {
  using surface::TouchPhase;
  constexpr std::array<std::pair<std::string_view, TouchPhase>, 4> kPhases = {
      {{"down", TouchPhase::Down},
       {"move", TouchPhase::Moved},
       {"up", TouchPhase::Up},
       {"cancel", TouchPhase::Cancelled}}};
  const auto slot = static_cast<std::uint8_t>(words.number(0, surface::kMaxTouchSlots - 1));
  const TouchPhase phase = words.oneOf(kPhases);
  const bool hasPlace = phase == TouchPhase::Down || phase == TouchPhase::Moved;
  return {PanelInput(PanelTouch{slot, phase, hasPlace ? words.point() : surface::PanelPoint{}})};
}

Steps focus(Words& words) {
  constexpr std::array<std::pair<std::string_view, bool>, 2> kInOut = {{{"in", true}, {"out", false}}};
  return {ScriptFocus{words.oneOf(kInOut)}};
}

Steps sleepFor(Words& words) {
  return {ScriptSleep{std::chrono::milliseconds(words.number(0, kMaxSleepMs))}};
}

Steps close(Words&) { return {ScriptClose{}}; }

struct Command {
  std::string_view word;
  Steps (*parse)(Words& words);
  std::string_view syntax;
};

constexpr Command kCommands[] = {
    {"move", move, "move X Y"},
    {"button", button, "button left|middle|right down|up"},
    {"click", click, "click X Y"},
    {"wheel", wheel, "wheel DX DY"},
    {"key", key, "key CODE down|up"},
    {"tap", tap, "tap CODE"},
    {"touch", touch, "touch SLOT down|move X Y, touch SLOT up|cancel"},
    {"focus", focus, "focus in|out"},
    {"sleep", sleepFor, "sleep MILLISECONDS"},
    {"close", close, "close"},
};

}  // namespace

base::Result<Steps> parseScriptLine(std::string_view untrustedLine) {
  if (untrustedLine.size() > kMaxLine) return base::unexpected("the line is too long");
  const std::size_t start = untrustedLine.find_first_not_of(" \t");
  if (start == std::string_view::npos || untrustedLine[start] == '#') return Steps();
  Words words(untrustedLine);
  const std::string_view name = words.next();
  for (const Command& command : kCommands) {
    if (command.word != name) continue;
    Steps steps = command.parse(words);
    if (!words.done()) return base::unexpected(fmt::format("not of the form: {}", command.syntax));
    return steps;
  }
  return base::unexpected("no such step");
}

// Reads lines when they are wanted, plays them, sleeps when they say so.
class ScriptPlayer {
 public:
  ScriptPlayer(base::UniqueFd file, PanelEvents& events, const base::Context& context)
      : file_(std::move(file)),
        events_(events),
        context_(context),
        complaints_(context.log, context.clock) {
    await();
  }

 private:
  void await() {
    watch_ = context_.loop.watch(file_, base::Interest::Read, [this](base::Readiness) { read(); });
  }

  void read() {
    std::array<char, 4096> chunk;
    const ssize_t got = ::read(file_.get(), chunk.data(), chunk.size());
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
      watch_.cancel();
      if (!text_.empty()) text_ += '\n';  // a last line without an end
      ended_ = true;
    } else {
      text_.append(chunk.data(), static_cast<std::size_t>(got));
    }
    play();
  }

  // Until the text or the steps run out, or a pause begins. Nothing is read meanwhile.
  void play() {
    for (;;) {
      if (steps_.empty() && !takeLine()) break;
      while (!steps_.empty()) {
        const ScriptStep step = steps_.front();
        steps_.pop_front();
        if (const auto* pause = std::get_if<ScriptSleep>(&step)) {
          events_.onPanelInputEnd();
          watch_.cancel();
          pause_ = context_.loop.after(pause->pause, [this] { resume(); });
          return;
        }
        act(step);
      }
    }
    events_.onPanelInputEnd();
  }

  void resume() {
    pause_.cancel();
    if (!ended_) await();
    play();
  }

  bool takeLine() {
    const std::size_t end = text_.find('\n');
    if (end == std::string::npos) {
      if (text_.size() > kMaxLine) text_.clear();  // never ends: not a script
      return false;
    }
    ++lineNumber_;
    auto steps = parseScriptLine(std::string_view(text_).substr(0, end));
    text_.erase(0, end + 1);
    if (!steps) {
      complaints_.warning("script line {}: {}", lineNumber_, steps.error().message);
      return true;
    }
    steps_.assign(steps->begin(), steps->end());
    return true;
  }

  void act(const ScriptStep& step) {
    if (const auto* input = std::get_if<PanelInput>(&step)) {
      events_.onPanelInput(*input);
    } else if (const auto* focus = std::get_if<ScriptFocus>(&step)) {
      events_.onPanelFocus(focus->focused);
    } else if (std::holds_alternative<ScriptClose>(step)) {
      events_.onPanelClosed();
    }
  }

  base::UniqueFd file_;
  PanelEvents& events_;
  const base::Context& context_;
  base::LimitedLog complaints_;
  base::Watch watch_;
  base::Timer pause_;
  std::string text_;
  std::deque<ScriptStep> steps_;
  long lineNumber_ = 0;
  bool ended_ = false;
};

void ScriptPlayerDeleter::operator()(ScriptPlayer* player) const { delete player; }

PlayingScript playScript(const std::string& path, PanelEvents& events,
                         const base::Context& context) {
  if (path.empty()) return nullptr;
  auto file = base::UniqueFd::adopt(path == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
                                                : ::open(path.c_str(), O_RDONLY | O_CLOEXEC |
                                                                           O_NONBLOCK));
  if (!file) throw base::SetupError(fmt::format("play {}: {}", path, std::strerror(errno)));
  return PlayingScript(new ScriptPlayer(std::move(file), events, context));
}

}  // namespace lucarne::kiosk
