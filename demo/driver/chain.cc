// SPDX-License-Identifier: Apache-2.0
#include "demo/driver/chain.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>

#include "base/result.h"
#include "bench/folder_watch.h"

namespace lucarne::demo {

namespace {

constexpr const char* kGuest = "guest";
constexpr const char* kGuestRelay = "guest's relay";
constexpr const char* kLine = "line";
constexpr const char* kPanelRelay = "panel's relay";
constexpr const char* kKiosk = "kiosk";
constexpr const char* kStore = "XenStore";
constexpr const char* kSensors = "sensors";

constexpr base::Duration kPatienceForLine = std::chrono::seconds(20);
constexpr std::size_t kTailLines = 6;
// A window that leaves room on a laptop's screen; the picture is scaled to it.
constexpr surface::Size kWindow{960, 600};

std::string sizeText(surface::Size size) { return fmt::format("{}x{}", size.width, size.height); }

void makePipe(const std::string& path) {
  if (::mkfifo(path.c_str(), 0600) < 0) {
    throw base::SetupError(fmt::format("make pipe {}: {}", path, std::strerror(errno)));
  }
}

// Both ways: opening does not wait for a reader, and the reader never sees an end.
base::UniqueFd openPipe(const std::string& path) {
  auto fd = base::UniqueFd::adopt(::open(path.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fd) throw base::SetupError(fmt::format("open pipe {}: {}", path, std::strerror(errno)));
  return fd;
}

}  // namespace

Chain::Chain(const Settings& settings, const base::Context& context,
             std::function<void(const std::string&, int)> onEnded)
    : context_(context),
      onEnded_(std::move(onEnded)),
      folder_("lucarne-demo"),
      binaries_(std::filesystem::read_symlink("/proc/self/exe").parent_path()) {
  makePipe(scriptPipe());
  makePipe(folder_.file("orders"));
  lineOrders_ = openPipe(folder_.file("orders"));
  startSensors(settings);
  startGuest(settings);
  startLine(settings);
  startRelays(settings);
  startKiosk(settings);
}

Chain::~Chain() { end(); }

void Chain::start(const std::string& name, std::vector<std::string> arguments,
                  const std::string& input, const std::string& output) {
  arguments.front() = binaries_ + "/" + arguments.front();
  if (!std::filesystem::exists(arguments.front())) {
    throw base::SetupError(
        fmt::format("{} is missing; build or install all of Lucarne", arguments.front()));
  }
  const bench::Command command{.arguments = std::move(arguments),
                               .environment = {"LUCARNE_RUNTIME_DIR=" + folder_.path()},
                               .input = input,
                               .output = output,
                               .errors = logFile(name)};
  auto child = std::make_unique<bench::Child>(command);
  child->onEnd(context_.loop, [this, name](int status) { onEnded_(name, status); });
  programs_.push_back({name, std::move(child)});
}

// First, so that they are the last to end: the kiosk takes its leave from XenStore.
void Chain::startSensors(const Settings& settings) {
  if (!settings.sensors) return;
  start(kStore, {"lucarne-xenstored", "--socket", storeSocket()});
  start(kSensors,
        {"lucarne-sensors", "demo", "--listen", "127.0.0.1:0", "--xenstore", storeSocket()}, "",
        folder_.file("dashboard"));
}

std::string Chain::dashboard() const {
  std::ifstream in(folder_.file("dashboard"));
  std::string word;
  std::string address;
  return in >> word >> address && word == "dashboard" ? address : "";
}

void Chain::startGuest(const Settings& settings) {
  if (!settings.vnc.empty()) return;
  start(kGuest, {"lucarne-demo-guest", "unix:" + folder_.file("guest.sock"),
                 fmt::format("--width={}", kGuestSize.width),
                 fmt::format("--height={}", kGuestSize.height)});
}

void Chain::startLine(const Settings& settings) {
  start(kLine,
        {"lucarne-line", folder_.file("guest-end"), folder_.file("panel-end"),
         "--rate=" + settings.rate, fmt::format("--latency={}", settings.latencyMs)},
        folder_.file("orders"), lineCountsFile());
  awaitLine();
}

// A relay takes a line that is not there for a mistake in its name, and ends.
void Chain::awaitLine() {
  const auto there = [this](const char* end) {
    return std::filesystem::is_symlink(folder_.file(end));
  };
  const bool up = bench::FolderWatch(folder_.path())
                      .waitUntil(kPatienceForLine,
                                 [&there] { return there("guest-end") && there("panel-end"); },
                                 programs_.back().child.get());
  if (!up) throw base::SetupError("the line did not come up; its last words:\n" + logTail(kLine));
}

void Chain::startRelays(const Settings& settings) {
  std::vector<std::string> guestSide = {
      "lucarne-relay",
      settings.vnc.empty() ? "vnc+unix:" + folder_.file("guest.sock") : "vnc+tcp:" + settings.vnc,
      "link+serial:" + folder_.file("guest-end")};
  if (!settings.passwordFile.empty()) {
    guestSide.push_back("--password-file=" + settings.passwordFile);
  }
  start(kGuestRelay, guestSide);
  start(kPanelRelay, {"lucarne-relay", "--name=demo guest",
                      "link+serial:" + folder_.file("panel-end"), "kiosk:"});
}

void Chain::startKiosk(const Settings& settings) {
  const auto turned = [&](surface::Size size) {
    return sizeText(surface::turned(size, settings.rotation));
  };
  std::vector<std::string> arguments = {
      "lucarne-kiosk", fmt::format("--rotate={}", surface::degrees(settings.rotation)),
      "--stats=" + statsFile()};
  if (settings.panel == Panel::Headless) {
    arguments.insert(arguments.end(),
                     {"--headless", "--size=" + turned(kGuestSize), "--script=" + scriptPipe()});
  } else {
    arguments.push_back("--window=" + turned(kWindow));
  }
  if (settings.sensors) arguments.push_back("--xenstore=" + storeSocket());
  if (!settings.screenshot.empty()) {
    arguments.push_back("--screenshot=" + std::filesystem::absolute(settings.screenshot).string());
  }
  start(kKiosk, arguments);
}

std::vector<Chain::Member> Chain::usage() const {
  std::vector<Member> members;
  for (const Program& program : programs_) {
    if (const auto usage = bench::usageOf(program.child->pid())) {
      members.push_back({program.name, *usage});
    }
  }
  return members;
}

std::string Chain::logTail(const std::string& name) const {
  std::ifstream in(logFile(name));
  std::deque<std::string> lines;
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line);
    if (lines.size() > kTailLines) lines.pop_front();
  }
  std::string tail;
  for (const std::string& line : lines) tail += "    " + line + "\n";
  return tail;
}

void Chain::end() {
  while (!programs_.empty()) programs_.pop_back();  // the kiosk is the last; Child waits for it
}

}  // namespace lucarne::demo
