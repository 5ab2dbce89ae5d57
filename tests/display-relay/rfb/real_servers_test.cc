// SPDX-License-Identifier: Apache-2.0
// The source against the servers that people run: TigerVNC's Xvnc with X programs in it, and QEMU.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/input-event-codes.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>

#include "display-relay/sources/vnc_source.h"
#include "tests/display-relay/rfb/guest_screenshot.h"
#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"

namespace lucarne::relay {
namespace {

using rfb::Encoding;
using std::chrono::milliseconds;
using std::chrono::seconds;
using surface::Transition;

class PhaseJournal final : public surface::ScreenObserver {
 public:
  void onPhase(surface::Phase phase, const std::string& words) override {
    lost += phase == surface::Phase::Lost;
    last = words;
  }
  void onPicture() override { ++pictures; }
  int lost = 0;
  int pictures = 0;
  std::string last;
};

class RealServer : public ::testing::Test {
 protected:
  RealServer() {
    ::signal(SIGPIPE, SIG_IGN);  // as base::Program does
    screen_.addObserver(journal_);
  }
  ~RealServer() override { screen_.removeObserver(journal_); }

  std::string path(const std::string& name) const { return dir_.path() + "/" + name; }
  std::string log() const { return path("log"); }
  void connect(VncOptions options = {}) {
    const base::Context context{loop_, clock_, base::Log::discard()};
    source_.emplace(link::createTransport("unix:" + path("vnc"), context), std::move(options),
                    screen_, context);
    source_->start();
  }
  void pass(base::Duration time) {
    bool over = false;
    const auto timer = loop_.after(time, [&over] { over = true; });
    while (!over) loop_.turn(true);
  }
  template <typename Condition>
  bool until(Condition condition, base::Duration patience = seconds(20)) {
    const auto end = clock_.now() + patience;
    while (!condition()) {
      if (clock_.now() > end) return false;
      pass(milliseconds(20));
    }
    return true;
  }
  void type(std::initializer_list<int> codes) {
    for (const int code : codes) {
      screen_.input(surface::Key{static_cast<std::uint16_t>(code), Transition::Pressed});
      screen_.input(surface::Key{static_cast<std::uint16_t>(code), Transition::Released});
    }
  }
  void run(const std::vector<std::string>& words, const std::vector<std::string>& environment = {}) {
    programs_.emplace_back(words, log(), environment);
  }
  int runToEnd(const std::string& command) const {
    return std::system((command + " >>" + log() + " 2>&1").c_str());
  }

  test::TempDir dir_;
  base::Loop loop_;
  base::RealClock clock_;
  surface::Screen screen_;
  PhaseJournal journal_;
  std::vector<test::ChildProcess> programs_;
  std::optional<VncSource> source_;
};

// ---- TigerVNC -----------------------------------------------------------------------------------

class Xvnc : public RealServer {
 protected:
  void SetUp() override {
    if (!test::isInstalled("Xvnc") || !test::isInstalled("xterm") || !test::isInstalled("xwd")) {
      GTEST_SKIP() << "needs Xvnc, xterm and xwd (tigervnc-standalone-server, xterm, x11-apps)";
    }
    startServer();
    // A clock that stands still, and a shell.
    run({"xclock", "-geometry", "200x200+600+20", "-update", "3600"}, {display_});
    run({"xterm", "-geometry", "80x24+10+10", "-e", "sh", "-i"},
        {display_, "PS1=$ ", "ENV=", "HOME=" + dir_.path()});
  }
  void startServer() {
    std::error_code ignored;
    std::filesystem::remove(path("vnc"), ignored);
    const int number = 200 + static_cast<int>(::getpid()) % 20000;
    display_ = "DISPLAY=:" + std::to_string(number);
    server_ = test::ChildProcess({"Xvnc", ":" + std::to_string(number), "-geometry", "1000x700",
                                  "-depth", "24", "-SecurityTypes", "None", "-rfbport", "-1",
                                  "-rfbunixpath", path("vnc"), "-nolisten", "tcp",
                                  "-noreset"}, log());
    ASSERT_TRUE(until([&] { return runToEnd(display_ + " xwininfo -root") == 0; }));
  }
  testing::Screenshot screenshot() const {
    runToEnd(display_ + " xwd -root -silent -out " + path("xwd"));
    return testing::readXwd(path("xwd"));
  }
  /// Waits for rest; then both must be the same, pixel for pixel.
  ::testing::AssertionResult showsTheGuest() {
    testing::Screenshot shot;
    const bool same = until([&] {
      pass(milliseconds(200));
      shot = screenshot();
      return screen_.hasPicture() && shot.equals(screen_.picture());
    });
    if (same) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << shot.difference(screen_.picture());
  }
  /// Writes a page of text and lets it scroll.
  void scrollText() {
    type({KEY_S, KEY_E, KEY_Q, KEY_SPACE, KEY_3, KEY_0, KEY_0, KEY_ENTER});
    pass(milliseconds(300));
  }
  void expectExact(std::vector<Encoding> encodings,
                   link::LineKind line = link::LineKind::Local) {
    connect({.pixelEncodings = std::move(encodings), .line = line});
    ASSERT_TRUE(until([&] { return screen_.phase() == surface::Phase::Live; })) << journal_.last;
    pass(milliseconds(500));
    screen_.input(surface::PointerMoved{{100, 100}});
    scrollText();
    EXPECT_TRUE(showsTheGuest()) << journal_.last;
    EXPECT_EQ(journal_.lost, 0) << journal_.last;
  }

  std::string display_;
  test::ChildProcess server_;
};

TEST_F(Xvnc, IsShownPixelForPixelInRaw) { expectExact({Encoding::Raw}); }
TEST_F(Xvnc, IsShownPixelForPixelWithCopyRect) { expectExact({Encoding::CopyRect, Encoding::Raw}); }
TEST_F(Xvnc, IsShownPixelForPixelInRre) { expectExact({Encoding::Rre}); }
TEST_F(Xvnc, IsShownPixelForPixelInHextile) { expectExact({Encoding::Hextile, Encoding::CopyRect}); }
TEST_F(Xvnc, IsShownPixelForPixelInZrle) { expectExact({Encoding::Zrle, Encoding::CopyRect}); }
TEST_F(Xvnc, IsShownPixelForPixelInTight) { expectExact({Encoding::Tight, Encoding::CopyRect}); }
TEST_F(Xvnc, IsShownPixelForPixelAcrossANetwork) { expectExact({}, link::LineKind::Network); }

// JPEG is never exact; wrongly decoded it would be far off.
TEST_F(Xvnc, IsShownNearlyTheSameWithJpeg) {
  connect({.pixelEncodings = {Encoding::Tight}, .jpeg = rfb::Jpeg::Welcome});
  ASSERT_TRUE(until([&] { return screen_.phase() == surface::Phase::Live; })) << journal_.last;
  EXPECT_TRUE(until([&] {
    pass(milliseconds(200));
    const testing::Screenshot shot = screenshot();
    return shot.size == screen_.size() &&
           surface::differingPixels(shot.frame(), screen_.picture()) < shot.size.pixels() / 100;
  }));
}

TEST_F(Xvnc, FollowsThePointerAndTypes) {
  connect();
  ASSERT_TRUE(until([&] { return screen_.phase() == surface::Phase::Live; }));
  pass(milliseconds(500));
  screen_.input(surface::PointerMoved{{321, 123}});
  type({KEY_E, KEY_C, KEY_H, KEY_O, KEY_SPACE});
  screen_.input(surface::Key{KEY_LEFTSHIFT, Transition::Pressed});
  type({KEY_H});
  screen_.input(surface::Key{KEY_LEFTSHIFT, Transition::Released});
  type({KEY_I});
  screen_.input(surface::Key{KEY_LEFTSHIFT, Transition::Pressed});
  type({KEY_DOT});
  screen_.input(surface::Key{KEY_LEFTSHIFT, Transition::Released});
  type({KEY_F, KEY_ENTER});  // echo Hi>f

  ASSERT_TRUE(until([&] {
    return std::filesystem::exists(dir_.path() + "/f") || std::filesystem::exists("f");
  })) << "nothing was typed";
  const std::string file = std::filesystem::exists(dir_.path() + "/f") ? dir_.path() + "/f" : "f";
  ASSERT_TRUE(until([&] { return !testing::fileBytes(file).empty(); }));
  const auto bytes = testing::fileBytes(file);
  if (file == "f") std::filesystem::remove("f");
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), "Hi\n");
  if (test::isInstalled("xdotool")) {
    EXPECT_EQ(runToEnd(display_ + " xdotool getmouselocation | grep -q 'x:321 y:123 '"), 0);
  }
}

TEST_F(Xvnc, TakesTheSizeThatThePanelWants) {
  connect();
  ASSERT_TRUE(until([&] { return screen_.phase() == surface::Phase::Live; }));
  screen_.wantSize({800, 600});

  EXPECT_TRUE(until([&] { return screen_.size() == surface::Size{800, 600}; }));
  EXPECT_TRUE(showsTheGuest());
  EXPECT_EQ(journal_.lost, 0) << journal_.last;
}

TEST_F(Xvnc, IsBackWithinASecondOfItsReturn) {
  connect();
  ASSERT_TRUE(until([&] { return screen_.phase() == surface::Phase::Live; }));
  for (int i = 0; i < 3; ++i) {
    server_.stop(SIGKILL);
    ASSERT_TRUE(until([&] { return screen_.phase() == surface::Phase::Lost; })) << i;
    startServer();
    const auto back = clock_.now();
    ASSERT_TRUE(until([&] { return screen_.phase() == surface::Phase::Live; })) << i;
    EXPECT_LT(clock_.now() - back, seconds(1)) << i;
  }
  EXPECT_TRUE(showsTheGuest());
}

// ---- QEMU ---------------------------------------------------------------------------------------

// A boot sector: waits for a key, shows 256 colours in mode 13h (320x200), waits for another and
// switches to VBE mode 0x118 (1024x768).
constexpr std::uint8_t kBootCode[] = {
    0x31, 0xc0, 0xcd, 0x16,              // xor ax, ax; int 16h
    0xb8, 0x13, 0x00, 0xcd, 0x10,        // mov ax, 13h; int 10h
    0xb8, 0x00, 0xa0, 0x8e, 0xc0,        // mov ax, 0a000h; mov es, ax
    0x31, 0xff,                          // xor di, di
    0x89, 0xf8, 0xaa,                    // next: mov ax, di; stosb
    0x81, 0xff, 0x00, 0xfa, 0x72, 0xf7,  // cmp di, 64000; jb next
    0x31, 0xc0, 0xcd, 0x16,              // xor ax, ax; int 16h
    0xb8, 0x02, 0x4f, 0xbb, 0x18, 0x41, 0xcd, 0x10,  // mov ax, 4f02h; mov bx, 4118h; int 10h
    0xf4, 0xeb, 0xfd,                    // hlt; jmp $-1
};

class Qemu : public RealServer {
 protected:
  void SetUp() override {
    if (!test::isInstalled("qemu-system-x86_64")) {
      GTEST_SKIP() << "needs qemu-system-x86_64 (qemu-system-x86)";
    }
    std::vector<std::uint8_t> sector(std::begin(kBootCode), std::end(kBootCode));
    sector.resize(510);
    sector.push_back(0x55);
    sector.push_back(0xaa);
    std::ofstream(path("disk"), std::ios::binary)
        .write(reinterpret_cast<const char*>(sector.data()), 512);
    run({"qemu-system-x86_64", "-accel", "tcg", "-m", "32", "-nodefaults", "-vga", "std", "-display",
         "none", "-vnc", "unix:" + path("vnc"), "-monitor",
         "unix:" + path("monitor") + ",server=on,wait=off", "-drive",
         "file=" + path("disk") + ",format=raw,if=ide"});
  }
  /// Asks QEMU's monitor for a picture of its own.
  testing::Screenshot screenshot() {
    std::error_code ignored;
    std::filesystem::remove(path("ppm"), ignored);
    const auto fd = base::UniqueFd::adopt(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path("monitor").copy(address.sun_path, sizeof address.sun_path - 1);
    if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return {};
    const std::string command = "screendump " + path("ppm") + "\n";
    if (::write(fd.get(), command.data(), command.size()) < 0) return {};
    pass(milliseconds(300));
    return testing::readPpm(path("ppm"));
  }
  ::testing::AssertionResult showsTheGuest() {
    testing::Screenshot shot;
    const bool same = until([&] {
      shot = screenshot();
      return screen_.hasPicture() && shot.equals(screen_.picture());
    });
    if (same) return ::testing::AssertionSuccess();
    return ::testing::AssertionFailure() << shot.difference(screen_.picture());
  }
};

TEST_F(Qemu, IsFollowedFromTextToGraphicsWithoutADisconnect) {
  connect();
  ASSERT_TRUE(until([&] { return screen_.phase() == surface::Phase::Live; })) << journal_.last;
  ASSERT_TRUE(until([&] { return screen_.size() == surface::Size{720, 400}; }));
  pass(seconds(2));  // the BIOS looks for the disk
  EXPECT_TRUE(showsTheGuest());

  ASSERT_TRUE(until([&] {
    type({KEY_SPACE});
    pass(milliseconds(500));
    return !(screen_.size() == surface::Size{720, 400});
  })) << "no key arrived";
  EXPECT_TRUE(showsTheGuest());

  ASSERT_TRUE(until([&] {
    type({KEY_ENTER});
    pass(milliseconds(500));
    return screen_.size() == surface::Size{1024, 768};
  }));
  EXPECT_TRUE(showsTheGuest());
  EXPECT_EQ(journal_.lost, 0) << journal_.last;
}

TEST_F(Qemu, IsShownPixelForPixelInEveryEncodingItHas) {
  for (const Encoding encoding : {Encoding::Raw, Encoding::Hextile, Encoding::Zrle}) {
    connect({.pixelEncodings = {encoding}});
    ASSERT_TRUE(until([&] { return screen_.phase() == surface::Phase::Live; })) << journal_.last;
    EXPECT_TRUE(showsTheGuest()) << static_cast<int>(encoding);
    source_.reset();
    screen_.setPhase(surface::Phase::Waiting, "");
  }
  EXPECT_EQ(journal_.lost, 0) << journal_.last;
}

}  // namespace
}  // namespace lucarne::relay
