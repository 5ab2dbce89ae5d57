// SPDX-License-Identifier: Apache-2.0
#include "sensors/station.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/sensors/fake_tree.h"

namespace lucarne::sensors {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Reads at once, except in folders whose path holds one of `hung`: those orders never come back.
class HangingReader final : public Reader {
 public:
  Ticket read(ReadOrder order, OnRead done) override {
    const std::string device = order.folder.substr(order.folder.rfind('/') + 1);
    ++orders[device];
    if (order.listing == Listing::No) sequence.push_back(device);
    for (const std::string& part : hung) {
      if (order.folder.find(part) != std::string::npos && !order.files.empty() &&
          order.listing == Listing::No) {
        waiting.emplace_back(order, done);
        return waiting.size();
      }
    }
    done(readNow(order));
    return 0;
  }
  ReadProgress progress(Ticket) const override { return {true, "in_illuminance_raw"}; }
  void overtake(Ticket) override { ++overtaken; }

  std::set<std::string> hung;
  std::vector<std::pair<ReadOrder, OnRead>> waiting;
  int overtaken = 0;
  std::map<std::string, int> orders;
  std::vector<std::string> sequence;  // of devices that were read
};

class StationTest : public testing::Test, public StationObserver {
 protected:
  void begin() {
    station_ = std::make_unique<Station>(context_, reader_, StationOptions{.sysfs = tree_.root()});
    station_->addObserver(*this);
    station_->start();
  }
  void pass(base::Duration time, base::Duration step = milliseconds(50)) {
    for (base::Duration t{}; t < time; t += step) {
      clock_.advance(step);
      station_->tick();
    }
  }
  void onReading(const Sensor& sensor, const std::vector<bool>& news) override {
    for (const bool one : news) news_[sensor.key()] += one ? 1 : 0;
  }
  void onForgotten(const Sensor& sensor) override { forgotten_.push_back(sensor.key()); }
  std::string text(const char* key, const char* field) {
    const auto found = station_->sensors().find(key);
    if (found == station_->sensors().end()) return "(no sensor)";
    const Value& value = found->second.value(field);
    if (value.unknown()) return "unknown: " + value.unknown()->reason;
    const int index = fieldIndex(*found->second.row, field);
    return valueText(found->second.row->fields[static_cast<std::size_t>(index)], value);
  }

  FakeTree tree_;
  base::Loop loop_;
  base::ManualClock clock_;
  base::Context context_{loop_, clock_, base::Log::discard()};
  HangingReader reader_;
  std::unique_ptr<Station> station_;
  std::map<std::string, int> news_;
  std::vector<std::string> forgotten_;
};

TEST_F(StationTest, SaysWhyThereIsNothingWhenThereIsNothing) {
  begin();

  EXPECT_EQ(text("battery/summary", "percent"), "unknown: no battery found");
  EXPECT_EQ(text("illuminance/summary", "lux"), "unknown: no light sensor found");
  EXPECT_EQ(text("mains/summary", "online"), "unknown: no mains supply found");
  EXPECT_TRUE(station_->settled());
}

TEST_F(StationTest, FindsWhatIsThere) {
  tree_.putBattery("BAT0", 81, "Charging");
  tree_.putMains("AC", true);
  tree_.putLight("iio:device0", "300", "0.5");
  begin();

  EXPECT_EQ(text("battery/BAT0", "percent"), "81.0");
  EXPECT_EQ(text("battery/summary", "status"), "charging");
  EXPECT_EQ(text("mains/AC", "online"), "1");
  EXPECT_EQ(text("illuminance/iio_device0", "lux"), "150.00");
}

TEST_F(StationTest, ActsOnAnEventAtOnce) {
  tree_.putMains("AC", false);
  tree_.putBattery("BAT0", 50, "Discharging");
  begin();
  pass(seconds(60));

  tree_.putMains("AC", true);
  tree_.put("class/power_supply/BAT0/status", "Charging");
  station_->event("power_supply");

  EXPECT_EQ(text("mains/summary", "online"), "1");
  EXPECT_EQ(text("battery/summary", "status"), "charging");
}

TEST_F(StationTest, ReadsTheMainsBeforeTheBatteryWhicheverTheEventNames) {
  tree_.putMains("ZAC", false);
  tree_.putMains("YAC", false);
  tree_.putBattery("BAT0", 50, "Discharging");
  begin();
  reader_.sequence.clear();

  station_->event("power_supply", "BAT0");
  EXPECT_THAT(reader_.sequence, testing::ElementsAre("YAC", "ZAC", "BAT0"));

  reader_.sequence.clear();
  station_->event("power_supply", "ZAC");
  EXPECT_THAT(reader_.sequence, testing::ElementsAre("ZAC", "YAC", "BAT0"));
}

TEST_F(StationTest, LooksASecondTimeBecauseDriversAnswerFromTheirCache) {
  tree_.putBattery("BAT0", 50, "Discharging");
  begin();
  pass(seconds(60));
  station_->event("power_supply");

  tree_.put("class/power_supply/BAT0/status", "Charging");
  pass(milliseconds(1200));

  EXPECT_EQ(text("battery/BAT0", "status"), "charging");
}

TEST_F(StationTest, ReadsSlowerWhileNothingMoves) {
  tree_.putLight("iio:device0", "300", "0.5");
  begin();
  const auto readings = [&](base::Duration time) {
    const int before = reader_.orders["iio:device0"];
    pass(time);
    return reader_.orders["iio:device0"] - before;
  };

  pass(seconds(20));
  EXPECT_LE(readings(seconds(20)), 10);

  tree_.put("bus/iio/devices/iio:device0/in_illuminance_raw", "900");
  pass(seconds(2));
  tree_.put("bus/iio/devices/iio:device0/in_illuminance_raw", "9000");
  EXPECT_GE(readings(seconds(2)), 2);
}

TEST_F(StationTest, DoesNotTellSmallChanges) {
  tree_.putLight("iio:device0", "1000", "1");
  begin();
  const int before = news_["illuminance/iio_device0"];

  tree_.put("bus/iio/devices/iio:device0/in_illuminance_raw", "1010");
  pass(seconds(5));
  EXPECT_EQ(news_["illuminance/iio_device0"], before);

  // Many small changes are a large one.
  for (int lux = 1010; lux < 1100; lux += 10) {
    tree_.put("bus/iio/devices/iio:device0/in_illuminance_raw", std::to_string(lux));
    pass(seconds(3));
  }
  EXPECT_GT(news_["illuminance/iio_device0"], before);
}

TEST_F(StationTest, ABrokenDeviceTakesNoOtherDown) {
  tree_.putBattery("BAT0", 65535, "Discharging");
  tree_.putBattery("BAT1", 40, "Discharging");
  tree_.putLight("iio:device0", "-8", "1");
  tree_.putMains("AC", true);
  begin();

  EXPECT_EQ(text("battery/BAT0", "percent"), "unknown: capacity: 65535 cannot be");
  EXPECT_EQ(text("battery/BAT1", "percent"), "40.0");
  EXPECT_EQ(text("battery/summary", "percent"), "40.0");
  EXPECT_EQ(text("illuminance/iio_device0", "lux"), "unknown: -8 lx is less than darkness");
  EXPECT_EQ(text("mains/summary", "online"), "1");
}

TEST_F(StationTest, ADeviceThatHangsBecomesUnknownAndTheOthersGoOn) {
  tree_.putLight("iio:device0", "300", "1");
  tree_.putMains("AC", false);
  begin();
  ASSERT_EQ(text("illuminance/iio_device0", "lux"), "300.00");

  reader_.hung = {"iio:device0"};
  pass(seconds(5));
  tree_.putMains("AC", true);
  pass(seconds(6));

  EXPECT_EQ(text("illuminance/iio_device0", "lux"),
            "unknown: in_illuminance_raw: no answer for 2 s");
  EXPECT_EQ(text("mains/AC", "online"), "1");
  EXPECT_EQ(reader_.waiting.size(), 1u);
  EXPECT_EQ(reader_.overtaken, 1);

  reader_.hung.clear();
  const auto [order, done] = reader_.waiting.front();
  done(readNow(order));
  EXPECT_EQ(text("illuminance/iio_device0", "lux"), "300.00");
}

TEST_F(StationTest, ADeviceThatGoesAwayIsUnknownUntilItComesBack) {
  tree_.putBattery("BAT0", 50, "Discharging");
  begin();
  tree_.remove("class/power_supply/BAT0");
  station_->event("power_supply");

  EXPECT_EQ(text("battery/BAT0", "percent"), "unknown: the device is gone");
  EXPECT_EQ(text("battery/summary", "percent"), "unknown: no battery found");

  tree_.putBattery("BAT0", 49, "Discharging");
  pass(Station::kScanInterval + seconds(1), seconds(1));
  EXPECT_EQ(text("battery/BAT0", "percent"), "49.0");
}

TEST_F(StationTest, ADeviceMayGoWhileItHangs) {
  tree_.putLight("iio:device0", "300", "1");
  begin();
  reader_.hung = {"iio:device0"};
  pass(seconds(5));

  tree_.remove("bus/iio/devices/iio:device0");
  station_->event("iio");
  const auto [order, done] = reader_.waiting.front();
  done(readNow(order));

  EXPECT_EQ(text("illuminance/iio_device0", "lux"), "unknown: the device is gone");
  EXPECT_EQ(text("illuminance/summary", "lux"), "unknown: no light sensor found");
}

TEST_F(StationTest, ForgetsTheOldestOfManyThatWent) {
  begin();
  for (int i = 0; i < static_cast<int>(Station::kMaxGone) + 3; ++i) {
    const std::string name = "BAT" + std::to_string(i);
    tree_.putBattery(name, 50, "Full");
    station_->event("power_supply");
    tree_.remove("class/power_supply/" + name);
    station_->event("power_supply");
  }

  EXPECT_THAT(forgotten_, testing::ElementsAre("battery/BAT0", "battery/BAT1", "battery/BAT2"));
}

TEST_F(StationTest, BoundsTheNumberOfDevices) {
  for (int i = 0; i < 300; ++i) tree_.putBattery("B" + std::to_string(i), 50, "Full");
  begin();

  EXPECT_LE(station_->sensors().size(), Station::kMaxDevices + probeRows().size());
}

TEST_F(StationTest, NamesOfDevicesAreMadeSafe) {
  tree_.putBattery("a b", 50, "Full");
  tree_.putBattery("a:b", 60, "Full");
  tree_.putBattery("summary", 70, "Full");
  begin();

  EXPECT_EQ(text("battery/a_b", "percent"), "50.0");
  EXPECT_EQ(text("battery/a_b-2", "percent"), "60.0");
  EXPECT_EQ(text("battery/summary_", "percent"), "70.0");
}

TEST_F(StationTest, AFrozenSummaryKeepsWhatItSays) {
  tree_.putLight("iio:device0", "300", "1");
  begin();

  station_->freeze("illuminance", true);
  tree_.put("bus/iio/devices/iio:device0/in_illuminance_raw", "900");
  pass(seconds(5));
  EXPECT_EQ(text("illuminance/summary", "lux"), "300.00");
  EXPECT_EQ(text("illuminance/iio_device0", "lux"), "900.00");

  station_->freeze("illuminance", false);
  EXPECT_EQ(text("illuminance/summary", "lux"), "900.00");
}

TEST_F(StationTest, LeavesOutKindsThatAreSwitchedOff) {
  tree_.putMains("AC", true);
  Station station(context_, reader_, {.sysfs = tree_.root(), .without = {"mains"}});
  station.start();

  EXPECT_EQ(station.summary("mains"), nullptr);
  EXPECT_NE(station.summary("battery"), nullptr);
}

}  // namespace
}  // namespace lucarne::sensors
