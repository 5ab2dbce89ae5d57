// SPDX-License-Identifier: Apache-2.0
// A picture of a web page, taken by a headless Chromium.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/program.h"
#include "bench/child.h"
#include "bench/temporary_folder.h"

namespace lucarne::demo {

class PagePicture {
 public:
  /// It takes seconds to start; on a busy machine many.
  static constexpr base::Duration kPatience = std::chrono::seconds(60);

  /// Photographs `url` into `file` and calls `onDone` from the loop, with what went wrong in words or
  /// empty. Without a Chromium in PATH that is what it says.
  PagePicture(const std::string& url, const std::string& file, const base::Context& context,
              std::function<void(const std::string& trouble)> onDone);

 private:
  void finish(const std::string& trouble);

  bench::TemporaryFolder profile_;
  std::function<void(const std::string&)> onDone_;
  std::unique_ptr<bench::Child> browser_;
  base::Timer timer_;
};

}  // namespace lucarne::demo
