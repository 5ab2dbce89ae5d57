// SPDX-License-Identifier: Apache-2.0
// A real SurfaceClient and a real SurfaceServer in one loop, over a real socket: what the tests of
// the surface socket share.
#pragma once

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

}  // namespace lucarne::surface
