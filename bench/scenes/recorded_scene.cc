// SPDX-License-Identifier: Apache-2.0
#include "bench/scenes/recorded_scene.h"

#include <vector>

#include "bench/recording.h"
#include "bench/text_file.h"

namespace lucarne::bench {

namespace {

constexpr base::Duration kFrame = std::chrono::microseconds(16667);
constexpr surface::Pixel kAround = 0x303030;

class RecordedScene final : public Scene {
 public:
  RecordedScene(RecordingReader recording, surface::Size size)
      : recording_(std::move(recording)),
        size_(size),
        pixels_(static_cast<std::size_t>(recording_.size().pixels())) {}

  void paintFirst(surface::Frame frame) override {
    fillPixels(frame, surface::Rect::of(size_), kAround);
    begin();
    copyPixels(picture(), frame, surface::Rect::of(recording_.size()));
  }

  surface::Damage paintNext(surface::Frame frame, int) override {
    now_ += kFrame;
    surface::Damage damage;
    if (!hasNext_) {
      begin();
      damage.add(surface::Rect::of(recording_.size()));
    }
    while (hasNext_ && nextAt_ <= now_) {
      for (const surface::Rect& r : ahead_.damage.rects()) copyPixels(picture(), shown(), r);
      damage.add(ahead_.damage);
      readAhead();
    }
    damage.clip(size_);
    for (const surface::Rect& r : damage.rects()) copyPixels(shown(), frame, r);
    return damage;
  }

 private:
  // The reader paints into one picture a step ahead; what is shown is the step before.
  surface::Frame picture() { return view(pixels_); }
  surface::Frame shown() { return view(shown_); }
  surface::Frame view(std::vector<surface::Pixel>& pixels) {
    return {pixels.data(), recording_.size(), recording_.size().width * 4};
  }

  void begin() {
    recording_.rewind();
    now_ = nextAt_ = {};
    readAhead();
    shown_ = pixels_;
    if (hasNext_) readAhead();
  }

  void readAhead() {
    auto step = recording_.next(picture());
    hasNext_ = step.has_value() && step->has_value();
    if (!hasNext_) return;
    ahead_ = std::move(**step);
    nextAt_ += ahead_.pause;
  }

  RecordingReader recording_;
  surface::Size size_;
  std::vector<surface::Pixel> pixels_;
  std::vector<surface::Pixel> shown_;
  RecordedStep ahead_;
  bool hasNext_ = false;
  base::Duration nextAt_{};
  base::Duration now_{};
};

}  // namespace

std::unique_ptr<Scene> createRecordedScene(const std::string& path, surface::Size size) {
  const std::string bytes = readText(path);
  auto recording = RecordingReader::open({bytes.begin(), bytes.end()});
  if (!recording) throw base::UsageError(path + ": " + recording.error().message);
  return std::make_unique<RecordedScene>(std::move(*recording), size);
}

}  // namespace lucarne::bench
