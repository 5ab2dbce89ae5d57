// SPDX-License-Identifier: Apache-2.0
// Files of a device as a driver might write them, to every probe, twice, and to their summaries and
// outlets: lines "name=text".
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "sensors/dashboard/state_json.h"
#include "sensors/probe.h"

#include <nlohmann/json.hpp>

namespace base = lucarne::base;
namespace sensors = lucarne::sensors;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  sensors::Attributes first;
  sensors::Attributes second;
  bool toSecond = false;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) {
      toSecond = !toSecond;
      continue;
    }
    const std::string name(line.substr(0, equals));
    const std::string text(line.substr(equals + 1, sensors::kMaxAttribute));
    sensors::Attributes& into = toSecond ? second : first;
    into.set(name, text == "!" ? sensors::Attribute{"", 5} : sensors::Attribute{text, 0});
    first.entries.push_back(name);
  }
  std::sort(first.entries.begin(), first.entries.end());
  for (const sensors::ProbeRow* row : sensors::probeRows()) {
    const auto probe = row->create(first);
    if (!probe) continue;
    base::TimePoint now{};
    sensors::Sensor a{row, "a", probe->label(), probe->interpret(first, now)};
    now += std::chrono::seconds(150);
    sensors::Sensor b{row, "b", probe->label(), probe->interpret(second, now)};
    now += std::chrono::seconds(150);
    sensors::Sensor c{row, "c", probe->label(), probe->interpret(first, now)};
    const std::array<const sensors::Sensor*, 3> devices = {&a, &b, &c};
    sensors::Sensor all{row, "summary", "", row->summarise(devices)};
    for (const sensors::Sensor* one : {&a, &b, &c, &all}) {
      if (one->values.size() != row->fields.size()) std::abort();
      if (sensors::dumpLine(sensors::sensorJson(*one)).empty()) std::abort();
      for (std::size_t i = 0; i < one->values.size(); ++i) {
        sensors::valueText(row->fields[i], one->values[i]);
        sensors::isNews(row->fields[i], a.values[i], one->values[i]);
        const double* number = one->values[i].number();
        if (number && !(*number > -1e12 && *number < 1e12)) std::abort();  // nonsense got through
      }
    }
  }
  return 0;
}
