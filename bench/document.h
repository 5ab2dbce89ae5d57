// SPDX-License-Identifier: Apache-2.0
// A page of figures (docs/performance.md) and its charts, made from what `lucarne-bench paths --json`
// wrote, so that no figure in the documentation is typed by hand.
#pragma once

#include <map>
#include <string>

#include "bench/report.h"

namespace lucarne::bench {

/// The charts by file name: frames, latency, CPU and bytes of every path; and how latency, bytes and
/// CPU grow with the screen where there are several sizes.
std::map<std::string, std::string> chartsOf(const std::vector<Result>& results);

/// The page in Markdown. `charts` is the folder of the charts as seen from the page; empty: none.
/// `order` is the command that makes the page.
std::string toDocument(const ResultFile& file, const std::string& charts, const std::string& order);

}  // namespace lucarne::bench
