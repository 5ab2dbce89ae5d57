// SPDX-License-Identifier: Apache-2.0
// The X11 source against real servers: pictures, pointer shapes, sizes, servers that go and come.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <xcb/randr.h>

#include <fstream>

#include "tests/display-relay/x11/x11_bench.h"

namespace lucarne::relay {
namespace {

using std::chrono::milliseconds;
using surface::Phase;
using surface::Rect;
using testing::HasSubstr;

using X11Picture = test::WithXvfb;

TEST_F(X11Picture, IsWhatWasDrawnPixelForPixel) {
  guest_->fill({10, 20, 100, 50}, 0xff8001);
  guest_->fill({600, 440, 40, 40}, 0x0180ff);

  begin();

  EXPECT_EQ(screen_.size(), (surface::Size{640, 480}));
  EXPECT_EQ(pixel(10, 20), 0xff8001u);
  EXPECT_EQ(pixel(639, 479), 0x0180ffu);
  EXPECT_EQ(pixel(9, 20), 0x204060u);
  EXPECT_TRUE(showsTheGuest(*guest_));
}

TEST_F(X11Picture, IsDamagedWhereSomethingWasDrawnAndNowhereElse) {
  begin();
  ASSERT_TRUE(showsTheGuest(*guest_));
  pass(milliseconds(30));
  sink_.damaged.clear();

  guest_->fill({100, 50, 30, 20}, 0x00ff00);

  ASSERT_TRUE(until([&] { return pixel(129, 69) == 0x00ff00u; }));
  EXPECT_EQ(sink_.damaged.bounds(), (Rect{100, 50, 30, 20}));
}

TEST_F(X11Picture, FollowsWindowsThatMoveAndGo) {
  begin();
  guest_->openWindow({50, 60, 200, 100});
  guest_->fill({0, 0, 200, 100}, 0xaabbcc, guest_->window());
  ASSERT_TRUE(until([&] { return pixel(60, 70) == 0xaabbccu; }));

  const std::uint32_t place[] = {300, 200};
  xcb_configure_window(guest_->get(), guest_->window(),
                       XCB_CONFIG_WINDOW_X | XCB_CONFIG_WINDOW_Y, place);
  guest_->sync();

  EXPECT_TRUE(until([&] { return pixel(310, 210) == 0xaabbccu; }));
  EXPECT_TRUE(showsTheGuest(*guest_));
  guest_->closeWindow();
  EXPECT_TRUE(showsTheGuest(*guest_));
}

TEST_F(X11Picture, IsExactWhileItIsDrawnWithoutARest) {
  begin();

  for (int i = 0; i < 300; ++i) {
    guest_->fill({i, i, 300, 150}, static_cast<std::uint32_t>(0x010305 * i));
    guest_->fill({(i * 37) % 600, (i * 91) % 440, 7, 9}, static_cast<std::uint32_t>(i * 0x7001));
    while (loop_.turn(false)) {
    }
  }

  EXPECT_TRUE(showsTheGuest(*guest_));
}

TEST_F(X11Picture, StandsStillWhileNobodyLooksAndIsTheNewestAfterwards) {
  begin();
  ASSERT_TRUE(showsTheGuest(*guest_));
  screen_.setAttention(sink_, false);
  pass(milliseconds(30));
  const int before = sink_.updates;

  for (std::uint32_t i = 0; i < 20; ++i) {
    guest_->fill({0, 0, 640, 480}, 0x111111 * (i % 8));
    pass(milliseconds(5));
  }
  EXPECT_EQ(sink_.updates, before);
  guest_->fill({0, 0, 640, 480}, 0x123456);
  screen_.setAttention(sink_, true);

  EXPECT_TRUE(until([&] { return pixel(0, 0) == 0x123456u; }));
  EXPECT_TRUE(showsTheGuest(*guest_));
}

TEST_F(X11Picture, WaitsForASinkThatReadsEveryBuffer) {
  begin();
  std::vector<surface::Hold> holds{screen_.hold()};
  for (std::uint32_t i = 1; i < surface::Screen::kBuffers; ++i) {
    guest_->fill({0, 0, 640, 480}, i);
    ASSERT_TRUE(until([&] { return pixel(0, 0) == i; }));
    holds.push_back(screen_.hold());
  }
  guest_->fill({0, 0, 640, 480}, 0xffffff);
  pass(milliseconds(50));
  EXPECT_NE(pixel(0, 0), 0xffffffu);

  for (surface::Hold& hold : holds) screen_.release(std::move(hold));

  EXPECT_TRUE(until([&] { return pixel(0, 0) == 0xffffffu; }));
}

// ---- the pointer's shape ----------------------------------------------------------------------------

class X11Cursor : public test::WithXvfb {
 protected:
  // A shape of 8x4: its left half red, its right half nothing.
  void setShape(std::uint8_t maskByte) {
    xcb_connection_t* c = guest_->get();
    const xcb_pixmap_t pixmap = xcb_generate_id(c);
    const xcb_gcontext_t gc = xcb_generate_id(c);
    const xcb_cursor_t cursor = xcb_generate_id(c);
    xcb_create_pixmap(c, 1, pixmap, guest_->root(), 8, 4);
    xcb_create_gc(c, gc, pixmap, 0, nullptr);
    std::uint8_t bits[4 * 4] = {};  // rows padded to 32 bits
    for (int y = 0; y < 4; ++y) bits[y * 4] = maskByte;
    xcb_put_image(c, XCB_IMAGE_FORMAT_XY_PIXMAP, pixmap, gc, 8, 4, 0, 0, 0, 1, sizeof bits, bits);
    xcb_create_cursor(c, cursor, pixmap, pixmap, 0xffff, 0, 0, 0, 0, 0, 3, 1);
    xcb_change_window_attributes(c, guest_->root(), XCB_CW_CURSOR, &cursor);
    xcb_warp_pointer(c, XCB_NONE, guest_->root(), 0, 0, 0, 0, 320, 240);
    xcb_free_cursor(c, cursor);
    xcb_free_pixmap(c, pixmap);
    guest_->sync();
  }
};

TEST_F(X11Cursor, ArrivesWithItsHotspot) {
  begin();

  setShape(0x0f);

  ASSERT_TRUE(until([&] { return screen_.cursor().hotspot == surface::GuestPoint{3, 1}; }));
  const surface::Cursor& cursor = screen_.cursor();
  ASSERT_FALSE(cursor.hidden());
  EXPECT_EQ(cursor.pixels.at(0), 0xffff0000u);
  EXPECT_EQ(cursor.pixels.at(static_cast<std::size_t>(cursor.size.width) - 1) >> 24, 0u);
}

TEST_F(X11Cursor, IsThereFromTheBeginning) {
  setShape(0x03);

  begin();

  EXPECT_TRUE(until([&] { return screen_.cursor().hotspot == surface::GuestPoint{3, 1}; }));
}

TEST_F(X11Cursor, IsHiddenWhereNothingOfItCanBeSeen) {
  setShape(0x0f);
  begin();
  ASSERT_TRUE(until([&] { return !screen_.cursor().hidden(); }));

  setShape(0);

  EXPECT_TRUE(until([&] { return screen_.cursor().hidden(); }));
}

// ---- sizes ------------------------------------------------------------------------------------------

class X11Size : public test::X11Bench {
 protected:
  void SetUp() override {
    if (!test::isInstalled("Xvnc")) GTEST_SKIP() << "needs Xvnc (tigervnc-standalone-server)";
    server_ = std::make_unique<test::XServer>(
        "Xvnc -geometry 1024x768 -depth 24 -SecurityTypes None -rfbport -1 -rfbunixpath " +
            dir_.path() + "/vnc",
        test::XServer::Number::OfThisProcess);
    ASSERT_TRUE(server_->runs()) << "Xvnc does not start";
    guest_.emplace(*server_);
    connect(*server_);
    ASSERT_TRUE(becomesLive()) << screen_.phaseWords();
  }
  bool becomes(surface::Size size) {
    return until([&] { return screen_.size() == size; });
  }

  std::unique_ptr<test::XServer> server_;
  std::optional<test::XGuest> guest_;
};

TEST_F(X11Size, IsTheWantedOneWhereTheServerHasSuchAMode) {
  screen_.wantSize({800, 600});
  ASSERT_TRUE(becomes({800, 600}));
  screen_.wantSize({1280, 1024});  // two at once: the newest counts
  screen_.wantSize({640, 480});
  ASSERT_TRUE(becomes({640, 480}));

  guest_->fill({630, 470, 10, 10}, 0xabcdef);

  EXPECT_TRUE(until([&] { return pixel(639, 479) == 0xabcdefu; }));
  EXPECT_TRUE(showsTheGuest(*guest_));
}

TEST_F(X11Size, StaysWhereTheServerHasNoSuchMode) {
  screen_.wantSize({1023, 767});
  pass(milliseconds(50));
  guest_->fill({0, 0, 10, 10}, 0xabcdef);

  EXPECT_TRUE(until([&] { return pixel(0, 0) == 0xabcdefu; }));
  EXPECT_EQ(screen_.size(), (surface::Size{1024, 768}));
  EXPECT_EQ(sink_.lost, 0);
}

TEST_F(X11Size, MayChangeWhilePicturesAreUnderWay) {
  const surface::Size sizes[] = {{800, 600}, {1024, 768}, {640, 480}, {1280, 720}};
  for (const surface::Size size : sizes) {
    screen_.wantSize(size);
    for (int i = 0; i < 10; ++i) {
      guest_->fill({0, 0, 1280, 1024}, static_cast<std::uint32_t>(0x050709 * i));
      while (loop_.turn(false)) {
      }
    }
  }

  ASSERT_TRUE(becomes({1280, 720}));
  guest_->fill({0, 0, 1280, 1024}, 0x336699);
  EXPECT_TRUE(until([&] { return pixel(1279, 719) == 0x336699u; }));
  EXPECT_TRUE(showsTheGuest(*guest_));
  EXPECT_EQ(sink_.lost, 0);
}

TEST_F(X11Size, IsWantedAgainFromAServerThatComesBack) {
  screen_.wantSize({800, 600});
  ASSERT_TRUE(becomes({800, 600}));
  guest_.reset();

  server_->kill();
  ASSERT_TRUE(until([&] { return sink_.lost > 0; }));
  server_->restart();

  EXPECT_TRUE(until([&] {
    return screen_.phase() == Phase::Live && screen_.size() == surface::Size{800, 600};
  })) << screen_.phaseWords();
}

// ---- servers that go, come, stop and refuse -----------------------------------------------------------

class X11Server : public test::X11Bench {
 protected:
  void SetUp() override {
    if (!test::isInstalled("Xvfb")) GTEST_SKIP() << "needs Xvfb (xvfb)";
  }
  void serve(const std::string& words) {
    server_ = std::make_unique<test::XServer>("Xvfb " + words, test::XServer::Number::OfThisProcess);
    ASSERT_TRUE(server_->runs()) << "Xvfb does not start";
  }
  bool says(const std::string& words) {
    return until([&] { return screen_.phaseWords().find(words) != std::string::npos; });
  }
  // A file that holds one cookie for every display of every machine (Xsecurity(7), FamilyWild).
  std::string cookieFile(const std::string& name, char byte) const {
    const std::string kind = "MIT-MAGIC-COOKIE-1";
    std::string file("\xff\xff\0\0\0\0\0", 7);
    file += static_cast<char>(kind.size()) + kind + std::string("\0\x10", 2) + std::string(16, byte);
    const std::string path = dir_.path() + "/" + name;
    std::ofstream(path) << file;
    return path;
  }

  std::unique_ptr<test::XServer> server_;
};

TEST_F(X11Server, IsFoundAgainWhenItReturns) {
  serve("-screen 0 320x240x24");
  connect(*server_);
  ASSERT_TRUE(becomesLive());

  server_->kill();
  ASSERT_TRUE(until([&] { return screen_.phase() == Phase::Lost; }));
  EXPECT_THAT(screen_.phaseWords(), HasSubstr("trying again"));
  EXPECT_TRUE(screen_.hasPicture());
  server_->restart();
  const auto returned = clock_.now();
  ASSERT_TRUE(becomesLive());

  // A redial of half a second at most, and getting acquainted; with room for a busy machine.
  EXPECT_LT(clock_.now() - returned, std::chrono::seconds(10));
  test::XGuest guest(*server_);
  guest.fill({0, 0, 320, 240}, 0x334455);
  EXPECT_TRUE(until([&] { return pixel(5, 5) == 0x334455u; }));
}

TEST_F(X11Server, IsWaitedForUntilItStarts) {
  serve("-screen 0 320x240x24");
  server_->kill();
  connect(*server_);
  ASSERT_TRUE(says("trying again"));
  EXPECT_EQ(screen_.phase(), Phase::Waiting);

  server_->restart();

  EXPECT_TRUE(becomesLive());
}

TEST_F(X11Server, ThatIsStoppedBeforeItGreetsHoldsNothingUp) {
  serve("-screen 0 320x240x24");
  server_->signal(SIGSTOP);
  connect(*server_);
  int turns = 0;
  const auto tick = loop_.every(milliseconds(5), [&turns] { ++turns; });
  ASSERT_TRUE(until([&] { return turns >= 20; }));
  EXPECT_EQ(screen_.phase(), Phase::Waiting);

  const auto before = clock_.now();
  source_.reset();

  EXPECT_LT(clock_.now() - before, std::chrono::seconds(10));
}

TEST_F(X11Server, ThatIsStoppedBeforeItGreetsGoesOnWhereItWas) {
  serve("-screen 0 320x240x24");
  server_->signal(SIGSTOP);
  connect(*server_);
  pass(milliseconds(50));

  server_->signal(SIGCONT);

  EXPECT_TRUE(becomesLive());
}

TEST_F(X11Server, ThatStopsToReadLosesTheConnectionInsteadOfTheLoop) {
  serve("-screen 0 320x240x24");
  connect(*server_);
  ASSERT_TRUE(becomesLive());
  server_->signal(SIGSTOP);

  // Many times what a socket takes.
  for (int i = 0; i < 40'000; ++i) screen_.input(surface::PointerMoved{{i % 300, i % 200}});
  EXPECT_EQ(screen_.phase(), Phase::Lost);
  EXPECT_THAT(screen_.phaseWords(), HasSubstr("does not read"));
  server_->signal(SIGCONT);

  EXPECT_TRUE(becomesLive());
}

TEST_F(X11Server, ThatIsStoppedMayBeLeft) {
  serve("-screen 0 320x240x24");
  connect(*server_);
  ASSERT_TRUE(becomesLive());
  server_->signal(SIGSTOP);
  screen_.input(surface::Key{30, surface::Transition::Pressed});
  pass(milliseconds(20));

  const auto before = clock_.now();
  source_.reset();

  EXPECT_LT(clock_.now() - before, std::chrono::seconds(10));
}

TEST_F(X11Server, WithoutSharedMemoryAndXtestIsSeenAllTheSame) {
  serve("-screen 0 640x480x24 -extension MIT-SHM -extension XTEST");
  test::XGuest guest(*server_);
  guest.fill({0, 0, 640, 480}, 0x445566);
  guest.fill({3, 300, 600, 170}, 0x998877);
  connect(*server_);
  ASSERT_TRUE(becomesLive());
  EXPECT_TRUE(showsTheGuest(guest));

  screen_.input(surface::Key{30, surface::Transition::Pressed});
  screen_.input(surface::PointerMoved{{5, 5}});
  guest.fill({100, 100, 300, 300}, 0x010203);

  EXPECT_TRUE(until([&] { return pixel(399, 399) == 0x010203u; }));
  EXPECT_TRUE(showsTheGuest(guest));
  EXPECT_EQ(sink_.lost, 0);
}

TEST_F(X11Server, OfFewColoursIsRefusedInWords) {
  serve("-screen 0 320x240x16");
  connect(*server_);

  EXPECT_TRUE(says("depth 16"));
  EXPECT_FALSE(screen_.hasPicture());
}

TEST_F(X11Server, LetsInWhoeverHasItsCookie) {
  serve("-screen 0 320x240x24 -auth " + cookieFile("right", 'k'));
  connect(*server_);
  ASSERT_TRUE(says("XAUTHORITY")) << screen_.phaseWords();
  ::setenv("XAUTHORITY", cookieFile("wrong", 'w').c_str(), 1);
  ASSERT_TRUE(says("let us in"));
  EXPECT_FALSE(screen_.hasPicture());

  ::setenv("XAUTHORITY", (dir_.path() + "/right").c_str(), 1);

  EXPECT_TRUE(becomesLive()) << screen_.phaseWords();
}

}  // namespace
}  // namespace lucarne::relay
