// SPDX-License-Identifier: Apache-2.0
// The X11 source in a loop, with a sink that remembers.
#pragma once

#include <gtest/gtest.h>

#include <csignal>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "display-relay/sources/x11_source.h"
#include "surface/screen.h"
#include "tests/display-relay/x11/x_server.h"
#include "tests/support/child_process.h"
#include "tests/support/temp_dir.h"

namespace lucarne::test {

class RememberingSink final : public surface::ScreenObserver {
 public:
  void onDamage(const surface::Damage& damage) override {
    damaged.add(damage);
    ++updates;
  }
  void onPhase(surface::Phase phase, const std::string& words) override {
    lost += phase == surface::Phase::Lost;
    all.push_back(words);
  }
  void onClipboard(const std::string& text) override { copied.push_back(text); }

  surface::Damage damaged;
  int updates = 0;
  int lost = 0;
  std::vector<std::string> all;  // phase words
  std::vector<std::string> copied;
};

class X11Bench : public testing::Test {
 protected:
  X11Bench() {
    ::signal(SIGPIPE, SIG_IGN);                                      // as base::Program does
    ::setenv("XAUTHORITY", (dir_.path() + "/none").c_str(), 1);  // not the one of who runs the tests
    screen_.addObserver(sink_);
  }
  ~X11Bench() override {
    source_.reset();
    screen_.removeObserver(sink_);
  }

  void connect(const std::string& endpoint) {
    source_ = relay::makeX11Source(relay::parseEndpoint(endpoint), screen_, context_);
    source_->start();
  }
  void connect(const XServer& server) { connect("x11+display:" + server.number()); }
  bool becomesLive() {
    return until([&] { return screen_.phase() == surface::Phase::Live; });
  }
  void pass(base::Duration time) {
    bool over = false;
    const auto timer = loop_.after(time, [&over] { over = true; });
    while (!over) loop_.turn(true);
  }
  template <typename Condition>
  bool until(Condition condition) {
    const auto end = clock_.now() + std::chrono::seconds(30);
    while (!condition()) {
      if (clock_.now() > end) return false;
      pass(std::chrono::milliseconds(3));
    }
    return true;
  }
  /// Waits until the Screen shows what the server shows.
  bool showsTheGuest(XGuest& guest) {
    return until([&] {
      if (!screen_.hasPicture()) return false;
      const auto size = screen_.size();
      const std::vector<std::uint32_t> shot = guest.screenshot(size);
      if (shot.size() != static_cast<std::size_t>(size.pixels())) return false;
      return surface::differingPixels({shot.data(), size, size.width * 4}, screen_.picture()) == 0;
    });
  }
  surface::Pixel pixel(int x, int y) const {
    return screen_.picture().at(x, y) & surface::kColourMask;
  }

  TempDir dir_;
  base::Loop loop_;
  base::RealClock clock_;
  base::Context context_{loop_, clock_, base::Log::discard()};
  surface::Screen screen_;
  RememberingSink sink_;
  std::unique_ptr<relay::Source> source_;
};

/// One server for all tests of a suite; each leaves it as it was.
class WithXvfb : public X11Bench {
 protected:
  static void SetUpTestSuite() {
    if (isInstalled("Xvfb")) server_ = std::make_unique<XServer>("Xvfb -screen 0 640x480x24");
  }
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override {
    if (!server_) GTEST_SKIP() << "needs Xvfb (xvfb)";
    ASSERT_TRUE(server_->runs()) << "Xvfb does not start";
    guest_.emplace(*server_);
    guest_->fill({0, 0, 640, 480}, 0x204060);
  }
  void begin() {
    connect(*server_);
    ASSERT_TRUE(becomesLive()) << screen_.phaseWords();
  }

  inline static std::unique_ptr<XServer> server_;
  std::optional<XGuest> guest_;
};

}  // namespace lucarne::test
