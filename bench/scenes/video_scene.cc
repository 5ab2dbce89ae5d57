// SPDX-License-Identifier: Apache-2.0
// Moving pictures: a camera that pans over a landscape while the sensor's grain changes with every
// frame. Once in a 640 x 400 region, once over the whole screen.
#include <cmath>
#include <random>

#include "bench/scenes/photo.h"
#include "bench/scenes/scene.h"
#include "surface/stamp.h"

namespace lucarne::bench {

namespace {

class VideoScene final : public Scene {
 public:
  VideoScene(surface::Size size, const surface::Rect& region)
      : size_(size), region_(region), landscape_({region.width * 3 / 2, region.height * 3 / 2}, 3, 0),
        grain_(1 << 16) {
    std::minstd_rand random(11);
    for (std::uint8_t& g : grain_) g = static_cast<std::uint8_t>(random() % 7);
  }

  void paintFirst(surface::Frame frame) override {
    fillPixels(frame, surface::Rect::of(size_), 0x283038);
    paintNext(frame, 0);
  }

  surface::Damage paintNext(surface::Frame frame, int number) override {
    const float t = static_cast<float>(number) / 90.0f;
    const surface::GuestPoint camera{
        static_cast<int>((std::sin(t) * 0.5f + 0.5f) * static_cast<float>(region_.width) * 0.5f),
        static_cast<int>((std::cos(t * 0.7f) * 0.5f + 0.5f) * static_cast<float>(region_.height) * 0.5f)};
    landscape_.paint(frame, region_, camera);
    // Grain of one of 65536 beginnings, the same for all three channels.
    std::minstd_rand random(static_cast<unsigned>(number) + 1u);
    for (int y = region_.y; y < region_.bottom(); ++y) {
      surface::Pixel* row = frame.row(y) + region_.x;
      std::size_t g = random() & 0xffff;
      for (int x = 0; x < region_.width; ++x) {
        g = (g + 1) & 0xffff;
        // Darkens by up to 6 steps, without a borrow into the next channel.
        const surface::Pixel high = row[x] >> 3 & 0x1f1f1f;
        const surface::Pixel room = (high + 0x7f7f7f) >> 7 & 0x010101;  // 1 where a channel is >= 8
        row[x] -= room * grain_[g];
      }
    }
    return surface::Damage(region_);
  }

  // At the end of the picture: when it is there, everything before it is.
  std::optional<surface::GuestPoint> movingStamp() const override {
    const surface::Size stamp = surface::Stamp::kSize;
    if (region_.width < stamp.width || region_.height < 2 * stamp.height) return std::nullopt;
    return surface::GuestPoint{region_.right() - stamp.width, region_.bottom() - stamp.height};
  }

 private:
  surface::Size size_;
  surface::Rect region_;
  Photo landscape_;
  std::vector<std::uint8_t> grain_;
};

std::unique_ptr<Scene> createRegion(surface::Size size) {
  const surface::Size video{std::min(640, size.width), std::min(400, size.height - 40)};
  return std::make_unique<VideoScene>(
      size, surface::Rect{(size.width - video.width) / 2, (size.height - video.height) / 2 + 20,
                          video.width, video.height});
}

std::unique_ptr<Scene> createWhole(surface::Size size) {
  const int top = surface::Stamp::kSize.height;
  return std::make_unique<VideoScene>(size, surface::Rect{0, top, size.width, size.height - top});
}

}  // namespace

extern const SceneRow kVideoScene = {"video", "a video in a region of 640x400", createRegion};
extern const SceneRow kWholeScene = {"whole", "the whole screen changes as a video does",
                                     createWhole};

}  // namespace lucarne::bench
