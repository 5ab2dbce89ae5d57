// SPDX-License-Identifier: Apache-2.0
// An outlet whose other end does not read: it is told the state afterwards instead of a queue of what
// happened, little is kept meanwhile, and the other outlets do not notice.
//
// The other end is a program that is stopped (SIGSTOP). Beside it, all the time, an injector that
// reads: it must have every movement before the first one goes on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <sstream>

#include <linux/input-event-codes.h>

#include "tests/input-broker/broker_program.h"
#include "tests/input-broker/store_reader.h"

namespace lucarne::input {
namespace {

using test::ChildProgram;

/// Numbers of the devices' nodes.
constexpr int kTouch = 2, kMouse = 3, kKeyboard = 6;

/// What `inject --print` has said so far, replayed.
struct Told {
  explicit Told(const std::string& file) {
    std::istringstream in(contentOf(file));
    int slot = 0;
    for (std::string line; std::getline(in, line);) {
      int type = 0, code = 0, value = 0;
      const std::size_t tab = line.find('\t');
      if (tab == std::string::npos) continue;
      if (std::sscanf(line.c_str() + tab, "%d %d %d", &type, &code, &value) != 3) continue;
      if (type == EV_KEY) keys[code] = value;
      moves += type == EV_REL && code == REL_X;
      if (type == EV_ABS && code == ABS_MT_SLOT) slot = value;
      if (type == EV_ABS && code == ABS_MT_TRACKING_ID) fingers[slot] = value;
      if (type == EV_ABS && code == ABS_MT_POSITION_X) across[slot] = value;
    }
  }
  bool holds(int code) const { return keys.contains(code) && keys.at(code) != 0; }
  bool touches(int slot) const { return fingers.contains(slot) && fingers.at(slot) >= 0; }

  std::map<int, int> keys, fingers, across;
  int moves = 0;
};

class StalledOutlet : public InputBrokerProgram {
 protected:
  StalledOutlet() {
    bench_.plug(kTouch, "touch");
    bench_.plug(kMouse, "mouse");
    bench_.plug(kKeyboard, "keyboard");
  }

  /// The broker with a link that is read and `outlets`.
  void startBroker(const std::string& outlets) {
    broker_ = start({"run", "--stats", stats_, "--config",
                     configured("[[outlet]]\nto = \"link+pty:" + readLine_ + "\"\n" + outlets)});
    ASSERT_TRUE(until([&] { return std::filesystem::exists(readLine_); }));
    reading_ = inject(readLine_, read_);
    // Until the injector has made the devices, what they say comes as a state.
    ASSERT_TRUE(until([&] {
      bench_.emit(kKeyboard, "EV_KEY KEY_Z 1");
      bench_.emit(kKeyboard, "EV_KEY KEY_Z 0");
      return Told(read_).keys.contains(KEY_Z);
    }));
  }

  /// `inject --print` at a line, into a file: nobody has to read what it says.
  std::unique_ptr<ChildProgram> inject(const std::string& line, const std::string& file) {
    return std::make_unique<ChildProgram>(std::vector<std::string>{
        "/bin/sh", "-c",
        "exec " LUCARNE_INPUT " inject serial:" + line + " --all --print --log-level info > " +
            file + " 2> " + file + ".log"});
  }

  void holdAKey() {
    bench_.emit(kKeyboard, "EV_KEY KEY_A 1");
    bench_.emit(kMouse, "EV_KEY BTN_LEFT 1");
    downAt(bench_, 0, 100, 100, kTouch);
  }
  /// While the other end stands: another key is held, another finger is down, the mouse moves until
  /// the counter `name` of --stats is there.
  void goOnUntil(const std::string& name) {
    bench_.emit(kKeyboard, "EV_KEY KEY_A 0");
    bench_.emit(kKeyboard, "EV_KEY KEY_B 1");
    bench_.emit(kTouch, "EV_ABS ABS_MT_SLOT 0 EV_ABS ABS_MT_TRACKING_ID -1");
    downAt(bench_, 1, 300, 200, kTouch);
    // Given up altogether after 15 s, which a busy machine may take for this.
    const auto keptBack = [&] { return counter(name) > 0 || lastStats().find("\"up\":false") != std::string::npos; };
    for (int row = 0; row < 20 && !keptBack() && !IsSkipped(); ++row) moveOn();
    EXPECT_TRUE(keptBack());
    bench_.emit(kMouse, "EV_REL REL_Y 7");
  }
  /// A row of movements, which the one that reads has before anything else happens.
  void moveOn() {
    bench_.moves(kMouse, kMovesAtOnce, 0);
    moved_ += kMovesAtOnce;
    const auto stoodStill = [&] {
      return contentOf(read_ + ".log").find("no sign of life") != std::string::npos;
    };
    const bool all = until([&] { return Told(read_).moves == moved_ || stoodStill(); });
    if (stoodStill()) GTEST_SKIP() << "this machine stood still for 0.9 s: everything was lifted";
    ASSERT_TRUE(all) << Told(read_).moves << " of " << moved_ << " movements";
    const Told told(read_);
    EXPECT_TRUE(told.holds(KEY_B) && !told.holds(KEY_A) && told.touches(1) && !told.touches(0));
  }

  std::string lastStats() const {
    const std::string all = contentOf(stats_);
    const std::size_t end = all.rfind('\n');
    if (end == std::string::npos || end == 0) return {};
    return all.substr(all.rfind('\n', end - 1) + 1);
  }
  /// The greatest number after "name": in the last line of --stats; 0 when there is none.
  int counter(const std::string& name) const {
    const std::string last = lastStats();
    int most = 0;
    const std::string key = '"' + name + "\":";
    for (std::size_t at = last.find(key); at != std::string::npos; at = last.find(key, at + 1)) {
      most = std::max(most, std::atoi(last.c_str() + at + key.size()));
    }
    return most;
  }

  static constexpr int kMovesAtOnce = 1000;
  static constexpr int kMostWaiting = 4096;  // frames: of the outlet link+
  std::string readLine_ = folder_ + "/read-line", read_ = folder_ + "/read";
  std::string stats_ = folder_ + "/stats";
  std::unique_ptr<ChildProgram> broker_, reading_;
  int moved_ = 0;
};

TEST_F(StalledOutlet, IsToldWhatIsHeldWhenALinkIsReadAgain) {
  const std::string line = folder_ + "/line", said = folder_ + "/said";
  startBroker("[[outlet]]\nto = \"link+pty:" + line + "\"\n");
  ASSERT_TRUE(until([&] { return std::filesystem::exists(line); }));
  const auto peer = inject(line, said);
  ASSERT_TRUE(until([&] {
    bench_.emit(kKeyboard, "EV_KEY KEY_Z 1");
    bench_.emit(kKeyboard, "EV_KEY KEY_Z 0");
    return Told(said).keys.contains(KEY_Z);
  }));
  holdAKey();
  ASSERT_TRUE(until([&] { return Told(said).holds(KEY_A) && Told(said).touches(0); }));

  peer->signal(SIGSTOP);
  goOnUntil("catchups");
  if (IsSkipped()) return;
  const int before = counter("rss_kb");
  EXPECT_LE(counter("waiting"), kMostWaiting);
  for (int row = 0; row < 3 && !IsSkipped(); ++row) moveOn();
  if (IsSkipped()) return;
  EXPECT_LE(counter("waiting"), kMostWaiting);
  peer->signal(SIGCONT);

  EXPECT_TRUE(until([&] {
    const Told told(said);
    return told.holds(KEY_B) && !told.holds(KEY_A) && told.holds(BTN_LEFT) && !told.touches(0) &&
           told.touches(1) && told.across.at(1) == 300;
  }));
  EXPECT_LT(Told(said).moves, moved_) << "nothing was left out";
  // Sanitizers keep what was freed.
#if !defined(__SANITIZE_ADDRESS__)
  EXPECT_LT(counter("rss_kb"), before + 4096);
#else
  (void)before;
#endif
}

TEST_F(StalledOutlet, MayBeALinkThatNobodyHasEverRead) {
  const std::string line = folder_ + "/line", said = folder_ + "/said";
  startBroker("[[outlet]]\nto = \"link+pty:" + line + "\"\n");
  holdAKey();

  goOnUntil("frames");
  moveOn();
  if (IsSkipped()) return;
  const auto late = inject(line, said);

  EXPECT_TRUE(until([&] {
    const Told told(said);
    return told.holds(KEY_B) && told.holds(BTN_LEFT) && told.touches(1);
  }));
  EXPECT_EQ(Told(said).moves, 0);
  EXPECT_FALSE(Told(said).keys.contains(KEY_A)) << "told of what was over before it came";
}

TEST_F(StalledOutlet, IsToldTheStateWhenALineOfJsonIsReadAgain) {
  const std::string socket = folder_ + "/json", said = folder_ + "/said";
  const ChildProgram listener({"socat", "-u", "UNIX-LISTEN:" + socket, "OPEN:" + said + ",creat,append"});
  startBroker("[[outlet]]\nto = \"json+unix:" + socket + "\"\n");
  ASSERT_TRUE(until([&] { return contentOf(said).find("KEY_Z") != std::string::npos; }));
  holdAKey();
  ASSERT_TRUE(until([&] { return contentOf(said).find("KEY_A") != std::string::npos; }));

  listener.signal(SIGSTOP);
  goOnUntil("lost");
  if (IsSkipped()) return;
  listener.signal(SIGCONT);

  // The last state is said after everything that could still be kept.
  EXPECT_TRUE(until([&] {
    const std::string all = contentOf(said);
    const std::size_t state = all.rfind("\"type\":\"state\"");
    const std::string last = state == std::string::npos ? "" : all.substr(state, all.find('\n', state) - state);
    return last.find(R"("x":1279,"y":407,"buttons":["BTN_LEFT"])") != std::string::npos &&
           last.find(R"("keys":["KEY_B"])") != std::string::npos &&
           last.find(R"("slot":1,"x":300,"y":200)") != std::string::npos &&
           last.find(R"("slot":0)") == std::string::npos;
  })) << contentOf(said).substr(contentOf(said).rfind("\"type\":\"state\""));
}

TEST_F(StalledOutlet, MayBeAXenStoreThatDoesNotAnswer) {
  const std::string socket = folder_ + "/xs";
  const ChildProgram store({LUCARNE_XENSTORED, "--socket", socket, "--log-level", "warning"});
  startBroker("[[outlet]]\nto = \"xenstore:" + socket + "\"\nkeys = [\"KEY_A\", \"KEY_B\"]\n");
  {
    StoreReader reader(socket);
    holdAKey();
    ASSERT_TRUE(reader.comesToSay("seat0/keys", "KEY_A"));
  }

  store.signal(SIGSTOP);
  goOnUntil("frames");
  if (IsSkipped()) return;
  store.signal(SIGCONT);

  StoreReader reader(socket);
  EXPECT_TRUE(reader.comesToSay("seat0/keys", "KEY_B"));
  EXPECT_TRUE(reader.comesToSay("seat0/pointer/x", "1279"));
  EXPECT_TRUE(reader.comesToSay("seat0/pointer/y", "407"));
  EXPECT_TRUE(reader.comesToSay("seat0/touch/0/down", "0"));
  EXPECT_TRUE(reader.comesToSay("seat0/touch/1/x", "300"));
  EXPECT_TRUE(reader.comesToSay("seat0/touch/count", "1"));
}

}  // namespace
}  // namespace lucarne::input
