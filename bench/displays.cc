// SPDX-License-Identifier: Apache-2.0
#include "bench/displays.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "base/result.h"
#include "bench/folder_watch.h"
#include "bench/installed.h"
#include "bench/panel.h"
#include "bench/qemu_path.h"
#include "bench/runners.h"
#include "bench/sightings.h"
#include "bench/statistics.h"
#include "bench/temporary_folder.h"

namespace lucarne::bench {

namespace {

constexpr const char* kWindowManager = "openbox";
constexpr const char* kQemu = "qemu-system-x86_64";
constexpr base::Duration kStartPatience = std::chrono::seconds(20);
constexpr base::Duration kPicturePatience = std::chrono::seconds(30);
constexpr base::Duration kWarmUp = std::chrono::seconds(2);
// Around a window: a title bar, a menu.
constexpr int kRoomBeside = 60;

std::string painterAt(const std::string& programs) {
  return programs + "/../lib/lucarne/bench-painter";
}

surface::Size panelSize(const Task& task) {
  surface::Size size = turned(task.size, task.rotation);
  if (!isFullScreen(task)) {
    size.width += kRoomBeside;
    size.height += kRoomBeside;
  }
  return size;
}

// QEMU, what looks at it, and the panel; all of them end with it.
class QemuRun {
 public:
  QemuRun(const Task& task, const std::string& programs)
      : task_(task),
        path_(qemuPath(task.path)),
        folder_("displays"),
        panel_(panelSize(task), folder_.path()),
        wiring_{folder_.path(), panel_.display(), programs,
                task.size,      task.rotation,    isFullScreen(task)},
        shown_{{0, 0}, task.size, task.rotation},
        runners_(folder_.path()) {
    startWindowManager();
    const FolderWatch changes(folder_.path());
    runners_.start({"qemu", qemuCommand(), 0, {}});
    const bool there = changes.waitUntil(
        kStartPatience, [this] { return ::access(monitor().c_str(), F_OK) == 0; },
        &runners_.newest());
    if (!there) throw base::SetupError("QEMU did not start: " + lastLine(folder_.file("qemu.log")));
    for (const Stage& stage : path_.stages(wiring_)) runners_.start(stage);
  }

  Outcome measure() {
    shown_.origin =
        runners_.awaitPicture(panel_, shown_, kPicturePatience, "the guest, by " + task_.path);
    // The stamp at the end of the picture: when it is there, everything before it is.
    shown_.stamp = {task_.size.width - surface::Stamp::kSize.width,
                    task_.size.height - surface::Stamp::kSize.height};
    std::this_thread::sleep_for(kWarmUp);
    runners_.startCounting();
    const base::RealClock clock;
    const base::TimePoint begin = clock.now();
    const base::Duration length = ofSeconds(task_.seconds);
    const Sightings seen =
        watchPanel(panel_, shown_, [&] { return clock.now() - begin >= length; });
    Outcome outcome = summarize(seen, base::toSeconds(clock.now() - begin));
    // The guest has a clock of its own.
    outcome.latencyP50 = outcome.latencyP95 = outcome.latencyP99 = 0;
    runners_.addCosts(outcome, std::max(seen.shown, 1));
    return outcome;
  }

 private:
  std::string monitor() const { return folder_.file("monitor.sock"); }

  Command qemuCommand() const {
    Command command{
        .arguments = {installed(kQemu), "-machine", "pc,accel=tcg", "-nodefaults", "-m", "64",
                      "-vga", "std", "-kernel", painterAt(wiring_.programs), "-qmp",
                      "unix:" + monitor() + ",server=on,wait=off"},
        .environment = {"DISPLAY=" + panel_.display(), "SDL_VIDEODRIVER=x11", "GDK_BACKEND=x11"},
        .errors = folder_.file("qemu.log")};
    for (const std::string& word : path_.display(wiring_)) command.arguments.push_back(word);
    return command;
  }

  // Without one GTK's and SDL's windows of others do not become as large as the screen.
  void startWindowManager() {
    if (!isInstalled(kWindowManager)) return;
    const std::string ready = folder_.file("managed");
    const FolderWatch changes(folder_.path());
    windowManager_ = std::make_unique<Child>(Command{
        .arguments = {installed(kWindowManager), "--sm-disable", "--startup", "touch " + ready},
        .environment = {"DISPLAY=" + panel_.display()},
        .errors = folder_.file("window-manager.log")});
    changes.waitUntil(
        kStartPatience, [&ready] { return ::access(ready.c_str(), F_OK) == 0; },
        windowManager_.get());
  }

  const Task task_;
  const QemuPath& path_;
  TemporaryFolder folder_;
  Panel panel_;
  QemuWiring wiring_;
  Shown shown_;
  std::unique_ptr<Child> windowManager_;
  Runners runners_;
};

// The same path's windowed frames a second, unturned; 0 when not measured.
double windowedRate(const std::vector<Result>& results, const Task& task) {
  for (const Result& r : results) {
    const bool same = r.task.guest == task.guest && r.task.path == task.path &&
                      r.task.size == task.size && r.task.rotation == surface::Rotation::Deg0;
    if (same && !isFullScreen(r.task)) return median(r.runs).shownPerSecond;
  }
  return 0;
}

}  // namespace

std::string displayObstacle(const Task& task, const std::string& programs) {
  const QemuPath& path = qemuPath(task.path);
  if (!isInstalled(kQemu)) return fmt::format("no {}", kQemu);
  if (::access(painterAt(programs).c_str(), R_OK) != 0) {
    return "the guest was not built (it needs a compiler for 32-bit x86)";
  }
  for (const std::string& program : path.needs) {
    if (!isInstalled(program)) return fmt::format("{} (no {})", task.path, program);
  }
  if (task.rotation != surface::Rotation::Deg0 && !path.turns) {
    return fmt::format("{} turned by {} (it cannot)", task.path, degrees(task.rotation));
  }
  return "";
}

Outcome measureDisplay(const Task& task, const std::string& programs) {
  return QemuRun(task, programs).measure();
}

std::string toDisplayTable(const std::vector<Result>& results) {
  std::string text =
      "| path | window | fps | to windowed | longest gap ms | CPU ms/frame: QEMU | the others |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const Result& r : results) {
    if (r.task.guest != kQemuGuest) continue;
    const Outcome o = median(r.runs);
    const double windowed = windowedRate(results, r.task);
    const double qemu = o.cpuPerFrameOf.contains("qemu") ? o.cpuPerFrameOf.at("qemu") : 0;
    text += fmt::format(
        "| {} | {}{} | {:.1f} | {} | {:.0f} | {:.1f} | {:.1f} |\n", r.task.path, r.task.window,
        r.task.rotation == surface::Rotation::Deg0
            ? std::string()
            : fmt::format(", turned by {}", degrees(r.task.rotation)),
        o.shownPerSecond,
        windowed > 0 ? fmt::format("{:.0f} %", 100 * o.shownPerSecond / windowed) : "-",
        o.longestGap, qemu, o.cpuPerFrame - qemu);
  }
  return text;
}

}  // namespace lucarne::bench
