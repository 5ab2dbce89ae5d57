// SPDX-License-Identifier: Apache-2.0
#include "bench/display_path.h"

#include <fmt/format.h>

#include "base/result.h"
#include "bench/installed.h"

namespace lucarne::bench {

namespace {

Stage stage(const Wiring& wiring, std::string name, std::vector<std::string> arguments) {
  Command command;
  command.arguments = std::move(arguments);
  command.environment = {"DISPLAY=" + wiring.panelDisplay, "LUCARNE_RUNTIME_DIR=" + wiring.folder,
                         "SDL_VIDEODRIVER=x11"};
  command.errors = wiring.folder + "/" + name + ".log";
  return {std::move(name), std::move(command), 0};
}

std::vector<Stage> lucarne(const Wiring& w) {
  const std::string relay = w.programs + "/lucarne-relay";
  const std::string vnc = fmt::format("vnc+tcp:127.0.0.1:{}", w.vncPort);
  std::vector<Stage> stages;
  stages.push_back(stage(w, "kiosk",
                         {w.programs + "/lucarne-kiosk", "--rotate",
                          std::to_string(degrees(w.rotation)), "--scale", "none"}));
  if (w.guestEnd.empty()) {
    stages.push_back(stage(w, "relay", {relay, vnc, "kiosk:"}));
  } else {
    stages.push_back(stage(w, "relay-guest", {relay, vnc, "link+serial:" + w.guestEnd}));
    stages.push_back(stage(w, "relay-panel", {relay, "link+serial:" + w.panelEnd, "kiosk:"}));
  }
  return stages;
}

// What people build today, with the options that make it as fast as it gets.
std::vector<Stage> tigervnc(const Wiring& w) {
  std::vector<Stage> stages;
  int port = w.vncPort;
  if (!w.guestEnd.empty()) {
    port = w.vncPort + 1000;
    stages.push_back(stage(
        w, "socat-panel",
        {installed("socat"), fmt::format("TCP-LISTEN:{},bind=127.0.0.1,reuseaddr,nodelay", port),
         w.panelEnd + ",raw,echo=0"}));
    stages.push_back(stage(w, "socat-guest",
                           {installed("socat"), w.guestEnd + ",raw,echo=0",
                            fmt::format("TCP:127.0.0.1:{},nodelay", w.vncPort)}));
  }
  stages.push_back(stage(w, "vncviewer",
                         {installed("vncviewer"), "-FullScreen", "-RemoteResize=0",
                          "-DotWhenNoCursor=0", fmt::format("127.0.0.1::{}", port)}));
  stages.back().afterPort = port;  // a viewer does not try again
  return stages;
}

const DisplayPath kPaths[] = {
    {"lucarne", "lucarne-relay and lucarne-kiosk", {}, true, lucarne},
    {"tigervnc",
     "TigerVNC's vncviewer, over a line through socat",
     {"vncviewer", "socat"},
     false,
     tigervnc},
};

}  // namespace

std::span<const DisplayPath> displayPaths() { return kPaths; }

const DisplayPath& displayPath(std::string_view name) {
  std::string known;
  for (const DisplayPath& path : kPaths) {
    if (name == path.name) return path;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", path.name);
  }
  throw base::UsageError(fmt::format("there is no path '{}'; there are {}", name, known));
}

}  // namespace lucarne::bench
