// SPDX-License-Identifier: Apache-2.0
// input_load SECONDS [FILE]: the built broker under a busy hand, on mocked devices; prints a table,
// writes JSON lines to FILE. Status 1 when something was lost. Times are for reading: nothing is
// asserted of them, a test machine has other work.
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

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

}  // namespace

int main(int argc, char** argv) {
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
  return wrong == 0 ? 0 : 1;
}
