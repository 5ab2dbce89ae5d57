// SPDX-License-Identifier: Apache-2.0
#include "tests/vm/load_meter.h"

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <map>
#include <sstream>

#include <fmt/format.h>

#include "base/loop.h"
#include "tests/support/child_program.h"
#include "xenstore/client.h"

namespace lucarne::test {

namespace {

using std::chrono::milliseconds;

constexpr const char* kNode = "/local/domain/0/data/lucarne/input";

std::int64_t nowUs() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Percentiles percentiles(std::vector<std::int64_t> us) {
  if (us.empty()) return {};
  std::sort(us.begin(), us.end());
  const auto at = [&](double part) {
    return static_cast<double>(us[static_cast<std::size_t>(part * static_cast<double>(us.size() - 1))]) / 1e3;
  };
  return {at(0.5), at(0.99), at(1)};
}

/// Watches the whole tree from outside.
class Watcher {
 public:
  explicit Watcher(const std::string& socket) : client_(context_, socket) {
    watch_ = client_.watch(kNode, [this](const std::string& path) { onChanged(path); });
  }

  template <typename Done>
  bool turnUntil(Done done, milliseconds limit) {
    const auto end = clock_.now() + limit;
    const auto tick = loop_.every(milliseconds(10), [] {});
    while (!done() && clock_.now() < end) loop_.turn(true);
    return done();
  }
  bool reads(const std::string& path, const std::string& value) {
    std::string got;
    bool asked = false;
    return turnUntil(
        [&] {
          if (!asked) {
            asked = true;
            client_.read(std::string(kNode) + path, [&](const xenstore::Answer<std::string>& a) {
              got = a ? *a : "";
              asked = false;
            });
          }
          return got == value;
        },
        milliseconds(20'000)) && turnUntil([&] { return !asked; }, milliseconds(2000));
  }
  void forget() { firstSeen_.clear(); }
  /// For each press, counted from one: when a watch first told of it.
  const std::map<int, std::int64_t>& firstSeen() const { return firstSeen_; }

 private:
  void onChanged(const std::string& path) {
    const std::int64_t at = nowUs();
    if (!path.ends_with("buttons/power/presses")) return;
    client_.read(path, [this, at](const xenstore::Answer<std::string>& answer) {
      if (answer) firstSeen_.try_emplace(std::atoi(answer->c_str()), at);
    });
  }

  base::Loop loop_;
  base::RealClock clock_;
  base::Context context_{loop_, clock_, base::Log::discard()};
  xenstore::Client client_;
  xenstore::StoreWatch watch_;
  std::map<int, std::int64_t> firstSeen_;
};

/// What the peer printed: by device the times of its frames, and how often a finger came down.
struct Arrived {
  std::map<std::string, std::vector<std::int64_t>> frames;
  int fingersDown = 0;
};

Arrived readPrinted(const std::string& file) {
  Arrived arrived;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) {
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos) continue;
    const std::string name = line.substr(0, tab);
    std::istringstream words(line.substr(tab + 1));
    std::string first;
    std::int64_t second = 0;
    std::int64_t third = 0;
    words >> first >> second;
    if (first == "SYN") arrived.frames[name].push_back(second);
    const bool tracking = first == "3" && second == ABS_MT_TRACKING_ID;
    arrived.fingersDown += tracking && words >> third && third >= 0;
  }
  return arrived;
}

/// The frames of `name` beside the times at which they were played. Frames that came before the
/// load (what a device said when it was found) are the first.
std::vector<std::int64_t> delaysOf(const Arrived& arrived, std::string_view name,
                                   const std::vector<std::int64_t>& played, int& count) {
  count = 0;
  std::vector<std::int64_t> delays;
  if (played.empty()) return delays;
  for (const auto& [device, times] : arrived.frames) {
    if (device.find(name) == std::string::npos) continue;
    const auto first = std::lower_bound(times.begin(), times.end(), played[0]);
    count = static_cast<int>(times.end() - first);
    for (std::size_t i = 0; i < played.size() && first + static_cast<std::ptrdiff_t>(i) < times.end(); ++i) {
      delays.push_back(first[static_cast<std::ptrdiff_t>(i)] - played[i]);
    }
  }
  return delays;
}

/// How many lines a file has, and the most writes in any second by those after `skip`.
std::size_t linesOf(const std::string& file) {
  std::ifstream in(file);
  return static_cast<std::size_t>(std::count(std::istreambuf_iterator<char>(in), {}, '\n'));
}
int mostWrites(const std::string& file, std::size_t skip) {
  constexpr std::string_view kKey = "\"most_writes_in_a_second\":";
  std::ifstream in(file);
  int most = 0;
  for (std::string line; std::getline(in, line);) {
    const std::size_t at = line.find(kKey);
    if (skip > 0) {
      --skip;
    } else if (at != std::string::npos) {
      most = std::max(most, std::atoi(line.c_str() + at + kKey.size()));
    }
  }
  return most;
}

void writeConfig(const LoadTask& task, const std::string& store, const std::string& line) {
  std::ofstream(task.folder + "/load.toml")
      << "[[outlet]]\nto = \"xenstore:" << store << "\"\nwrites-per-second = "
      << task.writesPerSecond << "\n[[outlet]]\nto = \"link+pty:" << line << "\"\n";
}

}  // namespace

Usage usageOf(pid_t pid) {
  Usage usage;
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text((std::istreambuf_iterator<char>(stat)), {});
  std::istringstream rest(text.substr(std::min(text.size(), text.rfind(')') + 1)));
  std::string word;
  for (int field = 3; field <= 15 && rest >> word; ++field) {
    if (field >= 14) usage.cpuSeconds += std::atof(word.c_str());
  }
  usage.cpuSeconds /= static_cast<double>(::sysconf(_SC_CLK_TCK));
  std::ifstream status("/proc/" + std::to_string(pid) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmRSS:")) usage.residentMiB = std::atof(line.c_str() + 6) / 1024;
  }
  return usage;
}

LoadResult measureLoad(const LoadTask& task) {
  LoadResult result{.name = task.name};
  StoreServer store(task.store);
  if (!store.missing().empty()) {
    result.problem = store.missing();
    return result;
  }
  const std::string line = task.folder + "/line";
  const std::string printed = task.folder + "/printed";
  writeConfig(task, store.socket(0), line);
  const ChildProgram broker({task.inputProgram, "run", "--config", task.folder + "/load.toml",
                             "--log-level", "warning"},
                            task.environment);
  Watcher watcher(store.socket(0));
  const bool ready = watcher.reads("/seat0/buttons/power/presses", "0") &&
                     watcher.reads("/seat0/touch/count", "0");
  const ChildProgram peer({"/bin/sh", "-c",
                           "exec " + task.inputProgram + " inject serial:" + line +
                               " --all --print --log-level warning > " + printed});
  // Whatever is printed: the devices have been told.
  watcher.turnUntil([] { return false; }, milliseconds(3000));
  if (!ready) {
    result.problem = "the broker did not publish its devices";
    return result;
  }

  watcher.forget();
  const std::size_t statsBefore = linesOf(store.statsFile());
  const Usage before = usageOf(broker.process());
  const std::int64_t begin = nowUs();
  std::atomic<bool> played = false;
  LoadLog log;
  std::thread player([&] {
    log = task.play();
    played = true;
  });
  watcher.turnUntil([&] { return played.load(); }, milliseconds((task.seconds + 120) * 1000));
  player.join();
  const Usage after = usageOf(broker.process());
  const double lasted = static_cast<double>(nowUs() - begin) / 1e6;

  const std::string presses = std::to_string(log.presses.size());
  if (!watcher.reads("/seat0/buttons/power/presses", presses)) result.problem += "presses; ";
  if (task.busy) {
    const std::string slot = "/seat0/touch/" + std::to_string(kLastSlot);
    const bool right = watcher.reads(slot + "/x", std::to_string(kLastX)) &&
                       watcher.reads(slot + "/y", std::to_string(kLastY)) &&
                       watcher.reads(slot + "/down", "1") && watcher.reads("/seat0/touch/count", "1") &&
                       watcher.reads("/seat0/pointer/x", "645");
    if (!right) result.problem += "last states; ";
  }
  watcher.turnUntil([] { return false; }, milliseconds(1500));

  const Arrived arrived = readPrinted(printed);
  result.mouseFrames = static_cast<int>(log.mouse.size());
  result.touchFrames = static_cast<int>(log.touch.size());
  result.presses = static_cast<int>(log.presses.size());
  result.fingersDown = log.fingersDown;
  result.fingersDownArrived = arrived.fingersDown;
  std::vector<std::int64_t> toPeer = delaysOf(arrived, "Mouse", log.mouse, result.mouseArrived);
  const auto more = delaysOf(arrived, "Touch", log.touch, result.touchArrived);
  toPeer.insert(toPeer.end(), more.begin(), more.end());
  if (!task.busy) {
    std::vector<std::int64_t> both;  // each press has a frame down and a frame up
    for (const std::int64_t t : log.presses) {
      both.push_back(t);
      both.push_back(t + 25'000);
    }
    int count = 0;
    const auto delays = delaysOf(arrived, "Buttons", both, count);
    for (std::size_t i = 0; i < delays.size(); i += 2) toPeer.push_back(delays[i]);
    if (count != static_cast<int>(both.size())) result.problem += "frames of the button; ";
  }
  result.toPeer = percentiles(std::move(toPeer));
  std::vector<std::int64_t> toWatch;
  for (std::size_t i = 0; i < log.presses.size(); ++i) {
    const auto seen = watcher.firstSeen().lower_bound(static_cast<int>(i) + 1);
    if (seen != watcher.firstSeen().end()) toWatch.push_back(seen->second - log.presses[i]);
  }
  result.toWatch = percentiles(std::move(toWatch));
  result.mostWritesInASecond = mostWrites(store.statsFile(), statsBefore);
  result.cpuPercent = (after.cpuSeconds - before.cpuSeconds) / lasted * 100;
  result.residentMiB = after.residentMiB;
  // A large frame may come in two parts when the line is busy; none may be missing.
  const auto allCame = [](int got, int sent) { return got >= sent && got <= sent + sent / 100; };
  if (!allCame(result.mouseArrived, result.mouseFrames)) result.problem += "frames of the mouse; ";
  if (!allCame(result.touchArrived, result.touchFrames)) result.problem += "frames of the panel; ";
  if (result.fingersDownArrived != result.fingersDown) result.problem += "fingers; ";
  return result;
}

std::string tableHead() {
  return "| load | frames sent / arrived | to link peer p50 / p99 / worst ms | to XenStore watch p50 / "
         "p99 / worst ms | most writes in a second | CPU of a core | RSS |\n|---|---|---|---|---|---|---|\n";
}

std::string tableRow(const LoadResult& r) {
  return fmt::format(
      "| {} | {} / {} | {:.2f} / {:.2f} / {:.1f} | {:.2f} / {:.2f} / {:.1f} | {} | {:.1f} % | {:.1f} MiB |{}\n",
      r.name, r.mouseFrames + r.touchFrames, r.mouseArrived + r.touchArrived, r.toPeer.p50Ms,
      r.toPeer.p99Ms, r.toPeer.worstMs, r.toWatch.p50Ms, r.toWatch.p99Ms, r.toWatch.worstMs,
      r.mostWritesInASecond, r.cpuPercent, r.residentMiB,
      r.problem.empty() ? "" : " WRONG: " + r.problem);
}

std::string toJson(const LoadResult& r) {
  return fmt::format(
      R"({{"load":"{}","problem":"{}","mouse_frames":{},"touch_frames":{},"presses":{},)"
      R"("mouse_arrived":{},"touch_arrived":{},"fingers_down":{},"fingers_down_arrived":{},)"
      R"("peer_p50_ms":{:.3f},"peer_p99_ms":{:.3f},"peer_worst_ms":{:.3f},"watch_p50_ms":{:.3f},)"
      R"("watch_p99_ms":{:.3f},"watch_worst_ms":{:.3f},"most_writes_in_a_second":{},)"
      R"("cpu_percent":{:.2f},"rss_mib":{:.2f}}})",
      r.name, r.problem, r.mouseFrames, r.touchFrames, r.presses, r.mouseArrived, r.touchArrived,
      r.fingersDown, r.fingersDownArrived, r.toPeer.p50Ms, r.toPeer.p99Ms, r.toPeer.worstMs,
      r.toWatch.p50Ms, r.toWatch.p99Ms, r.toWatch.worstMs, r.mostWritesInASecond, r.cpuPercent,
      r.residentMiB);
}

}  // namespace lucarne::test
