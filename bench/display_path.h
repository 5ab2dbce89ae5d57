// SPDX-License-Identifier: Apache-2.0
// A way from a guest's VNC server to the panel: the programs it is made of.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "bench/child.h"
#include "surface/rotation.h"

namespace lucarne::bench {

/// What a path has to join.
struct Wiring {
  int vncPort = 0;       ///< of the guest's server, on loopback
  std::string guestEnd;  ///< the line's terminals; empty: no line between
  std::string panelEnd;
  std::string panelDisplay;  ///< ":7"
  surface::Size guest;
  surface::Rotation rotation = surface::Rotation::Deg0;
  std::string folder;    ///< for sockets and logs
  std::string programs;  ///< the folder with our own programs
};

/// One program of a path, by the name under which the report counts it.
struct Stage {
  std::string name;
  Command command;
  int afterPort = 0;  ///< not before somebody listens on this port of loopback; 0: at once
};

struct DisplayPath {
  const char* name;
  const char* summary;
  std::vector<std::string> needs;  ///< programs of others that must be installed
  bool turns;                      ///< can show the guest turned
  /// In the order in which they are started.
  std::vector<Stage> (*stages)(const Wiring&);
};

/// Ours first.
std::span<const DisplayPath> displayPaths();

/// Throws UsageError, naming those there are.
const DisplayPath& displayPath(std::string_view name);

}  // namespace lucarne::bench
