// SPDX-License-Identifier: Apache-2.0
#include "bench/qemu_path.h"

#include <fmt/format.h>

#include "base/result.h"
#include "bench/installed.h"

namespace lucarne::bench {

namespace {

using Words = std::vector<std::string>;

std::string vncSocket(const QemuWiring& w) { return w.folder + "/vnc.sock"; }
std::string spiceSocket(const QemuWiring& w) { return w.folder + "/spice.sock"; }

Words vncDisplay(const QemuWiring& w) {
  return {"-display", "none", "-vnc", "unix:" + vncSocket(w)};
}

// As on one machine: nothing is compressed.
Words spiceDisplay(const QemuWiring& w) {
  return {"-display", "none", "-spice",
          fmt::format("unix=on,addr={},disable-ticketing=on,image-compression=off,"
                      "streaming-video=off,playback-compression=off",
                      spiceSocket(w))};
}

// The relay asks for the connection over a monitor of its own (QemuRun adds it for every path).
Words dbusDisplay(const QemuWiring&) { return {"-display", "dbus,p2p=yes"}; }

Words gtkDisplay(const QemuWiring& w) {
  // QEMU 7.2 doubles the picture in full screen without zoom-to-fit, bends it in a window with it.
  return {"-display", fmt::format("gtk,zoom-to-fit={0},show-menubar=off,full-screen={0}",
                                  w.fullScreen ? "on" : "off")};
}

Words sdlDisplay(const QemuWiring& w) {
  Words words = {"-display", "sdl"};
  if (w.fullScreen) words.emplace_back("-full-screen");
  return words;
}

Stage stage(const QemuWiring& w, const char* name, Words arguments) {
  Command command{.arguments = std::move(arguments),
                  .environment = {"DISPLAY=" + w.panelDisplay, "LUCARNE_RUNTIME_DIR=" + w.folder,
                                  "SDL_VIDEODRIVER=x11", "GDK_BACKEND=x11"},
                  .errors = w.folder + "/" + name + ".log"};
  return {name, std::move(command), 0, {}};
}

std::vector<Stage> lucarne(const QemuWiring& w, const std::string& source) {
  Words kiosk = {w.programs + "/lucarne-kiosk", "--scale", "none", "--rotate",
                 std::to_string(degrees(w.rotation))};
  if (!w.fullScreen) {
    const surface::Size window = turned(w.guest, w.rotation);
    kiosk.insert(kiosk.end(), {"--window", fmt::format("{}x{}", window.width, window.height)});
  }
  return {stage(w, "kiosk", std::move(kiosk)),
          stage(w, "relay", {w.programs + "/lucarne-relay", source, "kiosk:"})};
}

std::vector<Stage> lucarneVnc(const QemuWiring& w) {
  return lucarne(w, "vnc+unix:" + vncSocket(w));
}
std::vector<Stage> lucarneSpice(const QemuWiring& w) {
  return lucarne(w, "spice+unix:" + spiceSocket(w));
}
std::vector<Stage> lucarneQemu(const QemuWiring& w) {
  return lucarne(w, "qemu+qmp:" + w.folder + "/monitor.sock");
}

std::vector<Stage> vncviewer(const QemuWiring& w) {
  Words words = {installed("vncviewer"), "-RemoteResize=0", "-DotWhenNoCursor=0"};
  if (w.fullScreen) words.emplace_back("-FullScreen");
  words.push_back(vncSocket(w));
  return {stage(w, "vncviewer", std::move(words))};
}

std::vector<Stage> remoteViewer(const QemuWiring& w) {
  Words words = {installed("remote-viewer"), "--auto-resize=never", "--zoom=100"};
  if (w.fullScreen) words.emplace_back("--full-screen");
  words.push_back("spice+unix://" + spiceSocket(w));
  return {stage(w, "remote-viewer", std::move(words))};
}

std::vector<Stage> nothingMore(const QemuWiring&) { return {}; }

const QemuPath kPaths[] = {
    {"lucarne vnc", "lucarne-relay vnc+unix: kiosk:", {}, true, vncDisplay, lucarneVnc},
    {"lucarne spice", "lucarne-relay spice+unix: kiosk:", {}, true, spiceDisplay, lucarneSpice},
    {"lucarne qemu", "lucarne-relay qemu+qmp: kiosk:", {}, true, dbusDisplay, lucarneQemu},
    {"vncviewer", "TigerVNC's viewer", {"vncviewer"}, false, vncDisplay, vncviewer},
    {"remote-viewer",
     "virt-viewer's, over SPICE",
     {"remote-viewer"},
     false,
     spiceDisplay,
     remoteViewer},
    {"qemu gtk", "QEMU's own GTK window", {}, false, gtkDisplay, nothingMore},
    {"qemu sdl", "QEMU's own SDL window", {}, false, sdlDisplay, nothingMore},
};

}  // namespace

std::span<const QemuPath> qemuPaths() { return kPaths; }

const QemuPath& qemuPath(std::string_view name) {
  std::string known;
  for (const QemuPath& path : kPaths) {
    if (name == path.name) return path;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", path.name);
  }
  throw base::UsageError(fmt::format("there is no path '{}'; there are {}", name, known));
}

}  // namespace lucarne::bench
