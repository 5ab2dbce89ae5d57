// SPDX-License-Identifier: Apache-2.0
// Runs inside the virtual machine: real evdev devices, the built programs, a line with bit errors.
//
//   input_probe equal                  the injected devices report what the first ones do; one of
//                                      these is a HID panel that the kernel's own driver reads
//   input_probe kill ROUNDS            programs are killed with keys and fingers held
//
// Prints "ok …" or "FAIL …" lines and figures; status 1 when something failed.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/child_program.h"
#include "tests/support/xenstored/store_server.h"
#include "tests/vm/expectations.h"
#include "tests/vm/hid_panel.h"
#include "tests/vm/probe_devices.h"

extern "C" {
#include <xenstore.h>
}

namespace {

using lucarne::test::ChildProgram;
using lucarne::test::expect;
using lucarne::test::HidPanel;
using lucarne::test::kNames;
using lucarne::test::nodeOf;
using lucarne::test::playScene;
using lucarne::test::Reader;
using lucarne::test::Reported;
using lucarne::test::ServerKind;
using lucarne::test::Sources;
using lucarne::test::StoreServer;
using lucarne::test::until;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr const char* kSuffix = " (remote)";

// ---- a line with bit errors -----------------------------------------------------------------------

int openMaster(const std::string& link) {
  const int fd = ::posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  ::grantpt(fd);
  ::unlockpt(fd);
  ::unlink(link.c_str());
  if (::symlink(::ptsname(fd), link.c_str()) != 0) std::perror("symlink");
  const int slave = ::open(link.c_str(), O_RDWR | O_NOCTTY);  // stays open: no hang-up in between
  termios raw{};
  ::tcgetattr(slave, &raw);
  ::cfmakeraw(&raw);
  ::tcsetattr(slave, TCSANOW, &raw);
  return fd;
}

/// A child that copies between two PTYs and flips a bit in about every `rarity`th byte.
pid_t startLine(const std::string& a, const std::string& b, unsigned rarity) {
  const int first = openMaster(a);
  const int second = openMaster(b);
  const pid_t child = ::fork();
  if (child != 0) {
    ::close(first);
    ::close(second);
    return child;
  }
  std::minstd_rand random(7);
  const auto pass = [&](int from, int to) {
    unsigned char buffer[512];
    const ssize_t got = ::read(from, buffer, sizeof buffer);
    for (ssize_t i = 0; i < got; ++i) {
      if (rarity > 0 && random() % rarity == 0) {
        buffer[i] ^= static_cast<unsigned char>(1U << (random() % 8));
      }
    }
    for (ssize_t done = 0; done < got;) {
      const ssize_t put = ::write(to, buffer + done, static_cast<std::size_t>(got - done));
      if (put > 0) done += put;
      if (put < 0) std::this_thread::sleep_for(milliseconds(1));
    }
  };
  for (;;) {
    pollfd ready[2] = {{first, POLLIN, 0}, {second, POLLIN, 0}};
    ::poll(ready, 2, -1);
    if (ready[0].revents) pass(first, second);
    if (ready[1].revents) pass(second, first);
  }
}

// ---- the programs ---------------------------------------------------------------------------------

struct Programs {
  Programs(const std::string& folder, const std::string& store)
      : config(folder + "/input.toml"),
        a(folder + "/a"),
        b(folder + "/b"),
        log(folder + "/inject.log"),
        store_(store) {
    std::ofstream(config) << "[[device]]\nname = \"*\"\nuse = false\n[[device]]\nname = \"Probe *\"\n"
                             "use = true\n[[device]]\nname = \"*"
                          << kSuffix << "\"\nuse = false\n[[outlet]]\nto = \"xenstore:" << store_
                          << "\"\nwrites-per-second = 0\n[[outlet]]\nto = \"link+serial:" << a
                          << "\"\n";
  }
  // The old one has ended before: it has the line for itself.
  void startBroker() {
    broker.reset();
    broker = std::make_unique<ChildProgram>(std::vector<std::string>{
        "/bin/sh", "-c",
        std::string("exec " LUCARNE_INPUT " run --config ") + config + " --log-level warning 2>> " + log});
  }
  void startInject() {
    inject.reset();
    inject = std::make_unique<ChildProgram>(std::vector<std::string>{
        "/bin/sh", "-c",
        std::string("exec " LUCARNE_INPUT " inject serial:") + b + " --all --suffix '" + kSuffix +
            "' --log-level info 2>> " + log});
  }
  /// How often inject lifted everything because the line was silent for 0.9 s, or the kernel dropped
  /// events because the broker did not run for so long.
  int stops() const {
    std::ifstream in(log);
    int count = 0;
    for (std::string line; std::getline(in, line);) {
      count += line.find("no sign of life") != std::string::npos ||
               line.find("has dropped events") != std::string::npos;
    }
    return count;
  }
  std::string config, a, b, log, store_;
  std::unique_ptr<ChildProgram> broker, inject;
};

// ---- equal ----------------------------------------------------------------------------------------

std::string readStore(const std::string& socket, const std::string& path) {
  ::setenv("XENSTORED_PATH", socket.c_str(), 1);
  xs_handle* handle = xs_open(0);
  ::unsetenv("XENSTORED_PATH");
  if (!handle) return "no store";
  unsigned length = 0;
  char* value = static_cast<char*>(xs_read(handle, XBT_NULL, path.c_str(), &length));
  const std::string out = value ? std::string(value, length) : "errno " + std::to_string(errno);
  std::free(value);
  xs_close(handle);
  return out;
}

/// Emulated, the broker's start alone takes tens of seconds: libinput reads every tablet's file.
constexpr int kPatienceMs = 90'000;
constexpr int kScenes = 10;
/// When an emulated machine stands still, what happens meanwhile is told as a state, as it should be,
/// and not event by event: then the scenes are played again, at most so often.
constexpr int kTries = 5;

using Readers = std::map<std::string, std::unique_ptr<Reader>>;

/// What is made with uinput, and the panel whose events the kernel's own HID driver makes.
constexpr const char* kPanel = "Probe Panel";
std::vector<std::string> equalNames() {
  std::vector<std::string> names = kNames;
  names.emplace_back(kPanel);
  return names;
}

void settle(Readers& readers) {
  std::size_t before = 1, now = 0;
  int quiet = 0;
  until(20'000, [&] {
    before = now;
    now = 0;
    for (auto& [name, reader] : readers) {
      reader->read();
      now += reader->reported.events.size();
    }
    quiet = now == before ? quiet + 1 : 0;
    return quiet > 200;
  });
}

Readers openAll() {
  Readers readers;
  for (const std::string& name : equalNames()) {
    for (const std::string& each : {name, name + kSuffix}) {
      until(kPatienceMs, [&] { return ::access(nodeOf(each).c_str(), R_OK) == 0; });
      readers[each] = std::make_unique<Reader>(each);
    }
  }
  return readers;
}

/// Of the HID device behind an evdev node.
std::string driverOf(const std::string& node) {
  std::error_code none;
  return std::filesystem::read_symlink(
             "/sys/class/input/" + std::filesystem::path(node).filename().string() +
                 "/device/device/driver",
             none)
      .filename()
      .string();
}

/// Two fingers that come one after the other, slide and go.
void playPanel(HidPanel& panel, std::minstd_rand& random) {
  const auto finger = [&](bool down) {
    return HidPanel::Finger{down, static_cast<int>(random() % HidPanel::kWidth),
                            static_cast<int>(random() % HidPanel::kHeight)};
  };
  for (const auto& [first, second] : {std::pair{true, false}, {true, true}, {true, true},
                                      {false, true}, {false, false}}) {
    panel.report({finger(first), finger(second)});
    std::this_thread::sleep_for(lucarne::test::pace);
  }
}

/// Plays everything once, and hears what both sets of devices report.
Readers play(Sources& sources, HidPanel& panel, std::minstd_rand& random) {
  Readers readers = openAll();
  std::atomic<bool> playing = true;
  std::thread listening([&] {
    while (playing) {
      for (auto& [name, reader] : readers) reader->read();
      std::this_thread::sleep_for(milliseconds(1));
    }
  });
  for (int scene = 0; scene < kScenes; ++scene) {
    playScene(sources, random, scene * 10 + 1);
    playPanel(panel, random);
  }
  playing = false;
  listening.join();
  settle(readers);
  return readers;
}

bool same(const Readers& readers) {
  const std::vector<std::string> names = equalNames();
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return readers.at(name)->reported.events == readers.at(name + kSuffix)->reported.events;
  });
}

void compare(const std::string& name, const Reported& first, const Reported& second) {
  expect(!first.events.empty() && first.events == second.events,
         name + ": " + std::to_string(second.events.size()) + " of " +
             std::to_string(first.events.size()) + " events, one like the other");
  if (first.events != second.events) {
    std::size_t i = 0;
    while (i < std::min(first.events.size(), second.events.size()) && first.events[i] == second.events[i]) ++i;
    std::printf("     the first difference is at %zu:", i);
    for (const Reported* r : {&first, &second}) {
      for (std::size_t k = i; k < std::min(i + 8, r->events.size()); ++k) {
        std::printf(" %d/%d=%d", r->events[k].type, r->events[k].code, r->events[k].value);
      }
      std::printf(r == &first ? " |" : "\n");
    }
    return;
  }
  std::vector<std::int64_t> delays;
  for (std::size_t i = 0; i < first.times.size(); ++i) delays.push_back(second.times[i] - first.times[i]);
  std::sort(delays.begin(), delays.end());
  std::printf("     device to device: p50 %lld us, p99 %lld us\n",
              static_cast<long long>(delays[delays.size() / 2]),
              static_cast<long long>(delays[delays.size() * 99 / 100]));
}

void checkEqual(const std::string& folder, ServerKind kind) {
  std::printf("== %s XenStore\n", lucarne::test::nameOf(kind));
  StoreServer store(kind);
  if (!store.missing().empty()) {
    std::printf("skip: %s\n", store.missing().c_str());
    return;
  }
  Sources sources;
  HidPanel panel(kPanel);
  Programs programs(folder, store.socket(0));
  const pid_t line = startLine(programs.a, programs.b, 3000);
  programs.startBroker();
  programs.startInject();
  const std::vector<std::string> names = equalNames();
  const bool made = until(kPatienceMs, [&] {
    return std::all_of(names.begin(), names.end(),
                       [](const std::string& n) { return !nodeOf(n + kSuffix).empty(); });
  });
  expect(made, "all devices are made at the other end");
  if (made) {
    expect(driverOf(nodeOf(kPanel)) == "hid-multitouch", "the kernel's own driver reads the panel's reports");
    std::minstd_rand random(3);
    Readers readers;
    int tries = 0;
    for (;;) {
      const int before = programs.stops();
      readers = play(sources, panel, random);
      ++tries;
      const int stops = programs.stops() - before;
      if (same(readers) || stops == 0 || tries == kTries) break;
      std::printf("     the machine stood still %d times: again\n", stops);
    }
    for (auto& [name, reader] : readers) {
      if (reader->dropped > 0) expect(false, name + ": the probe itself was too slow");
    }
    for (const std::string& name : names) {
      compare(name, readers[name]->reported, readers[name + kSuffix]->reported);
    }
    sources.touch.emit({{EV_ABS, ABS_MT_SLOT, 4}, {EV_ABS, ABS_MT_TRACKING_ID, 5000},
                        {EV_ABS, ABS_MT_POSITION_X, 321}, {EV_ABS, ABS_MT_POSITION_Y, 123},
                        {EV_KEY, BTN_TOUCH, 1}});
    sources.buttons.emit({{EV_SW, SW_TABLET_MODE, 1}});
    const std::string base = "/local/domain/0/data/lucarne/input/seat0/";
    const auto is = [&](const std::string& path, const std::string& value) {
      const bool right = until(20'000, [&] { return readStore(store.socket(0), base + path) == value; });
      expect(right, "state " + path + " is " + value);
    };
    is("touch/4/down", "1");
    is("touch/4/x", "321");
    is("touch/4/y", "123");
    is("touch/count", "1");
    is("switches/tablet-mode", "1");
    is("buttons/power/presses", std::to_string(kScenes * tries));
    // The panel's fingers, too: the seat counts both panels' together.
    panel.report({HidPanel::Finger{true, 640, 400}, HidPanel::Finger{}});
    is("touch/0/down", "1");
    is("touch/0/x", "640");
    is("touch/0/y", "400");
    is("touch/count", "2");
  }
  ::kill(line, SIGKILL);
  ::waitpid(line, nullptr, 0);
}

// ---- killing --------------------------------------------------------------------------------------

void checkKills(const std::string& folder, int rounds) {
  std::printf("== %d kills\n", rounds);
  StoreServer store(ServerKind::Embedded);
  Sources sources;
  Programs programs(folder, store.socket(0));
  pid_t line = startLine(programs.a, programs.b, 0);
  programs.startBroker();
  programs.startInject();
  std::minstd_rand random(11);
  int wrong = 0;
  const std::string base = "/local/domain/0/data/lucarne/input/seat0/";
  for (int round = 0; round < rounds; ++round) {
    const bool there = until(kPatienceMs, [] {
      return !nodeOf(kNames[0] + kSuffix).empty() && !nodeOf(kNames[2] + kSuffix).empty();
    });
    sources.keyboard.emit({{EV_KEY, KEY_A, 1}});
    sources.touch.emit({{EV_ABS, ABS_MT_SLOT, 2}, {EV_ABS, ABS_MT_TRACKING_ID, 100 + round},
                        {EV_ABS, ABS_MT_POSITION_X, round}, {EV_KEY, BTN_TOUCH, 1}});
    const bool held = until(kPatienceMs, [&] {
      const Reader keyboard(kNames[2] + kSuffix);
      const Reader touch(kNames[0] + kSuffix);
      return keyboard.good() && keyboard.anyKeyDown() && touch.good() && touch.anyFinger() &&
             readStore(store.socket(0), base + "touch/2/down") == "1";
    });
    std::this_thread::sleep_for(milliseconds(random() % 60));
    const unsigned victim = random() % 4;
    if (victim == 0) programs.broker->signal(SIGKILL);
    if (victim == 1) programs.inject->signal(SIGKILL);
    if (victim == 2) store.kill();
    if (victim == 3) {
      ::kill(line, SIGKILL);
      ::waitpid(line, nullptr, 0);
    }
    std::this_thread::sleep_for(milliseconds(random() % 60));
    // The person lets go while it is down.
    sources.keyboard.emit({{EV_KEY, KEY_A, 0}});
    sources.touch.emit({{EV_ABS, ABS_MT_SLOT, 2}, {EV_ABS, ABS_MT_TRACKING_ID, -1}, {EV_KEY, BTN_TOUCH, 0}});
    if (victim == 0) programs.startBroker();
    if (victim == 1) programs.startInject();
    if (victim == 2) store.start();
    if (victim == 3) line = startLine(programs.a, programs.b, 0);
    const auto back = Clock::now();
    const bool lifted = until(kPatienceMs, [&] {
      for (const char* name : {"Probe Keyboard", "Probe Touch"}) {
        const std::string remote = std::string(name) + kSuffix;
        // Not made again yet after inject was killed: nothing is down there.
        if (nodeOf(remote).empty()) return victim == 1;
        const Reader reader(remote);
        if (reader.good() && (reader.anyKeyDown() || reader.anyFinger())) return false;
      }
      return true;
    });
    const bool right = until(kPatienceMs, [&] {
      return readStore(store.socket(0), base + "touch/2/down") == "0" &&
             readStore(store.socket(0), base + "touch/count") == "0";
    });
    const auto took = std::chrono::duration_cast<milliseconds>(Clock::now() - back).count();
    if (!there || !held || !lifted || !right) {
      ++wrong;
      std::printf("     round %d, victim %u: made %d, held %d, lifted %d, states %d\n", round, victim,
                  there, held, lifted, right);
    } else {
      static const char* kVictims[] = {"broker", "inject", "xenstored", "line"};
      std::printf("     round %d, %s killed: right after %lld ms\n", round, kVictims[victim],
                  static_cast<long long>(took));
    }
  }
  expect(wrong == 0, "nothing stays down and the states are right after every kill");
  ::kill(line, SIGKILL);
  ::waitpid(line, nullptr, 0);
}

}  // namespace

int main(int argc, char** argv) {
  char folder[] = "/tmp/input-probe-XXXXXX";
  if (argc < 2 || !::mkdtemp(folder)) return 2;
  if (std::strcmp(argv[1], "equal") == 0) {
    checkEqual(folder, ServerKind::Embedded);
    checkEqual(folder, ServerKind::C);
  } else {
    checkKills(folder, argc > 2 ? std::atoi(argv[2]) : 20);
  }
  return lucarne::test::verdict();
}
