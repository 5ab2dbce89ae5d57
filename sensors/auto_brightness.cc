// SPDX-License-Identifier: Apache-2.0
#include "sensors/auto_brightness.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace lucarne::sensors {

double curvePercent(const LightCurve& curve, double lux) {
  if (curve.empty()) return 100;
  if (lux <= curve.front().first) return curve.front().second;
  for (std::size_t i = 1; i < curve.size(); ++i) {
    const auto& [x1, y1] = curve[i];
    if (lux >= x1) continue;
    const auto& [x0, y0] = curve[i - 1];
    const double share = (std::log1p(lux) - std::log1p(x0)) / (std::log1p(x1) - std::log1p(x0));
    return y0 + (y1 - y0) * share;
  }
  return curve.back().second;
}

AutoBrightness::AutoBrightness(const base::Context& context, Station& station, Reader& reader,
                               const BacklightSettings& settings)
    : context_(context),
      log_(context.log.named("backlight")),
      station_(station),
      reader_(reader),
      settings_(settings),
      mode_(settings.automatic ? Mode::Automatic : Mode::Off) {
  station_.addObserver(*this);
}

AutoBrightness::~AutoBrightness() { station_.removeObserver(*this); }

bool AutoBrightness::set(double percent) {
  if (levels_ == 0) return false;
  if (mode_ != Mode::Off) {
    mode_ = Mode::Held;
    heldUntil_ = settings_.holdMinutes > 0
                     ? context_.clock.now() + std::chrono::minutes(settings_.holdMinutes)
                     : base::TimePoint::max();
  }
  aim(percent);
  return true;
}

void AutoBrightness::setAutomatic(bool automatic) {
  mode_ = automatic ? Mode::Automatic : Mode::Off;
  goal_.reset();
  if (automatic && logLux_) aim(curvePercent(settings_.curve, std::expm1(*logLux_)));
  arm();
}

void AutoBrightness::onReading(const Sensor& sensor, const std::vector<bool>&) {
  if (sensor.id != kSummary) return;
  const std::string_view kind = sensor.row->kind;
  if (kind == "illuminance") onLight(sensor);
  if (kind == "backlight") onBacklight(sensor);
}

void AutoBrightness::onLight(const Sensor& sensor) {
  const double* lux = sensor.value("lux").number();
  if (!lux) return;  // unknown light: the brightness stays
  const base::TimePoint now = context_.clock.now();
  const double fresh = std::log1p(std::max(*lux, 0.0));
  const double keep =
      logLux_ ? std::exp(-base::toSeconds(now - luxAt_) / base::toSeconds(kSmoothing)) : 0;
  logLux_ = logLux_.value_or(0) * keep + fresh * (1 - keep);
  luxAt_ = now;
  if (mode_ == Mode::Held && now >= heldUntil_) {
    log_.info("the manual setting ends, automatic again");
    mode_ = Mode::Automatic;
  }
  if (mode_ != Mode::Automatic || levels_ == 0) return;
  const double wanted = curvePercent(settings_.curve, std::expm1(*logLux_));
  const double present = 100.0 * goal_.value_or(level_) / levels_;
  if (std::abs(wanted - present) >= kDeadBand) aim(wanted);
}

void AutoBrightness::onBacklight(const Sensor& sensor) {
  const double* level = sensor.value("level").number();
  const double* levels = sensor.value("levels").number();
  if (!level || !levels || *levels > 1e6) {
    levels_ = 0;
    goal_.reset();
    return;
  }
  levels_ = static_cast<int>(*levels);
  if (goal_ || writing_) return;  // the reading may be older than our last write
  level_ = static_cast<int>(*level);
  // Some drivers round: one level off is not another hand.
  if (mode_ == Mode::Automatic && written_ && std::abs(level_ - *written_) > 1) {
    log_.info("somebody else set the brightness: it holds for {} min", settings_.holdMinutes);
    mode_ = Mode::Held;
    heldUntil_ = settings_.holdMinutes > 0
                     ? context_.clock.now() + std::chrono::minutes(settings_.holdMinutes)
                     : base::TimePoint::max();
  }
  written_ = level_;
}

void AutoBrightness::aim(double percent) {
  const double least = std::max(settings_.leastPercent, 0.0);
  const double clean = std::clamp(percent, least, 100.0);
  const int goal = static_cast<int>(std::lround(clean / 100 * levels_));
  goal_ = std::clamp(goal, std::min(1, levels_), levels_);
  nextStep_ = context_.clock.now();
  tick();
}

void AutoBrightness::tick() {
  if (goal_ && !writing_ && context_.clock.now() >= nextStep_) {
    const int left = *goal_ - level_;
    if (left == 0) {
      goal_.reset();
    } else {
      const int step = static_cast<int>(std::lround(left * kShare));
      nextStep_ = context_.clock.now() + kStep;
      write(level_ + (step != 0 ? step : (left > 0 ? 1 : -1)));
    }
  }
  arm();
}

void AutoBrightness::write(int level) {
  const auto paths = station_.paths("backlight");
  if (paths.empty()) {
    goal_.reset();
    return;
  }
  writing_ = true;
  level_ = level;
  written_ = level;
  ReadOrder order{paths.front(), {"brightness"}, Listing::No, std::to_string(level)};
  reader_.read(std::move(order), [this](const Attributes& wrote) {
    writing_ = false;
    const std::string trouble = wrote.trouble("brightness");
    if (!trouble.empty()) {
      if (trouble_.empty()) log_.warning("set brightness: {}", trouble);
      goal_.reset();
      written_.reset();
    }
    trouble_ = trouble;
    arm();
  });
}

void AutoBrightness::arm() {
  if (!goal_ || writing_) {
    timer_.cancel();
    return;
  }
  timer_ = context_.loop.after(std::max(nextStep_ - context_.clock.now(), base::Duration::zero()),
                               [this] { tick(); });
}

}  // namespace lucarne::sensors
