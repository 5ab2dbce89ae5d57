// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/pictures/shared_picture.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <optional>
#include <vector>

#include "tests/support/dmabuf.h"

namespace lucarne::relay {
namespace {

using surface::Pixel;
using surface::Rect;

constexpr std::uint32_t kXr24 = 0x34325258;  // DRM_FORMAT_XRGB8888
constexpr std::uint32_t kXb24 = 0x34324258;  // DRM_FORMAT_XBGR8888
constexpr std::uint64_t kLinear = 0;
constexpr std::size_t kBytes = 4096;  // dma-bufs are made of whole pages
// 4 x 3 pixels in rows of 32 bytes.
constexpr int kWidth = 4;
constexpr int kHeight = 3;
constexpr UntrustedPicture kPicture{kWidth, kHeight, 32, kPixmanX8R8G8B8, {}};

Pixel pixelAt(int x, int y) { return static_cast<Pixel>(0x102030 + 0x10 * y + x); }

base::UniqueFd sealedMemory() {
  auto fd = base::createMemfd("test", kBytes);
  EXPECT_EQ(::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK), 0);
  return fd;
}

void write(const base::UniqueFd& memory, int x, int y, Pixel pixel, std::size_t offset = 0) {
  const auto at = static_cast<off_t>(offset + static_cast<std::size_t>(32 * y + 4 * x));
  ASSERT_EQ(::pwrite(memory.get(), &pixel, sizeof pixel, at), 4);
}

void fill(const base::UniqueFd& memory, std::size_t offset = 0) {
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) write(memory, x, y, pixelAt(x, y), offset);
  }
}

struct Canvas {
  std::vector<Pixel> pixels = std::vector<Pixel>(kWidth * kHeight, 0);
  surface::Frame frame() { return {pixels.data(), {kWidth, kHeight}, kWidth * 4}; }
  Pixel at(int x, int y) const {
    return pixels[static_cast<std::size_t>(y * kWidth + x)] & surface::kColourMask;
  }
};

TEST(SharedPicture, OfNothingIsEmpty) {
  const SharedPicture shared;

  EXPECT_FALSE(shared);
  EXPECT_TRUE(shared.size().empty());
  EXPECT_EQ(shared.words(), "");
}

TEST(SharedPicture, InMemoryIsReadFromItsOffsetOn) {
  auto memory = sealedMemory();
  fill(memory, 128);
  SharedPicture shared;

  ASSERT_TRUE(shared.adoptMemory(std::move(memory), 128, kPicture));
  Canvas canvas;
  shared.paint(Rect::of(shared.size()), canvas.frame());

  EXPECT_EQ(canvas.at(3, 2), pixelAt(3, 2));
  EXPECT_EQ(shared.words(), "shared memory, mapped and copied");
}

TEST(SharedPicture, InMemoryThatMayShrinkIsRead) {
  auto memory = base::createMemfd("unsealed", kBytes);
  const auto machine = base::UniqueFd::adopt(::dup(memory.get()));
  fill(memory, 128);
  SharedPicture shared;

  ASSERT_TRUE(shared.adoptMemory(std::move(memory), 128, kPicture));
  Canvas canvas;
  shared.paint({1, 1, 2, 2}, canvas.frame());
  EXPECT_EQ(canvas.at(0, 1), 0u);
  EXPECT_EQ(canvas.at(1, 1), pixelAt(1, 1));
  EXPECT_EQ(canvas.at(2, 2), pixelAt(2, 2));
  EXPECT_EQ(canvas.at(3, 2), 0u);

  write(machine, 0, 0, 0x998877, 128);
  ASSERT_EQ(::ftruncate(machine.get(), 128 + 40), 0) << "one row and a piece are left";
  shared.paint(Rect::of(shared.size()), canvas.frame());

  EXPECT_EQ(canvas.at(0, 0), 0x998877u);
  EXPECT_EQ(canvas.at(2, 2), pixelAt(2, 2)) << "what was there before";
  EXPECT_EQ(shared.words(), "shared memory, read");
}

TEST(SharedPicture, OfManyRowsIsReadWhole) {
  constexpr int kTall = 3000;  // 96000 bytes: more than is read at a time
  auto memory = base::createMemfd("unsealed", 32 * kTall);
  for (int y = 0; y < kTall; ++y) write(memory, 3, y, static_cast<Pixel>(y + 1));
  SharedPicture shared;
  std::vector<Pixel> pixels(kWidth * kTall);

  ASSERT_TRUE(shared.adoptMemory(std::move(memory), 0, {kWidth, kTall, 32, kPixmanX8R8G8B8, {}}));
  shared.paint(Rect::of(shared.size()), {pixels.data(), {kWidth, kTall}, kWidth * 4});

  for (std::size_t y = 0; y < kTall; ++y) ASSERT_EQ(pixels[y * kWidth + 3], y + 1);
}

TEST(SharedPicture, RefusesMemoryThatCouldKillItsReader) {
  SharedPicture shared;
  const auto unsealed = [] { return base::createMemfd("unsealed", kBytes); };
  auto file = base::UniqueFd::adopt(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));

  EXPECT_FALSE(shared.adoptMemory(std::move(file), 0, kPicture)) << "not memory";
  EXPECT_FALSE(shared.adoptMemory(unsealed(), kBytes - 95, kPicture)) << "beyond the end";
  EXPECT_FALSE(shared.adoptMemory(unsealed(), 0, {kWidth, kHeight, 12, kPixmanX8R8G8B8, {}}));
  EXPECT_FALSE(shared.adoptMemory(unsealed(), 0, {kWidth, kHeight, 32, 0x12345678, {}}));
  EXPECT_FALSE(shared.adoptMemory(sealedMemory(), kBytes - 95, kPicture)) << "beyond the end";
  EXPECT_FALSE(shared.adoptMemory(sealedMemory(), UINT64_MAX, kPicture));
  EXPECT_FALSE(shared.adoptMemory(sealedMemory(), 0, {kWidth, kHeight, 12, kPixmanX8R8G8B8, {}}))
      << "rows that overlap";
  EXPECT_FALSE(shared.adoptMemory(sealedMemory(), 0, {kWidth, kHeight, -32, kPixmanX8R8G8B8, {}}));
  EXPECT_FALSE(shared);
}

TEST(SharedPicture, ForgetsTheOldOneWhenTheNewOneIsRefused) {
  SharedPicture shared;
  ASSERT_TRUE(shared.adoptMemory(sealedMemory(), 0, kPicture));

  EXPECT_FALSE(shared.adoptMemory(sealedMemory(), kBytes, kPicture));

  EXPECT_FALSE(shared);
}

TEST(SharedPicture, RefusesADescriptorThatIsNoDmabuf) {
  SharedPicture shared;

  EXPECT_FALSE(shared.adoptDmabuf(sealedMemory(), kXr24, kLinear, false, kPicture));
  EXPECT_FALSE(shared);
}

// ---- real dma-bufs, where the kernel makes them of plain memory ---------------------------------

class SharedDmabuf : public testing::Test {
 protected:
  void SetUp() override {
    if (!guest_) GTEST_SKIP() << test::kNoDmabuf;
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) draw(x, y, pixelAt(x, y));
    }
  }
  void draw(int x, int y, Pixel pixel) {
    guest_->draw(static_cast<std::size_t>(32 * y + 4 * x), pixel);
  }
  base::UniqueFd dmabuf() { return guest_->fd(); }

  std::optional<test::Dmabuf> guest_ = test::Dmabuf::create(kBytes);
  SharedPicture shared_;
  Canvas canvas_;
};

TEST_F(SharedDmabuf, IsMappedAndCopied) {
  ASSERT_TRUE(shared_.adoptDmabuf(dmabuf(), kXr24, kLinear, false, kPicture));

  shared_.paint(Rect::of(shared_.size()), canvas_.frame());

  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) EXPECT_EQ(canvas_.at(x, y), pixelAt(x, y)) << x << ' ' << y;
  }
  EXPECT_EQ(shared_.words(), "dma-buf copy");
}

TEST_F(SharedDmabuf, ShowsWhatWasDrawnIntoItSince) {
  ASSERT_TRUE(shared_.adoptDmabuf(dmabuf(), kXr24, kModifierUnsaid, false, kPicture));
  shared_.paint(Rect::of(shared_.size()), canvas_.frame());
  draw(1, 1, 0xabcdef);
  draw(2, 2, 0xabcdef);

  shared_.paint({1, 1, 1, 1}, canvas_.frame());

  EXPECT_EQ(canvas_.at(1, 1), 0xabcdefu);
  EXPECT_EQ(canvas_.at(2, 2), pixelAt(2, 2)) << "nobody said that this changed";
}

TEST_F(SharedDmabuf, MayStandOnItsHead) {
  ASSERT_TRUE(shared_.adoptDmabuf(dmabuf(), kXr24, kLinear, true, kPicture));

  shared_.paint({0, 0, kWidth, 1}, canvas_.frame());

  EXPECT_EQ(canvas_.at(1, 0), pixelAt(1, kHeight - 1));
}

TEST_F(SharedDmabuf, MayHaveItsColoursTheOtherWayRound) {
  ASSERT_TRUE(shared_.adoptDmabuf(dmabuf(), kXb24, kLinear, false, kPicture));

  shared_.paint(Rect::of(shared_.size()), canvas_.frame());

  EXPECT_EQ(canvas_.at(0, 0), 0x302010u);
}

TEST_F(SharedDmabuf, IsRefusedWhenItCannotBeReadAsClaimed) {
  EXPECT_FALSE(shared_.adoptDmabuf(dmabuf(), kXr24, 0x100000000000001, false, kPicture)) << "tiled";
  EXPECT_FALSE(shared_.adoptDmabuf(dmabuf(), 0x3231564e, kLinear, false, kPicture)) << "NV12";
  EXPECT_FALSE(shared_.adoptDmabuf(dmabuf(), kXr24, kLinear, false, {1024, 512, 4096, 0, {}}))
      << "larger than the buffer";
  EXPECT_FALSE(shared_);
}

}  // namespace
}  // namespace lucarne::relay
