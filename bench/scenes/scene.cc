// SPDX-License-Identifier: Apache-2.0
#include "bench/scenes/scene.h"

#include <fmt/format.h>

#include <string>

#include "bench/scenes/recorded_scene.h"

namespace lucarne::bench {

std::unique_ptr<Scene> createScene(std::string_view name, surface::Size size) {
  if (name.starts_with(kRecordingPrefix)) {
    return createRecordedScene(std::string(name.substr(kRecordingPrefix.size())), size);
  }
  std::string known;
  for (const SceneRow* row : sceneRows()) {
    if (name == row->name) return row->create(size);
    known += fmt::format("{}{}", known.empty() ? "" : ", ", row->name);
  }
  throw base::UsageError(
      fmt::format("there is no scene '{}'; there are {} and recording:FILE", name, known));
}

}  // namespace lucarne::bench
