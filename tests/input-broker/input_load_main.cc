// SPDX-License-Identifier: Apache-2.0
// input_load SECONDS [FILE]: the built broker under a busy hand, on mocked devices; prints a table,
// writes JSON lines to FILE. Status 1 when something was lost. Times are for reading: nothing is
// asserted of them, a test machine has other work.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "tests/input-broker/input_floor.h"
#include "tests/support/child_program.h"
#include "tests/support/umockdev/mock_bench.h"
#include "tests/vm/load_meter.h"

namespace {

using namespace lucarne::test;  // NOLINT: a program of one file

constexpr int kTouch = 2;
constexpr int kMouse = 3;
constexpr int kButtons = 4;

LoadResult measure(LoadTask task) {
  MockBench bench;
  bench.plug(kTouch, "touch");
  bench.plug(kMouse, "mouse");
  bench.plug(kButtons, "buttons");
  task.inputProgram = LUCARNE_INPUT;
  task.environment = bench.environment();
  const std::string times = task.folder + "/times";
  task.play = [&bench, &task, times] {
    bench.load(kMouse, kTouch, kButtons, task.seconds, task.busy, times);
    LoadLog log;
    std::ifstream in(times);
    char what = 0;
    for (std::int64_t value = 0; in >> what >> value;) log.note(what, value);
    return log;
  };
  return measureLoad(task);
}

// CPU of a core that a program takes which only passes on what the devices say.
double floorPercent(int seconds) {
  MockBench bench;
  bench.plug(kTouch, "touch");
  bench.plug(kMouse, "mouse");
  bench.plug(kButtons, "buttons");
  ChildProgram floor({"/proc/self/exe", "floor", "/dev/input/event2", "/dev/input/event3",
                      "/dev/input/event4"},
                     bench.environment());
  if (!floor.waitFor("ready")) return -1;
  const Usage before = usageOf(floor.process());
  bench.load(kMouse, kTouch, kButtons, seconds, true, "/dev/null");
  return (usageOf(floor.process()).cpuSeconds - before.cpuSeconds) / seconds * 100;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 2 && std::string_view(argv[1]) == "floor") {
    const std::vector<std::string> nodes(argv + 2, argv + argc);
    return runFloor(nodes);
  }
  const int seconds = argc > 1 ? std::atoi(argv[1]) : 5;
  std::ofstream json(argc > 2 ? argv[2] : "/dev/null");
  int wrong = 0;
  std::fputs(tableHead().c_str(), stdout);
  struct Row {
    const char* name;
    int writes;
    bool busy;
  };
  for (const Row& row : {Row{"a button 20 times a second", 0, false},
                         Row{"busy, no limit", 0, true}, Row{"busy, 200 writes/s", 200, true}}) {
    char folder[] = "/tmp/lucarne-load-XXXXXX";
    if (!::mkdtemp(folder)) return 1;
    const LoadResult result = measure({.name = row.name,
                                       .inputProgram = {},
                                       .environment = {},
                                       .folder = folder,
                                       .writesPerSecond = row.writes,
                                       .seconds = seconds,
                                       .busy = row.busy,
                                       .play = {}});
    std::filesystem::remove_all(folder);
    // Counted by the daemon. None at all would mean that nobody counted.
    const bool tooMany = row.writes > 0 && (result.mostWritesInASecond > row.writes ||
                                            result.mostWritesInASecond == 0);
    if (tooMany) std::printf("too many writes\n");
    wrong += !result.problem.empty() || tooMany;
    std::fputs(tableRow(result).c_str(), stdout);
    std::fflush(stdout);
    json << toJson(result) << "\n";
  }
  const double floor = floorPercent(seconds);
  std::printf("busy, only poll, read and write: %.1f %% of a core\n", floor);
  json << "{\"load\":\"busy, only poll, read and write\",\"cpu_percent\":" << floor << "}\n";
  return wrong == 0 && floor > 0 ? 0 : 1;
}
