// SPDX-License-Identifier: Apache-2.0
// A real SurfaceClient and a real SurfaceServer in one loop, over a real socket.
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "surface/surface_client.h"
#include "surface/surface_server.h"
#include "tests/support/fd_leak_check.h"
#include "tests/support/temp_dir.h"

namespace lucarne::surface {
namespace {

using std::chrono::milliseconds;

// A kiosk that keeps a copy of every guest's screen, as textures would.
class CopyingKiosk : public GuestObserver {
 public:
  struct Guest {
    SurfaceConnection* connection = nullptr;
    FrameBuffer texture;
    int commits = 0;
    std::int64_t uploaded = 0;
  };

  void onGuestArrived(SurfaceConnection& guest) override {
    guests[guest.name()].connection = &guest;
    diary.push_back("+" + guest.name());
  }
  void onGuestLeft(SurfaceConnection& guest, const std::string& words) override {
    guests[guest.name()].connection = nullptr;
    diary.push_back("-" + guest.name());
    lastWords = words;
  }
  void onCommit(SurfaceConnection& guest) override {
    ++guests[guest.name()].commits;
    if (takesPictures) take(guest);
  }
  void onCursorMoved(SurfaceConnection&, GuestPoint at) override { pointer = at; }
  void onPong(SurfaceConnection&, base::Duration) override { ++pongs; }

  void take(SurfaceConnection& guest) {
    Guest& g = guests[guest.name()];
    if (g.texture.size() != guest.picture().size) {
      g.texture = FrameBuffer::create(guest.picture().size);
    }
    for (const Rect& r : guest.damage().rects()) {
      copyPixels(guest.picture(), g.texture.frame(), r);
      g.uploaded += r.pixels();
    }
    guest.release();
  }

  bool takesPictures = true;
  std::map<std::string, Guest> guests;
  std::vector<std::string> diary;
  std::string lastWords;
  GuestPoint pointer;
  int pongs = 0;
};

class RecordingSource : public GuestControls {
 public:
  std::vector<InputEvent> events;
  std::vector<bool> attention;
  Size wanted;

  void onInput(const InputEvent& event) override { events.push_back(event); }
  void onWantedSize(Size size) override { wanted = size; }
  void onAttention(bool watched) override { attention.push_back(watched); }
};

class SurfaceSocket : public testing::Test {
 protected:
  SurfaceSocket() { screen_.setControls(&source_); }

  void startKiosk() { server_ = std::make_unique<SurfaceServer>(path_, kiosk_, context_); }
  void startRelay(const std::string& name = "vm") {
    client_ = std::make_unique<SurfaceClient>(screen_, path_, name, context_);
    client_->start();
  }
  void paint(const Rect& r, Pixel colour) {
    const auto frame = screen_.paint();
    ASSERT_TRUE(frame);
    fillPixels(*frame, r, colour);
    screen_.damaged(Damage(r));
  }
  // Turns the loop until it is so; a test that waits for ever is ended with words.
  void until(const char* what, const std::function<bool()>& isSo) {
    bool late = false;
    const auto limit = loop_.after(std::chrono::seconds(10), [&late] { late = true; });
    while (!isSo()) {
      loop_.turn(true);
      ASSERT_FALSE(late) << "waited in vain for: " << what;
    }
  }
  void settle() {
    while (loop_.turn(false)) {
    }
  }
  bool shows(const std::string& name = "vm") {
    const auto& texture = kiosk_.guests[name].texture;
    return texture && texture.size() == screen_.size() &&
           differingPixels(texture.frame(), screen_.picture()) == 0;
  }
  SurfaceConnection& guest(const std::string& name = "vm") {
    return *kiosk_.guests.at(name).connection;
  }
  void connectBoth() {
    startKiosk();
    startRelay();
    until("the guest", [this] { return client_->isLive(); });
  }

  test::FdLeakCheck leaks_;
  test::TempDir dir_;
  std::string path_ = dir_.path() + "/kiosk.sock";
  base::Loop loop_;
  base::RealClock clock_;
  base::Context context_{loop_, clock_, base::Log::discard()};
  Screen screen_;
  RecordingSource source_;
  CopyingKiosk kiosk_;
  std::unique_ptr<SurfaceServer> server_;
  std::unique_ptr<SurfaceClient> client_;
};

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

// ---- coming and going -------------------------------------------------------------------------------

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

// ---- peers that lie ---------------------------------------------------------------------------------

// Raw packets at the kiosk, as a hostile relay sends them.
class HostileRelay : public SurfaceSocket {
 protected:
  HostileRelay() {
    startKiosk();
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    relay_ = base::UniqueFd::adopt(ends[0]);
    server_->adopt(base::UniqueFd::adopt(ends[1]));
  }
  void send(const message::ToKiosk& message, const base::UniqueFd& fd = {}) {
    ASSERT_EQ(sendPacket(relay_, message::encode(message), fd.get()), SendOutcome::Sent);
  }
  void sendBytes(const std::vector<std::uint8_t>& bytes) {
    ASSERT_EQ(sendPacket(relay_, bytes), SendOutcome::Sent);
  }
  void hello() { send(message::Hello{message::kVersion, "evil"}); }
  void offer(const FrameBuffer& buffer, int slot = 0) {
    send(message::Buffer{static_cast<std::uint8_t>(slot), buffer.size(),
                         static_cast<std::uint32_t>(buffer.frame().strideBytes)},
         buffer.fd());
  }
  bool isDropped() {
    settle();
    for (;;) {
      const auto received = receivePacket(relay_, message::kMaxBytes);
      if (!received) return true;
      if (!*received) return false;
    }
  }

  base::UniqueFd relay_;
};

TEST_F(HostileRelay, IsWelcomeWhileItBehaves) {
  const auto buffer = FrameBuffer::create({20, 20});
  hello();
  offer(buffer);
  send(message::Commit{1, 0, {{0, 0, 20, 20}}});

  EXPECT_FALSE(isDropped());
  EXPECT_EQ(kiosk_.guests["evil"].commits, 1);
}

TEST_F(HostileRelay, IsDroppedWhenItSpeaksBeforeHello) {
  send(message::TitleChanged{"hi"});

  EXPECT_TRUE(isDropped());
  EXPECT_TRUE(kiosk_.diary.empty());
}

TEST_F(HostileRelay, IsDroppedForASecondHello) {
  hello();
  hello();

  EXPECT_TRUE(isDropped());
  EXPECT_EQ(kiosk_.diary, (std::vector<std::string>{"+evil", "-evil"}));
}

TEST_F(HostileRelay, IsToldWhenItsVersionIsAnother) {
  send(message::Hello{message::kVersion + 1, "new"});
  settle();

  const auto answer = receivePacket(relay_, message::kMaxBytes);

  ASSERT_TRUE(answer && *answer);
  const auto refused = message::parseToRelay((*answer)->bytes);
  ASSERT_TRUE(refused);
  EXPECT_TRUE(std::holds_alternative<message::Refused>(*refused));
  EXPECT_TRUE(isDropped());
}

TEST_F(HostileRelay, IsDroppedForGarbage) {
  hello();
  sendBytes({0xff, 0xff, 0xff});

  EXPECT_TRUE(isDropped());
}

TEST_F(HostileRelay, IsDroppedForAPacketThatIsTooLong) {
  hello();
  sendBytes(std::vector<std::uint8_t>(100'000, 4));

  EXPECT_TRUE(isDropped());
}

TEST_F(HostileRelay, IsDroppedForACommitOfNothing) {
  hello();
  send(message::Commit{1, 0, {}});

  EXPECT_TRUE(isDropped());
}

TEST_F(HostileRelay, IsDroppedForARectangleOutsideItsPicture) {
  const auto buffer = FrameBuffer::create({20, 20});
  hello();
  offer(buffer);
  send(message::Commit{1, 0, {{10, 10, 11, 10}}});

  EXPECT_TRUE(isDropped());
  EXPECT_EQ(kiosk_.guests["evil"].commits, 0);
}

TEST_F(HostileRelay, IsDroppedForMemoryThatIsSmallerThanItSays) {
  const auto buffer = FrameBuffer::create({20, 20});
  hello();
  send(message::Buffer{0, {2000, 2000}, 8000}, buffer.fd());

  EXPECT_TRUE(isDropped());
}

TEST_F(HostileRelay, IsDroppedForMemoryThatCouldShrink) {
  hello();
  send(message::Buffer{0, {10, 10}, 40}, base::createMemfd("evil", 4096));

  EXPECT_TRUE(isDropped());
}

TEST_F(HostileRelay, IsDroppedForABufferWithoutMemory) {
  hello();
  send(message::Buffer{0, {10, 10}, 40});

  EXPECT_TRUE(isDropped());
}

TEST_F(HostileRelay, IsDroppedForADescriptorThatBelongsToNothing) {
  hello();
  send(message::TitleChanged{"with a present"}, base::createMemfd("present", 1));

  EXPECT_TRUE(isDropped());
}

TEST_F(HostileRelay, IsDroppedForAPongThatNobodyAskedFor) {
  hello();
  send(message::Pong{0});

  EXPECT_TRUE(isDropped());
}

TEST_F(HostileRelay, MayReplaceABufferThatIsBeingReadWithoutHarm) {
  auto first = FrameBuffer::create({20, 20});
  const auto second = FrameBuffer::create({10, 10});
  kiosk_.takesPictures = false;
  hello();
  offer(first);
  fillPixels(first.frame(), {0, 0, 20, 20}, 7);
  send(message::Commit{1, 0, {{0, 0, 20, 20}}});
  offer(second);
  first = {};
  send(message::Forget{0});
  settle();

  EXPECT_EQ(guest("evil").picture().at(19, 19), 7u);
  EXPECT_FALSE(isDropped());
}

TEST_F(HostileRelay, ThatNeverTakesItsInputIsGivenUp) {
  const auto buffer = FrameBuffer::create({20, 20});
  hello();
  offer(buffer);
  send(message::Commit{1, 0, {{0, 0, 20, 20}}});
  settle();

  // A socket holds some hundreds of packets; the queue behind it is bounded too.
  for (int i = 0; i < 20'000; ++i) {
    guest("evil").input(Key{30, i % 2 == 0 ? Transition::Pressed : Transition::Released});
  }
  settle();

  EXPECT_EQ(kiosk_.guests["evil"].connection, nullptr);
  EXPECT_EQ(kiosk_.lastWords, "it does not take its input");
}

TEST_F(HostileRelay, ThatFloodsDoesNotKeepTheLoopFromOthers) {
  hello();
  settle();
  int others = 0;
  while (sendPacket(relay_, message::encode(message::ToKiosk(message::LedsChanged{1}))) ==
         SendOutcome::Sent) {
  }
  loop_.post([&others] { ++others; });

  loop_.turn(true);
  loop_.turn(true);

  EXPECT_EQ(others, 1);
}

// A kiosk's packets at a relay.
class HostileKiosk : public SurfaceSocket {
 protected:
  HostileKiosk() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    far_ = base::UniqueFd::adopt(ends[0]);
    screen_.resize({50, 50});
    paint({0, 0, 50, 50}, 1);
    client_ = std::make_unique<SurfaceClient>(screen_, path_, "vm", context_);
    client_->adopt(base::UniqueFd::adopt(ends[1]));
  }
  void send(const message::ToRelay& message, const base::UniqueFd& fd = {}) {
    ASSERT_EQ(sendPacket(far_, message::encode(message), fd.get()), SendOutcome::Sent);
    settle();
  }
  // Reads what the relay said; false when it has closed.
  bool isConnected() {
    for (;;) {
      const auto received = receivePacket(far_, message::kMaxBytes);
      if (!received) return false;
      if (!*received) return true;
    }
  }

  base::UniqueFd far_;
};

TEST_F(HostileKiosk, IsObeyedWhileItBehaves) {
  send(message::Welcome{});
  send(message::Input{Key{30, Transition::Pressed}});

  EXPECT_TRUE(isConnected());
  EXPECT_EQ(source_.events.size(), 1u);
}

TEST_F(HostileKiosk, IsLeftWhenItSpeaksBeforeWelcome) {
  send(message::Input{Key{30, Transition::Pressed}});

  EXPECT_FALSE(isConnected());
  EXPECT_TRUE(source_.events.empty());
}

TEST_F(HostileKiosk, IsLeftWhenItsVersionIsAnother) {
  send(message::Welcome{message::kVersion + 1});

  EXPECT_FALSE(isConnected());
}

TEST_F(HostileKiosk, IsLeftForADescriptor) {
  send(message::Welcome{});
  send(message::Focus{true}, base::createMemfd("present", 1));

  EXPECT_FALSE(isConnected());
}

TEST_F(HostileKiosk, IsLeftForGarbage) {
  const std::vector<std::uint8_t> garbage = {1, 2, 3, 4, 5};
  send(message::Welcome{});
  ASSERT_EQ(sendPacket(far_, garbage), SendOutcome::Sent);
  settle();

  EXPECT_FALSE(isConnected());
}

TEST_F(HostileKiosk, CannotReleaseWhatItWasNotGiven) {
  send(message::Welcome{});
  send(message::Release{0});
  send(message::Release{77});
  paint({1, 1, 1, 1}, 2);
  settle();

  EXPECT_EQ(client_->commits(), 1u) << "the first is still out";
  send(message::Release{1});
  EXPECT_EQ(client_->commits(), 2u);
}

TEST_F(HostileKiosk, ThatPingsWithoutReadingCostsNothing) {
  send(message::Welcome{});
  int sent = 0;
  for (; sent < 100'000; ++sent) {
    const auto ping = message::encode(message::ToRelay(message::Ping{static_cast<std::uint32_t>(sent)}));
    if (sendPacket(far_, ping) != SendOutcome::Sent) {
      settle();
      if (sendPacket(far_, ping) != SendOutcome::Sent) break;
    }
  }

  EXPECT_EQ(sent, 100'000) << "pings are taken, and only the latest is answered";
  EXPECT_TRUE(isConnected());
}

}  // namespace
}  // namespace lucarne::surface
