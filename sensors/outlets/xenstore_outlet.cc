// SPDX-License-Identifier: Apache-2.0
// Readings in XenStore, for the domains that are named in the configuration.
//
//   data/lucarne/sensors/KIND/ID/FIELD   a number, 1 or 0, a word, or "unknown"
//   …/KIND/ID/label                      for people
//   …/KIND/ID/reason                     why something is unknown; empty when nothing is
//   …/KIND/ID/estimated                  names of the fields that are estimates, by spaces
//   …/heartbeat                          a number that grows while we live
//   …/serial                             xenstore/publisher.h
//
// KIND/summary is always there. A field that the device does not have has no node.
#include "sensors/outlet.h"
#include "sensors/outlets/neighbour_view.h"
#include "xenstore/publisher.h"

namespace lucarne::sensors {

namespace {

xenstore::PublisherOptions publisherOptions(const XenStoreSettings& settings) {
  xenstore::PublisherOptions options;
  options.base = settings.base;
  for (const std::int64_t domain : settings.readers) {
    options.readers.push_back(static_cast<xenstore::DomainId>(domain));
  }
  return options;
}

class XenStoreOutlet final : public Outlet, private xenstore::ClientObserver {
 public:
  explicit XenStoreOutlet(Surroundings& around)
      : context_(around.context),
        client_(around.context, around.settings.xenstore.address),
        publisher_(client_, around.context, publisherOptions(around.settings.xenstore)),
        neighbours_(around.context, client_, {"data/lucarne/display", "data/lucarne/input/devices"}) {
    around.neighbours = &neighbours_;
    client_.addObserver(*this);
    beat_ = context_.loop.every(std::chrono::seconds(around.settings.xenstore.heartbeatSeconds),
                                [this] { publisher_.set("heartbeat", ++beats_); });
  }
  ~XenStoreOutlet() override { client_.removeObserver(*this); }

  void start() override { publisher_.set("heartbeat", beats_); }

  void onReading(const Sensor& sensor, const std::vector<bool>& news) override {
    const std::string node = sensor.key() + "/";
    bool any = false;
    std::string estimated;
    for (std::size_t i = 0; i < sensor.values.size(); ++i) {
      const Field& field = sensor.row->fields[i];
      const Value& value = sensor.values[i];
      if (value.origin() == Origin::Estimated) {
        estimated += (estimated.empty() ? "" : " ") + std::string(field.name);
      }
      if (!news[i]) continue;
      any = true;
      if (value.absent()) {
        publisher_.remove(node + field.name);
      } else {
        publisher_.set(node + field.name, valueText(field, value));
      }
    }
    if (!any) return;
    publisher_.set(node + "label", sensor.label);
    publisher_.set(node + "reason", sensor.reasons());
    publisher_.set(node + "estimated", estimated);
  }

  void onForgotten(const Sensor& sensor) override { publisher_.remove(sensor.key()); }

  void finish(std::function<void()> done) override {
    beat_.cancel();
    publisher_.withdraw(std::move(done));
  }

  std::string trouble() const override {
    return client_.connected() ? "" : "no connection to " + client_.address();
  }

 private:
  void onDisconnected(const std::string& words) override {
    context_.log.named("xenstore").warning("{}", words);
  }

  const base::Context& context_;
  xenstore::Client client_;
  xenstore::Publisher publisher_;
  NeighbourView neighbours_;
  std::int64_t beats_ = 0;
  base::Timer beat_;
};

std::unique_ptr<Outlet> create(Surroundings& around) {
  if (!around.settings.xenstore.enable) return nullptr;
  return std::make_unique<XenStoreOutlet>(around);
}

}  // namespace

extern const OutletRow xenstoreOutlet;
const OutletRow xenstoreOutlet{
    .name = "xenstore", .summary = "data/lucarne/sensors in XenStore", .create = create};

}  // namespace lucarne::sensors
