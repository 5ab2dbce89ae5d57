// SPDX-License-Identifier: Apache-2.0
// dma-bufs at the kiosk: imported by a panel that plays a GPU, or copied by the relay. Memfds stand in
// for them: nothing here reads a pixel of one.
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "kiosk/kiosk.h"
#include "surface/surface_client.h"
#include "tests/kiosk/fake_output.h"
#include "tests/support/temp_dir.h"

namespace lucarne::kiosk {
namespace {

using surface::Pixel;
using surface::Rect;
using surface::Size;

constexpr std::uint32_t kXr24 = 0x34325258;
constexpr Size kSize{40, 30};
constexpr Pixel kPainted = 0x123456;

base::Result<std::uint64_t> sizeOfFile(const base::UniqueFd& fd) {
  return static_cast<std::uint64_t>(::lseek(fd.get(), 0, SEEK_END));
}

// A guest as a relay has it, whose pixels are copied only when somebody needs them.
struct Relay : surface::GuestControls {
  Relay(const char* name, const std::string& path, const base::Context& context)
      : client(screen, path, name, context) {
    screen.setControls(this);
    screen.setPhase(surface::Phase::Live, "");
    client.start();
  }
  ~Relay() override { screen.setControls(nullptr); }

  void show(Size size = kSize) {
    auto dmabuf = std::make_shared<surface::Dmabuf>();
    const auto stride = static_cast<std::uint32_t>(size.width) * 4;
    dmabuf->layout = {size, Rect::of(size), {kXr24, surface::kModifierLinear}, false, {{0, stride}}};
    dmabuf->fds.push_back(base::createMemfd("test", stride * static_cast<std::size_t>(size.height)));
    screen.resize(size);
    screen.setDmabuf(std::move(dmabuf));
    if (screen.needsPixels()) onPixelsNeeded();
    draw(Rect::of(size));
  }
  void draw(const Rect& r) {
    ++waiting;
    const surface::DmabufRead read(this, [this](const void*) { --waiting; });
    screen.dmabufDamaged(surface::Damage(r), read);
  }
  void onPixelsNeeded() override {
    fillPixels(*screen.paint(), Rect::of(screen.size()), kPainted);
    screen.damaged(surface::Damage(Rect::of(screen.size())));
  }
  void onInput(const surface::InputEvent&) override {}

  int waiting = 0;
  surface::Screen screen;
  surface::SurfaceClient client;
};

struct KioskDmabuf : ::testing::Test {
  KioskDmabuf() {
    settings.socketPath = folder.path() + "/kiosk.sock";
    settings.statsPath = folder.path() + "/stats";
    output.formats = {{kXr24, surface::kModifierUnsaid}};
  }
  void open() {
    kiosk = std::make_unique<Kiosk>(settings, output, lettering, context);
    kiosk->server().measureDmabufs(sizeOfFile);
  }
  Relay& relay(const char* name) {
    relays.push_back(std::make_unique<Relay>(name, settings.socketPath, context));
    Relay& guest = *relays.back();
    until([&guest] { return guest.client.isLive(); });
    return guest;
  }
  bool until(const std::function<bool()>& so) {
    bool late = false;
    const auto limit = loop.after(std::chrono::seconds(20), [&late] { late = true; });
    while (!so() && !late) loop.turn(true);
    return so();
  }
  Pixel pixelAt(int x, int y) const { return output.panel.frame().at(x, y) & surface::kColourMask; }
  bool untilPixel(int x, int y, Pixel colour) {
    return until([=, this] { return pixelAt(x, y) == colour; });
  }
  nlohmann::json finalStats() {
    kiosk->finish();
    std::ifstream file(settings.statsPath);
    std::string line;
    std::string last;
    while (std::getline(file, line)) last = line;
    return nlohmann::json::parse(last);
  }

  test::TempDir folder;
  Settings settings;
  base::Loop loop;
  base::RealClock clock;
  base::Context context{loop, clock, base::Log::discard()};
  Lettering lettering{""};
  FakeOutput output{kSize};
  std::unique_ptr<Kiosk> kiosk;
  std::vector<std::unique_ptr<Relay>> relays;
};

TEST_F(KioskDmabuf, IsImportedAndReleased) {
  open();
  Relay& guest = relay("vm");

  guest.show();

  EXPECT_TRUE(untilPixel(20, 15, ImportingPicture::kImported));
  EXPECT_TRUE(until([&guest] { return guest.waiting == 0; })) << "the guest may draw on";
  const auto stats = finalStats();
  EXPECT_EQ(stats["paths"]["vm"], "dma-buf import");
  EXPECT_EQ(stats["imports"], 1);
  EXPECT_EQ(stats["uploaded_bytes"], 0);
}

TEST_F(KioskDmabuf, IsCopiedByTheRelayForAPanelWithoutAGpu) {
  output.formats.clear();
  open();
  Relay& guest = relay("vm");

  guest.show();

  EXPECT_TRUE(untilPixel(20, 15, kPainted));
  EXPECT_EQ(guest.waiting, 0);
  EXPECT_EQ(finalStats()["paths"]["vm"], "dma-buf copy");
}

TEST_F(KioskDmabuf, IsCopiedWhenImportIsSwitchedOff) {
  settings.importsDmabufs = false;
  open();

  relay("vm").show();

  EXPECT_TRUE(untilPixel(20, 15, kPainted));
  EXPECT_EQ(finalStats()["imports"], 0);
}

TEST_F(KioskDmabuf, ThatTheGpuDoesNotTakeIsCopiedAndTheOldPictureStaysUntilThen) {
  open();
  Relay& guest = relay("vm");
  guest.show();
  ASSERT_TRUE(untilPixel(20, 15, ImportingPicture::kImported));
  ASSERT_TRUE(until([&guest] { return guest.waiting == 0; }));
  output.refusesDmabufs = true;
  std::vector<Pixel> seen;

  guest.show();
  EXPECT_TRUE(until([&] {
    if (seen.empty() || seen.back() != pixelAt(20, 15)) seen.push_back(pixelAt(20, 15));
    return pixelAt(20, 15) == kPainted;
  }));

  EXPECT_EQ(seen, (std::vector<Pixel>{ImportingPicture::kImported, kPainted}));
  EXPECT_TRUE(until([&guest] { return guest.waiting == 0; }));
  EXPECT_EQ(finalStats()["paths"]["vm"], "dma-buf copy");
}

TEST_F(KioskDmabuf, OfAnotherSizeThatTheGpuDoesNotTakeNeverShowsAnEmptyPicture) {
  open();
  Relay& guest = relay("vm");
  guest.show();
  ASSERT_TRUE(untilPixel(20, 15, ImportingPicture::kImported));
  output.refusesDmabufs = true;
  bool wasEmpty = false;

  guest.show({kSize.width / 2, kSize.height / 2});
  EXPECT_TRUE(until([&] {
    wasEmpty = wasEmpty || pixelAt(20, 15) == 0 || pixelAt(20, 15) == kBackground;
    return pixelAt(20, 15) == kPainted;
  }));

  EXPECT_FALSE(wasEmpty);
}

TEST_F(KioskDmabuf, OfAHiddenGuestKeepsNobodyWaiting) {
  open();
  Relay& shown = relay("shown");
  shown.show();
  Relay& hidden = relay("hidden");

  hidden.show();
  hidden.draw({0, 0, 1, 1});

  EXPECT_TRUE(until([&hidden] { return hidden.waiting == 0; }));
  EXPECT_TRUE(untilPixel(20, 15, ImportingPicture::kImported));
}

TEST_F(KioskDmabuf, StaysAsTheLastPictureOfAGuestThatIsLost) {
  open();
  relay("vm").show();
  ASSERT_TRUE(untilPixel(20, 15, ImportingPicture::kImported));
  const int presents = output.presents;

  relays.clear();
  ASSERT_TRUE(until([&] { return output.presents > presents; }));

  EXPECT_EQ(finalStats()["paths"]["vm"], "dma-buf import");
}

}  // namespace
}  // namespace lucarne::kiosk
