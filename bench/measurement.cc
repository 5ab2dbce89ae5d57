// SPDX-License-Identifier: Apache-2.0
#include "bench/measurement.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <memory>
#include <sstream>
#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/result.h"
#include "bench/installed.h"
#include "bench/panel.h"
#include "bench/process_usage.h"
#include "bench/scenes/scene.h"
#include "bench/temporary_folder.h"

namespace lucarne::bench {

namespace {

using Milliseconds = std::chrono::duration<double, std::milli>;

// Enough for pacing and caches to settle, and to find the picture on the panel.
constexpr base::Duration kWarmUp = std::chrono::seconds(2);
// Short against a frame, long against what a look costs (some microseconds).
constexpr base::Duration kPoll = std::chrono::microseconds(500);
constexpr int kFirstPort = 15900;

double milliseconds(base::Duration d) { return Milliseconds(d).count(); }

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto last = static_cast<double>(values.size() - 1);
  return values[static_cast<std::size_t>(last * share + 0.5)];
}

// Waits for `found`, looking every `every`; false when it took longer than `patience`.
template <typename Found>
bool waitUntil(base::Duration patience, base::Duration every, Found found) {
  const base::RealClock clock;
  const base::TimePoint end = clock.now() + patience;
  while (!found()) {
    if (clock.now() > end) return false;
    std::this_thread::sleep_for(every);
  }
  return true;
}

std::string lastLine(const std::string& path) {
  std::ifstream in(path);
  std::string last;
  for (std::string line; std::getline(in, line);) last = line;
  return last;
}

// The guest: an X server that is its own VNC server.
struct Guest {
  int display = freeDisplay();
  int port = kFirstPort + display;
  Child server;

  Guest(surface::Size size, const std::string& folder)
      : server({.arguments = {installed("Xvnc"), fmt::format(":{}", display), "-geometry",
                              fmt::format("{}x{}", size.width, size.height), "-depth", "24",
                              "-SecurityTypes", "None", "-rfbport", std::to_string(port),
                              "-localhost", "-AcceptSetDesktopSize=0", "-AlwaysShared"},
                .errors = folder + "/xvnc.log"}) {
    const std::string socket = fmt::format("/tmp/.X11-unix/X{}", display);
    const bool there = waitUntil(std::chrono::seconds(10), std::chrono::milliseconds(20), [&] {
      return ::access(socket.c_str(), F_OK) == 0;
    });
    if (!there) throw base::SetupError(fmt::format("Xvnc did not start; see {}/xvnc.log", folder));
  }
};

// lucarne-line between the two ends, asked for its counts through a pipe.
class ShapedLine {
 public:
  ShapedLine(const Task& task, const std::string& folder, const std::string& programs)
      : answers_(folder + "/line.out"), first(folder + "/guest-end"), second(folder + "/panel-end") {
    const std::string orders = folder + "/line.in";
    if (::mkfifo(orders.c_str(), 0600) < 0) throw base::SetupError("no pipe for lucarne-line");
    orders_ = base::UniqueFd::adopt(::open(orders.c_str(), O_RDWR | O_CLOEXEC));
    child_ = std::make_unique<Child>(Command{
        .arguments = {programs + "/lucarne-line", first, second, "--rate", task.line, "--latency",
                      fmt::format("{}", milliseconds(task.faults.latency)), "--piece",
                      std::to_string(task.faults.pieceBytes), "--errors",
                      fmt::format("{}", task.faults.bitErrorRate)},
        .input = orders,
        .output = answers_,
        .errors = folder + "/line.log"});
    const bool there = waitUntil(std::chrono::seconds(10), std::chrono::milliseconds(20), [&] {
      return ::access(first.c_str(), F_OK) == 0 && ::access(second.c_str(), F_OK) == 0;
    });
    if (!there) throw base::SetupError(fmt::format("lucarne-line did not start; see {}", folder));
  }

  /// Bytes from the guest's end to the panel's so far.
  std::uint64_t forwardBytes() {
    const std::string before = lastLine(answers_);
    if (::write(orders_.get(), "stats\n", 6) != 6) return 0;
    std::string answer;
    waitUntil(std::chrono::seconds(2), std::chrono::milliseconds(1), [&] {
      answer = lastLine(answers_);
      return !answer.empty() && (answer != before || ++looks_ > 50);
    });
    looks_ = 0;
    const auto counts = nlohmann::json::parse(answer, nullptr, false);
    return counts.is_object() ? counts.value("forward_bytes", std::uint64_t{0}) : 0;
  }

 private:
  std::string answers_;
  base::UniqueFd orders_;
  std::unique_ptr<Child> child_;
  int looks_ = 0;

 public:
  const std::string first;
  const std::string second;
};

struct Runner {
  std::string name;
  std::unique_ptr<Child> child;
  double cpuBefore = 0;
};

// What was seen on the panel between two moments.
struct Sightings {
  std::uint32_t firstCounter = 0;
  std::uint32_t lastCounter = 0;
  int shown = 0;
  std::vector<double> latencies;
  std::vector<double> gaps;
  std::vector<double> lateness;
};

// Looks for the guest's stamp at every place of the panel: a viewer may leave a border.
std::optional<surface::GuestPoint> findOrigin(surface::ConstFrame panel, Shown shown) {
  const surface::Size turnedSize = turned(shown.guest, shown.rotation);
  for (int y = 0; y <= std::max(0, panel.size.height - turnedSize.height) + 40; ++y) {
    for (int x = 0; x <= std::max(0, panel.size.width - turnedSize.width) + 40; ++x) {
      shown.origin = {x, y};
      if (readStamp(panel, shown)) return shown.origin;
    }
  }
  return std::nullopt;
}

Sightings watchPanel(const Panel& panel, const Shown& shown, const std::function<bool()>& over) {
  const base::RealClock clock;
  Sightings seen;
  std::uint32_t last = 0;
  base::TimePoint lastShown{};
  base::TimePoint looked = clock.now();
  for (int look = 0;; ++look) {
    if (look % 40 == 0 && over()) return seen;
    const auto stamp = readStamp(panel.pixels(), shown);
    const base::TimePoint now = clock.now();
    if (stamp && stamp->counter != last) {
      const auto nowUs = static_cast<double>(base::toMicroseconds(now.time_since_epoch()));
      seen.latencies.push_back((nowUs - static_cast<double>(stamp->drawnUs)) / 1000);
      if (seen.shown++ == 0) {
        seen.firstCounter = stamp->counter;
      } else {
        seen.gaps.push_back(milliseconds(now - lastShown));
      }
      last = seen.lastCounter = stamp->counter;
      lastShown = now;
    }
    std::this_thread::sleep_for(kPoll);
    seen.lateness.push_back(milliseconds(clock.now() - looked - kPoll));
    looked = clock.now();
  }
}

std::vector<surface::Pixel> readPixels(const std::string& path, surface::Size size) {
  std::vector<surface::Pixel> pixels(static_cast<std::size_t>(size.pixels()));
  std::ifstream in(path, std::ios::binary);
  in.read(reinterpret_cast<char*>(pixels.data()), static_cast<std::streamsize>(pixels.size() * 4));
  if (!in) throw base::SetupError(fmt::format("the scene left no last frame in {}", path));
  return pixels;
}

// The worst 64 x 64 pixels of the panel, as a mean of squared differences of channels.
double worstError(surface::ConstFrame panel, surface::ConstFrame expected) {
  constexpr int kSide = 64;
  double worst = 0;
  for (int y0 = 0; y0 < expected.size.height; y0 += kSide) {
    for (int x0 = 0; x0 < expected.size.width; x0 += kSide) {
      const surface::Rect r = surface::intersect({x0, y0, kSide, kSide}, surface::Rect::of(expected.size));
      std::int64_t sum = 0;
      for (int y = r.y; y < r.bottom(); ++y) {
        for (int x = r.x; x < r.right(); ++x) {
          for (int shift = 0; shift < 24; shift += 8) {
            const int d = static_cast<int>(panel.at(x, y) >> shift & 0xff) -
                          static_cast<int>(expected.at(x, y) >> shift & 0xff);
            sum += d * d;
          }
        }
      }
      worst = std::max(worst, static_cast<double>(sum) / static_cast<double>(r.pixels() * 3));
    }
  }
  return worst;
}

// 20 dB: 255 squared over a hundred. Below it a photograph is blocks, above it a letter is a letter.
constexpr double kRecognisable = 255.0 * 255.0 / 100;

// One run, from the first program started to the last one gone.
class Run {
 public:
  Run(const Task& task, const Patience& patience, const std::string& programs)
      : task_(task), patience_(patience), folder_("bench"), guest_(task.size, folder_.path()),
        panel_(turned(task.size, task.rotation), folder_.path()) {
    shown_ = {{0, 0}, task.size, task.rotation};
    Wiring wiring{guest_.port, "", "", panel_.display(), task.size, task.rotation, folder_.path(),
                  programs};
    if (task.line != "direct") {
      line_ = std::make_unique<ShapedLine>(task, folder_.path(), programs);
      wiring.guestEnd = line_->first;
      wiring.panelEnd = line_->second;
    }
    stages_ = displayPath(task.path).stages(wiring);
    scene_ = Command{
        .arguments = {programs + "/lucarne-scene", task.scene, "--fps",
                      fmt::format("{}", task.framesPerSecond), "--seconds", "0", "--save", lastFrame()},
        .environment = {fmt::format("DISPLAY=:{}", guest_.display), "SDL_VIDEODRIVER=x11"},
        .output = sceneWords(),
        .errors = folder_.file("scene.log")};
  }

  Beginning begin() {
    startScene();
    const bool drawing = waitUntil(std::chrono::seconds(20), std::chrono::milliseconds(5), [this] {
      return lastLine(sceneWords()).starts_with("drawing");
    });
    if (!drawing) throw base::SetupError("the scene did not begin");
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    const std::vector<surface::Pixel> expected = endScene();
    const base::RealClock clock;
    const base::TimePoint start = clock.now();
    const auto since = [&] { return milliseconds(clock.now() - start); };
    startPath();
    Beginning b;
    const surface::Size size = turned(task_.size, task_.rotation);
    const surface::ConstFrame guest{expected.data(), size, size.width * 4};
    waitUntil(patience_.exact, std::chrono::milliseconds(5), [&] {
      if (b.first < 0 && readStamp(panel_.pixels(), shown_)) b.first = since();
      if (b.recognisable < 0 && worstError(panel_.pixels(), guest) <= kRecognisable) b.recognisable = since();
      if (differingPixels(panel_.pixels(), shown_, expected) != 0) return false;
      b.whole = since();
      if (b.first < 0) b.first = b.whole;
      if (b.recognisable < 0) b.recognisable = b.whole;
      return true;
    });
    if (line_) b.lineBytes = static_cast<double>(line_->forwardBytes());
    return b;
  }

  Outcome measure() {
    startPath();
    startScene();
    const bool visible = waitUntil(patience_.firstPicture, std::chrono::milliseconds(20), [this] {
      const auto origin = findOrigin(panel_.pixels(), shown_);
      if (origin) shown_.origin = *origin;
      return origin.has_value();
    });
    if (!visible) {
      throw base::SetupError(fmt::format("{} over {} never showed the scene {}; logs were in {}",
                                         task_.path, task_.line, task_.scene, folder_.path()));
    }
    shown_.stamp = createScene(task_.scene, task_.size)->movingStamp().value_or(shown_.stamp);
    std::this_thread::sleep_for(kWarmUp);
    startCounting();
    const base::RealClock clock;
    const base::TimePoint start = clock.now();
    const auto length =
        std::chrono::duration_cast<base::Duration>(std::chrono::duration<double>(task_.seconds));
    const Sightings seen =
        watchPanel(panel_, shown_, [&] { return clock.now() - start >= length; });
    Outcome outcome = summarize(seen, base::toSeconds(clock.now() - start));
    rest(outcome);
    return outcome;
  }

 private:
  std::string lastFrame() const { return folder_.file("last-frame"); }
  std::string sceneWords() const { return folder_.file("scene.out"); }

  void startPath() {
    for (const Stage& s : stages_) {
      runners_.push_back({s.name, std::make_unique<Child>(s.command), 0});
    }
  }

  void startScene() { drawing_ = std::make_unique<Child>(scene_); }

  // Ends the motion; the guest's last frame as the panel should show it.
  std::vector<surface::Pixel> endScene() {
    drawing_->signal(SIGUSR1);
    const bool rested = waitUntil(std::chrono::seconds(5), std::chrono::milliseconds(1), [this] {
      return lastLine(sceneWords()).starts_with("resting");
    });
    if (!rested) throw base::SetupError("the scene did not come to rest");
    const auto last = readPixels(lastFrame(), task_.size);
    return turnedPixels(shown_, {last.data(), task_.size, task_.size.width * 4});
  }

  void startCounting() {
    for (Runner& r : runners_) r.cpuBefore = cpuOf(*r.child);
    serverCpuBefore_ = cpuOf(guest_.server);
    if (line_) lineBytesBefore_ = line_->forwardBytes();
  }

  static double cpuOf(const Child& child) {
    const auto usage = usageOf(child.pid());
    return usage ? usage->cpuSeconds : 0;
  }

  Outcome summarize(const Sightings& seen, double seconds) {
    Outcome o;
    const double frames = std::max(seen.shown, 1);
    o.shownPerSecond = seen.shown / seconds;
    const double drawn = seen.lastCounter - seen.firstCounter + 1.0;
    o.shareShown = seen.shown > 0 ? seen.shown / drawn : 0;
    o.latencyP50 = percentile(seen.latencies, 0.50);
    o.latencyP95 = percentile(seen.latencies, 0.95);
    o.latencyP99 = percentile(seen.latencies, 0.99);
    o.longestGap = percentile(seen.gaps, 1.0);
    o.pollLatenessP99 = percentile(seen.lateness, 0.99);
    for (const Runner& r : runners_) {
      const double cpu = (cpuOf(*r.child) - r.cpuBefore) * 1000 / frames;
      o.cpuPerFrameOf[r.name] = cpu;
      o.cpuPerFrame += cpu;
      const auto usage = usageOf(r.child->pid());
      o.residentMiB[r.name] = usage ? static_cast<double>(usage->residentBytes) / (1 << 20) : 0;
    }
    // What the guest's server spends on a path's encoding belongs to the path.
    o.cpuPerFrameOf["xvnc"] = (cpuOf(guest_.server) - serverCpuBefore_) * 1000 / frames;
    o.cpuPerFrame += o.cpuPerFrameOf["xvnc"];
    if (line_) {
      o.lineBytesPerFrame = static_cast<double>(line_->forwardBytes() - lineBytesBefore_) / frames;
    }
    return o;
  }

  // Ends the motion and waits until the panel equals the guest's last frame.
  void rest(Outcome& outcome) {
    const base::RealClock clock;
    const base::TimePoint start = clock.now();
    const std::vector<surface::Pixel> expected = endScene();
    const bool exact = waitUntil(patience_.exact, std::chrono::milliseconds(2), [&] {
      outcome.differingPixels =
          static_cast<double>(differingPixels(panel_.pixels(), shown_, expected));
      return outcome.differingPixels == 0;
    });
    if (exact) outcome.untilExact = milliseconds(clock.now() - start);
  }

  const Task& task_;
  const Patience& patience_;
  TemporaryFolder folder_;
  Guest guest_;
  Panel panel_;
  Shown shown_;
  std::unique_ptr<ShapedLine> line_;
  std::vector<Stage> stages_;
  std::vector<Runner> runners_;
  Command scene_;
  std::unique_ptr<Child> drawing_;
  double serverCpuBefore_ = 0;
  std::uint64_t lineBytesBefore_ = 0;
};

double middle(std::vector<double> values) { return percentile(std::move(values), 0.5); }

}  // namespace

Outcome measure(const Task& task, const Patience& patience, const std::string& programs) {
  return Run(task, patience, programs).measure();
}

Beginning measureBeginning(const Task& task, const Patience& patience, const std::string& programs) {
  return Run(task, patience, programs).begin();
}

Beginning median(std::vector<Beginning> beginnings) {
  Beginning m;
  for (const auto field : {&Beginning::first, &Beginning::recognisable, &Beginning::whole,
                           &Beginning::lineBytes}) {
    std::vector<double> values;
    for (const Beginning& b : beginnings) values.push_back(b.*field);
    m.*field = middle(std::move(values));
  }
  return m;
}

Outcome median(std::vector<Outcome> outcomes) {
  Outcome m;
  const auto over = [&outcomes](auto field) {
    std::vector<double> values;
    for (const Outcome& o : outcomes) values.push_back(field(o));
    return middle(std::move(values));
  };
  for (const auto field :
       {&Outcome::shownPerSecond, &Outcome::shareShown, &Outcome::latencyP50, &Outcome::latencyP95,
        &Outcome::latencyP99, &Outcome::longestGap, &Outcome::lineBytesPerFrame,
        &Outcome::cpuPerFrame, &Outcome::untilExact, &Outcome::differingPixels,
        &Outcome::pollLatenessP99}) {
    m.*field = over([field](const Outcome& o) { return o.*field; });
  }
  for (const auto field : {&Outcome::cpuPerFrameOf, &Outcome::residentMiB}) {
    if (outcomes.empty()) break;
    for (const auto& [name, unused] : outcomes.front().*field) {
      (m.*field)[name] = over([&](const Outcome& o) {
        const auto found = (o.*field).find(name);
        return found == (o.*field).end() ? 0.0 : found->second;
      });
    }
  }
  return m;
}

}  // namespace lucarne::bench
