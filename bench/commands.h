// SPDX-License-Identifier: Apache-2.0
// lucarne-bench's subcommands. Each declares its options and answers what runs once they have been
// parsed: an exit code. What runs may throw UsageError and SetupError.
#pragma once

#include <functional>
#include <string>

#include "base/program.h"

namespace CLI {
class App;
}

namespace lucarne::bench {

/// `words`: the whole command line, for files of results.
using Subcommand = std::function<int(const base::Context& context, const std::string& words)>;

/// Where our own programs are: beside this one.
std::string ownFolder();

Subcommand addPaths(CLI::App& app);
Subcommand addBoot(CLI::App& app);
Subcommand addStills(CLI::App& app);
Subcommand addChanges(CLI::App& app);
Subcommand addDisplays(CLI::App& app);
Subcommand addEcho(CLI::App& app);
/// What it does stands in bench/codec_command.h.
Subcommand addCodec(CLI::App& app);
Subcommand addLimits(CLI::App& app);
Subcommand addRecord(CLI::App& app);
Subcommand addShow(CLI::App& app);
Subcommand addDocument(CLI::App& app);

}  // namespace lucarne::bench
