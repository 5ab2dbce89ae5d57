// SPDX-License-Identifier: Apache-2.0
// A page of figures (docs/performance.md) and its charts, made from what lucarne-bench wrote with
// --json, so that no figure in the documentation is typed by hand.
#pragma once

#include <map>
#include <string>

#include "bench/results_file.h"

namespace lucarne::bench {

/// The charts of one file of results by name: frames, latency, CPU and bytes of every path; how
/// they grow with the screen where there are several sizes; echoes.
std::map<std::string, std::string> chartsOf(const ResultFile& file);

/// What `displays` wrote: a QEMU guest's.
bool hasDisplays(const ResultFile& file);

/// The page in Markdown, a part for each file. `charts` is the folder of the charts as seen from
/// the page; empty: none. `order` is the command that makes the page.
std::string toDocument(const std::vector<ResultFile>& files, const std::string& charts,
                       const std::string& order);

}  // namespace lucarne::bench
