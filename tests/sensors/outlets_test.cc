// SPDX-License-Identifier: Apache-2.0
// What Prometheus and MQTT are told, and that every outlet of the registry can be made.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "sensors/outlet.h"
#include "sensors/outlets/metrics.h"
#include "sensors/outlets/mqtt_messages.h"
#include "sensors/service.h"
#include "tests/sensors/fake_tree.h"

namespace lucarne::sensors {
namespace {

using testing::HasSubstr;
using testing::Not;

class OutletsTest : public testing::Test {
 protected:
  void begin() { station_.start(); }

  FakeTree tree_;
  base::Loop loop_;
  base::ManualClock clock_;
  ManualWallClock wall_;
  base::Context context_{loop_, clock_, base::Log::discard()};
  DirectReader reader_;
  Station station_{context_, reader_, {.sysfs = tree_.root()}};
};

TEST_F(OutletsTest, MetricsAreInBaseUnits) {
  tree_.putBattery("BAT0", 81, "Charging");
  tree_.put("class/power_supply/BAT0/energy_now", "10000000");
  tree_.putMains("AC", true);
  tree_.putLight("iio:device0", "250", "1");
  begin();

  const std::string text = metricsText(station_, {}, {{"history_bytes", 5}});

  EXPECT_THAT(text, HasSubstr("lucarne_sensors_battery_charge_ratio{device=\"BAT0\"} 0.81"));
  EXPECT_THAT(text, HasSubstr("lucarne_sensors_battery_energy_joules{device=\"BAT0\"} 36000"));
  EXPECT_THAT(text, HasSubstr("status=\"charging\"} 1"));
  EXPECT_THAT(text, HasSubstr("status=\"full\"} 0"));
  EXPECT_THAT(text, HasSubstr("lucarne_sensors_mains_online{device=\"AC\"} 1"));
  EXPECT_THAT(text, HasSubstr("lucarne_sensors_illuminance_lux{device=\"iio_device0\"} 250"));
  EXPECT_THAT(text, HasSubstr("lucarne_sensors_history_bytes 5"));
}

TEST_F(OutletsTest, MetricsHaveNoSampleForTheUnknown) {
  tree_.putLight("iio:device0", "-1", "1");
  begin();

  const std::string text = metricsText(station_, {}, {});

  EXPECT_THAT(text, Not(HasSubstr("illuminance_lux{")));
  EXPECT_THAT(text, HasSubstr("known{kind=\"illuminance\",device=\"iio_device0\"} 0"));
  EXPECT_THAT(text, HasSubstr("known{kind=\"battery\",device=\"summary\"} 0"));
}

TEST_F(OutletsTest, MetricsTellOfTheDisplays) {
  begin();

  const std::string text = metricsText(station_, {{"data/lucarne/display/work/fps", "29.5"},
                                                  {"data/lucarne/display/work/latency-us", "20000"},
                                                  {"data/lucarne/display/odd\"name/fps", "1"},
                                                  {"data/lucarne/display/bad/fps", "many"},
                                                  {"data/lucarne/display/fps", "3"}}, {});

  EXPECT_THAT(text, HasSubstr("lucarne_display_frames_per_second{guest=\"work\"} 29.5"));
  EXPECT_THAT(text, HasSubstr("lucarne_display_latency_seconds{guest=\"work\"} 0.02"));
  EXPECT_THAT(text, HasSubstr("{guest=\"odd\\\"name\"} 1"));
  EXPECT_THAT(text, Not(HasSubstr("bad")));
}

TEST(MqttMessages, NamesAreSafeForTopics) {
  MqttSettings settings;
  EXPECT_EQ(mqttNames(settings, "tab/let +7#").root, "lucarne/tab-let--7-");
  EXPECT_EQ(mqttNames(settings, "").device, "tablet");
  settings.device = "kiosk3";
  EXPECT_EQ(mqttNames(settings, "host").history(), "lucarne/kiosk3/history");
}

TEST(MqttMessages, BatchesAreNumberedAndHaveGaps) {
  Batch batch;
  batch.seq = 12;
  batch.words = {"other", "charging"};
  batch.series["a"] = {SeriesOf::Numbers, 0.1, {{1000, 81.5}, {2000, std::nullopt}}};
  batch.series["s"] = {SeriesOf::Words, 1, {{1000, 1.0}, {2000, 9.0}}};

  const auto json = nlohmann::json::parse(batchMessage(batch));

  EXPECT_EQ(json["seq"], 12);
  EXPECT_EQ(json["series"]["a"], nlohmann::json::parse("[[1000,81.5],[2000,null]]"));
  EXPECT_EQ(json["series"]["s"], nlohmann::json::parse(R"([[1000,"charging"],[2000,"other"]])"));
}

TEST_F(OutletsTest, HomeAssistantIsToldOfWhatThereIs) {
  tree_.putBattery("BAT0", 81, "Charging");
  tree_.putMains("AC", true);
  begin();
  MqttSettings settings;
  settings.device = "kiosk3";
  const MqttNames names = mqttNames(settings, "");

  const auto battery = discoveryMessages(names, *station_.summary("battery"));
  const auto mains = discoveryMessages(names, *station_.summary("mains"));

  const auto percent = nlohmann::json::parse(battery.at(0).second);
  EXPECT_EQ(battery.at(0).first,
            "homeassistant/sensor/kiosk3/battery_summary_percent/config");
  EXPECT_EQ(percent["state_topic"], "lucarne/kiosk3/sensor/battery/summary");
  EXPECT_EQ(percent["availability_topic"], "lucarne/kiosk3/status");
  EXPECT_EQ(percent["unit_of_measurement"], "%");
  EXPECT_EQ(percent["device_class"], "battery");
  EXPECT_EQ(battery.size(), 3u);  // percent, status, time_to_full
  EXPECT_THAT(mains.at(0).first, HasSubstr("homeassistant/binary_sensor/"));
}

// Contract: with everything switched on every row makes an outlet that takes readings, unknown ones
// and devices that go, and ends in good order.
TEST(EveryOutlet, TakesReadingsAndEnds) {
  FakeTree tree;
  tree.putBattery("BAT0", 81, "Charging");
  base::Loop loop;
  const base::RealClock clock;
  const RealWallClock wall;
  const base::Context context{loop, clock, base::Log::discard()};
  Settings settings;
  settings.sysfs = tree.root();
  settings.history.path = tree.path("h.db");
  settings.http.listen = "127.0.0.1:0";
  settings.xenstore.address = tree.path("no-such-socket");
  settings.mqtt.host = "127.0.0.1";
  settings.mqtt.port = 1;  // nobody listens there
  Service service(context, wall, settings);

  service.start();
  const auto timer = loop.after(std::chrono::milliseconds(300), [&] {
    tree.remove("class/power_supply/BAT0");
    service.station().event("power_supply");
  });
  const auto end = loop.after(std::chrono::milliseconds(600), [&] {
    service.finish([&] { loop.quit(); });
  });
  loop.run();

  EXPECT_NE(service.surroundings().http, nullptr);
  EXPECT_NE(service.surroundings().history, nullptr);
  const auto troubles = service.surroundings().troubles();
  EXPECT_EQ(troubles["history"], "");
  EXPECT_NE(troubles["xenstore"], "");
  EXPECT_NE(troubles["mqtt"], "");
}

}  // namespace
}  // namespace lucarne::sensors
