// SPDX-License-Identifier: Apache-2.0
// Readings for a broker. States are retained and only the newest counts: while the broker is away,
// or slow, a sensor is marked and sent once when there is room. The past goes out as the history's
// batches, in order, one at a time; the cursor in the history moves when the broker has taken one,
// so an outage of any length (within the history's retention) costs nothing and repeats nothing. A
// kill between the broker's answer and the cursor's commit repeats that one batch: same number.
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "sensors/outlet.h"
#include "sensors/outlets/history.h"
#include "sensors/outlets/mqtt_line.h"
#include "sensors/outlets/mqtt_messages.h"

namespace lucarne::sensors {

namespace {

/// Messages that the broker has not taken yet; more wait as marks.
constexpr std::size_t kMaxInFlight = 20;
constexpr const char* kCursor = "mqtt";

std::string hostName() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

class MqttOutlet final : public Outlet, private MqttLine::Listener {
 public:
  explicit MqttOutlet(Surroundings& around)
      : context_(around.context),
        wall_(around.wall),
        station_(around.station),
        history_(around.settings.mqtt.backlog ? around.history : nullptr),
        names_(mqttNames(around.settings.mqtt, hostName())),
        line_(around.context, around.settings.mqtt, "lucarne-" + names_.device,
              {names_.status(), "offline"}, *this) {
    if (!history_) return;
    history_->onStored([this](std::int64_t) { sendBatch(); });
    history_->cursor(kCursor, [this](std::int64_t seq) {
      // The first time: from here on, not all that ever was.
      sent_ = seq >= 0 ? seq : history_->newest();
      if (seq < 0) history_->setCursor(kCursor, *sent_);
      sendBatch();
    });
  }

  void onReading(const Sensor& sensor, const std::vector<bool>& news) override {
    if (std::find(news.begin(), news.end(), true) == news.end()) return;
    dirty_.insert(sensor.key());
    pump();
  }

  void onForgotten(const Sensor& sensor) override {
    dirty_.erase(sensor.key());
    line_.publish(names_.sensor(sensor), "", 1, Retain::Yes);  // takes the retained state away
  }

  std::string trouble() const override {
    return line_.connected() ? "" : (words_.empty() ? "connecting" : words_);
  }

  // The batch of the last seconds has been stored by now (the history is made before us, and
  // finishes before us) or is not wanted.
  void finish(std::function<void()> done) override {
    if (!line_.connected()) return done();
    last_ = line_.publish(names_.status(), "offline", 1, Retain::Yes);
    finished_ = std::move(done);
    if (last_ < 0) leave();
  }

 private:
  void onConnected() override {
    context_.log.named("mqtt").info("connected as {}", names_.root);
    words_.clear();
    inFlight_.clear();
    announced_.clear();
    line_.publish(names_.status(), "online", 1, Retain::Yes);
    for (const auto& [key, sensor] : station_.sensors()) dirty_.insert(key);
    pump();
    sendBatch();
  }

  void onDisconnected(const std::string& words) override {
    words_ = words;
    inFlight_.clear();
    if (finished_) leave();
  }

  void onTaken(int number) override {
    inFlight_.erase(number);
    if (number == last_ && finished_) return leave();
    if (batch_ && number == batch_->number) {
      sent_ = batch_->seq;
      history_->setCursor(kCursor, *sent_);
      batch_.reset();
      sendBatch();
    }
    pump();
  }

  void leave() {
    line_.disconnect();
    if (auto done = std::exchange(finished_, {})) done();
  }

  void pump() {
    while (line_.connected() && inFlight_.size() < kMaxInFlight && !dirty_.empty()) {
      const auto found = station_.sensors().find(*dirty_.begin());
      dirty_.erase(dirty_.begin());
      if (found == station_.sensors().end() || found->second.values.empty()) continue;
      const Sensor& sensor = found->second;
      if (sensor.id == kSummary) announce(sensor);
      const int number =
          line_.publish(names_.sensor(sensor), sensorMessage(sensor, wall_.nowMs()), 1, Retain::Yes);
      if (number >= 0) inFlight_.insert(number);
    }
  }

  // Again when the set of quantities has changed.
  void announce(const Sensor& sensor) {
    for (const auto& [topic, text] : discoveryMessages(names_, sensor)) {
      if (announced_.insert(topic).second) line_.publish(topic, text, 1, Retain::Yes);
    }
  }

  // One batch is under way at most. After a reconnect the library brings it to its end.
  void sendBatch() {
    if (!history_ || !sent_ || batch_ || asking_ || !line_.connected()) return;
    if (*sent_ >= history_->newest()) return;
    asking_ = true;
    history_->after(*sent_, 1, [this](std::vector<Batch> found) {
      asking_ = false;
      if (found.empty() || batch_ || !line_.connected()) return;
      const int number =
          line_.publish(names_.history(), batchMessage(found.front()), 2, Retain::No);
      if (number >= 0) batch_ = Sent{number, found.front().seq};
    });
  }

  struct Sent {
    int number;
    std::int64_t seq;
  };

  const base::Context& context_;
  const WallClock& wall_;
  Station& station_;
  History* history_;  // null: no backlog
  MqttNames names_;
  std::set<std::string> dirty_;      // keys of sensors with news
  std::set<std::string> announced_;  // discovery topics of this connection
  std::set<int> inFlight_;
  std::optional<std::int64_t> sent_;  // nothing until the cursor is known
  std::optional<Sent> batch_;
  bool asking_ = false;
  std::string words_;
  int last_ = -1;
  std::function<void()> finished_;
  MqttLine line_;
};

std::unique_ptr<Outlet> create(Surroundings& around) {
  if (around.settings.mqtt.host.empty()) return nullptr;
  return std::make_unique<MqttOutlet>(around);
}

}  // namespace

extern const OutletRow mqttOutlet;
const OutletRow mqttOutlet{
    .name = "mqtt", .summary = "any MQTT broker: states, last will, backlog", .create = create};

}  // namespace lucarne::sensors
