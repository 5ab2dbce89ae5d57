// SPDX-License-Identifier: Apache-2.0
#include "bench/process_usage.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace lucarne::bench {

namespace {

namespace fs = std::filesystem;

std::string readAll(const std::string& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), {}};
}

// The number after "Name:" in a /proc status file; 0 without it.
std::int64_t field(const std::string& status, const char* name) {
  const std::size_t at = status.find(fmt::format("\n{}:", name));
  if (at == std::string::npos) return 0;
  std::istringstream words(status.substr(status.find(':', at) + 1, 40));
  std::int64_t value = 0;
  words >> value;
  return value;
}

// proc(5): fields 14 and 15 are user and system ticks. The command in parentheses may hold spaces.
double cpuSeconds(const std::string& stat) {
  std::istringstream words(stat.substr(stat.rfind(')') + 1));
  std::string skipped;
  for (int i = 3; i < 14; ++i) words >> skipped;
  double user = 0, system = 0;
  words >> user >> system;
  return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

}  // namespace

std::optional<ProcessUsage> usageOf(pid_t pid) {
  const std::string folder = fmt::format("/proc/{}", pid);
  const std::string stat = readAll(folder + "/stat");
  if (stat.rfind(')') == std::string::npos) return std::nullopt;
  const std::string status = readAll(folder + "/status");
  ProcessUsage usage{.cpuSeconds = cpuSeconds(stat),
                     .residentBytes = field(status, "VmRSS") * 1024,
                     .peakResidentBytes = field(status, "VmHWM") * 1024};
  std::error_code gone;
  for (const auto& thread : fs::directory_iterator(folder + "/task", gone)) {
    usage.wakeUps += field(readAll(thread.path() / "status"), "voluntary_ctxt_switches");
  }
  for (const auto& open : fs::directory_iterator(folder + "/fd", gone)) {
    usage.descriptors += open.path().empty() ? 0 : 1;
  }
  return usage;
}

}  // namespace lucarne::bench
