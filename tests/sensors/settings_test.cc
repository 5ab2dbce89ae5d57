// SPDX-License-Identifier: Apache-2.0
#include "sensors/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/result.h"
#include "sensors/dashboard/listen_address.h"

namespace lucarne::sensors {
namespace {

std::string mistakeIn(const std::string& text) {
  try {
    parseSettings(text, "sensors.toml");
    return "(none)";
  } catch (const base::SetupError& mistake) {
    return mistake.what();
  }
}

TEST(Settings, AreFineWhenEmpty) {
  const Settings settings = parseSettings("", "x");

  EXPECT_EQ(settings.sysfs, "/sys");
  EXPECT_EQ(settings.http.listen, "127.0.0.1:9478");
  EXPECT_TRUE(settings.mqtt.host.empty());
  EXPECT_FALSE(settings.backlight.automatic);
}

TEST(Settings, AreRead) {
  const Settings settings = parseSettings(R"(
    sysfs = "/tmp/s"
    rotation_lock = true
    [probes]
    thermal = false
    [xenstore]
    readers = [3, 7]
    [history]
    batch_seconds = 30
    [mqtt]
    host = "broker"
    ca_file = "/etc/ca.pem"
    [backlight]
    automatic = true
    curve = [[0, 10], [500, 50.5], [10000, 100]]
  )", "x");

  EXPECT_EQ(settings.sysfs, "/tmp/s");
  EXPECT_EQ(settings.without, std::vector<std::string>{"thermal"});
  EXPECT_EQ(settings.xenstore.readers, (std::vector<std::int64_t>{3, 7}));
  EXPECT_EQ(settings.history.batchSeconds, 30);
  EXPECT_EQ(settings.mqtt.port, 8883);
  EXPECT_EQ(settings.backlight.curve[1].second, 50.5);
}

TEST(Settings, TellTheLineOfEveryMistake) {
  EXPECT_EQ(mistakeIn("\n\nsysfs = 3\n"), "sensors.toml:3: sysfs must be a text");
  EXPECT_EQ(mistakeIn("[http]\nlisten = \"x\"\nlissten = 1\n"),
            "sensors.toml:3: http.lissten is not a setting");
  EXPECT_EQ(mistakeIn("[history]\nbatch_seconds = 0\n"),
            "sensors.toml:2: history.batch_seconds must be between 1 and 3600");
  EXPECT_EQ(mistakeIn("[xenstore]\n\nreaders = [1, \"two\"]\n"),
            "sensors.toml:3: xenstore.readers must be a list of whole numbers");
  EXPECT_EQ(mistakeIn("[xenstore]\nreaders = [99999]\n"),
            "sensors.toml:2: xenstore.readers must hold numbers between 0 and 32751");
  EXPECT_EQ(mistakeIn("[backlight]\ncurve = [[5, 10], [3, 20]]\n"),
            "sensors.toml:2: backlight.curve must have ascending lux and percents between 0 and 100");
  EXPECT_EQ(mistakeIn("[mqtt]\nprefix = \"a/#\"\n"),
            "sensors.toml:2: mqtt.prefix must be a part of a topic, without + and #");
  EXPECT_THAT(mistakeIn("a = \n"), testing::StartsWith("sensors.toml:1: "));
  EXPECT_EQ(mistakeIn("http = 1\n"), "sensors.toml:1: http must be a table");
  EXPECT_EQ(mistakeIn("[probes]\nradar = true\n"), "sensors.toml:2: probes.radar is not a setting");
}

TEST(Settings, RefuseAFileThatIsTooLong) {
  EXPECT_THAT(mistakeIn(std::string(300 * 1024, '#')), testing::HasSubstr("larger than 256 KiB"));
}

TEST(ListenAddress, IsNumericWithAPort) {
  EXPECT_EQ(parseListenAddress("127.0.0.1:80").port, 80);
  EXPECT_EQ(parseListenAddress("localhost:0").host, "127.0.0.1");
  EXPECT_EQ(parseListenAddress("[::1]:8080").host, "::1");
  for (const char* wrong : {"", ":", "80", "host.example:80", "127.0.0.1:", "127.0.0.1:99999",
                            "127.0.0.1:-1", "::1:80", "127.0.0.1:80x"}) {
    EXPECT_THROW(parseListenAddress(wrong), base::UsageError) << wrong;
  }
}

}  // namespace
}  // namespace lucarne::sensors
