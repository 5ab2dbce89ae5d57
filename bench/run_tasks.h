// SPDX-License-Identifier: Apache-2.0
// What every measuring subcommand does with its tasks: measure them in turns, print the table, write
// the file of results.
#pragma once

#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "bench/interleave.h"
#include "bench/requests.h"
#include "bench/results_file.h"

namespace lucarne::bench {

/// `measure(task)` answers a run of an R, `words(run)` says it in a few words for whoever waits,
/// `table(results)` in rows. An exit code: 1 when nothing could be measured.
template <typename R, typename Measure, typename Words, typename Table>
int runTasks(base::Loop& loop, const std::vector<Task>& tasks, const Request& request,
             const std::string& command, std::vector<R> ResultFile::*list, Measure measure,
             Words words, Table table) {
  using Run = typename decltype(R::runs)::value_type;
  ResultFile file = resultsOfThisMachine(command);
  file.*list = measured<R>(tasks, interleave<Run>(loop, tasks, request.runs, measure, words));
  std::fputs(std::string(table(file.*list)).c_str(), stdout);
  const bool any = !(file.*list).empty();
  write(request.jsonTo, std::move(file), request.add);
  return any ? 0 : 1;
}

}  // namespace lucarne::bench
