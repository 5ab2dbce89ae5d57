// SPDX-License-Identifier: Apache-2.0
// Makes a probe from files given as text and lets it interpret others: no folders, no threads.
#pragma once

#include <cerrno>
#include <map>
#include <string>

#include "sensors/probe.h"

namespace lucarne::sensors {

using Files = std::map<std::string, std::string>;

inline const ProbeRow& rowOf(std::string_view kind) {
  for (const ProbeRow* row : probeRows()) {
    if (row->kind == kind) return *row;
  }
  std::abort();
}

inline Attributes attributesOf(const Files& files) {
  Attributes attributes;
  for (const auto& [name, text] : files) {
    attributes.entries.push_back(name);
    // "!5" stands for a read that fails with errno 5.
    const bool fails = text.starts_with('!');
    attributes.set(name, fails ? Attribute{"", std::stoi(text.substr(1))} : Attribute{text, 0});
  }
  return attributes;
}

class ProbeBench {
 public:
  ProbeBench(std::string_view kind, const Files& files)
      : row_(rowOf(kind)), probe_(row_.create(attributesOf(files))) {}

  bool made() const { return probe_ != nullptr; }
  Probe& probe() { return *probe_; }
  Sensor read(const Files& files, base::TimePoint now = base::TimePoint{}) {
    return {&row_, "X", probe_->label(), probe_->interpret(attributesOf(files), now)};
  }
  std::vector<Value> summarise(const std::vector<Sensor>& sensors) {
    std::vector<const Sensor*> all;
    for (const Sensor& sensor : sensors) all.push_back(&sensor);
    return row_.summarise(all);
  }

 private:
  const ProbeRow& row_;
  std::unique_ptr<Probe> probe_;
};

}  // namespace lucarne::sensors
