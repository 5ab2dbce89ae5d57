// SPDX-License-Identifier: Apache-2.0
// The kiosk's line to XenStore, off unless --xenstore is given: what the panel shows goes out
// (display_publisher.h), how the tablet is held and what its battery says comes in (tablet.h).
//
// Without a daemon the kiosk works as without this; the line is tried again until it stands.
#pragma once

#include <memory>

#include "base/program.h"
#include "kiosk/battery_words.h"
#include "kiosk/display_publisher.h"
#include "kiosk/kiosk.h"
#include "kiosk/settings.h"
#include "kiosk/tablet.h"
#include "xenstore/client.h"

namespace lucarne::kiosk {

class StoreLink final : private xenstore::ClientObserver {
 public:
  /// An orderly end does not wait longer for the daemon.
  static constexpr base::Duration kFarewell = std::chrono::seconds(1);

  /// Everything borrowed outlives it.
  StoreLink(const Settings& settings, Kiosk& kiosk, const base::Context& context);
  ~StoreLink() override;

  /// Takes back what was published; turns the loop until that is done.
  void finish();

 private:
  void onDisconnected(const std::string& words) override;
  void onTablet(const Tablet& tablet);

  Kiosk& kiosk_;
  base::Context context_;
  base::LimitedLog log_;
  const bool turns_;
  BatteryWords battery_;
  xenstore::Client client_;
  DisplayPublisher publisher_;
  TabletWatch tablet_;
};

/// Nothing when the settings name no XenStore.
std::unique_ptr<StoreLink> openStoreLink(const Settings& settings, Kiosk& kiosk,
                                         const base::Context& context);

}  // namespace lucarne::kiosk
