// SPDX-License-Identifier: Apache-2.0
#include "input-broker/config.h"

#include <gtest/gtest.h>
#include <signal.h>

#include "base/result.h"

namespace lucarne::input {
namespace {

std::string mistakeIn(const char* text) {
  try {
    parseConfig(text, "input.toml");
  } catch (const base::UsageError& mistake) {
    return mistake.what();
  }
  return "no mistake";
}

TEST(InputConfig, HasUsualValues) {
  const Config config = parseConfig("", "input.toml");

  EXPECT_EQ(config.seats, std::vector<std::string>{"seat0"});
  EXPECT_EQ(config.button(KEY_POWER)->name, "power");
  EXPECT_TRUE(config.outlets.empty());
}

TEST(InputConfig, TheOneToBeginWithIsRight) {
  const Config config = readConfig(LUCARNE_SOURCE_DIR "/configs/input.toml");

  EXPECT_EQ(config.outlets.size(), 2u);
  EXPECT_EQ(config.button(KEY_PROG2)->name, "next");
}

TEST(InputConfig, ReadsEverything) {
  const Config config = parseConfig(R"(
seats = ["seat0", "seat1"]
[panel]
width = 1920
height = 1200
rotation = 270
[[device]]
name = "Goodix*"
calibration = [0, -1, 1, 1.0, 0, 0]
[[device]]
kind = "keyboard"
grab = true
[[button]]
key = "KEY_PROG1"
name = "turn"
action = "rotate"
pass = false
[[button]]
key = "KEY_POWER"
action = "run"
command = "poweroff"
[[outlet]]
to = "xenstore:"
readers = [3, 5]
keys = ["KEY_LEFTSHIFT"]
writes-per-second = 60
[outlet.grant]
"seat0/touch" = [7]
[[outlet]]
to = "link+serial:/dev/hvc1"
kinds = ["touch", "tablet"]
)", "input.toml");

  EXPECT_EQ(config.panel, (surface::Size{1920, 1200}));
  EXPECT_EQ(config.rotation, surface::Rotation::Deg270);
  ASSERT_EQ(config.devices.size(), 2U);
  EXPECT_EQ(config.devices[0].calibration->matrix[1], -1);
  EXPECT_EQ(config.devices[1].grab, Grab::Exclusive);
  EXPECT_EQ(config.button(KEY_PROG1)->name, "turn");
  EXPECT_FALSE(config.button(KEY_PROG1)->pass);
  EXPECT_EQ(config.button(KEY_POWER)->name, "power");
  EXPECT_EQ(config.button(KEY_POWER)->command, "poweroff");
  ASSERT_EQ(config.outlets.size(), 2U);
  EXPECT_EQ(config.outlets[0].readers, (std::vector<xenstore::DomainId>{3, 5}));
  EXPECT_EQ(config.outlets[0].grants.at("seat0/touch"), std::vector<xenstore::DomainId>{7});
  EXPECT_TRUE(config.outlets[0].keys.contains(KEY_LEFTSHIFT));
  EXPECT_FALSE(config.outlets[1].kinds.has(Kind::Pointer));
}

TEST(InputConfig, SaysWhereAMistakeIsAndWhatWasExpected) {
  EXPECT_EQ(mistakeIn("[panel]\nrotation = 45\n"),
            "input.toml:2:12: rotation = 45: expected 0, 90, 180 or 270");
  EXPECT_EQ(mistakeIn("[panel]\nwidth = 0\n"),
            "input.toml:2:9: width = 0: expected a number from 1 to 16384");
  EXPECT_EQ(mistakeIn("\n[[button]]\nkey = \"KEY_NONSENSE\"\n"),
            "input.toml:3:7: key = 'KEY_NONSENSE': expected a key's name such as \"KEY_PROG1\" (see "
            "evtest)");
  EXPECT_EQ(mistakeIn("[[outlet]]\nto = \"xenstore:\"\nreaders = [70000]\n"),
            "input.toml:3:12: readers = 70000: expected a domain's number");
}

TEST(InputConfig, RefusesSettingsThatThereAreNot) {
  EXPECT_EQ(mistakeIn("[panel]\nwidht = 1280\n"),
            "input.toml:2:1: widht: no such setting in [panel]; there are height, rotation, width");
  EXPECT_NE(mistakeIn("colour = 1\n").find("input.toml:1:1: colour: no such setting"),
            std::string::npos);
}

TEST(InputConfig, RefusesWhatIsNoToml) {
  EXPECT_TRUE(mistakeIn("[panel\n").starts_with("input.toml:1:7: "));
}

TEST(InputConfig, RefusesAWrongAction) {
  EXPECT_NE(mistakeIn("[[button]]\nkey = \"KEY_POWER\"\naction = \"run\"\n").find("belong together"),
            std::string::npos);
  EXPECT_NE(mistakeIn("[[button]]\nkey = \"KEY_POWER\"\naction = \"fly\"\n").find("input.toml:3:10"),
            std::string::npos);
  EXPECT_NE(mistakeIn("[[button]]\nkey = \"KEY_POWER\"\naction = \"keyboard\"\n").find("belong together"),
            std::string::npos);
}

TEST(InputConfig, TakesTheSignalOfAnOnScreenKeyboard) {
  const auto signalIn = [](const std::string& word) {
    return parseConfig("[[button]]\nkey = \"KEY_PROG1\"\naction = \"keyboard\"\n"
                       "command = \"wvkbd\"\nsignal = \"" + word + "\"\n",
                       "input.toml").button(KEY_PROG1)->signal;
  };

  EXPECT_EQ(signalIn("USR1"), SIGUSR1);
  EXPECT_EQ(signalIn("SIGUSR2"), SIGUSR2);
  EXPECT_EQ(signalIn("RTMIN"), SIGRTMIN);
  EXPECT_EQ(signalIn("RTMIN+3"), SIGRTMIN + 3);
  for (const char* word : {"KILL", "STOP", "9", "RTMIN+", "RTMIN+99", "RTMIN3", ""}) {
    EXPECT_THROW(signalIn(word), base::UsageError) << word;
  }
  EXPECT_EQ(mistakeIn("[[button]]\nkey = \"KEY_PROG1\"\naction = \"run\"\ncommand = \"true\"\n"
                      "signal = \"USR1\"\n"),
            "input.toml:5:10: signal is for action = \"keyboard\"");
}

}  // namespace
}  // namespace lucarne::input
