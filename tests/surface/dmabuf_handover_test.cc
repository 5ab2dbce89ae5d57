// SPDX-License-Identifier: Apache-2.0
// dma-bufs on their way through the surface socket: handed on, released, taken back. Memfds stand in
// for them: nothing here reads a pixel of one.
#include "tests/surface/surface_socket.h"

namespace lucarne::surface {
namespace {

constexpr std::uint32_t kXr24 = 0x34325258;
constexpr Size kSize{40, 30};

base::Result<std::uint64_t> sizeOfFile(const base::UniqueFd& fd) {
  const off_t size = ::lseek(fd.get(), 0, SEEK_END);
  if (size < 0) return base::unexpected("no size");
  return static_cast<std::uint64_t>(size);
}

// A kiosk whose GPU keeps what it is handed, until it is told to release.
class GpuKiosk : public GuestObserver {
 public:
  enum class Does { Release, Refuse, Nothing };

  void onGuestArrived(SurfaceConnection& g) override { guest = &g; }
  void onGuestLeft(SurfaceConnection&, const std::string& words) override {
    guest = nullptr;
    lastWords = words;
  }
  void onCommit(SurfaceConnection& g) override {
    seen.push_back({g.path(), g.dmabuf(), g.damage().bounds(),
                    g.dmabuf() ? 0 : g.picture().at(0, 0)});
    if (g.dmabuf() && does == Does::Refuse) return g.refuseDmabuf("another card");
    if (!g.dmabuf() || does == Does::Release) g.release();
  }

  struct Seen {
    PicturePath path;
    std::shared_ptr<const Dmabuf> dmabuf;
    Rect changed;
    Pixel firstPixel;
  };
  Does does = Does::Release;
  SurfaceConnection* guest = nullptr;
  std::vector<Seen> seen;
  std::string lastWords;
};

// Paints what it was told to leave out, as sources do.
class GpuGuest : public GuestControls {
 public:
  explicit GpuGuest(Screen& screen) : screen_(screen) {}
  void onInput(const InputEvent&) override {}
  void onPixelsNeeded() override {
    ++asked;
    const auto frame = screen_.paint();
    if (!frame) return;
    fillPixels(*frame, Rect::of(frame->size), kPainted);
    screen_.damaged(Damage(Rect::of(frame->size)));
  }
  static constexpr Pixel kPainted = 0x445566;
  int asked = 0;

 private:
  Screen& screen_;
};

class DmabufHandover : public testing::Test {
 protected:
  DmabufHandover() { screen_.setControls(&source_); }
  ~DmabufHandover() override { screen_.setControls(nullptr); }

  void connect(std::vector<DmabufFormat> formats) {
    server_ = std::make_unique<SurfaceServer>(path_, kiosk_, context_);
    server_->measureDmabufs(sizeOfFile);
    server_->offerImports(std::move(formats));
    client_ = std::make_unique<SurfaceClient>(screen_, path_, "vm", context_);
    client_->setReadPatience(patience_);
    client_->start();
    until("the guest", [this] { return client_->isLive(); });
  }
  std::shared_ptr<const Dmabuf> makeDmabuf(std::uint64_t modifier = kModifierLinear,
                                           Size size = kSize) {
    auto dmabuf = std::make_shared<Dmabuf>();
    const auto stride = static_cast<std::uint32_t>(size.width) * 4;
    dmabuf->layout = {size, Rect::of(size), {kXr24, modifier}, false, {{0, stride}}};
    dmabuf->fds.push_back(base::createMemfd("test", stride * static_cast<std::size_t>(size.height)));
    return dmabuf;
  }
  // What a source does with a new buffer.
  void show(std::shared_ptr<const Dmabuf> dmabuf) {
    const Size size = dmabuf->layout.picture.size();
    screen_.resize(size);
    screen_.setDmabuf(std::move(dmabuf));
    screen_.reconsiderDmabuf();
    screen_.dmabufDamaged(Damage(Rect::of(size)), {});
  }
  // The guest has drawn; `answered_` grows when it may draw on.
  void draw(const Rect& r) {
    const DmabufRead read(this, [this](const void*) { ++answered_; });
    screen_.dmabufDamaged(Damage(r), read);
  }
  void until(const char* what, const std::function<bool()>& isSo) {
    bool late = false;
    const auto limit = loop_.after(std::chrono::seconds(20), [&late] { late = true; });
    while (!isSo()) {
      loop_.turn(true);
      ASSERT_FALSE(late) << "waited in vain for: " << what;
    }
  }
  void settle() {
    while (loop_.turn(false)) {
    }
  }
  /// A kiosk that reads dma-bufs has read the first picture of one.
  void showAtKiosk() {
    connect(rows_);
    show(makeDmabuf());
    until("the buffer", [this] { return kiosk_.seen.size() == 1; });
    settle();
  }

  const std::vector<DmabufFormat> rows_ = {{kXr24, kModifierUnsaid}};
  test::FdLeakCheck leaks_;
  test::TempDir dir_;
  std::string path_ = dir_.path() + "/kiosk.sock";
  base::Loop loop_;
  base::RealClock clock_;
  base::Context context_{loop_, clock_, base::Log::discard()};
  Screen screen_;
  GpuGuest source_{screen_};
  GpuKiosk kiosk_;
  int answered_ = 0;
  base::Duration patience_ = std::chrono::hours(1);
  std::unique_ptr<SurfaceServer> server_;
  std::unique_ptr<SurfaceClient> client_;
};

TEST_F(DmabufHandover, GivesTheKioskTheGuestsOwnBuffer) {
  connect(rows_);
  const auto dmabuf = makeDmabuf();

  show(dmabuf);
  until("the buffer", [this] { return !kiosk_.seen.empty(); });

  EXPECT_FALSE(screen_.needsPixels());
  EXPECT_EQ(source_.asked, 0) << "nothing is painted for nobody";
  ASSERT_TRUE(kiosk_.seen[0].dmabuf);
  EXPECT_TRUE(isSameBuffer(*kiosk_.seen[0].dmabuf, *dmabuf));
  EXPECT_EQ(kiosk_.seen[0].path, PicturePath::DmabufImport);
  EXPECT_EQ(kiosk_.guest->size(), kSize);
}

TEST_F(DmabufHandover, SaysWhatChangedAndAnswersWhenTheKioskHasReadIt) {
  showAtKiosk();
  kiosk_.does = GpuKiosk::Does::Nothing;

  draw({1, 2, 3, 4});
  EXPECT_EQ(answered_, 0);
  until("the change", [this] { return kiosk_.seen.size() == 2; });
  EXPECT_EQ(kiosk_.seen[1].changed, (Rect{1, 2, 3, 4}));
  EXPECT_EQ(answered_, 0) << "the kiosk still reads";

  kiosk_.guest->release();
  until("the answer", [this] { return answered_ == 1; });
}

TEST_F(DmabufHandover, GathersWhatChangesWhileTheKioskReads) {
  showAtKiosk();
  kiosk_.does = GpuKiosk::Does::Nothing;
  draw({0, 0, 1, 1});
  until("the change", [this] { return kiosk_.seen.size() == 2; });

  draw({10, 10, 1, 1});
  draw({20, 20, 1, 1});
  settle();
  EXPECT_EQ(kiosk_.seen.size(), 2u);
  kiosk_.guest->release();
  until("the rest", [this] { return kiosk_.seen.size() == 3; });

  EXPECT_EQ(kiosk_.seen[2].changed, (Rect{10, 10, 11, 11}));
  EXPECT_EQ(answered_, 1) << "of the first";
  kiosk_.guest->release();
  until("both others", [this] { return answered_ == 3; });
}

TEST_F(DmabufHandover, AnswersForAKioskThatDoesNotReadInTime) {
  patience_ = SurfaceClient::kReadPatience;
  showAtKiosk();
  kiosk_.does = GpuKiosk::Does::Nothing;

  draw({0, 0, 1, 1});

  until("an answer all the same", [this] { return answered_ == 1; });
}

TEST_F(DmabufHandover, AnswersAtOnceWhenTheKioskGoes) {
  showAtKiosk();
  kiosk_.does = GpuKiosk::Does::Nothing;
  draw({0, 0, 1, 1});
  draw({5, 5, 1, 1});

  server_.reset();
  until("that it is gone", [this] { return !client_->isLive(); });

  EXPECT_EQ(answered_, 2);
  draw({6, 6, 1, 1});
  EXPECT_EQ(answered_, 3) << "nobody reads";
}

TEST_F(DmabufHandover, AnswersAtOnceWhenTheGuestIsHidden) {
  showAtKiosk();
  kiosk_.does = GpuKiosk::Does::Nothing;
  draw({0, 0, 1, 1});
  until("the change", [this] { return kiosk_.seen.size() == 2; });

  kiosk_.guest->setAttention(false);
  until("the answer", [this] { return answered_ == 1; });

  draw({0, 0, 1, 1});
  EXPECT_EQ(answered_, 2) << "while hidden nobody waits";
}

TEST_F(DmabufHandover, AnswersWhenTheRelayEnds) {
  connect(rows_);
  show(makeDmabuf());
  kiosk_.does = GpuKiosk::Does::Nothing;
  draw({0, 0, 1, 1});

  client_.reset();

  EXPECT_EQ(answered_, 1);
}

TEST_F(DmabufHandover, SendsABufferOnceAndKnowsItAgain) {
  connect(rows_);
  const auto front = makeDmabuf();
  const auto back = makeDmabuf();
  for (int i = 0; i < 6; ++i) {
    // As QEMU does it: a new descriptor each time.
    auto copy = std::make_shared<Dmabuf>();
    copy->layout = front->layout;
    copy->fds.push_back(base::duplicate((i % 2 ? back : front)->fds[0]));
    show(std::move(copy));
    until("the flip", [this, i] { return kiosk_.seen.size() == static_cast<std::size_t>(i + 1); });
    settle();
  }

  EXPECT_EQ(kiosk_.seen[0].dmabuf, kiosk_.seen[2].dmabuf);
  EXPECT_EQ(kiosk_.seen[1].dmabuf, kiosk_.seen[5].dmabuf);
  EXPECT_NE(kiosk_.seen[0].dmabuf, kiosk_.seen[1].dmabuf);
}

TEST_F(DmabufHandover, ForgetsBuffersOfAnotherSize) {
  connect(rows_);
  std::weak_ptr<const Dmabuf> small;
  show(makeDmabuf());
  until("the first", [this] { return kiosk_.seen.size() == 1; });
  small = kiosk_.seen[0].dmabuf;
  settle();

  show(makeDmabuf(kModifierLinear, {80, 60}));
  until("the second", [this] { return kiosk_.seen.size() == 2; });
  kiosk_.seen.clear();

  EXPECT_TRUE(small.expired()) << "the kiosk keeps no old buffer open";
  EXPECT_EQ(kiosk_.guest->size(), (Size{80, 60}));
}

TEST_F(DmabufHandover, CopiesForAKioskWithoutAGpu) {
  connect({});

  show(makeDmabuf());
  until("a picture", [this] { return !kiosk_.seen.empty(); });

  EXPECT_EQ(source_.asked, 1);
  EXPECT_FALSE(kiosk_.seen[0].dmabuf);
  EXPECT_EQ(kiosk_.seen[0].path, PicturePath::DmabufCopy);
  EXPECT_EQ(kiosk_.seen[0].firstPixel & kColourMask, GpuGuest::kPainted);
  draw({0, 0, 1, 1});
  EXPECT_EQ(answered_, 1) << "nobody but the relay reads";
}

TEST_F(DmabufHandover, CopiesWhatTheGpuDoesNotRead) {
  connect(rows_);

  show(makeDmabuf(0x0100000000000001));  // tiled
  until("a picture", [this] { return !kiosk_.seen.empty(); });

  EXPECT_EQ(kiosk_.seen[0].path, PicturePath::DmabufCopy);
}

TEST_F(DmabufHandover, CopiesFromTheMomentOnWhenTheKioskCannotReadIt) {
  connect(rows_);
  kiosk_.does = GpuKiosk::Does::Refuse;

  show(makeDmabuf());
  until("a picture in memory", [this] {
    return !kiosk_.seen.empty() && !kiosk_.seen.back().dmabuf;
  });

  ASSERT_EQ(kiosk_.seen.size(), 2u) << "no picture in between";
  EXPECT_EQ(kiosk_.seen[1].path, PicturePath::DmabufCopy);
  EXPECT_EQ(kiosk_.seen[1].changed, Rect::of(kSize));
  EXPECT_EQ(kiosk_.seen[1].firstPixel & kColourMask, GpuGuest::kPainted) << "not a black one";
  EXPECT_TRUE(screen_.needsPixels());
  show(makeDmabuf());
  until("the next", [this] { return kiosk_.seen.size() == 3; });
  EXPECT_EQ(kiosk_.seen[2].path, PicturePath::DmabufCopy) << "it is not tried again and again";
}

TEST_F(DmabufHandover, AnswersWhenTheKioskCannotReadIt) {
  showAtKiosk();
  kiosk_.does = GpuKiosk::Does::Refuse;

  draw({0, 0, 1, 1});

  until("the answer", [this] { return answered_ == 1; });
}

TEST_F(DmabufHandover, EndsWhenTheGuestGoesBackToPixels) {
  showAtKiosk();

  screen_.setDmabuf(nullptr);
  settle();
  EXPECT_EQ(kiosk_.seen.size(), 1u) << "what was never painted is not shown";
  source_.onPixelsNeeded();
  until("the pixels", [this] { return kiosk_.seen.size() == 2; });

  EXPECT_EQ(kiosk_.seen[1].path, PicturePath::SharedMemory);
  EXPECT_EQ(kiosk_.seen[1].firstPixel & kColourMask, GpuGuest::kPainted);
}

TEST_F(DmabufHandover, PaintsTooForASinkThatNeedsPixels) {
  ScreenObserver other;  // takes no dma-bufs
  connect(rows_);
  show(makeDmabuf());
  EXPECT_EQ(source_.asked, 0);

  screen_.addObserver(other);
  screen_.setAttention(other, true);

  EXPECT_TRUE(screen_.needsPixels());
  EXPECT_EQ(source_.asked, 1);
  screen_.removeObserver(other);
  EXPECT_FALSE(screen_.needsPixels());
}

TEST_F(DmabufHandover, ShowsTheBufferAtOnceToAKioskThatComesBack) {
  connect(rows_);
  show(makeDmabuf());
  until("the buffer", [this] { return kiosk_.seen.size() == 1; });
  server_.reset();
  until("that it is gone", [this] { return !client_->isLive(); });

  server_ = std::make_unique<SurfaceServer>(path_, kiosk_, context_);
  server_->measureDmabufs(sizeOfFile);
  server_->offerImports(rows_);
  until("the buffer again", [this] { return kiosk_.seen.size() == 2; });

  EXPECT_EQ(kiosk_.seen[1].path, PicturePath::DmabufImport);
}

// ---- relays that lie ------------------------------------------------------------------------------

class HostileDmabuf : public DmabufHandover {
 protected:
  HostileDmabuf() {
    server_ = std::make_unique<SurfaceServer>(path_, kiosk_, context_);
    server_->offerImports(rows_);
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    relay_ = base::UniqueFd::adopt(ends[0]);
    server_->adopt(base::UniqueFd::adopt(ends[1]));
    send(message::Hello{message::kVersion, "evil"}, {});
  }
  void send(const message::ToKiosk& message, const std::vector<int>& fds) {
    ASSERT_EQ(sendPacket(relay_, message::encode(message), fds), SendOutcome::Sent);
    settle();
  }
  bool isDropped() { return kiosk_.guest == nullptr; }

  base::UniqueFd relay_;
};

TEST_F(HostileDmabuf, IsDroppedForMemoryThatIsNoDmabuf) {
  const auto memory = makeDmabuf();

  send(message::DmabufBuffer{0, memory->layout}, {memory->fds[0].get()});

  EXPECT_TRUE(isDropped());
  EXPECT_NE(kiosk_.lastWords.find("no dma-buf"), std::string::npos) << kiosk_.lastWords;
}

TEST_F(HostileDmabuf, IsDroppedForABufferThatIsTooSmall) {
  server_->measureDmabufs(sizeOfFile);
  auto layout = makeDmabuf()->layout;
  const auto small = makeDmabuf(kModifierLinear, {kSize.width, kSize.height - 1});

  send(message::DmabufBuffer{0, layout}, {small->fds[0].get()});

  EXPECT_TRUE(isDropped());
}

TEST_F(HostileDmabuf, IsDroppedForTooFewAndTooManyDescriptors) {
  server_->measureDmabufs(sizeOfFile);
  const auto memory = makeDmabuf();
  const int fd = memory->fds[0].get();

  send(message::DmabufBuffer{0, memory->layout}, {fd});
  EXPECT_FALSE(isDropped());
  send(message::DmabufBuffer{0, memory->layout}, {fd, fd});

  EXPECT_TRUE(isDropped());
}

TEST_F(HostileDmabuf, IsDroppedForNoDescriptor) {
  send(message::DmabufBuffer{0, makeDmabuf()->layout}, {});

  EXPECT_TRUE(isDropped());
}

TEST_F(HostileDmabuf, IsDroppedForAFormatThatWasNotOffered) {
  server_->measureDmabufs(sizeOfFile);
  const auto tiled = makeDmabuf(0x0100000000000001);

  send(message::DmabufBuffer{0, tiled->layout}, {tiled->fds[0].get()});

  EXPECT_TRUE(isDropped());
}

TEST_F(HostileDmabuf, IsDroppedForDescriptorsThatOtherMessagesDoNotHave) {
  const auto buffer = FrameBuffer::create({20, 20});
  const int fd = buffer.fd().get();

  send(message::Buffer{0, {20, 20}, static_cast<std::uint32_t>(buffer.frame().strideBytes)},
       {fd, fd});

  EXPECT_TRUE(isDropped());
}

TEST_F(HostileDmabuf, IsDroppedForARectangleOutsideThePicture) {
  server_->measureDmabufs(sizeOfFile);
  auto memory = makeDmabuf();
  auto layout = memory->layout;
  layout.picture = {10, 10, 20, 10};
  send(message::DmabufBuffer{0, layout}, {memory->fds[0].get()});

  send(message::Commit{1, 0, {{0, 0, 21, 10}}}, {});

  EXPECT_TRUE(isDropped()) << "a rectangle is one of the picture, not of the buffer";
  EXPECT_TRUE(kiosk_.seen.empty());
}

}  // namespace
}  // namespace lucarne::surface
