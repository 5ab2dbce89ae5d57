// SPDX-License-Identifier: Apache-2.0
// Runs inside the domains of the Xen test (input/dom0.sh, input/guest.sh).
//
//   xen_probe play FILE          makes devices and obeys: "play" plays a scene and writes what the
//                                devices reported to FILE, "hold" holds a finger at 321,123
//   xen_probe record FILE STOP   waits for the devices that `lucarne-input inject` makes, prints
//                                "recording", writes what they report to FILE once STOP exists
//   xen_probe see NODE           reads the broker's states through our client until the finger that
//                                `play` holds is there
//   xen_probe refused NODE       everything below NODE must be denied, and no change be told
#include <poll.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <functional>
#include <iostream>
#include <memory>

#include <fmt/format.h>

#include "base/loop.h"
#include "tests/vm/probe_devices.h"
#include "xenstore/client.h"

namespace {

using namespace lucarne;  // NOLINT: a program of one file
using std::chrono::milliseconds;
using std::chrono::seconds;
using test::Reader;

using Readers = std::map<std::string, std::unique_ptr<Reader>>;

/// One line an event: what two of these files are compared by.
void writeReported(const Readers& readers, const std::string& file) {
  std::ofstream out(file);
  for (const auto& [name, reader] : readers) {
    for (const test::Event& e : reader->reported.events) {
      out << name << '\t' << e.type << ' ' << e.code << ' ' << e.value << '\n';
    }
    if (reader->dropped > 0) out << name << "\tthe probe was too slow\n";
  }
}

/// Reads until `done`, and then until nothing more comes for two seconds. Waits without turning: the
/// machine is slow enough.
void listen(const Readers& readers, const std::function<bool()>& done) {
  constexpr int kWaitMs = 100;
  std::vector<pollfd> waiting;
  for (const auto& [name, reader] : readers) waiting.push_back({reader->descriptor(), POLLIN, 0});
  for (int quiet = 0; quiet < 2000 / kWaitMs;) {
    const bool something = ::poll(waiting.data(), waiting.size(), kWaitMs) > 0;
    for (const auto& [name, reader] : readers) reader->read();
    quiet = something || !done() ? 0 : quiet + 1;
  }
}

Readers openAll() {
  Readers readers;
  for (const std::string& name : test::kNames) {
    while (test::nodeOf(name).empty() || ::access(test::nodeOf(name).c_str(), R_OK) != 0) {
      std::this_thread::sleep_for(milliseconds(20));
    }
    readers[name] = std::make_unique<Reader>(name);
  }
  return readers;
}

/// Commands on standard input: "play" a scene (written to FILE, "played" when done), "hold" a finger
/// and move it a little, "end".
int play(const std::string& file) {
  test::pace = milliseconds(20);  // emulated twice: neither end reads faster
  test::Sources sources;
  openAll();
  std::cout << "made" << std::endl;
  std::minstd_rand random(5);
  int tracking = 1;
  int x = 300;
  const auto hold = [&](int at, bool down) {
    sources.touch.emit({{EV_ABS, ABS_MT_SLOT, 4}, {EV_ABS, ABS_MT_TRACKING_ID, down ? 5000 : -1},
                        {EV_ABS, ABS_MT_POSITION_X, at}, {EV_ABS, ABS_MT_POSITION_Y, 123},
                        {EV_KEY, BTN_TOUCH, down}});
  };
  for (std::string word; std::cin >> word && word != "end";) {
    if (word == "play") {
      const Readers readers = openAll();
      std::atomic<bool> played = false;
      std::thread listening([&] { listen(readers, [&] { return played.load(); }); });
      test::playScene(sources, random, tracking += 10);
      played = true;
      listening.join();
      writeReported(readers, file);
      std::cout << "played" << std::endl;
    } else {
      for (int i = 0; i < 20; ++i) hold(x++, true);
      hold(321, true);
    }
  }
  hold(321, false);
  return 0;
}

int record(const std::string& file, const std::string& stop) {
  const Readers readers = openAll();
  std::cout << "recording" << std::endl;
  listen(readers, [&] { return ::access(stop.c_str(), F_OK) == 0; });
  writeReported(readers, file);
  return 0;
}

class StoreProbe {
 public:
  explicit StoreProbe(std::string node) : node_(std::move(node)) {}

  int see() {
    const auto watch = client_.watch(node_ + "/serial", [this](const std::string&) { look(); });
    const auto limit = loop_.after(seconds(120), [this] { loop_.quit(); });
    loop_.run();
    fmt::print("{} through {}: touch 4 is down {} at {},{}; {} changes told\n",
               good() ? "seen" : "NOT SEEN", client_.address(), down_, x_, y_, told_);
    return good() ? 0 : 1;
  }

  int refused() {
    int told = -1;  // the first call is the registration's own
    const auto watch = client_.watch(node_ + "/serial", [&](const std::string&) { ++told; });
    const auto wait = loop_.after(seconds(10), [this] { loop_.quit(); });
    loop_.run();
    int failed = 0;
    for (const char* path : {"/serial", "/seat0/touch/4/x", "/seat0/touch/count"}) {
      client_.read(node_ + path, [&, path](const xenstore::Answer<std::string>& answer) {
        failed += note(path, answer ? 0 : answer.error().code);
      });
    }
    for (const char* path : {"", "/seat0", "/devices"}) {
      client_.directory(node_ + path,
                        [&, path](const xenstore::Answer<std::vector<std::string>>& answer) {
                          failed += note(path, answer ? 0 : answer.error().code);
                        });
    }
    const auto end = loop_.after(seconds(5), [this] { loop_.quit(); });
    loop_.run();
    fmt::print("{}, {} of 6 requests answered, {} changes told\n",
               client_.connected() ? client_.address() : "not connected", answers_, told);
    return client_.connected() && failed == 0 && answers_ == 6 && told <= 0 ? 0 : 1;
  }

 private:
  bool good() const { return down_ == "1" && x_ == "321" && y_ == "123"; }

  void look() {
    ++told_;
    const auto read = [this](const char* name, std::string& into) {
      client_.read(node_ + "/seat0/touch/4/" + name,
                   [this, &into](const xenstore::Answer<std::string>& answer) {
                     into = answer ? *answer : answer.error().message;
                     if (good()) loop_.quit();
                   });
    };
    read("down", down_);
    read("x", x_);
    read("y", y_);
  }

  int note(const char* path, int code) {
    ++answers_;
    fmt::print("{}{}: {}\n", node_, path, code == 0 ? "ALLOWED" : std::strerror(code));
    return code == EACCES ? 0 : 1;
  }

  std::string node_;
  base::Loop loop_;
  base::RealClock clock_;
  base::Context context_{loop_, clock_, base::Log::toStandardError("xen_probe", base::LogLevel::Info)};
  xenstore::Client client_{context_};
  std::string down_, x_, y_;
  int told_ = 0;
  int answers_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const std::string what = argc > 2 ? argv[1] : "";
  if (what == "play") return play(argv[2]);
  if (what == "record" && argc == 4) return record(argv[2], argv[3]);
  if (what == "see") return StoreProbe(argv[2]).see();
  if (what == "refused") return StoreProbe(argv[2]).refused();
  std::cerr << "xen_probe play|record|see|refused …\n";
  return 2;
}
