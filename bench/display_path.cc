// SPDX-License-Identifier: Apache-2.0
#include "bench/display_path.h"

#include <fmt/format.h>

#include "base/result.h"
#include "bench/installed.h"
#include "bench/xpra_path.h"

namespace lucarne::bench {

namespace {

// The two ends of a link; a socket waits in the guest.
struct LinkEnds {
  std::string guest;
  std::string panel;
};

LinkEnds linkEnds(const Wiring& w) {
  switch (w.line.kind) {
    case LineKind::None:
      break;
    case LineKind::Terminal:
      return {"link+serial:" + w.line.guestEnd, "link+serial:" + w.line.panelEnd};
    case LineKind::Unix:
      return {"link+unix-listen:" + w.folder + "/line.sock", "link+unix:" + w.folder + "/line.sock"};
    case LineKind::Tcp:
      return {fmt::format("link+tcp-listen:{}", w.freePort),
              fmt::format("link+tcp:127.0.0.1:{}", w.freePort)};
  }
  return {};
}

std::vector<Stage> lucarneFrom(const std::string& source, const Wiring& w,
                               const std::string& panelOptions) {
  const std::string relay = w.programs + "/lucarne-relay";
  std::vector<std::string> kiosk = {w.programs + "/lucarne-kiosk", "--rotate",
                                    std::to_string(degrees(w.rotation)), "--scale", "none"};
  if (w.atOwnPace) kiosk.insert(kiosk.end(), {"--refresh", "own"});
  if (!w.fullScreen) {
    const surface::Size window = turned(w.guest, w.rotation);
    kiosk.insert(kiosk.end(), {"--window", fmt::format("{}x{}", window.width, window.height)});
  }
  std::vector<Stage> stages = {stageOf(w, "kiosk", std::move(kiosk))};
  if (w.line.kind == LineKind::None) {
    stages.push_back(stageOf(w, "relay", {relay, source, "kiosk:"}));
  } else {
    const LinkEnds ends = linkEnds(w);
    stages.push_back(stageOf(w, "relay-guest", {relay, source, ends.guest}));
    stages.push_back(stageOf(w, "relay-panel", {relay, ends.panel + panelOptions, "kiosk:"}));
  }
  return stages;
}

std::string vncSource(const Wiring& w) { return fmt::format("vnc+tcp:127.0.0.1:{}", w.vncPort); }

std::vector<Stage> lucarne(const Wiring& w) { return lucarneFrom(vncSource(w), w, ""); }
std::vector<Stage> lucarneH264(const Wiring& w) {
  return lucarneFrom(vncSource(w), w, ",video=h264");
}
std::vector<Stage> lucarneX11(const Wiring& w) { return lucarneFrom("x11+display" + w.guestDisplay, w, ""); }

// What people build today, with the options that make it as fast as it gets.
std::vector<Stage> tigervnc(const Wiring& w) {
  std::vector<Stage> stages;
  std::string server = fmt::format("127.0.0.1::{}", w.vncPort);
  int port = w.vncPort;
  std::string socket;
  if (w.line.kind == LineKind::Terminal) {
    port = w.freePort;
    server = fmt::format("127.0.0.1::{}", port);
    stages = socatStages(w, w.vncPort, port);
  } else if (w.line.kind == LineKind::Unix) {
    server = socket = w.folder + "/vnc.sock";
    stages.push_back(stageOf(w, "socat",
                             {installed("socat"), "UNIX-LISTEN:" + socket,
                              fmt::format("TCP:127.0.0.1:{},nodelay", w.vncPort)}));
  }
  std::vector<std::string> viewer = {installed("vncviewer"), "-RemoteResize=0",
                                     "-DotWhenNoCursor=0"};
  if (w.fullScreen) viewer.emplace_back("-FullScreen");
  viewer.push_back(server);
  stages.push_back(stageOf(w, "vncviewer", std::move(viewer)));
  stages.back().afterPort = port;  // a viewer does not try again
  stages.back().afterSocket = socket;
  return stages;
}

const DisplayPath kPaths[] = {
    {"lucarne", "lucarne-relay and lucarne-kiosk", {}, true, lucarne},
    {"lucarne-x11",
     "lucarne-relay at the guest's X server itself, without VNC, and lucarne-kiosk",
     {},
     true,
     lucarneX11},
    {"lucarne-h264", "the same, with videos as H.264", {}, true, lucarneH264, true},
    {"tigervnc",
     "TigerVNC's vncviewer, over a line through socat",
     {"vncviewer", "socat"},
     false,
     tigervnc},
    {"xpra", "Xpra, over a line through socat", {"xpra", "socat"}, false, xpraStages},
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

Stage stageOf(const Wiring& w, std::string name, std::vector<std::string> arguments) {
  Command command;
  command.arguments = std::move(arguments);
  command.environment = {"DISPLAY=" + w.panelDisplay, "LUCARNE_RUNTIME_DIR=" + w.folder,
                         "SDL_VIDEODRIVER=x11",       "GDK_BACKEND=x11",
                         "HOME=" + w.folder,          "XDG_RUNTIME_DIR=" + w.folder};
  command.errors = w.folder + "/" + name + ".log";
  return {std::move(name), std::move(command), 0, {}};
}

std::vector<Stage> socatStages(const Wiring& w, int port, int viewedPort) {
  Stage panel = stageOf(
      w, "socat-panel",
      {installed("socat"), fmt::format("TCP-LISTEN:{},bind=127.0.0.1,reuseaddr,nodelay", viewedPort),
       w.line.panelEnd + ",raw,echo=0"});
  Stage guest = stageOf(w, "socat-guest",
                        {installed("socat"), w.line.guestEnd + ",raw,echo=0",
                         fmt::format("TCP:127.0.0.1:{},nodelay", port)});
  guest.afterPort = port;
  return {std::move(panel), std::move(guest)};
}

}  // namespace lucarne::bench
