// SPDX-License-Identifier: Apache-2.0
#include "kiosk/script.h"

#include <linux/input-event-codes.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/loop.h"

namespace lucarne::kiosk {
namespace {

using surface::Transition;
using Steps = std::vector<ScriptStep>;

struct Good {
  const char* line;
  Steps steps;
};

TEST(Script, ParsesEveryStep) {
  const Good all[] = {
      {"move 10 -20", {PanelInput(PanelPointerMoved{{10, -20}})}},
      {"button right down", {PanelInput(surface::PointerButton{BTN_RIGHT, Transition::Pressed})}},
      {"  wheel 0\t-120 ", {PanelInput(surface::Wheel{0, -120})}},
      {"key 30 up", {PanelInput(surface::Key{30, Transition::Released})}},
      {"tap 30",
       {PanelInput(surface::Key{30, Transition::Pressed}),
        PanelInput(surface::Key{30, Transition::Released})}},
      {"click 1 2",
       {PanelInput(PanelPointerMoved{{1, 2}}),
        PanelInput(surface::PointerButton{BTN_LEFT, Transition::Pressed}),
        PanelInput(surface::PointerButton{BTN_LEFT, Transition::Released})}},
      {"touch 15 down 3 4", {PanelInput(PanelTouch{15, surface::TouchPhase::Down, {3, 4}})}},
      {"touch 0 up", {PanelInput(PanelTouch{0, surface::TouchPhase::Up, {}})}},
      {"focus out", {ScriptFocus{false}}},
      {"sleep 250", {ScriptSleep{std::chrono::milliseconds(250)}}},
      {"close", {ScriptClose{}}},
      {"# words", {}},
      {"   ", {}},
  };
  for (const Good& good : all) {
    const auto steps = parseScriptLine(good.line);
    ASSERT_TRUE(steps) << good.line;
    EXPECT_EQ(*steps, good.steps) << good.line;
  }
}

TEST(Script, RefusesWhatIsNotAStep) {
  for (const char* line : {"move", "move 1", "move 1 2 3", "move 1 x", "move 1e9 2",
                           "move 99999999999 0", "button left", "button side down", "key 0 down",
                           "key 768 down", "key 30 held", "touch 16 down 1 1", "touch 0 down",
                           "touch 0 up 1 1", "sleep -1", "sleep 60001", "wheel 0 12001", "dance",
                           "focus", "close now"}) {
    EXPECT_FALSE(parseScriptLine(line)) << line;
  }
  EXPECT_FALSE(parseScriptLine(std::string(300, 'x')));
}

struct Recorder : PanelEvents {
  void onPanelInput(const PanelInput& input) override { inputs.push_back(input); }
  void onPanelNudge(int, int) override {}
  void onPanelInputEnd() override { ++ends; }
  void onPanelFocus(bool) override {}
  void onPanelResized() override {}
  void onPanelExposed() override {}
  void onPanelClosed() override { closed = true; }
  std::vector<PanelInput> inputs;
  int ends = 0;
  bool closed = false;
};

TEST(ScriptPlayer, PlaysAFileToItsEndWithPausesAndOverMistakes) {
  std::string path = "/tmp/lucarne-script-XXXXXX";
  const auto file = base::UniqueFd::adopt(::mkstemp(path.data()));
  const std::string text = "move 1 2\nnonsense\nsleep 1\nmove 3 4\nclose";
  ASSERT_EQ(::write(file.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  base::Loop loop;
  const base::RealClock clock;
  const base::Context context{loop, clock, base::Log::discard()};
  Recorder recorder;

  const auto script = playScript(path, recorder, context);
  for (int turns = 0; turns < 1000 && !recorder.closed; ++turns) loop.turn(true);

  ::unlink(path.c_str());
  EXPECT_TRUE(recorder.closed);
  EXPECT_EQ(recorder.inputs, (std::vector<PanelInput>{PanelPointerMoved{{1, 2}},
                                                      PanelPointerMoved{{3, 4}}}));
}

}  // namespace
}  // namespace lucarne::kiosk
