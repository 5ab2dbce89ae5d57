// SPDX-License-Identifier: Apache-2.0
// input_kills ROUNDS: broker, XenStore, injector and line are killed at random moments while a key
// and a finger are held, on mocked devices. The person lets go while the victim is down. Afterwards
// nothing may stay down at the other end, and the states must be right; how long that takes is
// printed. tests/vm does the same with real devices, slowly.
#include <linux/input-event-codes.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/loop.h"
#include "tests/support/child_program.h"
#include "tests/support/umockdev/mock_bench.h"
#include "tests/support/xenstored/store_server.h"
#include "xenstore/client.h"

namespace {

using namespace lucarne;        // NOLINT: a program of one file
using namespace lucarne::test;  // NOLINT
using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr int kTouch = 2;
constexpr int kKeyboard = 6;
constexpr const char* kNode = "/local/domain/0/data/lucarne/input/seat0/touch/";

/// What the other end holds down, by what it prints.
class PeerState {
 public:
  explicit PeerState(std::string file) : file_(std::move(file)) {}

  /// The program was started anew: its devices went with the old one.
  void restart() {
    std::ofstream(file_, std::ios::trunc);
    read_ = 0;
    keys_.clear();
    fingers_.clear();
    slot_ = 0;
  }
  bool holds() { return look(), !keys_.empty() || !fingers_.empty(); }
  bool holdsBoth() { return look(), !keys_.empty() && !fingers_.empty(); }

 private:
  void look() {
    std::ifstream in(file_);
    in.seekg(read_);
    for (std::string line; std::getline(in, line) && !in.eof(); read_ = in.tellg()) note(line);
  }
  void note(const std::string& line) {
    int type = 0, code = 0, value = 0;
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos ||
        std::sscanf(line.c_str() + tab, "%d %d %d", &type, &code, &value) != 3) {
      return;
    }
    if (type == EV_KEY) value != 0 ? (void)keys_.insert(code) : (void)keys_.erase(code);
    if (type == EV_ABS && code == ABS_MT_SLOT) slot_ = value;
    if (type == EV_ABS && code == ABS_MT_TRACKING_ID) {
      value >= 0 ? (void)fingers_.insert(slot_) : (void)fingers_.erase(slot_);
    }
  }

  std::string file_;
  std::streamoff read_ = 0;
  std::set<int> keys_;
  std::set<int> fingers_;
  int slot_ = 0;
};

class Scene {
 public:
  explicit Scene(std::string folder)
      : folder_(std::move(folder)), peer_(folder_ + "/printed"), store_(ServerKind::Embedded) {
    bench_.plug(kTouch, "touch");
    bench_.plug(kKeyboard, "keyboard");
    std::ofstream(folder_ + "/input.toml")
        << "[[outlet]]\nto = \"xenstore:" << store_.socket(0) << "\"\n[[outlet]]\nto = \"link+serial:"
        << folder_ << "/a\"\n";
    startLine();
    startBroker();
    startInject();
    client_ = std::make_unique<xenstore::Client>(context_, store_.socket(0));
    // Mocked devices forget what nobody reads.
    ready_ = until([&] { return reads("count", "0"); });
  }
  bool ready() const { return ready_; }

  /// In words what went wrong; else how long it took.
  std::string round(int number, unsigned victim, int waitMs, milliseconds& took) {
    hold(number, true);
    if (!until([&] { return peer_.holdsBoth() && reads("2/down", "1"); })) return "nothing was held";
    std::this_thread::sleep_for(milliseconds(waitMs));
    if (victim == 0) broker_->signal(SIGKILL);
    if (victim == 1) inject_->signal(SIGKILL);
    if (victim == 2) store_.kill();
    if (victim == 3) line_->signal(SIGKILL);
    std::this_thread::sleep_for(milliseconds(waitMs / 2));
    hold(number, false);
    if (victim == 0) startBroker();
    if (victim == 1) startInject();
    if (victim == 2) store_.start();
    if (victim == 3) startLine();
    const auto back = Clock::now();
    if (!until([&] { return !peer_.holds(); })) return "something stays down";
    if (!until([&] { return reads("2/down", "0") && reads("count", "0"); })) return "wrong states";
    took = std::chrono::duration_cast<milliseconds>(Clock::now() - back);
    return {};
  }

 private:
  void startLine() {
    line_.reset();
    line_ = std::make_unique<ChildProgram>(std::vector<std::string>{
        LUCARNE_LINE, folder_ + "/a", folder_ + "/b", "--log-level", "error"});
    // An injector that finds no line at its start ends, as it has nothing else to do.
    until([this] { return hasLine("a") && hasLine("b"); });
  }
  bool hasLine(const char* end) const { return std::filesystem::exists(folder_ + "/" + end); }
  void startBroker() {
    broker_.reset();
    broker_ = std::make_unique<ChildProgram>(
        std::vector<std::string>{LUCARNE_INPUT, "run", "-c", folder_ + "/input.toml", "--log-level",
                                 "off"},
        bench_.environment());
  }
  void startInject() {
    inject_.reset();
    peer_.restart();
    inject_ = std::make_unique<ChildProgram>(std::vector<std::string>{
        "/bin/sh", "-c",
        std::string("exec " LUCARNE_INPUT " inject serial:") + folder_ +
            "/b --all --print --log-level off >> " + folder_ + "/printed"});
  }
  void hold(int number, bool down) {
    bench_.emit(kKeyboard, std::string("EV_KEY KEY_A ") + (down ? "1" : "0"));
    bench_.emit(kTouch, "EV_ABS ABS_MT_SLOT 2 EV_ABS ABS_MT_TRACKING_ID " +
                            std::to_string(down ? 100 + number : -1) +
                            (down ? " EV_ABS ABS_MT_POSITION_X 50 EV_ABS ABS_MT_POSITION_Y 60" : ""));
  }
  bool until(const std::function<bool()>& done) {
    const auto end = Clock::now() + milliseconds(20'000);
    while (!done()) {
      if (Clock::now() > end) return false;
      const auto turn = Clock::now() + milliseconds(2);
      while (Clock::now() < turn) {
        if (!loop_.turn(false)) std::this_thread::sleep_for(milliseconds(1));
      }
    }
    return true;
  }
  /// Asks; answers what the last answer was.
  bool reads(const std::string& path, const std::string& value) {
    Seen& seen = seen_[path];
    if (!seen.asking) {
      seen.asking = true;
      client_->read(kNode + path, [&seen](const xenstore::Answer<std::string>& answer) {
        seen.value = answer ? *answer : "";
        seen.asking = false;
      });
    }
    return seen.value == value;
  }

  struct Seen {
    std::string value;
    bool asking = false;
  };

  std::string folder_;
  MockBench bench_;
  PeerState peer_;
  StoreServer store_;
  base::Loop loop_;
  base::RealClock clock_;
  base::Context context_{loop_, clock_, base::Log::discard()};
  std::map<std::string, Seen> seen_;
  std::unique_ptr<xenstore::Client> client_;
  std::unique_ptr<ChildProgram> line_, broker_, inject_;
  bool ready_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::atoi(argv[1]) : 20;
  static const char* kVictims[] = {"broker", "inject", "xenstored", "line"};
  char folder[] = "/tmp/lucarne-kills-XXXXXX";
  if (!::mkdtemp(folder)) return 1;
  int wrong = 0;
  std::map<std::string, std::vector<long>> times;
  {
    Scene scene(folder);
    if (!scene.ready()) std::printf("the broker did not publish its devices\n"), ++wrong;
    std::minstd_rand random(11);
    for (int round = 0; round < rounds && scene.ready(); ++round) {
      const unsigned victim = random() % 4;
      milliseconds took{};
      const std::string problem = scene.round(round, victim, static_cast<int>(random() % 60), took);
      if (!problem.empty()) {
        ++wrong;
        std::printf("round %d, %s killed: %s\n", round, kVictims[victim], problem.c_str());
      } else {
        times[kVictims[victim]].push_back(took.count());
      }
    }
  }
  std::filesystem::remove_all(folder);
  std::printf("| killed | times | right again after p50 | at most |\n|---|---|---|---|\n");
  for (auto& [victim, ms] : times) {
    std::sort(ms.begin(), ms.end());
    std::printf("| %s | %zu | %ld ms | %ld ms |\n", victim.c_str(), ms.size(), ms[ms.size() / 2],
                ms.back());
  }
  std::printf("%d of %d wrong\n", wrong, rounds);
  return wrong == 0 ? 0 : 1;
}
