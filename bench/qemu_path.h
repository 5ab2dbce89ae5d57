// SPDX-License-Identifier: Apache-2.0
// A way from a QEMU guest's display to the panel: what QEMU is told, and the programs after it.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "bench/display_path.h"

namespace lucarne::bench {

/// What such a path has to join.
struct QemuWiring {
  std::string folder;        ///< for sockets and logs
  std::string panelDisplay;  ///< ":7"
  std::string programs;      ///< the folder with our own programs
  surface::Size guest;
  surface::Rotation rotation = surface::Rotation::Deg0;
  bool fullScreen = true;
};

struct QemuPath {
  const char* name;
  const char* summary;
  std::vector<std::string> needs;  ///< programs of others that must be installed
  bool turns;                      ///< can show the guest turned
  /// What QEMU shows its guest through.
  std::vector<std::string> (*display)(const QemuWiring&);
  /// Started when QEMU is there, in this order; none when QEMU's own window is the panel's picture.
  std::vector<Stage> (*stages)(const QemuWiring&);
};

/// Ours first.
std::span<const QemuPath> qemuPaths();

/// Throws UsageError, naming those there are.
const QemuPath& qemuPath(std::string_view name);

}  // namespace lucarne::bench
