// SPDX-License-Identifier: Apache-2.0
#include "bench/installed.h"

#include <glib.h>

#include <fmt/format.h>

#include "base/c_handle.h"
#include "base/result.h"

namespace lucarne::bench {

namespace {

base::CHandle<char, g_free> find(const std::string& program) {
  return base::CHandle<char, g_free>(g_find_program_in_path(program.c_str()));
}

}  // namespace

bool isInstalled(const std::string& program) { return find(program) != nullptr; }

std::string installed(const std::string& program) {
  const auto path = find(program);
  if (!path) throw base::SetupError(fmt::format("{} is not installed", program));
  return path.get();
}

}  // namespace lucarne::bench
