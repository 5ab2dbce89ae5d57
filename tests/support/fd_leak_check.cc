// SPDX-License-Identifier: Apache-2.0
#include "tests/support/fd_leak_check.h"

#include <filesystem>
#include <system_error>

#include <fmt/format.h>

namespace lucarne::test {

std::map<int, std::string> openDescriptors() {
  std::map<int, std::string> open;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;  // the descriptor of the listing itself closes before we look
    const auto target = std::filesystem::read_symlink(entry.path(), gone);
    if (!gone && target.string().find("/proc/") == std::string::npos) {
      open[std::stoi(entry.path().filename().string())] = target.string();
    }
  }
  return open;
}

std::string FdLeakCheck::leaked() const {
  std::string lines;
  for (const auto& [fd, target] : openDescriptors()) {
    const auto known = before_.find(fd);
    if (known == before_.end() || known->second != target) {
      lines += fmt::format("{} -> {}\n", fd, target);
    }
  }
  return lines;
}

}  // namespace lucarne::test
