// SPDX-License-Identifier: Apache-2.0
// Peers on the surface socket that lie.
#include "tests/surface/surface_socket.h"

namespace lucarne::surface {
namespace {

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
