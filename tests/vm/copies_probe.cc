// SPDX-License-Identifier: Apache-2.0
// Runs inside the virtual machine: the broker's outlet uinput:, on real devices. Copies report what
// the first devices do, event for event, but for a button that is kept back; with the first ones
// grabbed, nobody else hears them; a broker that is killed leaves no copy and no grab behind.
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <thread>

#include "tests/support/child_program.h"
#include "tests/vm/expectations.h"
#include "tests/vm/probe_devices.h"

namespace {

using lucarne::test::ChildProgram;
using lucarne::test::Event;
using lucarne::test::expect;
using lucarne::test::kNames;
using lucarne::test::nodeOf;
using lucarne::test::Reader;
using lucarne::test::Sources;
using lucarne::test::until;
using std::chrono::milliseconds;

/// Emulated, the broker's start alone takes tens of seconds: libinput reads every tablet's file.
constexpr int kPatienceMs = 90'000;
/// An emulated machine that stands still lets the kernel drop events: then the scene is played again.
constexpr int kTries = 5;

std::string copyOf(const std::string& name) { return "Lucarne: " + name; }

using Readers = std::map<std::string, std::unique_ptr<Reader>>;

class Broker {
 public:
  Broker(const std::string& folder, bool grab) : log_(folder + "/log") {
    const std::string config = folder + "/copies.toml";
    std::ofstream(config) << "[[device]]\nname = \"*\"\nuse = false\n[[device]]\nname = \"Probe *\"\n"
                          << "use = true\ngrab = " << (grab ? "true" : "false")
                          << "\n[[button]]\nkey = \"KEY_VOLUMEUP\"\nname = \"louder\"\npass = false\n"
                          << "[[outlet]]\nto = \"uinput:\"\n";
    program_ = std::make_unique<ChildProgram>(std::vector<std::string>{
        "/bin/sh", "-c",
        "exec " LUCARNE_INPUT " run --config " + config + " --log-level warning 2>> " + log_});
  }
  bool makesAll() const {
    return until(kPatienceMs, [] {
      return std::all_of(kNames.begin(), kNames.end(), [](const std::string& n) {
        return ::access(nodeOf(copyOf(n)).c_str(), R_OK) == 0;
      });
    });
  }
  int drops() const {
    std::ifstream in(log_);
    int count = 0;
    for (std::string line; std::getline(in, line);) {
      count += line.find("has dropped events") != std::string::npos;
    }
    return count;
  }
  void kill() { program_->signal(SIGKILL); }

 private:
  std::string log_;
  std::unique_ptr<ChildProgram> program_;
};

/// Plays a scene and a press of the button that is kept back, and hears all devices and copies.
Readers play(Sources& sources, int tracking) {
  Readers readers;
  for (const std::string& name : kNames) {
    for (const std::string& each : {name, copyOf(name)}) readers[each] = std::make_unique<Reader>(each);
  }
  std::atomic<bool> playing = true;
  std::thread listening([&] {
    while (playing) {
      for (auto& [name, reader] : readers) reader->read();
      std::this_thread::sleep_for(milliseconds(1));
    }
  });
  std::minstd_rand random(3);
  lucarne::test::playScene(sources, random, tracking);
  for (const int down : {1, 0}) sources.buttons.emit({{EV_KEY, KEY_VOLUMEUP, down}});
  sources.keyboard.emit({{EV_KEY, KEY_ESC, 1}});
  sources.keyboard.emit({{EV_KEY, KEY_ESC, 0}});
  std::this_thread::sleep_for(milliseconds(2000));
  playing = false;
  listening.join();
  for (auto& [name, reader] : readers) reader->read();
  return readers;
}

/// Frames of nothing but the button are not in the copy at all.
std::vector<Event> withoutButton(const std::vector<Event>& events) {
  std::vector<Event> out;
  bool left = false;
  for (const Event& e : events) {
    const bool kept = e.type == EV_KEY && e.code == KEY_VOLUMEUP;
    if (!kept && !(left && e.type == EV_SYN)) out.push_back(e);
    left = kept;
  }
  return out;
}

bool equal(const Readers& readers) {
  return std::all_of(kNames.begin(), kNames.end(), [&](const std::string& name) {
    return withoutButton(readers.at(name)->reported.events) ==
           readers.at(copyOf(name))->reported.events;
  });
}

std::vector<Event> checkShared(Sources& sources, const std::string& folder) {
  const Broker broker(folder, false);
  const bool made = broker.makesAll();
  expect(made, "every device has a copy");
  if (!made) return {};
  Readers readers;
  for (int attempt = 1; attempt <= kTries; ++attempt) {
    const int before = broker.drops();
    readers = play(sources, attempt * 20);
    if (equal(readers) || broker.drops() == before) break;
    std::printf("     the machine stood still: again\n");
  }
  for (const std::string& name : kNames) {
    const auto& first = readers[name]->reported.events;
    const auto& copy = readers[copyOf(name)]->reported.events;
    expect(!copy.empty() && withoutButton(first) == copy,
           name + ": " + std::to_string(copy.size()) + " of " + std::to_string(first.size()) +
               " events in the copy");
  }
  const auto& buttons = readers["Probe Buttons"]->reported.events;
  expect(withoutButton(buttons).size() + 4 == buttons.size(), "the button that is kept back is not");
  return readers[copyOf("Probe Keyboard")]->reported.events;
}

void checkGrabbed(Sources& sources, const std::string& folder, const std::vector<Event>& keys) {
  Broker broker(folder, true);
  const bool made = broker.makesAll();
  expect(made, "every grabbed device has a copy");
  if (!made) return;
  Readers readers = play(sources, 500);
  std::size_t heard = 0;
  for (const std::string& name : kNames) heard += readers[name]->reported.events.size();
  expect(heard == 0, "nobody else hears the grabbed devices");
  expect(readers[copyOf("Probe Keyboard")]->reported.events == keys, "the copies report their keys");

  sources.keyboard.emit({{EV_KEY, KEY_A, 1}});
  const bool down = until(20'000, [] { return Reader(copyOf("Probe Keyboard")).anyKeyDown(); });
  expect(down, "a key is held in the copy");
  broker.kill();
  const bool gone = until(20'000, [] {
    return std::all_of(kNames.begin(), kNames.end(),
                       [](const std::string& n) { return nodeOf(copyOf(n)).empty(); });
  });
  expect(gone, "no copy outlives a killed broker");
  Reader again("Probe Keyboard");
  sources.keyboard.emit({{EV_KEY, KEY_A, 0}});
  expect(until(20'000, [&] { again.read(); return !again.reported.events.empty(); }),
         "and the devices are everybody's again");
}

}  // namespace

int main() {
  char folder[] = "/tmp/copies-probe-XXXXXX";
  if (!::mkdtemp(folder)) return 2;
  lucarne::test::pace = milliseconds(6);
  Sources sources;
  const std::vector<Event> keys = checkShared(sources, folder);
  checkGrabbed(sources, folder, keys);
  return lucarne::test::verdict();
}
