// SPDX-License-Identifier: Apache-2.0
// pattern: a moving test picture that needs no guest, for trying out and for measuring.
#include "display-relay/sources/pattern_source.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <memory>
#include <optional>

#include <fmt/format.h>

#include "display-relay/endpoint.h"
#include "display-relay/sources/test_pattern.h"

namespace lucarne::relay {

namespace {

constexpr surface::Size kDefaultSize{1280, 800};
constexpr int kDefaultFps = 30;
constexpr int kMostFps = 500;

std::optional<int> numberOf(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

class PatternSource final : public Source {
 public:
  PatternSource(PatternSettings settings, surface::Screen& screen, const base::Context& context)
      : settings_(settings), screen_(screen), context_(context), pattern_(settings.size) {}

  ~PatternSource() override {
    screen_.setControls(nullptr);
    screen_.onPaintable({});
  }

  void start() override {
    screen_.setControls(this);  // which may tell a wanted size at once
    isStarted_ = true;
    screen_.onPaintable([this] { paint(); });
    screen_.setCursor(crosshair());
    screen_.setPhase(surface::Phase::Live, "a test pattern");
    showSize();
    paint();
    next_ = context_.clock.now();
    keepTime();
  }

 private:
  void onInput(const surface::InputEvent& event) override {
    if (const auto* moved = std::get_if<surface::PointerMoved>(&event)) pattern_.setMark(moved->at);
    if (const auto* touch = std::get_if<surface::Touch>(&event)) {
      const bool down =
          touch->phase == surface::TouchPhase::Down || touch->phase == surface::TouchPhase::Moved;
      pattern_.setMark(down ? std::optional(touch->at) : std::nullopt);
    }
    if (settings_.fps == 0) paint();
  }

  void onWantedSize(surface::Size size) override {
    if (settings_.isSizeFixed || size == pattern_.size() ||
        !surface::isAcceptable(size.width, size.height)) {
      return;
    }
    pattern_ = TestPattern(size);
    isWhole_ = false;
    if (isStarted_) {
      showSize();
      paint();
    }
  }

  void onAttention(bool watched) override {
    if (watched_ == watched) return;
    watched_ = watched;
    if (isStarted_) keepTime();
  }

  void keepTime() {
    if (!watched_ || settings_.fps == 0) return timer_.cancel();
    // Frames have their places in time: one that comes late does not put off those after it. After
    // a long sleep, though, nothing is made up for.
    const base::Duration period =
        std::chrono::nanoseconds(std::chrono::seconds(1)) / settings_.fps;
    const base::TimePoint now = context_.clock.now();
    next_ = std::max(next_ + period, now);
    timer_ = context_.loop.after(next_ - now, [this] {
      paint();
      keepTime();
    });
  }

  void showSize() {
    screen_.setTitle(fmt::format("Test pattern {}x{}", pattern_.size().width,
                                 pattern_.size().height));
  }

  void paint() {
    screen_.resize(pattern_.size());
    const auto frame = screen_.paint();
    if (!frame) return;  // a sink reads all we have: onPaintable
    const auto now = context_.clock.now().time_since_epoch();
    const surface::Stamp stamp{++counter_, static_cast<std::uint64_t>(base::toMicroseconds(now))};
    const surface::Damage damage =
        isWhole_ ? pattern_.paintNext(*frame, stamp) : pattern_.paintAll(*frame, stamp);
    isWhole_ = true;
    screen_.damaged(damage);
  }

  static surface::Cursor crosshair() {
    constexpr int kSide = 15;
    constexpr int kMiddle = kSide / 2;
    surface::Cursor cursor{{kSide, kSide}, {kMiddle, kMiddle}, {}};
    cursor.pixels.assign(kSide * kSide, 0);
    for (int i = 0; i < kSide; ++i) {
      cursor.pixels[static_cast<std::size_t>(kMiddle * kSide + i)] = 0xffffffff;
      cursor.pixels[static_cast<std::size_t>(i * kSide + kMiddle)] = 0xffffffff;
    }
    return cursor;
  }

  PatternSettings settings_;
  surface::Screen& screen_;
  const base::Context& context_;
  TestPattern pattern_;
  bool isWhole_ = false;  // the screen holds the last pattern painted
  bool watched_ = true;
  std::uint32_t counter_ = 0;
  bool isStarted_ = false;
  base::TimePoint next_;  // when the next frame is due
  base::Timer timer_;
};

std::unique_ptr<Source> createPatternSource(const Endpoint& endpoint, const RelayOptions&,
                                            surface::Screen& screen,
                                            const base::Context& context) {
  return std::make_unique<PatternSource>(parsePattern(endpoint), screen, context);
}

}  // namespace

PatternSettings parsePattern(const Endpoint& endpoint) {
  const auto refuse = [&endpoint](std::string_view why) {
    throw base::UsageError(fmt::format("'{}': {}; write pattern:[WIDTHxHEIGHT][@FPS], as in "
                                       "pattern:1280x800@60", endpoint.text, why));
  };
  PatternSettings settings{kDefaultSize, false, kDefaultFps};
  std::string_view size = endpoint.rest;
  if (const auto at = size.find('@'); at != std::string_view::npos) {
    const auto fps = numberOf(size.substr(at + 1));
    if (!fps || *fps < 0 || *fps > kMostFps) {
      refuse(fmt::format("frames per second are a number from 0 to {}", kMostFps));
    }
    settings.fps = *fps;
    size = size.substr(0, at);
  }
  if (!size.empty()) {
    const auto x = size.find('x');
    const auto width = numberOf(size.substr(0, x));
    const auto height = x == std::string_view::npos ? std::nullopt : numberOf(size.substr(x + 1));
    if (!width || !height || !surface::isAcceptable(*width, *height)) {
      refuse("that is not a size a picture can have");
    }
    settings.size = {*width, *height};
    settings.isSizeFixed = true;
  }
  return settings;
}

extern const SourceRow kPatternSource = {
    "pattern", "pattern:[WxH][@FPS]", "a moving test picture with a frame counter in it",
    createPatternSource};

}  // namespace lucarne::relay
