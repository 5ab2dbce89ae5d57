// SPDX-License-Identifier: Apache-2.0
#include "bench/results_file.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/result.h"
#include "bench/text_file.h"

namespace lucarne::bench {

namespace {

using nlohmann::json;

constexpr int kFormat = 3;
constexpr int kOldestFormat =
    1;  // 1: without the guest's server in cpu_ms_per_frame; 2: medians only
constexpr const char* kForeign = "that file is not a result of lucarne-bench";

template <typename T>
struct Field {
  const char* name;
  double T::*value;
};
constexpr Field<Outcome> kFields[] = {
    {"shown_per_second", &Outcome::shownPerSecond},
    {"share_shown", &Outcome::shareShown},
    {"latency_p50_ms", &Outcome::latencyP50},
    {"latency_p95_ms", &Outcome::latencyP95},
    {"latency_p99_ms", &Outcome::latencyP99},
    {"longest_gap_ms", &Outcome::longestGap},
    {"line_bytes_per_frame", &Outcome::lineBytesPerFrame},
    {"cpu_ms_per_frame", &Outcome::cpuPerFrame},
    {"until_exact_ms", &Outcome::untilExact},
    {"differing_pixels", &Outcome::differingPixels},
    {"poll_lateness_p99_ms", &Outcome::pollLatenessP99},
};

constexpr Field<EchoTimes> kEchoFields[] = {{"p50_ms", &EchoTimes::p50},
                                            {"p95_ms", &EchoTimes::p95},
                                            {"p99_ms", &EchoTimes::p99},
                                            {"worst_ms", &EchoTimes::worst}};
constexpr Field<Beginning> kBeginningFields[] = {{"first_ms", &Beginning::first},
                                                 {"recognisable_ms", &Beginning::recognisable},
                                                 {"text_exact_ms", &Beginning::text},
                                                 {"whole_exact_ms", &Beginning::whole},
                                                 {"line_bytes", &Beginning::lineBytes}};
constexpr Field<PhaseOutcome> kPhaseFields[] = {{"shown_per_second", &PhaseOutcome::shownPerSecond},
                                                {"latency_p50_ms", &PhaseOutcome::latencyP50},
                                                {"latency_p95_ms", &PhaseOutcome::latencyP95},
                                                {"settled_ms", &PhaseOutcome::settled}};
constexpr Field<ChangesOutcome> kChangesFields[] = {
    {"until_exact_ms", &ChangesOutcome::untilExact},
    {"differing_pixels", &ChangesOutcome::differingPixels},
    {"poll_lateness_p99_ms", &ChangesOutcome::pollLatenessP99}};

template <typename T, std::size_t N>
void put(json& j, const Field<T> (&fields)[N], const T& from) {
  for (const Field<T>& f : fields) j[f.name] = from.*f.value;
}

template <typename T, std::size_t N>
T fromFields(const Field<T> (&fields)[N], const json& j) {
  T to;
  for (const Field<T>& f : fields) to.*f.value = j.value(f.name, 0.0);
  return to;
}

std::string processor() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("model name"))
      return line.substr(std::min(line.size(), line.find(':') + 2));
  }
  utsname name{};
  ::uname(&name);
  return name.machine;
}

// A number from outside as an int: what does not fit is cut to what does.
int integer(const json& j, const char* name, int otherwise) {
  constexpr double kMost = 1e9;
  return static_cast<int>(std::clamp(j.value(name, static_cast<double>(otherwise)), -kMost, kMost));
}

json toJson(const Task& task) {
  return {{"guest", task.guest},
          {"scene", task.scene},
          {"line", task.line},
          {"path", task.path},
          {"window", task.window},
          {"width", task.size.width},
          {"height", task.size.height},
          {"rotation", surface::degrees(task.rotation)},
          {"drawn_per_second", task.framesPerSecond},
          {"server_per_second", task.serverRate},
          {"bit_error_rate", task.faults.bitErrorRate},
          {"seconds", task.seconds}};
}

Task parseTask(const json& j) {
  Task task;
  task.guest = j.value("guest", task.guest);
  task.scene = j.value("scene", "");
  task.line = j.value("line", "");
  task.path = j.value("path", "");
  task.window = j.value("window", task.window);
  task.size = {integer(j, "width", 0), integer(j, "height", 0)};
  task.rotation = surface::rotationOf(integer(j, "rotation", 0)).value_or(surface::Rotation::Deg0);
  task.framesPerSecond = j.value("drawn_per_second", 0.0);
  task.serverRate = integer(j, "server_per_second", task.serverRate);
  task.faults.bitErrorRate = j.value("bit_error_rate", 0.0);
  task.seconds = j.value("seconds", 0.0);
  return task;
}

json toJson(const Outcome& outcome) {
  json j = {{"cpu_ms_per_frame_of", outcome.cpuPerFrameOf}, {"resident_mib", outcome.residentMiB}};
  put(j, kFields, outcome);
  return j;
}

Outcome parseOutcome(const json& j) {
  auto outcome = fromFields(kFields, j);
  outcome.cpuPerFrameOf = j.value("cpu_ms_per_frame_of", outcome.cpuPerFrameOf);
  outcome.residentMiB = j.value("resident_mib", outcome.residentMiB);
  return outcome;
}

json toJson(const EchoTimes& times) {
  json j = {{"count", times.count}, {"lost", times.lost}};
  put(j, kEchoFields, times);
  return j;
}

EchoTimes parseTimes(const json& j) {
  auto times = fromFields(kEchoFields, j);
  times.count = integer(j, "count", 0);
  times.lost = integer(j, "lost", 0);
  return times;
}

json toJson(const EchoOutcome& outcome) {
  return {{"key", toJson(outcome.key)},
          {"pointer", toJson(outcome.pointer)},
          {"poll_lateness_p99_ms", outcome.pollLatenessP99}};
}

EchoOutcome parseEcho(const json& j) {
  const json none = json::object();
  return {parseTimes(j.value("key", none)), parseTimes(j.value("pointer", none)),
          j.value("poll_lateness_p99_ms", 0.0)};
}

json toJson(const Beginning& beginning) {
  json j;
  put(j, kBeginningFields, beginning);
  return j;
}

Beginning parseBeginning(const json& j) { return fromFields(kBeginningFields, j); }

json toJson(const ChangesOutcome& outcome) {
  json j = {{"phases", json::array()}};
  put(j, kChangesFields, outcome);
  for (const PhaseOutcome& phase : outcome.phases) {
    json of = {{"name", phase.name}};
    put(of, kPhaseFields, phase);
    j["phases"].push_back(std::move(of));
  }
  return j;
}

ChangesOutcome parseChanges(const json& j) {
  auto outcome = fromFields(kChangesFields, j);
  for (const json& of : j.value("phases", json::array())) {
    auto phase = fromFields(kPhaseFields, of);
    phase.name = of.value("name", "");
    outcome.phases.push_back(std::move(phase));
  }
  return outcome;
}

// Task and medians for readers, every run for medians over more of them.
template <typename R>
json toJson(const R& result) {
  json j = toJson(result.task);
  j.update(toJson(median(result.runs)));
  j["runs"] = result.runs.size();
  j["each"] = json::array();
  for (const auto& run : result.runs) j["each"].push_back(toJson(run));
  return j;
}

template <typename R, typename Parse>
void parseAll(const json& all, const char* name, std::vector<R>& results, Parse parse) {
  for (const json& j : all.value(name, json::array())) {
    R result{parseTask(j), {}};
    for (const json& run : j.value("each", json::array())) result.runs.push_back(parse(run));
    if (result.runs.empty()) result.runs.push_back(parse(j));
    results.push_back(std::move(result));
  }
}

// Calls with each list's name, place and the parser of one of its runs.
template <typename Each>
void forEachList(Each each) {
  each("results", &ResultFile::results, parseOutcome);
  each("echoes", &ResultFile::echoes, parseEcho);
  each("boots", &ResultFile::boots, parseBeginning);
  each("stills", &ResultFile::stills, parseBeginning);
  each("changes", &ResultFile::changes, parseChanges);
}

template <typename R>
void addAll(std::vector<R>& results, std::vector<R> more) {
  for (R& m : more) {
    const auto same = std::find_if(results.begin(), results.end(),
                                   [&m](const R& r) { return sameTask(r.task, m.task); });
    if (same == results.end()) {
      results.push_back(std::move(m));
    } else {
      same->runs.insert(same->runs.end(), m.runs.begin(), m.runs.end());
    }
  }
}

}  // namespace

ResultFile resultsOfThisMachine(const std::string& command) {
  return {.commands = {command},
          .processor = processor(),
          .cores = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN))};
}

std::string toJson(const ResultFile& file) {
  json all = {{"format", kFormat},
              {"commands", file.commands},
              {"machine", {{"processor", file.processor}, {"cores", file.cores}}},
              {"results", json::array()}};
  forEachList([&](const char* name, auto list, auto) {
    for (const auto& r : file.*list) all[name].push_back(toJson(r));
  });
  return all.dump(1) + "\n";
}

ResultFile parseResults(const std::string& text) try {
  const json all = json::parse(text, nullptr, false);
  if (!all.is_object() || integer(all, "format", 0) < kOldestFormat ||
      integer(all, "format", 0) > kFormat || !all.contains("results") ||
      !all.at("results").is_array()) {
    throw base::UsageError(kForeign);
  }
  ResultFile file;
  file.commands = all.value("commands", std::vector<std::string>{});
  if (file.commands.empty()) file.commands.push_back(all.value("command", ""));
  const json machine = all.value("machine", json::object());
  file.processor = machine.value("processor", "");
  file.cores = integer(machine, "cores", 0);
  forEachList([&](const char* name, auto list, auto parse) {
    parseAll(all, name, file.*list, parse);
  });
  return file;
} catch (const json::exception&) {
  throw base::UsageError(kForeign);
}

void add(ResultFile& file, ResultFile more) {
  if (file.processor != more.processor || file.cores != more.cores) {
    throw base::UsageError("the earlier results are from another machine");
  }
  for (std::string& command : more.commands) {
    if (std::find(file.commands.begin(), file.commands.end(), command) == file.commands.end()) {
      file.commands.push_back(std::move(command));
    }
  }
  forEachList([&](const char*, auto list, auto) { addAll(file.*list, std::move(more.*list)); });
}

void write(const std::string& path, ResultFile file, bool keep) {
  if (path.empty()) return;
  if (keep && std::filesystem::exists(path)) {
    ResultFile all = parseResults(readText(path));
    add(all, std::move(file));
    file = std::move(all);
  }
  writeText(path, toJson(file));
}

}  // namespace lucarne::bench
