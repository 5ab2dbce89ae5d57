// SPDX-License-Identifier: Apache-2.0
// What a guest's screen does while a display path is measured: one file a scene, one registry row.
//
// A scene is deterministic: the same frame number on the same size gives the same picture, so that
// every path is shown the same. Each frame carries a stamp (surface/stamp.h) at (0, 0), drawn by
// the program, not by the scene; scenes keep out of it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "surface/damage.h"
#include "surface/frame.h"

namespace lucarne::bench {

class Scene {
 public:
  virtual ~Scene() = default;
  /// Paints everything as it is before frame 0.
  virtual void paintFirst(surface::Frame frame) = 0;
  /// Paints frame `number` (0, 1, 2 …, each once) over its predecessor and answers what changed.
  virtual surface::Damage paintNext(surface::Frame frame, int number) = 0;
  /// Where a second stamp goes that is part of what moves: a path that shows the small stamp at
  /// (0, 0) before the large picture it belongs to must not be measured by it. The place is within
  /// what every `paintNext` reports. Default: none.
  virtual std::optional<surface::GuestPoint> movingStamp() const { return std::nullopt; }
  /// Where the words are that somebody waits for. Default: none.
  virtual surface::Rect text() const { return {}; }
};

struct SceneRow {
  const char* name;
  const char* summary;
  std::unique_ptr<Scene> (*create)(surface::Size size);
  bool still = false;  ///< one frame only: for `lucarne-bench stills`
};

std::span<const SceneRow* const> sceneRows();

/// What a scene's name begins with when the rest is a recording's path.
inline constexpr std::string_view kRecordingPrefix = "recording:";

/// By name, or from a recording: "recording:FILE". Throws UsageError, naming those there are.
std::unique_ptr<Scene> createScene(std::string_view name, surface::Size size);

}  // namespace lucarne::bench
