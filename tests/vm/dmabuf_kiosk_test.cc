// SPDX-License-Identifier: Apache-2.0
// A guest's dma-bufs on a real panel: a played QEMU with buffers of a real card, the real relay, the
// real kiosk on KMS with an OpenGL renderer, its screenshots compared pixel for pixel. Runs in the
// virtual machine (dmabuf.sh), where a virtio-gpu without a GPU behind it exports buffers that Mesa's
// software renderer imports, and vgem exports some that it cannot.
#include <png.h>
#include <signal.h>
#include <sys/stat.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "surface/stamp.h"
#include "tests/support/child_program.h"
#include "tests/support/temp_dir.h"
#include "tests/vm/dmabuf_guest.h"

namespace lucarne::test {
namespace {

using surface::ConstFrame;
using surface::Pixel;
using surface::Rect;
using surface::Size;

constexpr const char* kNoCard = "no virtio-gpu and no vgem here: see tests/vm/dmabuf.sh";
constexpr Size kGuest{421, 203};  // room for a stamp, on the panel also when it is turned
constexpr Rect kAll{0, 0, kGuest.width, kGuest.height};

struct Picture {
  Size size;
  std::vector<Pixel> pixels;

  ConstFrame frame() const { return {pixels.data(), size, size.width * 4}; }
};

// What a buffer holds now, in the order in which it is seen.
Picture copyOf(ConstFrame frame, const Rect& part, DmabufGuest::Rows rows) {
  Picture copy{part.size(), std::vector<Pixel>(static_cast<std::size_t>(part.pixels()))};
  for (int y = 0; y < part.height; ++y) {
    const int row = rows == DmabufGuest::Rows::TopDown ? part.y + y
                                                       : frame.size.height - 1 - part.y - y;
    for (int x = 0; x < part.width; ++x) {
      copy.pixels[static_cast<std::size_t>(y * part.width + x)] = frame.at(part.x + x, row);
    }
  }
  return copy;
}

// A quarter clockwise: the left column becomes the upper row, from the bottom up.
Picture quarter(const Picture& from) {
  Picture to{{from.size.height, from.size.width}, std::vector<Pixel>(from.pixels.size())};
  for (int y = 0; y < to.size.height; ++y) {
    for (int x = 0; x < to.size.width; ++x) {
      to.pixels[static_cast<std::size_t>(y * to.size.width + x)] =
          from.frame().at(y, from.size.height - 1 - x);
    }
  }
  return to;
}

std::optional<Picture> readPng(const std::string& path) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_file(&image, path.c_str())) return std::nullopt;
  image.format = PNG_FORMAT_BGRA;
  Picture picture{{static_cast<int>(image.width), static_cast<int>(image.height)}, {}};
  picture.pixels.resize(static_cast<std::size_t>(picture.size.pixels()));
  if (!png_image_finish_read(&image, nullptr, picture.pixels.data(), 0, nullptr)) return std::nullopt;
  return picture;
}

// How many pixels in the panel's middle are not the picture's; all of them when it does not fit.
std::int64_t wrongPixels(const Picture& panel, const Picture& picture) {
  const int left = (panel.size.width - picture.size.width) / 2;
  const int top = (panel.size.height - picture.size.height) / 2;
  if (left < 0 || top < 0) return picture.size.pixels();
  return surface::differingPixels(
      panel.frame().part({left, top, picture.size.width, picture.size.height}), picture.frame());
}

class DmabufKiosk : public testing::Test {
 protected:
  DmabufKiosk() {
    ::setenv("LUCARNE_RUNTIME_DIR", dir_.path().c_str(), 1);
    ::setenv("XDG_RUNTIME_DIR", dir_.path().c_str(), 1);
    ::setenv("SDL_VIDEODRIVER", "kmsdrm", 1);
  }
  void SetUp() override {
    for (const auto buffer : {&front_, &back_}) {
      *buffer = CardBuffer::create("virtio_gpu", kGuest);
      if (!*buffer) GTEST_SKIP() << kNoCard;
    }
    drawNoise(front_->frame(), kAll, 1);
    drawNoise(back_->frame(), kAll, 2);
  }

  void startKiosk(const std::string& renderer, const std::string& more = "--chords") {
    std::vector<std::string> command = {
        LUCARNE_KIOSK, "--renderer", renderer,    "--scale", "none", "--script", "-", "--screenshot",
        screenshot_,   "--stats",    statsPath_};
    if (more == "--no-dmabuf") command.push_back(more);
    kiosk_ = std::make_unique<ChildProgram>(command);
  }
  void startRelay() {
    relay_ = std::make_unique<ChildProgram>(std::vector<std::string>{
        "/bin/sh", "-c", std::string("exec " LUCARNE_RELAY " --name vm --stats qemu+unix:") +
                             dir_.path() + "/qemu kiosk: 2>" + relayLog()});
  }
  std::string relayLog() const { return dir_.path() + "/relay.log"; }
  static std::string textOf(const std::string& path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  // A kiosk that has a guest hears signals.
  std::optional<Picture> screenshot() {
    if (!guest_.until([this] { return guest_.isWatched(); })) return std::nullopt;
    std::remove(screenshot_.c_str());
    kiosk_->signal(SIGUSR1);
    struct stat info {};
    if (!guest_.until([&] { return ::stat(screenshot_.c_str(), &info) == 0; })) return std::nullopt;
    return readPng(screenshot_);
  }
  // The panel shows `picture`, turned by so many quarters, sooner or later.
  testing::AssertionResult shows(Picture picture, int quarters = 0) {
    for (; quarters > 0; --quarters) picture = quarter(picture);
    std::int64_t wrong = -1;
    for (int attempts = 0; attempts < 20; ++attempts) {
      const auto panel = screenshot();
      if (!panel) return testing::AssertionFailure() << "no screenshot";
      wrong = wrongPixels(*panel, picture);
      if (wrong == 0) return testing::AssertionSuccess();
      guest_.until([end = std::chrono::steady_clock::now() + std::chrono::seconds(1)] {
        return std::chrono::steady_clock::now() > end;
      });
    }
    return testing::AssertionFailure() << wrong << " pixels differ";
  }
  void turnPicture() {
    for (const char* step : {"key 29 down", "key 56 down", "tap 19", "key 56 up", "key 29 up"}) {
      kiosk_->say(step);
    }
  }
  // Ends the kiosk and reads what it wrote last.
  nlohmann::json finalStats() {
    kiosk_->signal(SIGTERM);
    EXPECT_EQ(kiosk_->wait(), 0);
    std::istringstream lines(textOf(statsPath_));
    std::string line;
    std::string last = "{}";
    while (std::getline(lines, line)) last = line;
    return nlohmann::json::parse(last, nullptr, false);
  }

  TempDir dir_;
  const std::string screenshot_ = dir_.path() + "/panel.png";
  const std::string statsPath_ = dir_.path() + "/stats";
  base::Loop loop_;
  DmabufGuest guest_{loop_, dir_.path() + "/qemu"};
  std::unique_ptr<CardBuffer> front_;
  std::unique_ptr<CardBuffer> back_;
  std::unique_ptr<ChildProgram> kiosk_;
  std::unique_ptr<ChildProgram> relay_;
};

TEST_F(DmabufKiosk, ImportsTheGuestsBuffersAndShowsThemTurned) {
  guest_.scanout(*front_);
  startKiosk("opengles2");
  startRelay();
  for (int quarters = 0; quarters < 4; ++quarters) {
    EXPECT_TRUE(shows(copyOf(front_->frame(), kAll, DmabufGuest::Rows::TopDown), quarters))
        << quarters * 90 << " degrees";
    // While it is shown so, a part changes.
    const Rect part{20 * quarters, 30, 51, 77};
    drawNoise(front_->frame(), part, 100u + static_cast<unsigned>(quarters));
    const auto answered = guest_.update(part);
    ASSERT_TRUE(answered) << "QEMU would wait for ever";
    std::printf("%d degrees: UpdateDMABUF answered after %lld ms\n", quarters * 90,
                static_cast<long long>(answered->count()));
    EXPECT_TRUE(shows(copyOf(front_->frame(), kAll, DmabufGuest::Rows::TopDown), quarters))
        << quarters * 90 << " degrees, changed";
    turnPicture();
  }
  // What is not said to have changed is not read.
  const Picture before = copyOf(front_->frame(), kAll, DmabufGuest::Rows::TopDown);
  drawNoise(front_->frame(), {0, 0, 10, 10}, 999);
  ASSERT_TRUE(guest_.update({100, 100, 5, 5}));
  EXPECT_TRUE(shows(before)) << "the picture is the kiosk's own";
  // Another buffer, as each page flip brings one, and the first again, upside down, and a part of it.
  guest_.scanout(*back_);
  EXPECT_TRUE(shows(copyOf(back_->frame(), kAll, DmabufGuest::Rows::TopDown))) << "flipped";
  guest_.scanout(*front_, DmabufGuest::Rows::BottomUp);
  EXPECT_TRUE(shows(copyOf(front_->frame(), kAll, DmabufGuest::Rows::BottomUp))) << "bottom up";
  drawNoise(front_->frame(), {7, 9, 40, 30}, 5);
  ASSERT_TRUE(guest_.update({7, kGuest.height - 39, 40, 30}));
  EXPECT_TRUE(shows(copyOf(front_->frame(), kAll, DmabufGuest::Rows::BottomUp)))
      << "bottom up, changed";
  const Rect part{33, 21, 200, 150};
  guest_.scanoutPart(*back_, part);
  EXPECT_TRUE(shows(copyOf(back_->frame(), part, DmabufGuest::Rows::TopDown))) << "a part of a buffer";
  EXPECT_NE(textOf(relayLog()).find("dma-buf import"), std::string::npos) << textOf(relayLog());
  // A stamp is read back from the GPU.
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  const auto drawnUs = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
  surface::drawStamp(front_->frame(), {0, 0}, {77, static_cast<std::uint64_t>(drawnUs)});
  guest_.scanout(*front_);
  EXPECT_TRUE(shows(copyOf(front_->frame(), kAll, DmabufGuest::Rows::TopDown))) << "with a stamp";

  const auto stats = finalStats();

  EXPECT_EQ(stats.value("latencies", 0), 1);
  EXPECT_GT(stats.value("latency_ms_max", 0.0), 0);

  EXPECT_EQ(stats.value("paths", nlohmann::json())["vm"], "dma-buf import");
  EXPECT_GE(stats.value("imports", 0), 10);
  EXPECT_EQ(stats.value("uploads", -1), 0) << "nothing was copied by a processor";
}

TEST_F(DmabufKiosk, AnswersTheGuestWhenTheKioskIsStoppedOrKilled) {
  guest_.scanout(*front_);
  startKiosk("opengles2");
  startRelay();
  ASSERT_TRUE(shows(copyOf(front_->frame(), kAll, DmabufGuest::Rows::TopDown)));

  kiosk_->signal(SIGSTOP);
  const auto stopped = guest_.update(kAll);
  ASSERT_TRUE(stopped) << "a stopped kiosk stops the guest";
  std::printf("stopped: UpdateDMABUF answered after %lld ms\n", static_cast<long long>(stopped->count()));
  kiosk_->signal(SIGKILL);
  kiosk_->wait();
  ASSERT_TRUE(guest_.until([this] { return !guest_.isWatched(); })) << "nobody looks";

  startKiosk("opengles2");
  EXPECT_TRUE(shows(copyOf(front_->frame(), kAll, DmabufGuest::Rows::TopDown))) << "after a restart";
  EXPECT_EQ(finalStats().value("paths", nlohmann::json())["vm"], "dma-buf import");
}

TEST_F(DmabufKiosk, ImportsWithDesktopOpenGlToo) {
  guest_.scanout(*front_);
  startKiosk("opengl");
  startRelay();

  EXPECT_TRUE(shows(copyOf(front_->frame(), kAll, DmabufGuest::Rows::TopDown)));

  EXPECT_EQ(finalStats().value("paths", nlohmann::json())["vm"], "dma-buf import");
}

TEST_F(DmabufKiosk, HasThemCopiedWhenImportIsSwitchedOff) {
  guest_.scanout(*front_);
  startKiosk("opengles2", "--no-dmabuf");
  startRelay();
  EXPECT_TRUE(shows(copyOf(front_->frame(), kAll, DmabufGuest::Rows::TopDown)));
  drawNoise(front_->frame(), {50, 60, 70, 80}, 3);

  ASSERT_TRUE(guest_.update({50, 60, 70, 80}));

  EXPECT_TRUE(shows(copyOf(front_->frame(), kAll, DmabufGuest::Rows::TopDown))) << "changed";
  EXPECT_NE(textOf(relayLog()).find("dma-buf copy"), std::string::npos) << textOf(relayLog());
  const auto stats = finalStats();
  EXPECT_EQ(stats.value("paths", nlohmann::json())["vm"], "dma-buf copy");
  EXPECT_EQ(stats.value("imports", -1), 0);
}

TEST_F(DmabufKiosk, HasThemCopiedWithoutABreakWhenTheGpuDoesNotTakeThem) {
  const auto foreign = CardBuffer::create("vgem", kGuest);
  if (!foreign) GTEST_SKIP() << kNoCard;
  drawNoise(foreign->frame(), kAll, 4);
  guest_.scanout(*front_);
  startKiosk("opengles2");
  startRelay();
  ASSERT_TRUE(shows(copyOf(front_->frame(), kAll, DmabufGuest::Rows::TopDown)));

  guest_.scanout(*foreign);

  EXPECT_TRUE(shows(copyOf(foreign->frame(), kAll, DmabufGuest::Rows::TopDown))) << "copied";
  drawNoise(foreign->frame(), {50, 60, 70, 80}, 6);
  ASSERT_TRUE(guest_.update({50, 60, 70, 80}));
  EXPECT_TRUE(shows(copyOf(foreign->frame(), kAll, DmabufGuest::Rows::TopDown))) << "changed";
  const auto stats = finalStats();
  EXPECT_EQ(stats.value("paths", nlohmann::json())["vm"], "dma-buf copy");
  EXPECT_GE(stats.value("imports", 0), 1) << "the first buffer was imported";
}

}  // namespace
}  // namespace lucarne::test
