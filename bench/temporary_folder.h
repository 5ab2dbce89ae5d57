// SPDX-License-Identifier: Apache-2.0
// A folder for sockets, logs and links of one run; gone with its owner.
#pragma once

#include <string>

namespace lucarne::bench {

class TemporaryFolder {
 public:
  /// Under $TMPDIR or /tmp, mode 0700; `name` is part of its name. Throws SetupError.
  explicit TemporaryFolder(const char* name);
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  ~TemporaryFolder();

  const std::string& path() const { return path_; }
  std::string file(const char* name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace lucarne::bench
