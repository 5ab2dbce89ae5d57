// SPDX-License-Identifier: Apache-2.0
#include "bench/xpra_path.h"

#include <fmt/format.h>

#include "bench/installed.h"

namespace lucarne::bench {

namespace {

constexpr const char* kBesideTheScreen[] = {"--systemd-run=no",  "--mdns=no",
                                            "--pulseaudio=no",   "--speaker=off",
                                            "--microphone=off",  "--webcam=no",
                                            "--printing=no",     "--file-transfer=no",
                                            "--notifications=no", "--clipboard=no",
                                            "--bell=no",         "--tray=no",
                                            "--system-tray=no",  "--dbus-launch=",
                                            "--dbus-proxy=no",   "--dbus-control=no",
                                            "--input-method=none", "--opengl=no"};

std::vector<std::string> xpra(const Wiring& w, std::vector<std::string> words) {
  words.insert(words.begin(), installed("xpra"));
  words.insert(words.end(), std::begin(kBesideTheScreen), std::end(kBesideTheScreen));
  words.push_back("--socket-dir=" + w.folder);
  if (w.line.kind != LineKind::None) words.emplace_back("--mmap=no");
  return words;
}

std::vector<std::string> server(const Wiring& w, const std::string& listen) {
  return xpra(w, {"start-desktop", w.guestDisplay, "--use-display=yes", "--resize-display=no",
                  "--daemon=no", "--html=off", listen,
                  // A client that is slow to start would find a VNC server instead.
                  "--rfb-upgrade=0",
                  // The distribution's configuration starts a session; this starts nothing.
                  "--exec-wrapper=true"});
}

Stage viewer(const Wiring& w, const std::string& where) {
  const char* window = w.fullScreen ? "--desktop-fullscreen=yes" : "--desktop-fullscreen=no";
  return stageOf(w, "xpra-panel", xpra(w, {"attach", where, window, "--desktop-scaling=off"}));
}

}  // namespace

std::vector<Stage> xpraStages(const Wiring& w) {
  if (w.line.kind == LineKind::Unix) {
    const std::string socket = w.folder + "/xpra.sock";
    Stage panel = viewer(w, "socket://" + socket);
    panel.afterSocket = socket;
    return {stageOf(w, "xpra-guest", server(w, "--bind=" + socket)), std::move(panel)};
  }
  const int port = w.freePort;
  std::vector<Stage> stages = {stageOf(
      w, "xpra-guest", server(w, fmt::format("--bind-tcp=127.0.0.1:{}", port)))};
  int viewedPort = port;
  if (w.line.kind == LineKind::Terminal) {
    viewedPort = port + 1;
    for (Stage& stage : socatStages(w, port, viewedPort)) stages.push_back(std::move(stage));
  }
  stages.push_back(viewer(w, fmt::format("tcp://127.0.0.1:{}/", viewedPort)));
  stages.back().afterPort = viewedPort;
  return stages;
}

}  // namespace lucarne::bench
