// SPDX-License-Identifier: Apache-2.0
// What the other programs publish in XenStore, for the dashboard and the metrics: the displays' state
// and the names of the input devices (not what is done with them).
//
// Everything there may have been written by a guest: at most kMaxNodes nodes of kMaxValue bytes of
// printable text are kept, and a writer that is never quiet costs one round of reads every kRound.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/program.h"
#include "xenstore/client.h"

namespace lucarne::sensors {

class NeighbourView {
 public:
  static constexpr std::size_t kMaxNodes = 400;
  static constexpr std::size_t kMaxValue = 200;
  static constexpr std::size_t kMaxDepth = 8;
  static constexpr base::Duration kRound = std::chrono::milliseconds(250);
  /// A publisher with a ROOT/heartbeat (the kiosk: every 10 s) that is silent for so long was killed:
  /// its displays count as not connected, with 0 frames per second.
  static constexpr base::Duration kSilence = std::chrono::seconds(35);

  /// Watches `roots` (relative to the domain's home); the client outlives the view.
  NeighbourView(const base::Context& context, xenstore::Client& client,
                const std::vector<std::string>& roots, base::Duration silence = kSilence);
  ~NeighbourView();

  /// By path as it was given, "data/lucarne/display/work/fps"; leaves only, without empty
  /// ones and without the publishers' serials and heartbeats.
  const std::map<std::string, std::string>& values() const { return values_; }
  void onChange(std::function<void()> listener) { listeners_.push_back(std::move(listener)); }

 private:
  struct Root {
    std::string path;
    xenstore::StoreWatch watch;
    base::Timer silence;  // only while there is a heartbeat
    bool silent = false;
  };

  void onEvent(Root& root, const std::string& path);
  void onHeartbeat(Root& root);
  void onSilence(Root& root);
  void awaitHeartbeat(const std::string& path);
  std::size_t depthOf(const std::string& path) const;
  void list(const std::string& path, std::size_t depth);
  void keepOnly(const std::string& path, const std::vector<std::string>* children);
  void tell();

  const base::Context& context_;
  xenstore::Client& client_;
  const base::Duration silence_;
  std::vector<std::unique_ptr<Root>> roots_;
  std::map<std::string, std::string> values_;
  std::set<std::string> changed_;  // to be read in the next round
  bool round_ = false;
  base::Timer timer_;
  std::vector<std::function<void()>> listeners_;
  std::shared_ptr<bool> alive_;  // shared with the client's callbacks
};

}  // namespace lucarne::sensors
