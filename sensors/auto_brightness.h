// SPDX-License-Identifier: Apache-2.0
// Sets the panel's brightness: as a person asked, or by itself from the ambient light.
//
// Automatic: the light is smoothed (an eye adapts in seconds too), looked up in the curve, and the
// brightness glides there; small differences are left alone. Manual: a brightness that was asked for
// here, or that somebody else wrote to the backlight (a brightness key), holds for `holdMinutes`,
// then the automatic takes over again. Off by default: then only `set` changes anything.
//
// Never below the least percent, never to level 0: on many panels that is a dark screen.
#pragma once

#include <optional>
#include <string>

#include "sensors/settings.h"
#include "sensors/station.h"

namespace lucarne::sensors {

/// Percent for this light: straight lines between the points over log(1 + lux), flat outside.
double curvePercent(const LightCurve& curve, double lux);

class AutoBrightness final : public StationObserver {
 public:
  enum class Mode {
    Off,        ///< nothing happens by itself
    Automatic,  ///< follows the light
    Held,       ///< would, but a manual setting holds
  };

  static constexpr base::Duration kSmoothing = std::chrono::seconds(3);
  /// One step of a glide; 25 a second look smooth.
  static constexpr base::Duration kStep = std::chrono::milliseconds(40);
  /// The glide covers this share of what is left in a step: there in about half a second.
  static constexpr double kShare = 0.2;
  /// A target nearer than this (percent of full) to the present brightness is left alone.
  static constexpr double kDeadBand = 3;

  /// The station (observed until destruction) and the reader outlive it.
  AutoBrightness(const base::Context& context, Station& station, Reader& reader,
                 const BacklightSettings& settings);
  ~AutoBrightness() override;

  /// A person wants this brightness. False when there is no backlight.
  bool set(double percent);
  /// A person wants the automatic on (ending any hold) or off.
  void setAutomatic(bool automatic);
  Mode mode() const { return mode_; }
  /// Why the last write failed; empty when it did not.
  const std::string& trouble() const { return trouble_; }

  void onReading(const Sensor& sensor, const std::vector<bool>& news) override;
  /// Does what is due at the clock's now; called by a timer of the loop.
  void tick();

 private:
  void onLight(const Sensor& sensor);
  void onBacklight(const Sensor& sensor);
  void aim(double percent);
  void write(int level);
  void arm();

  const base::Context& context_;
  base::Log log_;
  Station& station_;
  Reader& reader_;
  BacklightSettings settings_;
  Mode mode_;
  base::TimePoint heldUntil_{};
  std::optional<double> logLux_;  // smoothed log(1 + lux)
  base::TimePoint luxAt_{};
  int levels_ = 0;                 // 0: no backlight
  int level_ = 0;                  // the last that was read or written
  std::optional<int> written_;     // the last that we wrote
  std::optional<int> goal_;        // of the glide under way
  base::TimePoint nextStep_{};
  bool writing_ = false;
  std::string trouble_;
  base::Timer timer_;
};

}  // namespace lucarne::sensors
