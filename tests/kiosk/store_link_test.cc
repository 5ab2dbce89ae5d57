// SPDX-License-Identifier: Apache-2.0
// The kiosk with an embedded XenStore in the same loop: what it publishes, what it obeys.
#include "kiosk/store_link.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include <gtest/gtest.h>

#include "surface/stamp.h"
#include "surface/surface_client.h"
#include "tests/kiosk/fake_output.h"
#include "xenstore/daemon_sockets.h"

namespace lucarne::kiosk {
namespace {

using surface::Rotation;

constexpr surface::Size kGuest{64, 40};

struct StoreLinkTest : ::testing::Test {
  StoreLinkTest() {
    std::string pattern = "/tmp/lucarne-kiosk-XXXXXX";
    folder = ::mkdtemp(pattern.data());
    settings.socketPath = folder + "/kiosk.sock";
    settings.storeAddress = folder + "/store.sock";
    settings.turnWithTablet = true;
    store = std::make_unique<xenstore::DaemonSockets>(context, xenstore::Quotas{});
    store->daemon().introduce(7);
    store->listen(0, *settings.storeAddress);
    store->listen(7, folder + "/seven.sock");
    client = std::make_unique<xenstore::Client>(context, *settings.storeAddress);
  }
  ~StoreLinkTest() override {
    link.reset();
    guest.reset();
    kiosk.reset();
    client.reset();
    store.reset();
    std::filesystem::remove_all(folder);
  }

  void open() {
    kiosk = std::make_unique<Kiosk>(settings, output, lettering, context);
    link = openStoreLink(settings, *kiosk, context);
  }
  // Turns the loop until it is so; a test that waits in vain fails by its own expectation.
  bool until(const std::function<bool()>& so) {
    bool late = false;
    const auto limit = loop.after(std::chrono::seconds(20), [&late] { late = true; });
    while (!so() && !late) loop.turn(true);
    return so();
  }
  std::string read(const std::string& path, xenstore::Client* by = nullptr) {
    std::optional<std::string> answer;
    (by ? *by : *client).read(path, [&](const xenstore::Answer<std::string>& text) {
      answer = text ? *text : "(" + text.error().message + ")";
    });
    until([&] { return answer.has_value(); });
    return answer.value_or("(no answer)");
  }
  bool untilNode(const std::string& leaf, const std::function<bool(const std::string&)>& so) {
    bool late = false;
    const auto limit = loop.after(std::chrono::seconds(20), [&late] { late = true; });
    while (!late) {
      if (so(read("data/lucarne/display/" + leaf))) return true;
    }
    return false;
  }
  // As lucarne-sensors publishes it.
  void sense(const char* leaf, const char* value) {
    client->write(std::string("data/lucarne/sensors/") + leaf, value);
    client->write("data/lucarne/sensors/serial", std::to_string(++serial));
  }
  void showGuest() {
    guest = std::make_unique<surface::SurfaceClient>(screen, settings.socketPath, "vnc+tcp:a.b",
                                                     context);
    guest->start();
    screen.resize(kGuest);
    screen.setPhase(surface::Phase::Live, "");
    paint(0x112233);
  }
  void paint(surface::Pixel colour) {
    fillPixels(*screen.paint(), surface::Rect::of(kGuest), colour);
    screen.damaged(surface::Damage(surface::Rect::of(kGuest)));
  }
  surface::Pixel corner() const { return output.panel.frame().at(0, 0) & surface::kColourMask; }

  std::string folder;
  Settings settings;
  base::Loop loop;
  base::RealClock clock;
  base::Context context{loop, clock, base::Log::discard()};
  Lettering lettering{""};
  FakeOutput output{{400, 300}};
  std::unique_ptr<xenstore::DaemonSockets> store;
  std::unique_ptr<xenstore::Client> client;
  surface::Screen screen;
  std::unique_ptr<surface::SurfaceClient> guest;
  std::unique_ptr<Kiosk> kiosk;
  std::unique_ptr<StoreLink> link;
  int serial = 0;
};

TEST_F(StoreLinkTest, IsThereOnlyWhenAskedFor) {
  settings.storeAddress.reset();

  open();

  EXPECT_EQ(link, nullptr);
}

TEST_F(StoreLinkTest, PublishesWhatIsShownUntilItRests) {
  open();
  showGuest();

  EXPECT_TRUE(untilNode("vnc_tcp_a_b/connected", [](const auto& v) { return v == "1"; }));
  EXPECT_EQ(read("data/lucarne/display/vnc_tcp_a_b/name"), "vnc+tcp:a.b");
  EXPECT_EQ(read("data/lucarne/display/vnc_tcp_a_b/shown"), "1");
  EXPECT_EQ(read("data/lucarne/display/heartbeat"), "0");
  EXPECT_TRUE(untilNode("vnc_tcp_a_b/fps", [](const auto& v) { return v != "0"; }));
  EXPECT_TRUE(untilNode("vnc_tcp_a_b/fps", [](const auto& v) { return v == "0.0"; }));
  EXPECT_EQ(read("data/lucarne/display/vnc_tcp_a_b/latency-us"),
            "(read data/lucarne/display/vnc_tcp_a_b/latency-us: ENOENT)");

  guest.reset();
  EXPECT_TRUE(untilNode("vnc_tcp_a_b/connected", [](const auto& v) { return v == "0"; }));
}

TEST_F(StoreLinkTest, PublishesTheAgeOfStampedPictures) {
  open();
  const surface::Size large{400, 300};
  guest = std::make_unique<surface::SurfaceClient>(screen, settings.socketPath, "g", context);
  guest->start();
  screen.resize(large);
  screen.setPhase(surface::Phase::Live, "");
  surface::Frame frame = *screen.paint();
  const auto drawn = base::toMicroseconds((clock.now() - std::chrono::seconds(3)).time_since_epoch());
  drawStamp(frame, {0, 0}, {1, static_cast<std::uint64_t>(drawn)});
  screen.damaged(surface::Damage(surface::Rect::of(large)));

  EXPECT_TRUE(untilNode("g/latency-us", [](const auto& v) { return v.size() == 7; })) << "3 s";
}

TEST_F(StoreLinkTest, LetsOnlyNamedDomainsRead) {
  settings.storeReaders = {7};
  open();
  showGuest();
  ASSERT_TRUE(untilNode("vnc_tcp_a_b/connected", [](const auto& v) { return v == "1"; }));
  xenstore::Client seven(context, folder + "/seven.sock");
  ASSERT_TRUE(until([&] { return seven.connected(); }));
  std::string home;
  client->domainPath(0, [&](const xenstore::Answer<std::string>& path) { home = *path; });
  ASSERT_TRUE(until([&] { return !home.empty(); }));

  EXPECT_EQ(read(home + "/data/lucarne/display/vnc_tcp_a_b/connected", &seven), "1");
  settings.storeReaders.clear();
  link.reset();
  link = openStoreLink(settings, *kiosk, context);
  ASSERT_TRUE(until([&] {
    return read(home + "/data/lucarne/display/vnc_tcp_a_b/connected", &seven).find("EACCES") !=
           std::string::npos;
  }));
}

TEST_F(StoreLinkTest, LeavesNothingBehind) {
  open();
  showGuest();
  ASSERT_TRUE(untilNode("vnc_tcp_a_b/connected", [](const auto& v) { return v == "1"; }));

  link->finish();

  EXPECT_NE(read("data/lucarne/display/vnc_tcp_a_b/connected").find("ENOENT"), std::string::npos);
}

TEST_F(StoreLinkTest, TurnsThePictureWithTheTablet) {
  open();
  showGuest();
  paint(0x445566);
  ASSERT_TRUE(until([&] { return output.panel.frame().at(200, 150) == 0x445566; }));
  EXPECT_EQ(corner(), kBackground) << "64x40 on 400x300 leaves a strip above";

  sense("orientation/summary/rotation", "90");

  // Upright on a panel that is held like this, the picture leaves strips at the sides.
  EXPECT_TRUE(until([&] { return output.panel.frame().at(200, 1) == 0x445566; }));
  sense("orientation/summary/rotation", "unknown");
  sense("orientation/summary/rotation", "45");
  sense("orientation/summary/rotation", "0");
  EXPECT_TRUE(until([&] { return output.panel.frame().at(200, 1) == kBackground; }));
}

TEST_F(StoreLinkTest, WarnsOfALowBatteryOverThePicture) {
  open();
  showGuest();
  paint(0x445566);
  ASSERT_TRUE(until([&] { return output.panel.frame().at(200, 150) == 0x445566; }));
  const auto upperMiddle = [&] { return output.panel.frame().at(200, 2); };
  ASSERT_EQ(upperMiddle(), kBackground);

  sense("battery/summary/status", "discharging");
  sense("battery/summary/percent", "7.0");
  EXPECT_TRUE(until([&] { return upperMiddle() != kBackground; }));
  EXPECT_EQ(output.panel.frame().at(200, 150), 0x445566u) << "the picture is not dimmed";

  sense("battery/summary/status", "charging");
  EXPECT_TRUE(until([&] { return upperMiddle() == kBackground; }));
}

TEST_F(StoreLinkTest, NothingIsKnownOfATabletThatHasFallenSilent) {
  ASSERT_TRUE(until([&] { return client->connected(); }));
  std::vector<Tablet> told;
  const TabletWatch watch(*client, context, [&](const Tablet& tablet) { told.push_back(tablet); },
                          std::chrono::milliseconds(200));

  sense("battery/summary/percent", "7.0");
  ASSERT_TRUE(until([&] { return told.size() == 1; }));
  EXPECT_EQ(told[0].percent, 7.0);

  ASSERT_TRUE(until([&] { return told.size() == 2; }));
  EXPECT_EQ(told[1], Tablet());
  sense("battery/summary/percent", "8.0");
  EXPECT_TRUE(until([&] { return told.size() == 3; }));
}

TEST(DisplayNode, IsOneElementOfAPath) {
  EXPECT_EQ(displayNode("work"), "work");
  EXPECT_EQ(displayNode("link+serial:/dev/hvc1"), "link_serial__dev_hvc1");
  EXPECT_EQ(displayNode(""), "guest");
  EXPECT_EQ(displayNode("serial"), "guestserial");
  EXPECT_EQ(displayNode("heartbeat"), "guestheartbeat");
  EXPECT_EQ(displayNode(std::string(200, 'x')).size(), 64u);
}

}  // namespace
}  // namespace lucarne::kiosk
