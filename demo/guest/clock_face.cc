// SPDX-License-Identifier: Apache-2.0
#include "demo/guest/clock_face.h"

#include <array>
#include <ctime>

namespace lucarne::demo {

namespace {

constexpr surface::Size kSize{400, 130};
constexpr int kTop = 48;
constexpr int kRightMargin = 40;

std::string formatTime(const std::tm& time, const char* format) {
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), format, &time)};
}

}  // namespace

ClockFace::ClockFace(surface::Size desktop, Seconds seconds)
    : seconds_(seconds),
      big_(Typeface::Sans, 72),
      small_(Typeface::Sans, 22),
      bounds_{desktop.width - kSize.width - kRightMargin, kTop, kSize.width, kSize.height} {}

void ClockFace::advance(base::TimePoint, surface::Damage& damage) {
  const std::time_t seconds = std::time(nullptr);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  std::string text = formatTime(local, seconds_ == Seconds::Shown ? "%H:%M:%S" : "%H:%M");
  if (text == shown_) return;
  shown_ = std::move(text);
  time_ = big_.render(shown_);
  date_ = small_.render(formatTime(local, "%A %e %B %Y"));
  damage.add(bounds_);
}

void ClockFace::draw(Canvas& canvas) const {
  const auto place = [&](const TextImage& image, int y, Ink ink) {
    const int x = bounds_.right() - image.size.width;
    canvas.text(image, {x + 2, y + 2}, {0x000000, 0.35});
    canvas.text(image, {x, y}, ink);
  };
  place(time_, bounds_.y, {0xffffff});
  place(date_, bounds_.y + 90, {0xe6dcf5});
}

}  // namespace lucarne::demo
