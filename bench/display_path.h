// SPDX-License-Identifier: Apache-2.0
// A way from a guest's X server to the panel: the programs it is made of.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "bench/child.h"
#include "surface/rotation.h"

namespace lucarne::bench {

/// None: one machine. Terminal: a serial line, bare or shaped. Unix, Tcp: a socket on loopback.
enum class LineKind { None, Terminal, Unix, Tcp };

struct LineEnds {
  LineKind kind = LineKind::None;
  std::string guestEnd;  ///< a Terminal's names
  std::string panelEnd;
};

/// What a path has to join.
struct Wiring {
  int vncPort = 0;           ///< of the guest's server, on loopback
  std::string guestDisplay;  ///< ":6"
  LineEnds line;
  int freePort = 0;          ///< on loopback: this and the next one are the path's
  std::string panelDisplay;  ///< ":7"
  surface::Size guest;
  surface::Rotation rotation = surface::Rotation::Deg0;
  bool fullScreen = true;
  bool atOwnPace = false;    ///< of the guest: the panel shows each picture as it comes
  std::string folder;    ///< for sockets and logs
  std::string programs;  ///< the folder with our own programs
};

/// One program of a path, by the name under which the report counts it.
struct Stage {
  std::string name;
  Command command;
  int afterPort = 0;        ///< not before somebody listens on this port of loopback; 0: at once
  std::string afterSocket;  ///< not before this socket is there; empty: at once
};

struct DisplayPath {
  const char* name;
  const char* summary;
  std::vector<std::string> needs;  ///< programs of others that must be installed
  bool turns;                      ///< can show the guest turned
  /// In the order in which they are started.
  std::vector<Stage> (*stages)(const Wiring&);
  bool onlyNamed = false;  ///< not among all that are measured unless told
};

/// Ours first.
std::span<const DisplayPath> displayPaths();

/// Throws UsageError, naming those there are.
const DisplayPath& displayPath(std::string_view name);

/// A program on the panel's display that writes its log, and what else it keeps, into the folder.
Stage stageOf(const Wiring& wiring, std::string name, std::vector<std::string> arguments);

/// Both ends of a Terminal as a TCP connection by socat, tuned: the guest's to `port`, the panel's
/// listens on `viewedPort`.
std::vector<Stage> socatStages(const Wiring& wiring, int port, int viewedPort);

}  // namespace lucarne::bench
