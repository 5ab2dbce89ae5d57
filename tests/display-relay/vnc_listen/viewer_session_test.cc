// SPDX-License-Identifier: Apache-2.0
// The server's end of a viewer's connection: against our own client, and byte by byte.
#include "display-relay/sinks/vnc_listen/viewer_session.h"

#include <gtest/gtest.h>
#include <linux/input-event-codes.h>

#include <cstring>
#include <random>

#include "base/byte_reader.h"
#include "display-relay/sources/rfb/session.h"
#include "surface/held_input.h"

namespace lucarne::relay::vnc_listen {
namespace {

using rfb::Encoding;
using surface::InputEvent;
using surface::Key;
using surface::PointerButton;
using surface::PointerMoved;
using surface::Rect;
using surface::Transition;
using surface::Wheel;
using Octets = std::vector<std::uint8_t>;

struct Events : ViewerEvents {
  void onEstablished() override { ++established; }
  void onInput(const InputEvent& event) override { input.push_back(event); }
  void onWantedSize(surface::Size size) override { wanted.push_back(size); }
  int established = 0;
  std::vector<InputEvent> input;
  std::vector<surface::Size> wanted;
};

const KeysymPlaces& places() {
  static const KeysymPlaces kPlaces;
  return kPlaces;
}

// Paints noise, or one colour, into part of a screen.
void paint(surface::Screen& screen, const Rect& rect, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto frame = screen.paint();
  ASSERT_TRUE(frame);
  for (int y = rect.y; y < rect.bottom(); ++y) {
    for (int x = rect.x; x < rect.right(); ++x) frame->at(x, y) = static_cast<surface::Pixel>(random());
  }
  screen.damaged(surface::Damage(rect));
}

void fill(surface::Screen& screen, const Rect& rect, surface::Pixel colour) {
  const auto frame = screen.paint();
  ASSERT_TRUE(frame);
  fillPixels(*frame, rect, colour);
  screen.damaged(surface::Damage(rect));
}

// ---- against our own client ---------------------------------------------------------------------

class WithClient : public testing::TestWithParam<Encoding>, private surface::ScreenObserver {
 protected:
  WithClient() {
    guest_.addObserver(*this);
    guest_.resize({300, 200});
    paint(guest_, {0, 0, 300, 200}, 1);
  }
  ~WithClient() override { guest_.removeObserver(*this); }

  void connect(ViewerOptions options = {}, std::optional<std::string> password = {}) {
    Challenge challenge;
    challenge.fill(7);
    server_.emplace(options, challenge, guest_, places(), events_);
    rfb::SessionOptions clientOptions;
    clientOptions.password = std::move(password);
    clientOptions.pixelEncodings = {GetParam()};
    client_.emplace(clientOptions, shown_, keyboard_, base::Log::discard());
    settle();
  }
  // Until neither has anything to say.
  void settle() {
    for (int idle = 0; idle < 2;) {
      ++idle;
      if (server_->hasSomethingToSay()) {
        server_->speak();
        idle = 0;
      }
      if (!server_->unsent().empty()) {
        toClient();
        idle = 0;
      }
      if (!client_->unsent().empty()) {
        const Octets said(client_->unsent().begin(), client_->unsent().end());
        client_->sent(said.size());
        if (const auto done = server_->receive(said); !done) error_ = done.error().message;
        idle = 0;
      }
    }
  }
  void toClient() {
    Octets bytes(server_->unsent().begin(), server_->unsent().end());
    largest_ = std::max(largest_, bytes.size());
    server_->sent(bytes.size());
    std::size_t at = 0;
    while (at < bytes.size()) {
      std::size_t put = 0;
      for (const iovec& piece : client_->readTargets()) {
        const std::size_t part = std::min(piece.iov_len, bytes.size() - at - put);
        std::memcpy(piece.iov_base, bytes.data() + at + put, part);
        put += part;
      }
      ASSERT_GT(put, 0u);
      at += put;
      const auto landed = client_->landed(put);
      if (!landed) {
        clientError_ = landed.error().message;
        return;
      }
    }
  }
  std::int64_t wrongPixels() const {
    if (shown_.size() != guest_.size()) return -1;
    return differingPixels(shown_.picture(), guest_.picture());
  }

  void onPicture() override {
    if (server_) server_->onPicture();
  }
  void onDamage(const surface::Damage& damage) override {
    if (server_) server_->onDamage(damage);
  }
  void onCursor(const surface::Cursor&) override { server_->onCursor(); }
  void onTitle(const std::string&) override { server_->onTitle(); }
  void onLeds(surface::Leds) override { server_->onLeds(); }

  surface::Screen guest_;
  surface::Screen shown_;
  rfb::Keyboard keyboard_{base::Log::discard()};
  Events events_;
  std::optional<ViewerSession> server_;
  std::optional<rfb::Session> client_;
  std::size_t largest_ = 0;
  std::string error_;
  std::string clientError_;
};

TEST_P(WithClient, ShowsTheWholePicture) {
  connect();

  EXPECT_EQ(events_.established, 1);
  EXPECT_EQ(wrongPixels(), 0);
  EXPECT_EQ(error_ + clientError_, "");
}

TEST_P(WithClient, SendsDamageAndNothingElse) {
  fill(guest_, {0, 0, 300, 200}, 0x102030);
  connect();
  largest_ = 0;

  paint(guest_, {100, 50, 10, 10}, 2);
  settle();

  EXPECT_EQ(wrongPixels(), 0);
  EXPECT_LT(largest_, 600u);
}

TEST_P(WithClient, FollowsTilesOfEveryKind) {
  connect();
  for (const int colours : {1, 2, 3, 4, 5, 16, 17, 200}) {
    {
      const auto frame = guest_.paint();
      ASSERT_TRUE(frame);
      for (int y = 0; y < 200; ++y) {
        for (int x = 0; x < 300; ++x) frame->at(x, y) = static_cast<surface::Pixel>((x * 7 + y * 13) % colours * 0x010305);
      }
      guest_.damaged(surface::Damage({0, 0, 300, 200}));
    }
    settle();
    EXPECT_EQ(wrongPixels(), 0) << colours;
  }
}

TEST_P(WithClient, FollowsChangesOfSize) {
  connect();
  for (const surface::Size size : {surface::Size{640, 480}, surface::Size{100, 700}, surface::Size{65, 63}}) {
    guest_.resize(size);
    paint(guest_, Rect::of(size), 3);
    settle();
    EXPECT_EQ(wrongPixels(), 0) << size.width;
  }
  EXPECT_EQ(error_ + clientError_, "");
}

TEST_P(WithClient, KeepsItsPromiseOfRectanglesWhenThePictureShrinksMeanwhile) {
  guest_.resize({1600, 900});
  paint(guest_, {0, 0, 1600, 900}, 1);
  connect();
  paint(guest_, {0, 0, 1600, 900}, 2);
  server_->speak();  // the first of eleven bands
  toClient();

  guest_.resize({200, 100});
  paint(guest_, {0, 0, 200, 100}, 4);
  settle();

  EXPECT_EQ(wrongPixels(), 0);
  EXPECT_EQ(error_ + clientError_, "");
}

TEST_P(WithClient, AViewerThatDoesNotReadHoldsOneBandAndThenSeesTheNewest) {
  guest_.resize({1600, 900});
  paint(guest_, {0, 0, 1600, 900}, 1);
  connect();
  for (std::uint64_t i = 0; i < 20; ++i) {
    paint(guest_, {0, 0, 1600, 900}, i);
    server_->speak();
    EXPECT_LE(server_->unsent().size(), kBandPixels * 4u + 4096u);
  }

  settle();

  EXPECT_EQ(wrongPixels(), 0);
}

TEST_P(WithClient, CarriesCursorTitleAndLights) {
  connect();
  const surface::Cursor cursor{{3, 2}, {1, 1}, {0xffff0000, 0xff00ff00, 0x00000000, 0xff0000ff, 0, 0xffffffff}};
  guest_.setCursor(cursor);
  guest_.setTitle("Büro");
  guest_.setLeds(5);
  settle();

  EXPECT_EQ(shown_.cursor(), cursor);
  EXPECT_EQ(shown_.title(), "Büro");
  EXPECT_EQ(shown_.leds(), 5);
  guest_.setCursor({});
  settle();
  EXPECT_TRUE(shown_.cursor().hidden());
}

TEST_P(WithClient, BringsKeysButtonsAndWheel) {
  connect();

  client_->input(PointerMoved{{20, 30}});
  client_->input(PointerButton{BTN_RIGHT, Transition::Pressed});
  client_->input(PointerButton{BTN_RIGHT, Transition::Released});
  client_->input(Wheel{0, 120});
  client_->input(Key{KEY_LEFTSHIFT, Transition::Pressed});
  client_->input(Key{KEY_RIGHTCTRL, Transition::Pressed});
  client_->lift();
  settle();

  std::erase(events_.input, InputEvent(PointerMoved{{20, 30}}));
  const std::vector<InputEvent> expected = {
      PointerButton{BTN_RIGHT, Transition::Pressed}, PointerButton{BTN_RIGHT, Transition::Released},
      Wheel{0, 120}, Key{KEY_LEFTSHIFT, Transition::Pressed}, Key{KEY_RIGHTCTRL, Transition::Pressed},
      Key{KEY_LEFTSHIFT, Transition::Released}, Key{KEY_RIGHTCTRL, Transition::Released}};
  EXPECT_EQ(events_.input, expected);
}

TEST_P(WithClient, AViewerThatMayOnlyLookDoesNothing) {
  connect({.viewOnly = true, .mayResize = true});

  client_->input(PointerMoved{{20, 30}});
  client_->input(PointerButton{BTN_LEFT, Transition::Pressed});
  client_->input(Key{KEY_A, Transition::Pressed});
  client_->wantSize({800, 600});
  settle();

  EXPECT_TRUE(events_.input.empty());
  EXPECT_TRUE(events_.wanted.empty());
  EXPECT_EQ(wrongPixels(), 0);
}

TEST_P(WithClient, AWindowChoosesTheSizeOnlyWhereItMay) {
  connect();
  client_->wantSize({800, 600});
  settle();
  EXPECT_TRUE(events_.wanted.empty());

  connect({.mayResize = true});
  client_->wantSize({800, 600});
  settle();
  EXPECT_EQ(events_.wanted, (std::vector<surface::Size>{{800, 600}}));
}

TEST_P(WithClient, AsksForThePassword) {
  connect({.password = "sesame"}, "sesame");
  EXPECT_EQ(wrongPixels(), 0);

  connect({.password = "sesame"}, "other");
  EXPECT_EQ(error_, "wrong password");
  EXPECT_TRUE(server_->wrongPassword());
  EXPECT_FALSE(server_->established());
}

INSTANTIATE_TEST_SUITE_P(Encodings, WithClient, testing::Values(Encoding::Raw, Encoding::Zrle),
                         [](const auto& test) { return test.param == Encoding::Raw ? "Raw" : "Zrle"; });

// ---- byte by byte -------------------------------------------------------------------------------

class ByHand : public testing::Test {
 protected:
  ByHand() {
    screen.resize({8, 4});
    session.emplace(ViewerOptions{}, Challenge{}, screen, places(), events);
  }
  base::Result<void> say(std::string_view text) {
    return session->receive(base::Bytes(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
  }
  base::Result<void> say(const Octets& bytes) { return session->receive(bytes); }
  void establish() {
    ASSERT_TRUE(say("RFB 003.008\n"));
    ASSERT_TRUE(say(Octets{1}));
    ASSERT_TRUE(say(Octets{1}));
    said();
  }
  Octets said() {
    const Octets bytes(session->unsent().begin(), session->unsent().end());
    session->sent(bytes.size());
    return bytes;
  }
  void pressKeysym(std::uint32_t keysym, bool down = true) {
    Octets bytes;
    base::ByteWriter(bytes).u8(4).u8(down ? 1 : 0).u16be(0).u32be(keysym);
    ASSERT_TRUE(say(bytes));
  }
  // All that the session said after one request of everything.
  Octets update() {
    Octets all;
    EXPECT_TRUE(say(Octets{3, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}));
    while (session->hasSomethingToSay()) {
      session->speak();
      const Octets more = said();
      all.insert(all.end(), more.begin(), more.end());
    }
    return all;
  }

  surface::Screen screen;
  Events events;
  std::optional<ViewerSession> session;
};

TEST_F(ByHand, SpeaksTheOldVersions) {
  for (const auto& [version, greeting] : {std::pair<std::string, Octets>{"RFB 003.003\n", {0, 0, 0, 1}},
                                          {"RFB 003.005\n", {0, 0, 0, 1}},
                                          {"RFB 003.007\n", {1, 1}},
                                          {"RFB 003.889\n", {1, 1}}}) {
    session.emplace(ViewerOptions{}, Challenge{}, screen, places(), events);
    said();
    ASSERT_TRUE(say(version)) << version;
    EXPECT_EQ(said(), greeting) << version;
  }
}

TEST_F(ByHand, TakesItsBytesOneByOne) {
  Octets all(12);
  std::memcpy(all.data(), "RFB 003.008\n", 12);
  all.insert(all.end(), {1, 1});
  const Octets pointer = {5, 1, 0, 3, 0, 2};
  all.insert(all.end(), pointer.begin(), pointer.end());

  for (const std::uint8_t byte : all) ASSERT_TRUE(say(Octets{byte}));

  EXPECT_EQ(events.input, (std::vector<InputEvent>{PointerMoved{{3, 2}}, PointerButton{BTN_LEFT, Transition::Pressed}}));
}

TEST_F(ByHand, RefusesWhatIsNoViewer) {
  EXPECT_FALSE(say("GET / HTTP/1.1\r\n"));
  session.emplace(ViewerOptions{}, Challenge{}, screen, places(), events);
  EXPECT_FALSE(say("RFB 004.001\n"));
  session.emplace(ViewerOptions{.password = "x"}, Challenge{}, screen, places(), events);
  ASSERT_TRUE(say("RFB 003.008\n"));
  EXPECT_FALSE(say(Octets{1}));  // no password: was not offered
}

TEST_F(ByHand, RefusesMessagesThatCannotBe) {
  const std::vector<Octets> bad = {
      {99},
      {2, 0, 0xff, 0xff},                                                            // 65535 encodings
      {0, 0, 0, 0, 32, 24, 0, 0, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0},         // colour map
      {0, 0, 0, 0, 24, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0},         // 24 bits
      {0, 0, 0, 0, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 32, 8, 0, 0, 0, 0},         // shift of 32
      {0, 0, 0, 0, 32, 24, 0, 1, 0, 254, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0},         // max of 254
      {0, 0, 0, 0, 8, 8, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0, 0, 0, 0},           // beyond 8 bits
      {6, 0, 0, 0, 0xff, 0xff, 0xff, 0xff},                                          // ext clipboard
      {255, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
  };
  for (const Octets& message : bad) {
    session.emplace(ViewerOptions{}, Challenge{}, screen, places(), events);
    establish();
    EXPECT_FALSE(say(message)) << int{message[0]};
  }
}

TEST_F(ByHand, SkipsAClipboardOfAnyLengthWithoutKeepingIt) {
  establish();
  ASSERT_TRUE(say(Octets{6, 0, 0, 0, 0, 0x10, 0, 0}));  // 1 MiB
  const Octets chunk(64 * 1024);
  for (int i = 0; i < 16; ++i) ASSERT_TRUE(say(chunk));
  ASSERT_TRUE(say(Octets{5, 0, 0, 1, 0, 1}));

  EXPECT_EQ(events.input, (std::vector<InputEvent>{PointerMoved{{1, 1}}}));
}

TEST_F(ByHand, KeepsPlacesInsideThePicture) {
  establish();
  ASSERT_TRUE(say(Octets{5, 0, 0xff, 0xff, 0xff, 0xff}));

  EXPECT_EQ(events.input, (std::vector<InputEvent>{PointerMoved{{7, 3}}}));
}

TEST_F(ByHand, SendsPixelsInTheViewersFormat) {
  screen.resize({2, 1});
  const auto frame = screen.paint();
  frame->at(0, 0) = 0xff8040;
  frame->at(1, 0) = 0x0000ff;
  screen.damaged(surface::Damage({0, 0, 2, 1}));
  const std::vector<std::pair<Octets, Octets>> formats = {
      // RGB565, big-endian
      {{0, 0, 0, 0, 16, 16, 1, 1, 0, 31, 0, 63, 0, 31, 11, 5, 0, 0, 0, 0}, {0xfc, 0x08, 0x00, 0x1f}},
      // BGR233
      {{0, 0, 0, 0, 8, 8, 0, 1, 0, 7, 0, 7, 0, 3, 0, 3, 6, 0, 0, 0}, {0x67, 0xc0}},
      // 32 bits, big-endian, red lowest
      {{0, 0, 0, 0, 32, 24, 1, 1, 0, 255, 0, 255, 0, 255, 0, 8, 16, 0, 0, 0},
       {0, 0x40, 0x80, 0xff, 0, 0xff, 0, 0}},
  };
  for (const auto& [format, pixels] : formats) {
    session.emplace(ViewerOptions{}, Challenge{}, screen, places(), events);
    establish();
    ASSERT_TRUE(say(format));
    const Octets all = update();
    ASSERT_GE(all.size(), pixels.size());
    EXPECT_EQ(Octets(all.end() - static_cast<long>(pixels.size()), all.end()), pixels);
  }
}

TEST_F(ByHand, SaysNothingThatWasNotAskedFor) {
  establish();
  EXPECT_FALSE(session->hasSomethingToSay());
  update();
  session->onDamage(surface::Damage({0, 0, 8, 4}));
  EXPECT_FALSE(session->hasSomethingToSay());
}

TEST_F(ByHand, PressesShiftAroundASymbolThatNeedsIt) {
  if (!places().isKnown()) GTEST_SKIP() << "no keyboard layouts on this machine (xkb-data)";
  establish();
  pressKeysym('A');
  pressKeysym('A', false);

  EXPECT_EQ(events.input,
            (std::vector<InputEvent>{Key{KEY_LEFTSHIFT, Transition::Pressed}, Key{KEY_A, Transition::Pressed},
                                     Key{KEY_LEFTSHIFT, Transition::Released}, Key{KEY_A, Transition::Released}}));
}

TEST_F(ByHand, LeavesShiftAloneWhereItIsHeldAlready) {
  if (!places().isKnown()) GTEST_SKIP() << "no keyboard layouts on this machine (xkb-data)";
  establish();
  pressKeysym(0xffe2);  // Shift_R
  pressKeysym('A');
  pressKeysym(0xffe2, false);
  pressKeysym('a', false);  // never pressed as such
  pressKeysym('A', false);

  EXPECT_EQ(events.input, (std::vector<InputEvent>{
                              Key{KEY_RIGHTSHIFT, Transition::Pressed}, Key{KEY_A, Transition::Pressed},
                              Key{KEY_RIGHTSHIFT, Transition::Released}, Key{KEY_A, Transition::Released}}));
}

TEST_F(ByHand, TakesScanCodesWithBothPrefixes) {
  establish();
  const auto press = [this](std::uint8_t high, std::uint8_t low) {
    ASSERT_TRUE(say(Octets{255, 0, 0, 1, 0, 0, 0, 0, 0, 0, high, low}));
  };
  press(0, 0x1e);
  press(0, 0xc8);
  press(0xe0, 0x48);

  EXPECT_EQ(events.input, (std::vector<InputEvent>{Key{KEY_A, Transition::Pressed}, Key{KEY_UP, Transition::Pressed},
                                                   Key{KEY_UP, Transition::Pressed}}));
}

}  // namespace
}  // namespace lucarne::relay::vnc_listen
