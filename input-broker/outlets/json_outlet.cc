// SPDX-License-Identifier: Apache-2.0
// json+TRANSPORT — one JSON object a line (docs/input-json.md).
//
// A listener that does not read loses lines, and is told the whole state when it reads again.
#include <fmt/format.h>

#include "input-broker/json_lines.h"
#include "input-broker/outlet.h"
#include "input-broker/outlets/line_writer.h"

namespace lucarne::input {

namespace {

class JsonOutlet final : public Outlet {
 public:
  JsonOutlet(const OutletRule& rule, std::string_view transport, Broker& broker,
             const base::Context& context)
      : rule_(rule),
        broker_(broker),
        context_(context),
        lines_(link::createTransport(transport, context), context,
               {[this] { onConnected(); }, [this] { onRoom(); }}) {}

  void start() override { lines_.start(); }

  void onAdded(const Device& device) override { say(device, json::device(device)); }
  void onRemoved(const Device& device) override { say(device, json::gone(device)); }
  void onEvent(const Device& device, const Event& event, base::TimePoint time) override {
    if (!lines_.connected() || lost_ || !device.kinds.any(rule_.kinds)) return;
    say(device, json::event(device, event, broker_.seat(device.seat), since(time)));
  }

  void onScreenChanged() override {
    if (!lines_.connected() || lost_) return;
    for (const std::string& seat : broker_.config().seats) {
      lines_.write(json::state(seat, broker_.seat(seat), since(context_.clock.now())));
    }
  }

  std::string stats() const override {
    return fmt::format("\"outlet\":\"json\",\"lines\":{},\"lost\":{}", count_, lostCount_);
  }

 private:
  std::int64_t since(base::TimePoint time) const {
    return std::max<std::int64_t>(0, base::toMicroseconds(time - start_));
  }

  void say(const Device& device, const std::string& line) {
    if (!lines_.connected() || !device.kinds.any(rule_.kinds)) return;
    // After a gap nothing is said before the state: events without their context would mislead.
    if (!lost_ && lines_.write(line)) {
      ++count_;
    } else {
      lost_ = true;
      ++lostCount_;
    }
  }

  void tellState() {
    for (const Device* device : broker_.devices()) {
      if (device->kinds.any(rule_.kinds)) lines_.write(json::device(*device));
    }
    for (const std::string& seat : broker_.config().seats) {
      lines_.write(json::state(seat, broker_.seat(seat), since(context_.clock.now())));
    }
  }

  void onConnected() {
    start_ = context_.clock.now();
    lost_ = false;
    lines_.write(json::hello());
    tellState();
  }
  void onRoom() {
    lost_ = false;
    tellState();
  }

  OutletRule rule_;
  Broker& broker_;
  base::Context context_;
  base::TimePoint start_{};
  bool lost_ = false;
  std::uint64_t count_ = 0;
  std::uint64_t lostCount_ = 0;
  LineWriter lines_;
};

std::unique_ptr<Outlet> create(const OutletRule& rule, std::string_view rest, Broker& broker,
                               const base::Context& context) {
  return std::make_unique<JsonOutlet>(rule, rest, broker, context);
}

}  // namespace

extern const OutletRow jsonOutlet;
const OutletRow jsonOutlet{"json", "json+TRANSPORT", "one JSON object a line, for any language",
                           create};

}  // namespace lucarne::input
