// SPDX-License-Identifier: Apache-2.0
#include "sensors/station.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <set>
#include <system_error>

#include <fmt/format.h>

namespace lucarne::sensors {

using base::Duration;
using base::TimePoint;

struct Station::Order {
  bool open = false;
  bool overtaken = false;
  bool hung = false;
  Reader::Ticket ticket = 0;
  TimePoint sent{};
};

// One device of one kind. Its order's answer finds it by this pointer: devices are destroyed only
// with their entry, and an entry with an open order is kept until the answer is in.
struct Station::Device {
  const ProbeRow* row = nullptr;
  std::string path;
  std::string key;
  std::unique_ptr<Probe> probe;
  Order order;
  bool again = false;  // an event came while the order was open
  bool read = false;   // answered at least once
  Duration interval{};
  TimePoint due{};
  TimePoint secondLook{};  // zero: none
};

// One entry of a folder: a power supply, an IIO device. May be a device of several kinds.
struct Station::Entry {
  Folder* folder = nullptr;
  std::string name;
  Order order;           // of its identity
  bool present = true;
  bool identified = false;
  std::vector<std::unique_ptr<Device>> devices;

  bool busy() const {
    return order.open || std::any_of(devices.begin(), devices.end(),
                                     [](const auto& d) { return d->order.open; });
  }
};

// One folder below the sysfs root, shared by the rows that look into it.
struct Station::Folder {
  std::string path;
  std::string subsystem;
  std::vector<const ProbeRow*> rows;
  std::vector<std::string> identity;  // files of all rows
  Order order;
  bool again = false;
  bool listed = false;
  TimePoint due{};
  std::map<std::string, std::unique_ptr<Entry>> entries;
  std::vector<std::unique_ptr<Entry>> leaving;  // gone, with an order that is still out
};

namespace {

std::string cleanId(std::string_view name) {
  std::string id;
  for (const char c : name.substr(0, 64)) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_';
    id.push_back(plain ? c : '_');
  }
  return id == kSummary ? id + "_" : id;
}

}  // namespace

Station::Station(const base::Context& context, Reader& reader, StationOptions options)
    : context_(context),
      log_(context.log.named("station")),
      reader_(reader),
      options_(std::move(options)) {
  for (const ProbeRow* row : probeRows()) {
    if (std::find(options_.without.begin(), options_.without.end(), row->kind) !=
        options_.without.end()) {
      continue;
    }
    const std::string path = options_.sysfs + "/" + row->folder;
    auto found = std::find_if(folders_.begin(), folders_.end(),
                              [&](const auto& folder) { return folder->path == path; });
    if (found == folders_.end()) {
      folders_.push_back(std::make_unique<Folder>());
      found = std::prev(folders_.end());
      (*found)->path = path;
      (*found)->subsystem = row->subsystem;
    }
    (*found)->rows.push_back(row);
    auto& identity = (*found)->identity;
    for (const char* file : row->identity) {
      if (std::find(identity.begin(), identity.end(), file) == identity.end()) {
        identity.emplace_back(file);
      }
    }
    Sensor summary{row, kSummary, row->kind, allUnknown(*row, row->missing)};
    sensors_.emplace(summary.key(), summary);
  }
}

Station::~Station() = default;

void Station::start() {
  for (auto& [key, sensor] : sensors_) update(sensor, sensor.values);
  for (auto& folder : folders_) scan(*folder);
  arm();
}

void Station::addObserver(StationObserver& observer) { observers_.push_back(&observer); }
void Station::removeObserver(StationObserver& observer) { std::erase(observers_, &observer); }

const Sensor* Station::summary(std::string_view kind) const {
  const auto found = sensors_.find(std::string(kind) + "/" + kSummary);
  return found == sensors_.end() ? nullptr : &found->second;
}

std::vector<std::string> Station::paths(std::string_view kind) const {
  std::vector<std::string> paths;
  for (const auto& folder : folders_) {
    for (const auto& [name, entry] : folder->entries) {
      for (const auto& device : entry->devices) {
        if (device->row->kind == kind) paths.push_back(device->path);
      }
    }
  }
  return paths;
}

void Station::freeze(std::string_view kind, bool frozen) {
  std::erase(frozen_, kind);
  if (frozen) frozen_.emplace_back(kind);
  for (const auto& folder : folders_) {
    for (const ProbeRow* row : folder->rows) {
      if (row->kind == kind) summarise(*row);
    }
  }
}

bool Station::frozen(std::string_view kind) const {
  return std::find(frozen_.begin(), frozen_.end(), kind) != frozen_.end();
}

bool Station::settled() const {
  const auto answered = [](const Order& order) { return !order.open || order.hung; };
  for (const auto& folder : folders_) {
    if (!folder->listed && !folder->order.hung) return false;
    for (const auto& [name, entry] : folder->entries) {
      if (!answered(entry->order)) return false;
      for (const auto& device : entry->devices) {
        if (!device->read && !device->order.hung) return false;
      }
    }
  }
  return true;
}

void Station::event(std::string_view subsystem, std::string_view name) {
  const TimePoint now = context_.clock.now();
  for (auto& folder : folders_) {
    if (folder->subsystem != subsystem) continue;
    std::vector<Device*> devices;
    const auto gather = [&](Entry& entry) {
      for (auto& device : entry.devices) devices.push_back(device.get());
    };
    const auto named = folder->entries.find(std::string(name));
    if (named != folder->entries.end()) gather(*named->second);
    for (auto& [other, entry] : folder->entries) {
      if (other != name) gather(*entry);
    }
    // The quick ones first, whichever was named: a plug is told for the battery and for the mains in
    // any order, and a battery has twenty files, which its firmware can be slow to evaluate.
    std::stable_sort(devices.begin(), devices.end(), [](const Device* a, const Device* b) {
      return a->probe->files().size() < b->probe->files().size();
    });
    for (Device* device : devices) {
      device->interval = device->row->cadence.fastest;
      device->secondLook = now + kSecondLook;
      if (device->order.open) {
        device->again = true;
      } else {
        poll(*device);
      }
    }
    scan(*folder);
  }
  arm();
}

// Listing

void Station::scan(Folder& folder) {
  folder.due = context_.clock.now() + kScanInterval;
  if (folder.order.open) {
    folder.again = true;
    return;
  }
  folder.order = {.open = true, .sent = context_.clock.now()};
  folder.order.ticket = reader_.read(
      {.folder = folder.path, .files = {}, .listing = Listing::Yes, .text = {}},
      [this, &folder](const Attributes& listing) { onListed(folder, listing); });
}

void Station::onListed(Folder& folder, const Attributes& listing) {
  folder.order.open = false;
  folder.listed = true;
  std::erase_if(folder.leaving, [](const auto& entry) { return !entry->busy(); });
  const std::set<std::string> present(listing.entries.begin(), listing.entries.end());
  for (auto it = folder.entries.begin(); it != folder.entries.end();) {
    if (present.contains(it->first)) {
      ++it;
      continue;
    }
    lose(*it->second);
    if (it->second->busy()) folder.leaving.push_back(std::move(it->second));
    it = folder.entries.erase(it);
  }
  for (const std::string& name : listing.entries) {
    auto& entry = folder.entries[name];
    if (!entry) {
      entry = std::make_unique<Entry>();
      entry->folder = &folder;
      entry->name = name;
    }
    if (!entry->identified && !entry->order.open) identify(*entry);
  }
  if (std::exchange(folder.again, false)) scan(folder);
  arm();
}

void Station::identify(Entry& entry) {
  entry.order = {.open = true, .sent = context_.clock.now()};
  entry.order.ticket = reader_.read(
      {entry.folder->path + "/" + entry.name, entry.folder->identity, Listing::Yes, {}},
      [this, &entry](const Attributes& identity) { onIdentified(entry, identity); });
}

void Station::onIdentified(Entry& entry, const Attributes& identity) {
  entry.order.open = false;
  if (!entry.present) return;
  // Unreadable is not the same as not ours: ask again at the next scan.
  entry.identified = std::none_of(
      entry.folder->identity.begin(), entry.folder->identity.end(),
      [&](const auto& file) { return identity.has(file) && !identity.text(file); });
  for (const ProbeRow* row : entry.folder->rows) {
    if (devices_ >= kMaxDevices) break;
    auto probe = row->create(identity);
    if (!probe) continue;
    entry.identified = true;
    Sensor sensor{row, cleanId(entry.name), probe->label(), {}};
    for (int n = 2; sensors_.contains(sensor.key()) &&
                    std::find(gone_.begin(), gone_.end(), sensor.key()) == gone_.end();
         ++n) {
      sensor.id = fmt::format("{}-{}", cleanId(entry.name), n);  // "a:b" and "a.b"
    }
    log_.info("{}: {} ({})", sensor.key(), sensor.label, identity.folder);
    std::erase(gone_, sensor.key());
    auto device = std::make_unique<Device>();
    device->row = row;
    device->path = identity.folder;
    device->key = sensor.key();
    device->probe = std::move(probe);
    device->interval = row->cadence.fastest;
    sensors_.insert_or_assign(device->key, std::move(sensor));
    ++devices_;
    entry.devices.push_back(std::move(device));
    poll(*entry.devices.back());
  }
  arm();
}

// Reading

void Station::poll(Device& device) {
  device.order = {.open = true, .sent = context_.clock.now()};
  device.order.ticket =
      reader_.read({device.path, device.probe->files(), Listing::No, {}},
                   [this, &device](const Attributes& read) { onRead(device, read); });
}

void Station::onRead(Device& device, const Attributes& read) {
  const TimePoint now = context_.clock.now();
  device.order.open = false;
  device.read = true;
  const auto found = sensors_.find(device.key);
  if (found == sensors_.end() || device.key.empty()) return;  // its entry has left
  if (device.order.hung) log_.info("{}: answers again", device.key);
  Sensor& sensor = found->second;
  const bool moved = update(sensor, device.probe->interpret(read, now));
  summarise(*device.row);

  const Cadence& cadence = device.row->cadence;
  device.interval = moved || device.probe->restless()
                        ? cadence.fastest
                        : std::min(device.interval * 3 / 2, cadence.slowest);
  const Duration period = options_.fixedPeriod > Duration::zero()
                              ? options_.fixedPeriod
                              : std::max(device.interval, device.probe->fastest());
  device.due = now + period;
  if (device.secondLook > now) device.due = std::min(device.due, device.secondLook);
  // Every file is missing: the device went and nobody told.
  const auto& files = device.probe->files();
  if (std::none_of(files.begin(), files.end(), [&](const auto& f) { return read.has(f); })) {
    for (auto& folder : folders_) {
      if (folder->subsystem == device.row->subsystem) folder->due = now;
    }
  }
  if (std::exchange(device.again, false)) poll(device);
  arm();
}

void Station::lose(Entry& entry) {
  entry.present = false;
  for (auto& device : entry.devices) {
    --devices_;
    const auto found = sensors_.find(device->key);
    if (found == sensors_.end()) continue;
    log_.info("{}: the device is gone", device->key);
    update(found->second, allUnknown(*device->row, "the device is gone", found->second.values));
    gone_.push_back(std::exchange(device->key, ""));
  }
  forgetOldest();
  // Without their keys they do not count any more: the summary is of those that are left.
  for (const auto& device : entry.devices) summarise(*device->row);
}

void Station::forgetOldest() {
  while (gone_.size() > kMaxGone) {
    const auto found = sensors_.find(gone_.front());
    if (found != sensors_.end()) {
      for (StationObserver* observer : observers_) observer->onForgotten(found->second);
      told_.erase(found->first);
      sensors_.erase(found);
    }
    gone_.erase(gone_.begin());
  }
}

// Telling

bool Station::update(Sensor& sensor, std::vector<Value> values) {
  sensor.values = std::move(values);
  auto& told = told_[sensor.key()];
  const bool first = told.size() != sensor.values.size();
  if (first) told.assign(sensor.values.size(), Value());
  std::vector<bool> news(sensor.values.size());
  for (std::size_t i = 0; i < sensor.values.size(); ++i) {
    news[i] = first || isNews(sensor.row->fields[i], told[i], sensor.values[i]);
    if (news[i]) told[i] = sensor.values[i];
  }
  for (StationObserver* observer : observers_) observer->onReading(sensor, news);
  return std::find(news.begin(), news.end(), true) != news.end();
}

void Station::summarise(const ProbeRow& row) {
  if (frozen(row.kind)) return;
  std::vector<const Sensor*> devices;
  for (const auto& folder : folders_) {
    for (const auto& [name, entry] : folder->entries) {
      for (const auto& device : entry->devices) {
        if (device->row != &row || !device->probe->inSummary()) continue;
        const auto found = sensors_.find(device->key);
        if (found != sensors_.end() && !found->second.values.empty()) {
          devices.push_back(&found->second);
        }
      }
    }
  }
  Sensor& summary = sensors_.at(std::string(row.kind) + "/" + kSummary);
  update(summary, devices.empty() ? allUnknown(row, row.missing) : row.summarise(devices));
}

// Time

void Station::watchOrder(Order& order, const std::function<void(std::string)>& onHung) {
  if (!order.open) return;
  const Duration waited = context_.clock.now() - order.sent;
  if (!order.overtaken && waited >= kOvertakeAfter) {
    order.overtaken = true;
    reader_.overtake(order.ticket);
  }
  if (!order.hung && waited >= kHungAfter) {
    order.hung = true;
    const ReadProgress progress = reader_.progress(order.ticket);
    onHung(progress.file.empty() ? "no answer: too many other reads hang"
                                 : fmt::format("{}: no answer for {} s", progress.file,
                                               kHungAfter / std::chrono::seconds(1)));
  }
}

void Station::tick() {
  const TimePoint now = context_.clock.now();
  for (auto& folder : folders_) {
    watchOrder(folder->order, [&](const std::string& why) {
      log_.warning("list {}: {}", folder->path, why);
    });
    if (!folder->order.open && folder->due <= now) scan(*folder);
    for (auto& [name, entry] : folder->entries) {
      watchOrder(entry->order, [&, &entryName = name](const std::string& why) {
        log_.warning("identify {}/{}: {}", folder->path, entryName, why);
      });
      for (auto& device : entry->devices) {
        watchOrder(device->order, [&](const std::string& why) {
          log_.warning("{}: {}", device->key, why);
          Sensor& sensor = sensors_.at(device->key);
          update(sensor, allUnknown(*device->row, why, sensor.values));
          summarise(*device->row);
        });
        if (!device->order.open && device->due <= now) poll(*device);
      }
    }
  }
  arm();
}

TimePoint Station::deadline() const {
  TimePoint next = TimePoint::max();
  const auto consider = [&next](const Order& order, TimePoint due) {
    if (!order.open) {
      next = std::min(next, due);
    } else if (!order.overtaken) {
      next = std::min(next, order.sent + kOvertakeAfter);
    } else if (!order.hung) {
      next = std::min(next, order.sent + kHungAfter);
    }
  };
  for (const auto& folder : folders_) {
    consider(folder->order, folder->due);
    for (const auto& [name, entry] : folder->entries) {
      consider(entry->order, TimePoint::max());
      for (const auto& device : entry->devices) consider(device->order, device->due);
    }
  }
  return next;
}

void Station::arm() {
  const TimePoint next = deadline();
  if (next == TimePoint::max()) {
    timer_.cancel();
    return;
  }
  timer_ = context_.loop.after(std::max(next - context_.clock.now(), Duration::zero()),
                               [this] { tick(); });
}

}  // namespace lucarne::sensors
