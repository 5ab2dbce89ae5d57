// SPDX-License-Identifier: Apache-2.0
// What `lucarne-input monitor` shows: one line for each event, for people.
#pragma once

#include <cstdio>
#include <string>

#include "input-broker/outlet.h"

namespace lucarne::input {

enum class ShowKeys { No, Yes };

class PrintOutlet final : public Outlet {
 public:
  /// Letters are shown as "a key" unless asked for: somebody may be typing a password.
  PrintOutlet(Broker& broker, ShowKeys keys, std::FILE* out)
      : broker_(broker), keys_(keys), out_(out) {}

  void onAdded(const Device& device) override;
  void onRemoved(const Device& device) override;
  void onEvent(const Device& device, const Event& event, base::TimePoint time) override;
  void onAction(ActionKind action) override;

 private:
  std::string words(const Device& device, const Event& event) const;

  Broker& broker_;
  ShowKeys keys_;
  std::FILE* out_;
};

/// "3  Mock Touch  /dev/input/event2  seat0  touch  10 fingers, 1280 x 800": for `list`.
std::string lineFor(const Device& device);

}  // namespace lucarne::input
