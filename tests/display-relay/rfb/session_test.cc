// SPDX-License-Identifier: Apache-2.0
// The client's manners: what it sends, when, and what it shows.
#include "display-relay/sources/rfb/session.h"

#include <gmock/gmock.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <linux/input-event-codes.h>

#include <cstring>

#include "tests/support/rfb_bytes.h"

namespace lucarne::relay::rfb {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;
using testing::Octets;
using testing::ServerBytes;

/// Names the client's messages.
std::vector<std::string> describe(base::Bytes bytes) {
  std::vector<std::string> words;
  base::ByteReader r(bytes);
  while (r.left() > 0) {
    switch (const unsigned type = r.u8()) {
      case 0:
        r.skip(19);
        words.push_back("pixel format");
        break;
      case 2: {
        r.skip(1);
        std::string list = "encodings";
        for (int n = r.u16be(); n > 0; --n) list += fmt::format(" {}", r.i32be());
        words.push_back(list);
        break;
      }
      case 3: {
        const char* kind = r.u8() ? "request" : "request everything";
        r.skip(4);
        const int w = r.u16be();
        words.push_back(fmt::format("{} {}x{}", kind, w, r.u16be()));
        break;
      }
      case 4: {
        const bool down = r.u8() != 0;
        r.skip(2);
        words.push_back(fmt::format("key {} {:x}", down ? "down" : "up", r.u32be()));
        break;
      }
      case 5: {
        const int buttons = r.u8();
        const int x = r.u16be();
        words.push_back(fmt::format("pointer {} {},{}", buttons, x, r.u16be()));
        break;
      }
      case 150: {
        const char* state = r.u8() ? "on" : "off";
        r.skip(4);
        const int w = r.u16be();
        words.push_back(fmt::format("continuous {} {}x{}", state, w, r.u16be()));
        break;
      }
      case 248: {
        r.skip(3);
        const std::uint32_t flags = r.u32be();
        const base::Bytes payload = r.take(r.u8());
        words.push_back(fmt::format("fence {:x} {}", flags, std::string(payload.begin(), payload.end())));
        break;
      }
      case 251: {
        r.skip(1);
        const int w = r.u16be();
        const int h = r.u16be();
        const int screens = r.u8();
        r.skip(1);
        const std::uint32_t id = r.u32be();
        r.skip(8);
        words.push_back(fmt::format("size {}x{} screens {} id {} flags {}", w, h, screens, id, r.u32be()));
        break;
      }
      case 255:
        r.skip(3);
        words.push_back(fmt::format("qemu key {:x}", (r.skip(4), r.u32be())));
        break;
      default:
        words.push_back(fmt::format("unknown {}", type));
        return words;
    }
  }
  EXPECT_TRUE(r.done());
  return words;
}

class SessionTest : public ::testing::Test {
 protected:
  void open(SessionOptions options = {}) {
    session_.emplace(std::move(options), screen_, keyboard_, base::Log::discard());
  }
  /// Connects to a screen of 64x32 and forgets what was said up to there.
  void connect(SessionOptions options = {}) {
    open(std::move(options));
    feed(ServerBytes().greeting(64, 32));
    said();
  }
  /// As a socket would: as much as there is room for at a time.
  void feed(const ServerBytes& bytes) {
    std::size_t at = 0;
    while (at < bytes.bytes.size()) {
      const auto targets = session_->readTargets();
      if (targets.empty()) {
        leftOver_.assign(bytes.bytes.begin() + static_cast<long>(at), bytes.bytes.end());
        return;
      }
      std::size_t put = 0;
      for (const iovec& piece : targets) {
        const std::size_t part = std::min(piece.iov_len, bytes.bytes.size() - at - put);
        std::memcpy(piece.iov_base, bytes.bytes.data() + at + put, part);
        put += part;
      }
      at += put;
      const auto landed = session_->landed(put);
      if (!landed) {
        error_ = landed.error().message;
        return;
      }
    }
  }
  std::vector<std::string> said() {
    auto words = describe(session_->unsent());
    session_->sent(session_->unsent().size());
    return words;
  }
  static ServerBytes pixels(int rects = 1) {
    ServerBytes bytes;
    bytes.update(static_cast<unsigned>(rects));
    for (int i = 0; i < rects; ++i) bytes.rect(0, 0, 64, 32, Encoding::Tight).u8(0x80).rgb(0x123456);
    return bytes;
  }
  static ServerBytes announceSize(unsigned w, unsigned h, std::uint32_t id) {
    return ServerBytes().update(1).rect(0, 0, w, h, Encoding::ExtendedDesktopSize)
        .u8(1).zeros(3).u32(id).zeros(8).u32(3);
  }

  surface::Screen screen_;
  Keyboard keyboard_{base::Log::discard()};
  std::optional<Session> session_;
  std::string error_;
  Octets leftOver_;
};

TEST_F(SessionTest, BeginsWithFormatEncodingsAndAWholePicture) {
  open();
  feed(ServerBytes().greeting(64, 32, "Büro"));
  session_->sent(14);  // version, security type, shared

  EXPECT_THAT(said(), ElementsAre("pixel format", AllOf(StartsWith("encodings 0 -314 "),
                                                        HasSubstr(" -308 "), Not(HasSubstr(" -313"))),
                                  "request everything 64x32"));
  EXPECT_EQ(screen_.size(), (surface::Size{64, 32}));
  EXPECT_EQ(screen_.title(), "Büro");
  EXPECT_FALSE(session_->live());
}

TEST_F(SessionTest, PrefersCompressionOnANetwork) {
  open({.line = link::LineKind::Network});
  feed(ServerBytes().greeting(64, 32));
  session_->sent(14);

  EXPECT_THAT(said(), Contains(AllOf(StartsWith("encodings 7 16 1 "), HasSubstr(" -313 "),
                                     EndsWith(" -255"))));
}

TEST_F(SessionTest, TakesJpegOnlyWhereItIsWelcome) {
  open({.jpeg = Jpeg::Welcome});
  feed(ServerBytes().greeting(64, 32));
  session_->sent(14);

  EXPECT_THAT(said(), Contains(EndsWith(" -24")));
}

TEST_F(SessionTest, AsksForTheNextPictureWhenOneBeginsToArrive) {
  connect();
  feed(ServerBytes().update(1));

  EXPECT_THAT(said(), ElementsAre("request 64x32"));

  feed(ServerBytes().rect(0, 0, 1, 1, Encoding::Raw).pixel(7));
  EXPECT_THAT(said(), IsEmpty());
  EXPECT_TRUE(session_->live());
  EXPECT_EQ(screen_.picture().at(0, 0), 7u);
}

TEST_F(SessionTest, LetsAServerThatCanSendOnItsOwn) {
  connect();
  feed(ServerBytes().u8(150));
  EXPECT_THAT(said(), ElementsAre("continuous on 64x32"));

  feed(pixels());
  feed(pixels());
  EXPECT_THAT(said(), IsEmpty());
}

TEST_F(SessionTest, StopsAskingWhileNobodyWatches) {
  connect();
  session_->setWatched(false);
  feed(pixels());
  EXPECT_THAT(said(), IsEmpty());

  session_->setWatched(true);
  session_->setWatched(true);
  EXPECT_THAT(said(), ElementsAre("request 64x32"));
}

TEST_F(SessionTest, SwitchesContinuousUpdatesOffWhileNobodyWatches) {
  connect();
  feed(ServerBytes().u8(150));
  said();
  session_->setWatched(false);
  EXPECT_THAT(said(), ElementsAre("continuous off 64x32"));

  feed(ServerBytes().u8(150));  // the server confirms
  EXPECT_THAT(said(), IsEmpty());
  session_->setWatched(true);
  EXPECT_THAT(said(), ElementsAre("continuous on 64x32"));
}

TEST_F(SessionTest, FollowsTheGuestsSizeWithoutAskingForEverything) {
  connect();
  feed(pixels());
  said();
  feed(announceSize(80, 40, 0));

  EXPECT_EQ(screen_.size(), (surface::Size{80, 40}));
  EXPECT_THAT(said(), ElementsAre("request 64x32", "request 80x40"));

  feed(announceSize(80, 40, 0));
  EXPECT_THAT(said(), ElementsAre("request 80x40")) << "nothing changed: nothing more is asked";
}

TEST_F(SessionTest, MovesContinuousUpdatesToTheNewSize) {
  connect();
  feed(ServerBytes().u8(150));
  said();
  feed(ServerBytes().update(1).rect(0, 0, 10, 20, Encoding::DesktopSize));
  EXPECT_THAT(said(), ElementsAre("continuous on 10x20"));
}

TEST_F(SessionTest, WishesForASizeOnceTheServerTakesWishes) {
  connect();
  session_->wantSize({100, 50});
  EXPECT_THAT(said(), IsEmpty());

  feed(announceSize(64, 32, 9));
  EXPECT_THAT(said(), ElementsAre("request 64x32", "size 100x50 screens 1 id 9 flags 3"));

  // refused: the wish is not repeated
  feed(ServerBytes().update(1).rect(1, 1, 64, 32, Encoding::ExtendedDesktopSize).u8(1).zeros(19));
  session_->wantSize({100, 50});
  EXPECT_THAT(said(), ElementsAre("request 64x32"));

  session_->wantSize({101, 50});
  EXPECT_THAT(said(), ElementsAre("size 101x50 screens 1 id 0 flags 0"));
}

TEST_F(SessionTest, WishesWithTheIdZeroThatQemuHas) {
  connect();
  session_->wantSize({100, 50});
  feed(announceSize(64, 32, 0));
  EXPECT_THAT(said(), Contains("size 100x50 screens 1 id 0 flags 3"));
}

TEST_F(SessionTest, NeverWishesForWhatCannotBeOrIs) {
  connect();
  feed(announceSize(64, 32, 0));
  said();
  session_->wantSize({64, 32});
  session_->wantSize({0, 0});
  session_->wantSize({65535, 65535});
  session_->wantSize({-1, 5});
  EXPECT_THAT(said(), IsEmpty());
}

TEST_F(SessionTest, AnswersFencesWithTheFlagsItKnows) {
  connect();
  feed(ServerBytes().fence(0x80000000 | 0x78 | 3, "abc"));
  feed(ServerBytes().fence(3, "not a request"));
  EXPECT_THAT(said(), ElementsAre("fence 3 abc"));
}

TEST_F(SessionTest, AnswersAFenceBetweenTheNextMessageAndWhatFollowsFromIt) {
  connect();
  feed(ServerBytes().fence(0x80000004, "s"));
  EXPECT_THAT(said(), IsEmpty()) << "the next message is not there yet";

  feed(ServerBytes().update(1));
  session_->input(surface::PointerMoved{{1, 1}});
  EXPECT_THAT(said(), ElementsAre("pointer 0 1,1")) << "input does not wait";
  feed(ServerBytes().rect(0, 0, 1, 1, Encoding::Raw).pixel(1));

  EXPECT_THAT(said(), ElementsAre("fence 4 s", "request 64x32"));
}

TEST_F(SessionTest, AnswersAFenceThatAnotherFollows) {
  connect();
  feed(ServerBytes().fence(0x80000004, "a").fence(0x80000004, "b").fence(0x80000001, "c"));
  EXPECT_THAT(said(), ElementsAre("fence 4 a", "fence 4 b", "fence 1 c"));
}

TEST_F(SessionTest, ReadsNothingWhileTheScreenCannotBePainted) {
  connect();
  std::vector<surface::Hold> holds;
  for (int i = 0; i < surface::Screen::kBuffers; ++i) {
    feed(pixels());
    holds.push_back(screen_.hold());
  }
  said();
  feed(pixels());
  EXPECT_TRUE(session_->blocked());
  EXPECT_TRUE(session_->readTargets().empty());
  EXPECT_THAT(said(), ElementsAre("request 64x32"));

  holds.clear();
  ASSERT_TRUE(session_->resume());
  EXPECT_FALSE(session_->blocked());
  EXPECT_FALSE(session_->readTargets().empty());
}

TEST_F(SessionTest, EndsAHalfFinishedPaintWithItsConnection) {
  connect();
  feed(ServerBytes().update(1).rect(0, 0, 64, 32, Encoding::Raw).pixel(5));
  ASSERT_TRUE(screen_.isPainting());

  session_.reset();

  EXPECT_FALSE(screen_.isPainting());
  EXPECT_EQ(screen_.picture().at(0, 0), 5u);
}

TEST_F(SessionTest, HoldsRequestsBackFromAServerThatSendsNothing) {
  connect();
  for (int i = 0; i < 32; ++i) feed(ServerBytes().update(0));
  EXPECT_FALSE(session_->requestHeldBack());
  said();
  feed(ServerBytes().update(0));
  EXPECT_TRUE(session_->requestHeldBack());
  EXPECT_THAT(said(), IsEmpty());

  session_->requestNow();
  EXPECT_THAT(said(), ElementsAre("request 64x32"));
  feed(pixels());
  EXPECT_FALSE(session_->requestHeldBack());
  EXPECT_THAT(said(), ElementsAre("request 64x32"));
}

TEST_F(SessionTest, HoldsTheRequestBehindALargeUpdateUntilItIsWanted) {
  connect();
  session_->holdRequests(64 * 32);
  feed(pixels());
  EXPECT_TRUE(session_->live());
  EXPECT_TRUE(session_->requestHeldBack());
  EXPECT_THAT(said(), IsEmpty());
  EXPECT_EQ(session_->updates().pixels, 64 * 32);

  session_->requestNow();
  EXPECT_THAT(said(), ElementsAre("request 64x32"));
}

TEST_F(SessionTest, AsksAtOnceBehindASmallUpdateWhileLargeOnesWait) {
  connect();
  session_->holdRequests(64 * 32 + 1);
  feed(pixels());
  EXPECT_FALSE(session_->requestHeldBack());
  EXPECT_THAT(said(), ElementsAre("request 64x32"));
}

TEST_F(SessionTest, SaysThatTheServerDoesNotRead) {
  connect();
  EXPECT_FALSE(session_->stuck());
  for (int i = 0; i < 5000; ++i) feed(ServerBytes().fence(0x80000000, std::string(64, 'x')));
  EXPECT_TRUE(session_->stuck());
}

TEST_F(SessionTest, CoalescesMotionWhileTheLineIsFull) {
  connect();
  session_->input(surface::PointerMoved{{1, 1}});
  session_->input(surface::PointerMoved{{2, 2}});
  session_->input(surface::PointerMoved{{3, 3}});
  EXPECT_THAT(said(), ElementsAre("pointer 0 1,1"));
  EXPECT_THAT(said(), ElementsAre("pointer 0 3,3")) << "sent once there is room";
}

TEST_F(SessionTest, KeepsTheOrderOfMotionAndKeys) {
  connect();
  session_->input(surface::PointerMoved{{1, 1}});
  session_->input(surface::PointerMoved{{2, 2}});
  session_->input(surface::Key{KEY_ESC, surface::Transition::Pressed});
  EXPECT_THAT(said(), ElementsAre("pointer 0 1,1", "pointer 0 2,2", "key down ff1b"));
}

TEST_F(SessionTest, MakesTheFirstFingerTheLeftButton) {
  using surface::Touch;
  using surface::TouchPhase;
  connect();
  for (const Touch& touch : {Touch{3, TouchPhase::Down, {10, 10}}, Touch{4, TouchPhase::Down, {50, 20}},
                             Touch{4, TouchPhase::Up, {}}, Touch{3, TouchPhase::Moved, {12, 12}},
                             Touch{3, TouchPhase::Up, {}}}) {
    session_->input(touch);
  }
  EXPECT_THAT(said(), ElementsAre("pointer 0 10,10", "pointer 1 10,10", "pointer 1 12,12",
                                  "pointer 0 12,12"));
}

TEST_F(SessionTest, SendsScanCodesOnceTheServerTakesThem) {
  connect();
  feed(ServerBytes().update(1).rect(0, 0, 0, 0, Encoding::QemuExtendedKey));
  said();
  session_->input(surface::Key{KEY_UP, surface::Transition::Pressed});
  EXPECT_THAT(said(), ElementsAre("qemu key c8"));
}

TEST_F(SessionTest, DropsInputBeforeItIsConnected) {
  open();
  session_->input(surface::Key{KEY_ESC, surface::Transition::Pressed});
  session_->input(surface::PointerMoved{{1, 1}});
  session_->lift();
  EXPECT_TRUE(session_->unsent().empty());
}

TEST_F(SessionTest, LiftsWhatIsHeld) {
  connect();
  session_->input(surface::Key{KEY_ESC, surface::Transition::Pressed});
  session_->input(surface::PointerButton{BTN_LEFT, surface::Transition::Pressed});
  said();
  session_->lift();
  EXPECT_THAT(said(), ElementsAre("pointer 0 0,0", "key up ff1b"));
}

TEST_F(SessionTest, ShowsLightsNameAndPointer) {
  connect();
  feed(ServerBytes().update(3).rect(0, 0, 0, 0, Encoding::QemuLedState).u8(2)
           .rect(0, 0, 0, 0, Encoding::DesktopName).u32(3).text("neu")
           .rect(0, 0, 1, 1, Encoding::Cursor).pixel(1).u8(0x80));
  EXPECT_EQ(screen_.leds(), 1);
  EXPECT_EQ(screen_.title(), "neu");
  EXPECT_EQ(screen_.cursor().size, (surface::Size{1, 1}));
}

TEST_F(SessionTest, EndsInWordsWhenTheServerLies) {
  connect();
  feed(ServerBytes().update(1).rect(60, 0, 5, 5, Encoding::Raw));
  EXPECT_THAT(error_, HasSubstr("outside its screen"));
}

TEST_F(SessionTest, RemembersThatAPersonMustAct) {
  open();
  feed(ServerBytes().version().u8(1).u8(2));
  EXPECT_EQ(error_, "server asks for a password: use --password-file");
  EXPECT_TRUE(session_->refused());
}

}  // namespace
}  // namespace lucarne::relay::rfb
