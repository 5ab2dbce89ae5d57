// SPDX-License-Identifier: Apache-2.0
#include "kiosk/settings.h"

#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include "base/result.h"

namespace lucarne::kiosk {
namespace {

Settings parsed(std::vector<std::string> words) {
  CLI::App app;
  SettingsParser parser(app);
  std::reverse(words.begin(), words.end());  // as CLI11 wants it
  app.parse(words);
  return parser.settings();
}

TEST(Settings, AreAFullScreenThatFitsWithoutTurning) {
  const Settings s = parsed({});

  EXPECT_EQ(s.rotation, surface::Rotation::Deg0);
  EXPECT_EQ(s.scale, surface::ScaleMode::Fit);
  EXPECT_FALSE(s.window);
  EXPECT_FALSE(s.headless);
  EXPECT_TRUE(s.chords);
  EXPECT_FALSE(s.borderPx);
}

TEST(Settings, KnowNoXenStoreUnlessOneIsNamed) {
  EXPECT_FALSE(parsed({}).storeAddress);
  EXPECT_EQ(parsed({"--xenstore", "default"}).storeAddress, "");

  const Settings s = parsed({"--xenstore", "/run/x", "--xenstore-readers", "3,7",
                             "--turn-with-tablet", "--low-battery", "0"});

  EXPECT_EQ(s.storeAddress, "/run/x");
  EXPECT_EQ(s.storeReaders, (std::vector<xenstore::DomainId>{3, 7}));
  EXPECT_TRUE(s.turnWithTablet);
  EXPECT_EQ(s.lowBatteryPercent, 0);
}

TEST(Settings, RefuseWhatXenStoreCannotBeAskedFor) {
  const std::vector<std::vector<std::string>> mistakes = {
      {"--turn-with-tablet"},
      {"--xenstore-readers", "3"},
      {"--xenstore", "/run/x", "--xenstore-readers", "32752"},
      {"--xenstore", "/run/x", "--xenstore-readers=-1"},
      {"--low-battery", "101"},
      {"--low-battery=-1"},
  };
  for (const auto& words : mistakes) {
    EXPECT_THROW(parsed(words), base::UsageError) << words.front();
  }
}

TEST(Settings, TakeWhatWasTyped) {
  const Settings s = parsed({"--rotate", "270", "--scale", "integer", "--window", "800x1280",
                             "--renderer", "software", "--border", "7", "--stamp", "3,4",
                             "--refresh", "120", "--no-chords", "--resize-guest", "--socket", "/s"});

  EXPECT_EQ(s.rotation, surface::Rotation::Deg270);
  EXPECT_EQ(s.scale, surface::ScaleMode::Integer);
  EXPECT_EQ(s.window, (surface::Size{800, 1280}));
  EXPECT_EQ(s.renderer, RendererChoice::Software);
  EXPECT_EQ(s.borderPx, 7);
  EXPECT_EQ(s.stampAt, (surface::GuestPoint{3, 4}));
  EXPECT_EQ(s.refreshPeriod, base::Duration(std::chrono::seconds(1)) / 120);
  EXPECT_EQ(parsed({"--refresh", "own"}).refreshPeriod, base::Duration::zero());
  EXPECT_FALSE(s.chords);
  EXPECT_EQ(s.resizeGuest, ResizeGuest::Yes);
  EXPECT_EQ(s.socketPath, "/s");
}

TEST(Settings, GiveAHeadlessPanelASize) {
  EXPECT_EQ(parsed({"--headless"}).headless, (surface::Size{1280, 800}));
  EXPECT_EQ(parsed({"--headless", "--size", "20x10"}).headless, (surface::Size{20, 10}));
}

TEST(Settings, RefuseWhatCannotBe) {
  const std::vector<std::vector<std::string>> bad = {
      {"--rotate", "45"},        {"--scale", "stretch"},   {"--window", "800"},
      {"--window", "0x5"},       {"--window", "99999x1"},  {"--window", "800x600x"},
      {"--size", "10x10"},       {"--renderer", "vulkan"}, {"--border", "65"},
      {"--border", "-2"},        {"--stamp", "1"},         {"--stamp", "-1,0"},
      {"--headless", "--window", "8x8"}, {"--refresh", "0"}, {"--refresh", "fast"}};
  for (const auto& words : bad) EXPECT_THROW(parsed(words), base::UsageError) << words[0];
}

}  // namespace
}  // namespace lucarne::kiosk
