// SPDX-License-Identifier: Apache-2.0
// null: — swallows everything and counts it: for measuring, and to see how an outlet is written.
#include <fmt/format.h>

#include "base/result.h"
#include "input-broker/outlet.h"

namespace lucarne::input {

namespace {

class NullOutlet final : public Outlet {
 public:
  void onFrame(const Device&, const RawFrame&) override { ++frames_; }
  void onEvent(const Device&, const Event&, base::TimePoint) override { ++events_; }
  std::string stats() const override {
    return fmt::format("\"outlet\":\"null\",\"frames\":{},\"events\":{}", frames_, events_);
  }

 private:
  std::uint64_t frames_ = 0;
  std::uint64_t events_ = 0;
};

std::unique_ptr<Outlet> create(const OutletRule& rule, std::string_view rest, Broker&,
                               const base::Context&) {
  if (!rest.empty()) throw base::UsageError("outlet \"" + rule.to + "\": expected null:");
  return std::make_unique<NullOutlet>();
}

}  // namespace

extern const OutletRow nullOutlet;
const OutletRow nullOutlet{"null", "null:", "swallows everything", create};

}  // namespace lucarne::input
