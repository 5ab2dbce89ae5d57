// SPDX-License-Identifier: Apache-2.0
// What the kiosk wants to know of the tablet it runs on, as lucarne-sensors publishes it in XenStore
// (docs/sensors.md): data/lucarne/sensors/orientation/summary and …/battery/summary.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/program.h"
#include "surface/rotation.h"
#include "xenstore/client.h"

namespace lucarne::kiosk {

struct Tablet {
  std::optional<surface::Rotation> rotation;  ///< nothing: unknown
  std::optional<double> percent;              ///< of charge; nothing: no battery, or unknown
  bool discharging = false;                   ///< false also when unknown
  friend bool operator==(const Tablet&, const Tablet&) = default;
};

/// "90"; nothing for what is no rotation ("unknown", "45").
std::optional<surface::Rotation> parseRotation(std::string_view untrustedText);
/// "81.5"; nothing for what is no number from 0 to 100.
std::optional<double> parsePercent(std::string_view untrustedText);

/// Follows it. One watch, on the serial that lucarne-sensors writes after every batch.
class TabletWatch {
 public:
  /// Without a sign of life for so long nothing is known any more: lucarne-sensors was killed and
  /// its nodes are left over. Several of its heartbeats (10 s).
  static constexpr base::Duration kSilence = std::chrono::seconds(65);

  /// `onChange` is called from the loop whenever something is different. Both outlive the watch.
  TabletWatch(xenstore::Client& client, const base::Context& context,
              std::function<void(const Tablet&)> onChange, base::Duration silence = kSilence);
  ~TabletWatch();

 private:
  void look();
  void settle(const Tablet& found);

  xenstore::Client& client_;
  base::Context context_;
  std::function<void(const Tablet&)> onChange_;
  const base::Duration patience_;
  Tablet known_;
  base::Timer silence_;
  std::shared_ptr<bool> alive_;  // shared with the client's callbacks
  xenstore::StoreWatch watch_;
};

}  // namespace lucarne::kiosk
