// SPDX-License-Identifier: Apache-2.0
#include "kiosk/store_link.h"

namespace lucarne::kiosk {

StoreLink::StoreLink(const Settings& settings, Kiosk& kiosk, const base::Context& context)
    : kiosk_(kiosk),
      context_(context),
      log_(context.log.named("xenstore"), context.clock),
      turns_(settings.turnWithTablet),
      battery_(settings.lowBatteryPercent),
      client_(context, settings.storeAddress.value_or("")),
      publisher_(client_, context, settings.storeReaders),
      tablet_(client_, context, [this](const Tablet& tablet) { onTablet(tablet); }) {
  client_.addObserver(*this);
  kiosk_.observe(&publisher_);
}

StoreLink::~StoreLink() {
  kiosk_.observe(nullptr);
  client_.removeObserver(*this);
}

void StoreLink::onDisconnected(const std::string& words) { log_.warning("{}", words); }

// An unknown orientation leaves the picture as it is.
void StoreLink::onTablet(const Tablet& tablet) {
  if (turns_ && tablet.rotation) kiosk_.turnWithTablet(*tablet.rotation);
  kiosk_.setWarning(battery_.words(tablet));
}

void StoreLink::finish() {
  kiosk_.observe(nullptr);
  bool over = false;
  const auto limit = context_.loop.after(kFarewell, [&over] { over = true; });
  publisher_.withdraw([&over] { over = true; });
  while (!over) context_.loop.turn(true);
}

std::unique_ptr<StoreLink> openStoreLink(const Settings& settings, Kiosk& kiosk,
                                         const base::Context& context) {
  if (!settings.storeAddress) return nullptr;
  return std::make_unique<StoreLink>(settings, kiosk, context);
}

}  // namespace lucarne::kiosk
