// SPDX-License-Identifier: Apache-2.0
#include "bench/temporary_folder.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/result.h"

namespace lucarne::bench {

TemporaryFolder::TemporaryFolder(const char* name) {
  const char* parent = std::getenv("TMPDIR");
  path_ = fmt::format("{}/{}-XXXXXX", parent && *parent ? parent : "/tmp", name);
  if (!::mkdtemp(path_.data())) {
    throw base::SetupError(fmt::format("make {}: {}", path_, std::strerror(errno)));
  }
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;  // nothing to be done about it
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace lucarne::bench
