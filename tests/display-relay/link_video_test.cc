// SPDX-License-Identifier: Apache-2.0
// What the panel's end of a link says of videos, and to a guest whose video cannot be decoded.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <vector>

#include "base/result.h"
#include "display-relay/sources/link_source.h"
#include "link/link_end.h"
#include "tests/support/temp_dir.h"

namespace lucarne::relay {
namespace {

// A library whose decoder finds everything wrong.
struct Refusing final : link::VideoLibrary {
  struct Decoder final : link::VideoDecoder {
    bool decode(base::Bytes, surface::Frame) override { return false; }
  };
  std::unique_ptr<link::VideoEncoder> createEncoder(surface::Size) const override { return nullptr; }
  std::unique_ptr<link::VideoDecoder> createDecoder(surface::Size) const override {
    return std::make_unique<Decoder>();
  }
};

// A guest that says one thing in each session.
class Guest final : public link::LinkListener, private link::Feed {
 public:
  Guest(const std::string& uri, const base::Context& context) {
    link::Introduction introduction;
    introduction.role = link::Role::Guest;
    introduction.capabilities = link::kScreenCodec1;
    end_ = std::make_unique<link::LinkEnd>(link::createTransport(uri, context), introduction, *this, context);
    end_->setFeed(link::Channel::Screen, this);
    end_->start();
  }
  ~Guest() override { end_->setFeed(link::Channel::Screen, nullptr); }

  std::vector<std::uint8_t> piece;
  std::vector<std::uint32_t> offers;  // the panel's capabilities, by session

 private:
  void onUp(const link::Peer& peer) override {
    offers.push_back(peer.capabilities);
    said_ = false;
    end_->feedReady(link::Channel::Screen);
  }
  void onDown(const std::string&) override {}
  void onMessage(link::Channel, base::Bytes) override {}
  bool nextPiece(std::size_t, std::vector<std::uint8_t>& out) override {
    if (said_ || piece.empty()) return false;
    said_ = true;
    out.insert(out.end(), piece.begin(), piece.end());
    return true;
  }

  bool said_ = false;
  std::unique_ptr<link::LinkEnd> end_;
};

class LinkVideo : public testing::Test {
 protected:
  template <typename Done>
  bool runUntil(Done done) {
    bool over = false;
    const base::Timer timer = loop.after(std::chrono::seconds(20), [&over] { over = true; });
    while (!done() && !over) loop.turn(true);
    return done();
  }

  test::TempDir folder;
  base::Loop loop;
  base::RealClock clock;
  base::Context context{loop, clock, base::Log::discard()};
  const std::string path = folder.path() + "/line";
  surface::Screen screen;
};

TEST_F(LinkVideo, IsNotOfferedAgainOnceItFailed) {
  Guest guest("unix-listen:" + path, context);
  guest.piece = {1, 100, 70, 0, 0x86, 0, 0, 64, 32, 2, 2, 0};  // a size; a video that begins, of one byte
  LinkSource panel("unix:" + path, screen, nullptr, context, std::make_shared<Refusing>());
  panel.start();

  ASSERT_TRUE(runUntil([&] { return guest.offers.size() == 2; }));

  EXPECT_NE(guest.offers[0] & link::kVideo1, 0u);
  EXPECT_EQ(guest.offers[1] & link::kVideo1, 0u);
}

TEST_F(LinkVideo, IsOfferedAgainAfterOtherNonsense) {
  Guest guest("unix-listen:" + path, context);
  guest.piece = {0x7f};
  LinkSource panel("unix:" + path, screen, nullptr, context, std::make_shared<Refusing>());
  panel.start();

  ASSERT_TRUE(runUntil([&] { return guest.offers.size() == 2; }));

  EXPECT_NE(guest.offers[1] & link::kVideo1, 0u);
}

TEST_F(LinkVideo, IsNotOfferedUnlessAskedFor) {
  Guest guest("unix-listen:" + path, context);
  const auto panel = createSource("link+unix:" + path, {}, screen, context);
  panel->start();

  ASSERT_TRUE(runUntil([&] { return guest.offers.size() == 1; }));

  EXPECT_EQ(guest.offers[0] & link::kVideo1, 0u);
}

TEST_F(LinkVideo, IsOfferedWhereTheEndpointAsksForIt) {
  if (const auto library = link::VideoLibrary::load(); !library) {
    EXPECT_THROW(createSource("link+unix:" + path + ",video=h264", {}, screen, context), base::SetupError);
    GTEST_SKIP() << library.error().message;
  }
  Guest guest("unix-listen:" + path, context);
  const auto panel = createSource("link+unix:" + path + ",video=h264", {}, screen, context);
  panel->start();

  ASSERT_TRUE(runUntil([&] { return guest.offers.size() == 1; }));

  EXPECT_NE(guest.offers[0] & link::kVideo1, 0u);
}

TEST_F(LinkVideo, HasNoOtherKinds) {
  EXPECT_THROW(createSource("link+unix:" + path + ",video=theora", {}, screen, context), base::UsageError);
  EXPECT_THROW(createSource("link+unix:" + path + ",video=", {}, screen, context), base::UsageError);
}

}  // namespace
}  // namespace lucarne::relay
