// SPDX-License-Identifier: Apache-2.0
// A recording (bench/recording.h) as a scene, at its own pace, over and over.
#pragma once

#include <memory>
#include <string>

#include "bench/scenes/scene.h"

namespace lucarne::bench {

/// Frames are taken to be a sixtieth of a second apart; one in which nothing changed draws nothing.
/// A recording larger than the screen is cut, around a smaller one the screen is grey. Throws
/// SetupError when the file cannot be read, UsageError when it is no recording. One that is broken
/// further on starts anew there.
std::unique_ptr<Scene> createRecordedScene(const std::string& path, surface::Size size);

}  // namespace lucarne::bench
