// SPDX-License-Identifier: Apache-2.0
// Which guests there are and which of them is shown.
//
// A guest is its name: one that comes back is the same guest, with its last picture. Guests stand
// in the order in which they first came, and that is the order in which a person walks through
// them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "kiosk/guest.h"

namespace lucarne::kiosk {

class Guests {
 public:
  /// More are not remembered: the one that left longest ago is forgotten.
  static constexpr std::size_t kMaxRemembered = 16;

  /// Whoever looks at a guest that has been gone for this long would rather see a new one. Sooner,
  /// the one that is coming back would find another in its place, and what is being typed would go
  /// to the wrong guest.
  static constexpr base::Duration kPatience = std::chrono::seconds(3);

  /// `preferred` is shown whenever it arrives; empty: none is preferred.
  explicit Guests(std::string preferred) : preferred_(std::move(preferred)) {}

  /// A relay said hello for `name`. Shows it when nothing is shown, when it is preferred, or when
  /// the shown one has been gone for longer than kPatience.
  Guest& arrive(const std::string& name, base::TimePoint now);
  void leave(Guest& guest, std::string words, base::TimePoint now);

  /// Steps through all guests, forwards or backwards.
  void showNext(int step);

  Guest* shown() const { return shown_; }
  Guest* find(const std::string& name) const;
  const std::vector<std::unique_ptr<Guest>>& all() const { return guests_; }

 private:
  void forgetOne();

  std::string preferred_;
  std::vector<std::unique_ptr<Guest>> guests_;
  Guest* shown_ = nullptr;
};

/// The colour that names a guest: the same for the same name, on every machine.
surface::Pixel colourOf(const std::string& name);

}  // namespace lucarne::kiosk
