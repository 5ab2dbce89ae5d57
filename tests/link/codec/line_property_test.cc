// SPDX-License-Identifier: Apache-2.0
// Codec, session and a bad line together: frames, losses, wrong bits, stalls, restarts of either end
// and resizes in any order end in the exact picture once the line is good and the guest rests.
// LUCARNE_LINE_SEQUENCES sets how many sequences are tried (250 if unset).
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <string>

#include "bench/drawn_pictures.h"
#include "link/codec/screen_decoder.h"
#include "link/codec/screen_encoder.h"
#include "tests/support/session_pair.h"

namespace lucarne::link {
namespace {

using bench::Canvas;
using std::chrono::milliseconds;
using surface::Damage;
using surface::Rect;
using surface::Size;

// As display-relay's link sink and link source join session and codec.
class World : private Feed {
 public:
  explicit World(std::uint32_t seed)
      : random_(seed), pair_(seed), canvas_(randomSize()), shown_(Size{1, 1}) {
    pair_.a.listener.whenUp = [this] { ready_ = false; };
    pair_.a.listener.whenMessage = [this](const test::Received& r) { onDigest(r); };
    pair_.b.listener.whenUp = [this] { offerDigest(); };
    pair_.b.listener.whenMessage = [this](const test::Received& r) { onPiece(r); };
    startGuest();
    startPanel();
  }

  void act() {
    switch (random_() % 13) {
      case 12: reconnect(); break;
      case 0:
        canvas_.resize(randomSize());
        encoder_->damage(Damage(Rect::of(canvas_.size())));  // it may be the same size again
        break;
      case 1: restartGuest(); break;
      case 2: restartPanel(); break;
      case 3: pair_.behave(randomHabit()); break;
      default: paint(); break;
    }
    run(milliseconds(random_() % 60));
  }

  // A good line and a guest that rests, until the panel shows it; false when it never does.
  bool rest() {
    pair_.behave({.bytesPerSecond = 2e6});
    feedReady();
    return pair_.runUntil([this] { return wake(), wrongPixels() == 0; }, std::chrono::seconds(60));
  }

  const std::string& complaint() const { return complaint_; }

 private:
  Size randomSize() {
    return {1 + static_cast<int>(random_() % 200), 1 + static_cast<int>(random_() % 150)};
  }

  test::LineHabit randomHabit() {
    constexpr double kRates[] = {11.5e3, 50e3, 300e3, 5e6, 84e6};
    constexpr double kFaults[] = {0, 0, 1e-5, 1e-4};
    test::LineHabit habit;
    habit.bytesPerSecond = kRates[random_() % std::size(kRates)];
    habit.bitErrors = kFaults[random_() % std::size(kFaults)];
    habit.losses = kFaults[random_() % std::size(kFaults)];
    habit.latency = milliseconds(random_() % 5);
    habit.stalled = random_() % 6 == 0;
    return habit;
  }

  void paint() {
    const Size s = canvas_.size();
    const int x = static_cast<int>(random_() % static_cast<unsigned>(s.width));
    const int y = static_cast<int>(random_() % static_cast<unsigned>(s.height));
    const Rect r{x, y, 1 + static_cast<int>(random_() % static_cast<unsigned>(s.width - x)),
                 1 + static_cast<int>(random_() % static_cast<unsigned>(s.height - y))};
    encoder_->beforePaint(canvas_.view());
    switch (random_() % 4) {
      case 0: bench::drawText(canvas_.frame(), r, random_() % 3, static_cast<int>(random_() % 40)); break;
      case 1: bench::drawPhoto(canvas_.frame(), r, random_() % 3, static_cast<int>(random_() % 40)); break;
      case 2: bench::drawNoise(canvas_.frame(), r, random_()); break;
      default: fillPixels(canvas_.frame(), r, random_()); break;
    }
    encoder_->damage(Damage(r));
    feedReady();
  }

  void run(base::Duration time) {
    const base::TimePoint end = pair_.clock.now() + time;
    pair_.runUntil([&] { return wake(), pair_.clock.now() >= end; }, time);
  }

  // The repair timer of the sink.
  void wake() {
    if (ready_ && encoder_->deadline() <= pair_.clock.now()) feedReady();
  }
  void feedReady() { pair_.a.session->feedReady(Channel::Screen); }

  // ---- the guest's end ------------------------------------------------------------------------
  void startGuest() {
    encoder_ = std::make_unique<ScreenEncoder>(pair_.clock);
    encoder_->offerSketches(random_() % 4 != 0);
    ready_ = false;
    pair_.a.session->setFeed(Channel::Screen, this);
  }
  void restartGuest() {
    pair_.a.restart();
    startGuest();
  }
  // The session begins anew, with whatever was under way lost; both ends of the codec stay.
  void reconnect() {
    pair_.a.restart();
    ready_ = false;
    pair_.a.session->setFeed(Channel::Screen, this);
  }
  void onDigest(const test::Received& received) {
    auto digest = PictureDigest::parse(received.message);
    if (!digest) return complain(digest.error().message);
    encoder_->reset(std::move(*digest));
    ready_ = true;
    feedReady();
  }
  bool nextPiece(std::size_t maxBytes, std::vector<std::uint8_t>& out) override {
    if (!ready_) return false;
    encoder_->setLine(pair_.a.session->lineRate());
    return encoder_->encode(canvas_.view(), maxBytes, out);
  }

  // ---- the panel's end ------------------------------------------------------------------------
  void startPanel() { decoder_ = std::make_unique<ScreenDecoder>(); }
  void restartPanel() {
    pair_.b.restart();
    startPanel();
  }
  void offerDigest() {
    decoder_->reset();
    std::vector<std::uint8_t> message;
    decoder_->digest().encode(message);
    if (!pair_.b.session->send(Channel::Control, message)) complain("no room for the digest");
  }
  void onPiece(const test::Received& received) {
    const auto told = decoder_->apply(received.message);
    if (!told) return complain(told.error().message);
    const surface::ConstFrame picture = decoder_->picture();
    if (told->resized || shown_.size() != picture.size) shown_ = Canvas(picture.size);
    for (const Rect& r : told->damage.rects()) copyPixels(picture, shown_.frame(), r);
  }

  void complain(const std::string& words) {
    if (complaint_.empty()) complaint_ = words;
  }
  std::int64_t wrongPixels() const {
    if (shown_.size() != canvas_.size()) return -1;
    return differingPixels(shown_.view(), canvas_.view());
  }

  std::minstd_rand random_;
  test::SessionPair pair_;
  Canvas canvas_;
  Canvas shown_;
  std::unique_ptr<ScreenEncoder> encoder_;
  std::unique_ptr<ScreenDecoder> decoder_;
  bool ready_ = false;
  std::string complaint_;
};

TEST(ScreenOverABadLine, EndsInTheExactPictureAfterAnySequence) {
  const char* set = std::getenv("LUCARNE_LINE_SEQUENCES");
  const int sequences = set ? std::stoi(set) : 250;
  for (int seed = 1; seed <= sequences; ++seed) {
    World world(static_cast<std::uint32_t>(seed));

    for (int i = 0; i < 12; ++i) world.act();
    const bool exact = world.rest();

    ASSERT_EQ(world.complaint(), "") << "sequence " << seed;
    ASSERT_TRUE(exact) << "sequence " << seed;
  }
}

}  // namespace
}  // namespace lucarne::link
