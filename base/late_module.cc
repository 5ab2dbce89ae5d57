// SPDX-License-Identifier: Apache-2.0
#include "base/late_module.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include <filesystem>
#include <string>

#include "base/result.h"

namespace lucarne::base {

namespace {

namespace fs = std::filesystem;

fs::path fileOf(std::string_view name) {
  const std::string file = fmt::format("{}.so", name);
  std::error_code none;
  const fs::path program = fs::read_symlink("/proc/self/exe", none);
  const fs::path beside = program.parent_path().parent_path() / "lib/lucarne" / file;
  if (!program.empty() && fs::exists(beside, none)) return beside;
  return fs::path(LUCARNE_MODULES) / file;
}

}  // namespace

void* symbolOfModule(std::string_view name, const char* symbol, std::string_view what) {
  const fs::path file = fileOf(name);
  void* module = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  void* found = module ? ::dlsym(module, symbol) : nullptr;
  if (!found) {
    const char* why = ::dlerror();
    throw SetupError(fmt::format("{} cannot be loaded: {}; install what is missing, or Lucarne again",
                                 what, why ? why : file.string()));
  }
  return found;
}

}  // namespace lucarne::base
