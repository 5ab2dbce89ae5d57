// SPDX-License-Identifier: Apache-2.0
// Relays and kiosks that come, go and come again.
#include "tests/surface/surface_socket.h"

namespace lucarne::surface {
namespace {

TEST_F(SurfaceSocket, FindsAKioskThatStartsLater) {
  screen_.resize({10, 10});
  paint({0, 0, 10, 10}, 3);
  startRelay();
  settle();

  const auto start = clock_.now();
  startKiosk();
  until("the picture", [this] { return shows(); });

  EXPECT_LT(clock_.now() - start, std::chrono::seconds(1));
}

TEST_F(SurfaceSocket, ShowsThePictureAgainToAKioskThatRestarts) {
  screen_.resize({10, 10});
  paint({0, 0, 10, 10}, 3);
  connectBoth();
  for (int i = 0; i < 10; ++i) {
    until("the picture", [this] { return shows(); });
    server_.reset();
    kiosk_.guests.clear();
    paint({i, i, 1, 1}, 0xff);

    startKiosk();
  }

  until("the picture", [this] { return shows(); });
}

TEST_F(SurfaceSocket, ReportsARelayThatEnds) {
  connectBoth();

  client_.reset();
  until("the end", [this] { return !kiosk_.guests["vm"].connection; });

  EXPECT_EQ(kiosk_.diary, (std::vector<std::string>{"+vm", "-vm"}));
  EXPECT_TRUE(server_->guests().empty());
}

TEST_F(SurfaceSocket, ANewRelayOfTheSameNameReplacesTheOldOne) {
  connectBoth();
  Screen other;
  SurfaceClient second(other, path_, "vm", context_);

  second.start();
  until("the second", [&] { return second.isLive(); });
  until("the first to notice", [this] { return !client_->isLive(); });

  EXPECT_EQ(kiosk_.diary, (std::vector<std::string>{"+vm", "-vm", "+vm"}));
  EXPECT_EQ(server_->guests().size(), 1u);
}

TEST_F(SurfaceSocket, KeepsGuestsOfDifferentNamesInTheirOrder) {
  startKiosk();
  Screen other;
  SurfaceClient work(other, path_, "work", context_);
  SurfaceClient home(other, path_, "home", context_);
  SurfaceClient nameless(other, path_, "", context_);
  work.start();
  home.start();
  nameless.start();

  until("three guests", [this] { return server_->guests().size() == 3; });

  EXPECT_EQ(server_->guests()[0]->name(), "guest");
  EXPECT_EQ(server_->guests()[1]->name(), "home");
  EXPECT_EQ(server_->guests()[2]->name(), "work");
}

TEST_F(SurfaceSocket, RefusesMoreGuestsThanItsBoundInWords) {
  startKiosk();
  Screen other;
  std::vector<std::unique_ptr<SurfaceClient>> clients;
  for (int i = 0; i < SurfaceServer::kMaxGuests + 1; ++i) {
    clients.push_back(
        std::make_unique<SurfaceClient>(other, path_, "vm" + std::to_string(i), context_));
    clients.back()->start();
  }

  until("the guests", [this] {
    return server_->guests().size() == static_cast<std::size_t>(SurfaceServer::kMaxGuests);
  });
  settle();

  EXPECT_EQ(server_->guests().size(), static_cast<std::size_t>(SurfaceServer::kMaxGuests));
  EXPECT_FALSE(clients.back()->isLive());
}

TEST_F(SurfaceSocket, ASecondKioskIsRefusedInWords) {
  startKiosk();

  try {
    CopyingKiosk observer;
    const SurfaceServer second(path_, observer, context_);
    FAIL() << "two kiosks on one socket";
  } catch (const base::SetupError& refused) {
    EXPECT_NE(std::string(refused.what()).find("another kiosk"), std::string::npos);
  }
  startRelay();
  until("the guest", [this] { return client_->isLive(); });  // the first is unharmed
}

TEST_F(SurfaceSocket, TakesOverASocketThatWasLeftBehind) {
  { const base::UniqueFd dead = listenPacketSocket(path_); }
  ASSERT_EQ(::access(path_.c_str(), F_OK), 0);

  connectBoth();

  EXPECT_TRUE(client_->isLive());
}

TEST_F(SurfaceSocket, DoesNotRemoveAFileInItsPlace) {
  { const auto file = base::UniqueFd::adopt(::creat(path_.c_str(), 0600)); }

  EXPECT_THROW(startKiosk(), base::SetupError);

  EXPECT_EQ(::access(path_.c_str(), F_OK), 0);
}

TEST_F(SurfaceSocket, IsForItsOwnUserOnlyAndGoneAfterwards) {
  startKiosk();

  struct stat info {};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 07777, 0600u);
  server_.reset();
  EXPECT_NE(::access(path_.c_str(), F_OK), 0);
}

TEST_F(SurfaceSocket, SaysWhatIsWrongWithAFolderOrPathThatCannotBe) {
  CopyingKiosk observer;

  EXPECT_THROW(SurfaceServer(dir_.path() + "/missing/kiosk.sock", observer, context_),
               base::SetupError);
  EXPECT_THROW(SurfaceServer(dir_.path() + "/" + std::string(120, 'x'), observer, context_),
               base::SetupError);
}

TEST_F(SurfaceSocket, LeavesNoDescriptorBehind) {
  for (int i = 0; i < 20; ++i) {
    screen_.resize({10 + i, 10});
    paint({0, 0, 1, 1}, 1);
    screen_.setCursor({{1, 1}, {0, 0}, {static_cast<Pixel>(i)}});
    connectBoth();
    until("the picture", [this] { return shows(); });
    if (i % 2 == 0) client_.reset();
    server_.reset();
    client_.reset();
  }
  settle();
  kiosk_.guests.clear();
  screen_.resize({1, 1});
  const int ours = 1;  // the Screen's buffer; the loop's and the fixture's were there before

  const std::string leaked = leaks_.leaked();

  EXPECT_LE(std::count(leaked.begin(), leaked.end(), '\n'), ours + 1) << leaked;
}

}  // namespace
}  // namespace lucarne::surface
