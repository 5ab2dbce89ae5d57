// SPDX-License-Identifier: Apache-2.0
// Pictures, words, wishes and input on their way between a relay and the kiosk.
#include "tests/surface/surface_socket.h"

namespace lucarne::surface {
namespace {

// ---- pictures -------------------------------------------------------------------------------------

TEST_F(SurfaceSocket, ShowsThePictureThatWasThereBefore) {
  screen_.resize({100, 60});
  paint({10, 10, 50, 20}, 0x336699);

  connectBoth();
  until("the picture", [this] { return shows(); });

  EXPECT_EQ(kiosk_.diary, std::vector<std::string>{"+vm"});
}

TEST_F(SurfaceSocket, FollowsEveryPaintAndNewSize) {
  connectBoth();

  for (int i = 1; i <= 40; ++i) {
    if (i % 10 == 1) screen_.resize({50 + i, 90 - i});
    paint({i, i, 9, 9}, static_cast<Pixel>(i * 1000));
    settle();
  }

  until("the last picture", [this] { return shows(); });
}

TEST_F(SurfaceSocket, CopiesOnlyWhatChanged) {
  screen_.resize({1000, 1000});
  paint({0, 0, 1000, 1000}, 5);
  connectBoth();
  until("the picture", [this] { return shows(); });
  const auto before = kiosk_.guests["vm"].uploaded;

  paint({100, 100, 10, 10}, 6);
  until("the change", [this] { return shows(); });

  EXPECT_EQ(kiosk_.guests["vm"].uploaded - before, 100);
}

TEST_F(SurfaceSocket, SharesTheSourcesOwnMemoryWithTheKiosk) {
  screen_.resize({10, 10});
  paint({0, 0, 10, 10}, 1);
  kiosk_.takesPictures = false;
  connectBoth();
  until("a commit", [this] { return kiosk_.guests["vm"].commits == 1; });

  screen_.hold()->frame().at(3, 3) = 0x777777;

  EXPECT_EQ(guest().picture().at(3, 3), 0x777777u);
}

TEST_F(SurfaceSocket, DoesNotPaintOverAPictureThatTheKioskReads) {
  screen_.resize({10, 10});
  paint({0, 0, 10, 10}, 1);
  kiosk_.takesPictures = false;
  connectBoth();
  until("a commit", [this] { return kiosk_.guests["vm"].commits == 1; });

  for (int i = 0; i < 5; ++i) {
    paint({i, 0, 1, 1}, 2);
    settle();
  }

  EXPECT_EQ(guest().picture().at(0, 0), 1u);
  kiosk_.takesPictures = true;
  kiosk_.take(guest());
  until("the newest picture", [this] { return shows(); });
}

TEST_F(SurfaceSocket, ASlowKioskGetsOneCommitWithEverythingItMissed) {
  screen_.resize({100, 100});
  paint({0, 0, 100, 100}, 1);
  kiosk_.takesPictures = false;
  connectBoth();
  until("a commit", [this] { return kiosk_.guests["vm"].commits == 1; });
  for (int i = 0; i < 1000; ++i) {
    paint({i % 90, (i * 7) % 90, 10, 10}, static_cast<Pixel>(i));
    settle();
  }
  EXPECT_EQ(kiosk_.guests["vm"].commits, 1);
  EXPECT_EQ(client_->commits(), 1u);

  kiosk_.takesPictures = true;
  kiosk_.take(guest());
  until("the newest picture", [this] { return shows(); });

  EXPECT_EQ(client_->commits(), 2u);
}

TEST_F(SurfaceSocket, WaitsForTheEndOfAPaint) {
  screen_.resize({10, 10});
  paint({0, 0, 10, 10}, 1);
  kiosk_.takesPictures = false;
  connectBoth();
  until("a commit", [this] { return kiosk_.guests["vm"].commits == 1; });
  paint({0, 0, 1, 1}, 2);  // waits for the release

  const auto frame = screen_.paint();
  ASSERT_TRUE(frame);
  kiosk_.takesPictures = true;
  kiosk_.take(guest());
  settle();
  EXPECT_EQ(kiosk_.guests["vm"].commits, 1) << "half a picture must not be sent";
  screen_.damaged({});

  until("the picture", [this] { return shows(); });
}

TEST_F(SurfaceSocket, LetsTheKioskForgetMemoryOfAnOldSize) {
  connectBoth();

  for (int i = 1; i <= 50; ++i) {
    screen_.resize({i * 10, i * 5});
    paint(Rect::of(screen_.size()), static_cast<Pixel>(i));
    until("the picture", [this] { return shows(); });
    if (i % 2 == 0) {
      const Hold hold = screen_.hold();  // some other sink: makes the Screen use more buffers
      paint({0, 0, 1, 1}, 0);
      until("the picture", [this] { return shows(); });
    }
  }

  int mapped = 0;
  for (const auto& [fd, target] : test::openDescriptors()) {
    mapped += target.find("lucarne-picture") != std::string::npos;
  }
  EXPECT_LE(mapped, Screen::kBuffers + 1) << "the Screen's own and the test's texture";
}

// ---- words, cursor, wishes --------------------------------------------------------------------------

TEST_F(SurfaceSocket, TellsTheKioskEverythingThereIsToKnow) {
  screen_.resize({100, 100});
  paint({0, 0, 100, 100}, 1);
  screen_.setCursor({{2, 1}, {1, 0}, {0xff112233, 0x80445566}});
  screen_.setPhase(Phase::Live, "connected to localhost:5900");
  screen_.setTitle("QEMU (debian)");
  screen_.setLeds(5);

  connectBoth();
  until("the picture", [this] { return shows(); });

  EXPECT_EQ(guest().cursor(), screen_.cursor());
  EXPECT_EQ(guest().phase(), Phase::Live);
  EXPECT_EQ(guest().phaseWords(), "connected to localhost:5900");
  EXPECT_EQ(guest().title(), "QEMU (debian)");
  EXPECT_EQ(guest().leds(), 5);

  screen_.setCursor({});
  screen_.setPhase(Phase::Lost, "gone");
  screen_.moveCursor({4000, 7});
  until("the news", [this] { return kiosk_.pointer == (GuestPoint{99, 7}); });
  EXPECT_TRUE(guest().cursor().hidden());
  EXPECT_EQ(guest().phase(), Phase::Lost);
}

TEST_F(SurfaceSocket, ACursorThatCannotBeIsHidden) {
  screen_.setCursor({{2, 2}, {5, 5}, {1, 2, 3, 4}});

  connectBoth();
  screen_.setTitle("after it");
  until("the title", [this] { return guest().title() == "after it"; });

  EXPECT_TRUE(guest().cursor().hidden());
}

TEST_F(SurfaceSocket, CarriesTheKiosksWishesToTheSource) {
  connectBoth();

  guest().setWantedSize({1280, 800});
  guest().setWantedSize({0, 0});  // no wish that can be
  guest().setAttention(false);
  guest().ping();
  until("the pong", [this] { return kiosk_.pongs == 1; });

  EXPECT_EQ(source_.wanted, (Size{1280, 800}));
  EXPECT_EQ(source_.attention, (std::vector<bool>{false, true, false}));
}

TEST_F(SurfaceSocket, NobodyLooksWithoutAKiosk) {
  startRelay();
  EXPECT_EQ(source_.attention, (std::vector<bool>{false}));

  startKiosk();
  until("the guest", [this] { return client_->isLive(); });
  EXPECT_EQ(source_.attention, (std::vector<bool>{false, true}));

  server_.reset();
  until("the end", [this] { return !client_->isLive(); });
  EXPECT_EQ(source_.attention, (std::vector<bool>{false, true, false}));
}

// ---- input ----------------------------------------------------------------------------------------

TEST_F(SurfaceSocket, CarriesInputInOrder) {
  screen_.resize({100, 100});
  paint({0, 0, 1, 1}, 1);
  connectBoth();
  until("the picture", [this] { return shows(); });
  const std::vector<InputEvent> events = {
      PointerMoved{{5, 6}},           PointerButton{0x110, Transition::Pressed},
      PointerMoved{{7, 8}},           PointerButton{0x110, Transition::Released},
      Wheel{0, 120},                  Key{30, Transition::Pressed},
      Key{30, Transition::Released},  Touch{0, TouchPhase::Down, {1, 2}, true},
      PointerNudged{256, -256}};

  for (const InputEvent& event : events) guest().input(event);
  until("the last event", [&] { return source_.events.size() == events.size(); });

  EXPECT_EQ(source_.events, events);
}

TEST_F(SurfaceSocket, ClampsPlacesToThePictureAndDropsCodesThatCannotBe) {
  screen_.resize({100, 100});
  paint({0, 0, 1, 1}, 1);
  connectBoth();
  until("the picture", [this] { return shows(); });

  guest().input(PointerMoved{{-5, 1000}});
  guest().input(Key{0x300, Transition::Pressed});
  guest().input(Key{1, Transition::Pressed});
  until("two events", [this] { return source_.events.size() == 2; });

  EXPECT_EQ(source_.events[0], InputEvent(PointerMoved{{0, 99}}));
  EXPECT_EQ(source_.events[1], InputEvent(Key{1, Transition::Pressed}));
}

TEST_F(SurfaceSocket, LiftsEverythingWhenTheFocusGoes) {
  screen_.resize({10, 10});
  paint({0, 0, 1, 1}, 1);
  connectBoth();
  until("the picture", [this] { return shows(); });

  guest().setFocus(true);
  guest().input(Key{29, Transition::Pressed});
  guest().setFocus(false);
  until("the lift", [this] { return source_.events.size() >= 2; });
  settle();

  EXPECT_EQ(source_.events, (std::vector<InputEvent>{Key{29, Transition::Pressed},
                                                     Key{29, Transition::Released}}));
}

TEST_F(SurfaceSocket, LiftsEverythingWhenTheKioskDies) {
  screen_.resize({10, 10});
  paint({0, 0, 1, 1}, 1);
  connectBoth();
  until("the picture", [this] { return shows(); });
  guest().input(Key{29, Transition::Pressed});
  guest().input(PointerButton{0x110, Transition::Pressed});
  until("the events", [this] { return source_.events.size() == 2; });
  source_.events.clear();

  server_.reset();
  until("the lift", [this] { return source_.events.size() == 2; });

  EXPECT_EQ(source_.events, (std::vector<InputEvent>{Key{29, Transition::Released},
                                                     PointerButton{0x110, Transition::Released}}));
}

}  // namespace
}  // namespace lucarne::surface
