// SPDX-License-Identifier: Apache-2.0
#include "bench/scenes/scene.h"

#include <string>

#include <fmt/format.h>

namespace lucarne::bench {

std::unique_ptr<Scene> createScene(std::string_view name, surface::Size size) {
  std::string known;
  for (const SceneRow* row : sceneRows()) {
    if (name == row->name) return row->create(size);
    known += fmt::format("{}{}", known.empty() ? "" : ", ", row->name);
  }
  throw base::UsageError(fmt::format("there is no scene '{}'; there are {}", name, known));
}

}  // namespace lucarne::bench
