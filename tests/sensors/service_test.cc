// SPDX-License-Identifier: Apache-2.0
// The whole service on a tree of files, with real threads.
#include "sensors/service.h"


#include <gtest/gtest.h>

#include <fstream>
#include <functional>

#include "sensors/outlets/history_store.h"
#include "tests/sensors/fake_tree.h"

namespace lucarne::sensors {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class ServiceTest : public testing::Test {
 protected:
  ServiceTest() {
    tree_.putMains("AC", false);
    tree_.putLight("iio:device0", "300", "1");
    settings_.sysfs = tree_.root();
    settings_.xenstore.enable = false;
    settings_.history.path = tree_.path("h.db");
    settings_.http.listen = "127.0.0.1:0";
  }
  void begin() {
    service_ = std::make_unique<Service>(context_, wall_, settings_);
    service_->start();
  }
  base::Duration until(const std::function<bool()>& so) {
    const base::TimePoint start = clock_.now();
    bool timeout = false;
    const auto timer = loop_.after(seconds(20), [&] { timeout = true; });
    while (!so() && !timeout) loop_.turn(true);
    EXPECT_FALSE(timeout);
    return clock_.now() - start;
  }
  const Value& now(const char* kind, const char* field) {
    return service_->station().summary(kind)->value(field);
  }

  FakeTree tree_;
  base::Loop loop_;
  base::RealClock clock_;
  RealWallClock wall_;
  base::Context context_{loop_, clock_, base::Log::discard()};
  Settings settings_;
  std::unique_ptr<Service> service_;
};

TEST_F(ServiceTest, AHungSensorDelaysNoPlug) {
  begin();
  until([&] { return now("illuminance", "lux").known() && now("mains", "online").known(); });
  tree_.remove("bus/iio/devices/iio:device0/in_illuminance_raw");
  tree_.putHanging("bus/iio/devices/iio:device0/in_illuminance_raw");
  service_->station().event("iio");  // now it hangs

  tree_.putMains("AC", true);
  service_->station().event("power_supply");
  const base::Duration took = until([&] {
    const bool* online = now("mains", "online").flag();
    return online && *online;
  });
  EXPECT_LT(took, milliseconds(100));
  until([&] { return now("illuminance", "lux").unknown() != nullptr; });
  EXPECT_EQ(now("illuminance", "lux").unknown()->reason, "in_illuminance_raw: no answer for 2 s");

  // The driver answers after all, and from then on at once.
  std::ofstream late(tree_.path("bus/iio/devices/iio:device0/in_illuminance_raw"));
  tree_.remove("bus/iio/devices/iio:device0/in_illuminance_raw");
  tree_.putLight("iio:device0", "55", "1");
  late << "55\n";
  late.close();
  until([&] { return now("illuminance", "lux").number() != nullptr; });
  EXPECT_EQ(*now("illuminance", "lux").number(), 55);
}

TEST_F(ServiceTest, EndsInGoodOrderWithWhatItHasRead) {
  begin();
  until([&] { return now("illuminance", "lux").known(); });
  service_->finish([&] { loop_.quit(); });
  loop_.run();
  service_.reset();

  HistoryStore store(tree_.path("h.db"), {}, base::Log::discard());
  const auto batches = store.after(0, 10);
  ASSERT_TRUE(batches);
  ASSERT_GE(batches->size(), 1u);
  EXPECT_TRUE(batches->front().series.contains("illuminance/summary/lux"));
}

TEST_F(ServiceTest, RefusesWhatItCannotHave) {
  settings_.http.listen = "0.0.0.0:0";
  EXPECT_THROW(begin(), base::SetupError);
  settings_.http.listen = "127.0.0.1:0";
  settings_.history.path = "/nowhere/h.db";
  EXPECT_THROW(begin(), base::SetupError);
}

}  // namespace
}  // namespace lucarne::sensors
