// SPDX-License-Identifier: Apache-2.0
// What the panel shows, in XenStore, for lucarne-sensors' dashboard and metrics and for domains that
// are named on the command line:
//
//   data/lucarne/display/GUEST/name        as its relay says it
//   data/lucarne/display/GUEST/connected   1: its picture is live; 0: waiting, lost, or no relay
//   data/lucarne/display/GUEST/shown       1: it is the one on the panel
//   data/lucarne/display/GUEST/fps         its new pictures on the panel in the last second
//   data/lucarne/display/GUEST/latency-us  drawn by the guest to presented: median of the last second
//                                          that had any; only of guests that draw stamps
//   data/lucarne/display/heartbeat         grows while we live
//   data/lucarne/display/serial            xenstore/publisher.h
//
// Figures are written once a second while pictures come, and once more (fps 0) when they rest; then
// only the heartbeat goes on: without it nobody could tell a picture at rest from a kiosk that was
// killed.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/program.h"
#include "kiosk/kiosk_observer.h"
#include "xenstore/publisher.h"

namespace lucarne::kiosk {

class DisplayPublisher final : public KioskObserver {
 public:
  static constexpr base::Duration kPeriod = std::chrono::seconds(1);
  static constexpr base::Duration kHeartbeat = std::chrono::seconds(10);

  /// Both outlive it. `readers` may read; nobody else.
  DisplayPublisher(xenstore::Client& client, const base::Context& context,
                   std::vector<xenstore::DomainId> readers);

  void onGuests(const Guests& guests) override;
  void onShown(const Guest& guest, std::optional<base::Duration> age) override;

  /// Takes it all back; `done` when it is gone, or cannot be reached.
  void withdraw(std::function<void()> done);

 private:
  struct Figures {
    std::string node;  // of the guest, below the base
    int frames = 0;    // since the last report
    std::vector<base::Duration> ages;
  };

  Figures& figuresOf(const std::string& guest);
  void report();

  base::Context context_;
  xenstore::Publisher publisher_;
  std::map<std::string, Figures> guests_;  // by name
  base::Timer timer_;
  base::TimePoint since_{};
  base::Timer heartbeat_;
  std::int64_t beats_ = 0;
};

/// A guest's name as one element of a XenStore path: what is not allowed there becomes '_'.
std::string displayNode(const std::string& name);

}  // namespace lucarne::kiosk
