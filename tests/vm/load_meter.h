// SPDX-License-Identifier: Apache-2.0
// Measures the built broker under a load: device to link peer, device to XenStore watch, writes a
// second, CPU and memory; and whether everything arrived.
//
// The peer is `lucarne-input inject --print` at the other end of a pseudo terminal. The watcher is a
// client of its own, in this process.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/support/xenstored/store_server.h"
#include "tests/vm/input_load.h"

namespace lucarne::test {

struct LoadTask {
  std::string name;            ///< of the row
  std::string inputProgram;    ///< lucarne-input
  std::vector<std::string> environment;
  std::string folder;          ///< for sockets and files
  ServerKind store = ServerKind::Embedded;
  int writesPerSecond = 200;
  int seconds = 60;
  bool busy = true;
  /// Plays the load on devices that are there; called on a thread of its own.
  std::function<LoadLog()> play;
};

struct Percentiles {
  double p50Ms = 0;
  double p99Ms = 0;
  double worstMs = 0;
};

struct LoadResult {
  std::string name;
  std::string problem;  ///< empty: everything arrived and the last states are right
  int mouseFrames = 0, touchFrames = 0, presses = 0;
  int mouseArrived = 0, touchArrived = 0;
  int fingersDown = 0, fingersDownArrived = 0;
  Percentiles toPeer, toWatch;
  int mostWritesInASecond = 0;  ///< as the daemon counts them; not known of Xen's own
  double cpuPercent = 0;  ///< of a core, of the broker
  double residentMiB = 0;
};

LoadResult measureLoad(const LoadTask& task);

/// What a process has used since it started, and holds now.
struct Usage {
  double cpuSeconds = 0;
  double residentMiB = 0;
};
Usage usageOf(pid_t pid);

/// A row of a Markdown table, and the table's head; an object of JSON.
std::string tableHead();
std::string tableRow(const LoadResult& result);
std::string toJson(const LoadResult& result);

}  // namespace lucarne::test
