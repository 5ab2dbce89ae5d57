// SPDX-License-Identifier: Apache-2.0
// The built lucarne-input on mocked devices.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "base/program.h"
#include "tests/input-broker/broker_program.h"
#include "xenstore/client.h"

namespace lucarne::input {
namespace {

using test::ChildProgram;
using testing::HasSubstr;

TEST_F(InputBrokerProgram, ListsWhatIsThere) {
  bench_.plug(2, "touch");
  bench_.plug(3, "mouse");
  bench_.plug(4, "buttons");
  bench_.plug(5, "cover");
  bench_.plug(6, "keyboard");
  bench_.plug(7, "pen");

  const auto program = start({"list"});
  program->waitFor("never comes");
  EXPECT_EQ(program->wait(), 0);

  std::string all;
  for (const std::string& line : program->seen()) all += line + "\n";
  EXPECT_THAT(all, HasSubstr("touch                    Mock Touch (10 fingers; 1280 x 800)"));
  EXPECT_THAT(all, HasSubstr("pointer                  Mock Mouse (fine wheel)"));
  EXPECT_THAT(all, HasSubstr("buttons/power"));
  EXPECT_THAT(all, HasSubstr("SW_LID SW_TABLET_MODE"));
  EXPECT_THAT(all, HasSubstr("keyboard                 Mock Keyboard"));
  EXPECT_THAT(all, HasSubstr("tablet                   Mock Pen"));
}

TEST_F(InputBrokerProgram, ShowsWhatHappens) {
  bench_.plug(2, "touch");
  bench_.plug(3, "mouse");
  bench_.plug(4, "buttons");
  bench_.plug(5, "cover");
  bench_.plug(7, "pen");
  const auto program = start({"monitor"});
  ASSERT_TRUE(program->waitFor("[Mock Pen] plugged"));

  for (int slot = 0; slot < 10; ++slot) {
    downAt(bench_, slot, 100 * slot, 50 * slot);
    EXPECT_TRUE(program->waitFor("finger " + std::to_string(slot) + " down at " +
                                 std::to_string(100 * slot) + "," + std::to_string(50 * slot)));
  }
  bench_.emit(3, "EV_REL REL_X 5 EV_REL REL_Y -3");
  EXPECT_TRUE(program->waitFor("moves +5 -3"));
  bench_.emit(3, "EV_REL REL_WHEEL_HI_RES -15");
  EXPECT_TRUE(program->waitFor("wheel +0 +15"));
  bench_.emit(4, "EV_KEY KEY_HOMEPAGE 1");
  EXPECT_TRUE(program->waitFor("button home (KEY_HOMEPAGE) down"));
  bench_.emit(5, "EV_SW SW_TABLET_MODE 1");
  EXPECT_TRUE(program->waitFor("SW_TABLET_MODE on"));
  bench_.emit(7, "EV_KEY BTN_TOOL_PEN 1 EV_KEY BTN_TOUCH 1 EV_ABS ABS_X 6400 EV_ABS ABS_Y 4000 "
                 "EV_ABS ABS_PRESSURE 4095");
  EXPECT_TRUE(program->waitFor("pen down at 640,400 pressure 65535"));
}

TEST_F(InputBrokerProgram, HidesLettersUnlessAsked) {
  bench_.plug(6, "keyboard");
  const auto program = start({"monitor"});
  ASSERT_TRUE(program->waitFor("plugged"));

  bench_.emit(6, "EV_KEY KEY_A 1");

  EXPECT_TRUE(program->waitFor("a key down"));
}

TEST_F(InputBrokerProgram, UnpluggingMidTouchLiftsEverything) {
  const auto program = start({"monitor"});
  bench_.plug(2, "touch");
  ASSERT_TRUE(program->waitFor("[Mock Touch] plugged"));
  downAt(bench_, 0, 1, 1);
  downAt(bench_, 1, 2, 2);
  ASSERT_TRUE(program->waitFor("finger 1 down"));

  bench_.unplug(2);

  EXPECT_TRUE(program->waitFor("finger 0 cancelled"));
  EXPECT_TRUE(program->waitFor("finger 1 cancelled"));
  EXPECT_TRUE(program->waitFor("unplugged"));
}

TEST_F(InputBrokerProgram, TellsWhatIsTrueAfterTheKernelDroppedEvents) {
  bench_.plug(2, "touch");
  const auto program = start({"monitor"});
  ASSERT_TRUE(program->waitFor("[Mock Touch] plugged"));
  downAt(bench_, 0, 1, 1);
  ASSERT_TRUE(program->waitFor("finger 0 down"));

  // The mocked device answers that no finger touches it: the lifting was among what was dropped.
  bench_.emit(2, "EV_ABS ABS_MT_POSITION_X 700 EV_SYN SYN_DROPPED 0 EV_ABS ABS_MT_POSITION_Y 600");

  EXPECT_TRUE(program->waitFor("finger 0 up"));
  downAt(bench_, 1, 20, 30);
  EXPECT_TRUE(program->waitFor("finger 1 down at 20,30"));
}

TEST_F(InputBrokerProgram, WritesJsonLines) {
  bench_.plug(2, "touch");
  const std::string socket = folder_ + "/json";
  const auto listener = std::make_unique<ChildProgram>(
      std::vector<std::string>{"socat", "-u", "UNIX-LISTEN:" + socket, "STDOUT"});
  const auto program = start({"run", "--outlet", "json+unix:" + socket});
  ASSERT_TRUE(listener->waitFor(R"({"type":"hello","program":"lucarne-input","version":1})"));
  ASSERT_TRUE(listener->waitFor(R"("name":"Mock Touch","kinds":["touch"])"));

  downAt(bench_, 3, 640, 400);

  EXPECT_TRUE(listener->waitFor(R"("type":"touch","slot":3,"phase":"down","x":640,"y":400})"));
}

TEST_F(InputBrokerProgram, DeliversAMousesOwnEventsOverALink) {
  bench_.plug(3, "mouse");
  const std::string socket = folder_ + "/link";
  const auto broker = start({"run", "--outlet", "link+unix-listen:" + socket});
  const auto inject = start({"inject", "unix:" + socket, "--pointer", "--print"});

  // Until it has been told of the device nothing is sent.
  bool there = false;
  for (int i = 0; i < 100 && !there; ++i) {
    bench_.emit(3, "EV_REL REL_X 1");
    there = inject->waitFor("Mock Mouse\t2 0 1", 100);
  }
  ASSERT_TRUE(there);
  bench_.emit(3, "EV_KEY BTN_LEFT 1 EV_REL REL_Y -7");

  EXPECT_TRUE(inject->waitFor("Mock Mouse\t1 272 1"));
  EXPECT_TRUE(inject->waitFor("Mock Mouse\t2 1 -7"));
}

TEST_F(InputBrokerProgram, LiftsAtTheOtherEndWhenItIsKilled) {
  bench_.plug(3, "mouse");
  const std::string socket = folder_ + "/link";
  auto broker = start({"run", "--outlet", "link+unix-listen:" + socket});
  const auto inject = start({"inject", "unix:" + socket, "--pointer", "--print"});
  bool there = false;
  for (int i = 0; i < 100 && !there; ++i) {
    bench_.emit(3, "EV_REL REL_X 1");
    there = inject->waitFor("Mock Mouse\t2 0 1", 100);
  }
  ASSERT_TRUE(there);
  bench_.emit(3, "EV_KEY BTN_LEFT 1");
  ASSERT_TRUE(inject->waitFor("Mock Mouse\t1 272 1"));

  broker->signal(SIGKILL);

  EXPECT_TRUE(inject->waitFor("Mock Mouse\t1 272 0", 3000));
}

TEST_F(InputBrokerProgram, APointerOnlyInjectorRefusesAKeyboard) {
  bench_.plug(6, "keyboard");
  bench_.plug(3, "mouse");
  const std::string socket = folder_ + "/link";
  const auto broker = start({"run", "--outlet", "link+unix-listen:" + socket});
  const auto inject = start({"inject", "unix:" + socket, "--pointer", "--print"});
  bool there = false;
  for (int i = 0; i < 100 && !there; ++i) {
    bench_.emit(6, "EV_KEY KEY_A 1");
    bench_.emit(6, "EV_KEY KEY_A 0");
    bench_.emit(3, "EV_REL REL_X 1");
    there = inject->waitFor("Mock Mouse\t2 0 1", 100);
  }
  ASSERT_TRUE(there);

  for (const std::string& line : inject->seen()) EXPECT_THAT(line, Not(HasSubstr("Keyboard")));
}

TEST_F(InputBrokerProgram, EveryPositionOfABurstArrives) {
  bench_.plug(3, "mouse");
  const std::string socket = folder_ + "/link";
  const auto broker = start({"run", "--outlet", "link+unix-listen:" + socket});
  const auto inject = start({"inject", "unix:" + socket, "--pointer", "--print"});
  bool there = false;
  for (int i = 0; i < 100 && !there; ++i) {
    bench_.emit(3, "EV_REL REL_Y 1");
    there = inject->waitFor("Mock Mouse\t2 1 1", 100);
  }
  ASSERT_TRUE(there);

  bench_.moves(3, 1000, 0);
  bench_.emit(3, "EV_KEY BTN_LEFT 1");
  ASSERT_TRUE(inject->waitFor("Mock Mouse\t1 272 1"));

  int moves = 0;
  for (const std::string& line : inject->seen()) moves += line == "Mock Mouse\t2 0 1";
  EXPECT_EQ(moves, 1000);
}

TEST_F(InputBrokerProgram, PublishesStatesForThoseWhoMayRead) {
  bench_.plug(2, "touch");
  bench_.plug(4, "buttons");
  const std::string zero = folder_ + "/xs";
  const std::string five = folder_ + "/dom5";
  const std::string six = folder_ + "/dom6";
  const ChildProgram store({LUCARNE_XENSTORED, "--socket", zero, "--domain", "5=" + five, "--domain",
                            "6=" + six, "--log-level", "warning"});
  const auto broker = start({"run", "--outlet", "xenstore:" + zero, "--reader", "5"});
  base::Loop loop;
  const base::RealClock clock;
  const base::Context context{loop, clock, base::Log::discard()};
  xenstore::Client reader(context, five);
  xenstore::Client stranger(context, six);
  const std::string base = "/local/domain/0/data/lucarne/input/seat0/";
  const auto reads = [&](xenstore::Client& client, const std::string& path, const std::string& value) {
    bool late = false;
    bool found = false;
    const auto timer = loop.after(std::chrono::seconds(15), [&] { late = true; });
    bool asking = false;
    while (!found && !late) {
      if (!asking) {
        asking = true;
        client.read(base + path, [&](const xenstore::Answer<std::string>& a) {
          found = (a ? *a : "errno " + std::to_string(a.error().code)) == value;
          asking = false;
        });
      }
      loop.turn(true);
    }
    while (asking && !late) loop.turn(true);
    return found;
  };
  ASSERT_TRUE(reads(reader, "touch/9/down", "0"));

  downAt(bench_, 9, 1279, 799);
  bench_.emit(4, "EV_KEY KEY_POWER 1");
  bench_.emit(4, "EV_KEY KEY_POWER 0");

  EXPECT_TRUE(reads(reader, "touch/9/x", "1279"));
  EXPECT_TRUE(reads(reader, "touch/9/y", "799"));
  EXPECT_TRUE(reads(reader, "touch/count", "1"));
  EXPECT_TRUE(reads(reader, "buttons/power/presses", "1"));
  EXPECT_TRUE(reads(reader, "buttons/power/held", "0"));
  EXPECT_TRUE(reads(stranger, "touch/9/x", "errno 13"));

  broker->signal(SIGTERM);
  EXPECT_TRUE(reads(reader, "touch/9/x", "errno 13"));  // gone, as far as a reader can tell
}

/// The process numbers that a program of the test has written, one a line.
std::vector<pid_t> numbersIn(const std::string& file) {
  std::ifstream in(file);
  std::vector<pid_t> numbers;
  for (pid_t number = 0; in >> number;) numbers.push_back(number);
  return numbers;
}

bool runs(pid_t process) { return ::kill(process, 0) == 0; }

TEST_F(InputBrokerProgram, RunsACommandWhenAButtonIsPressed) {
  bench_.plug(4, "buttons");
  const std::string said = folder_ + "/said";
  std::ofstream(folder_ + "/input.toml")
      << "[[button]]\nkey = \"KEY_PROG1\"\naction = \"run\"\ncommand = \"echo $$ >> " << said
      << "\"\n";
  const auto program = start({"monitor", "--config", folder_ + "/input.toml"});
  ASSERT_TRUE(program->waitFor("plugged"));

  for (std::size_t time = 1; time <= 2; ++time) {
    bench_.emit(4, "EV_KEY KEY_PROG1 1");
    bench_.emit(4, "EV_KEY KEY_PROG1 0");

    EXPECT_TRUE(until([&] { return numbersIn(said).size() == time; })) << "press " << time;
  }
}

TEST_F(InputBrokerProgram, AButtonSwitchesAnOnScreenKeyboardOnAndOff) {
  bench_.plug(4, "buttons");
  const std::string said = folder_ + "/said";
  std::ofstream(folder_ + "/input.toml")
      << "[[button]]\nkey = \"KEY_PROG1\"\naction = \"keyboard\"\ncommand = \"echo $$ >> " << said
      << "; exec sleep 1000\"\n";
  const auto program = start({"monitor", "--config", folder_ + "/input.toml"});
  ASSERT_TRUE(program->waitFor("plugged"));
  const auto press = [&] {
    bench_.emit(4, "EV_KEY KEY_PROG1 1");
    bench_.emit(4, "EV_KEY KEY_PROG1 0");
  };

  press();
  ASSERT_TRUE(until([&] { return numbersIn(said).size() == 1; }));
  EXPECT_TRUE(runs(numbersIn(said)[0]));
  press();
  EXPECT_TRUE(until([&] { return !runs(numbersIn(said)[0]); })) << "the second press ends it";
  press();
  ASSERT_TRUE(until([&] { return numbersIn(said).size() == 2; })) << "the third starts it again";
  program->signal(SIGTERM);
  EXPECT_EQ(program->wait(), 0);

  EXPECT_TRUE(until([&] { return !runs(numbersIn(said)[1]); })) << "and it ends with the broker";
}

TEST_F(InputBrokerProgram, AnOnScreenKeyboardThatHidesItselfIsSentItsSignal) {
  bench_.plug(4, "buttons");
  const std::string said = folder_ + "/said";
  // A shell that counts the signals, as wvkbd shows and hides itself by one.
  std::ofstream(folder_ + "/input.toml")
      << "[[button]]\nkey = \"KEY_PROG1\"\naction = \"keyboard\"\nsignal = \"USR1\"\n"
         "command = \"trap 'echo $$ >> " << said << "' USR1; echo $$ >> " << said
      << "; while :; do sleep 0.1; done\"\n";
  auto program = start({"monitor", "--config", folder_ + "/input.toml"});
  ASSERT_TRUE(program->waitFor("plugged"));

  for (std::size_t time = 1; time <= 3; ++time) {
    bench_.emit(4, "EV_KEY KEY_PROG1 1");
    bench_.emit(4, "EV_KEY KEY_PROG1 0");
    ASSERT_TRUE(until([&] { return numbersIn(said).size() == time; })) << "press " << time;
  }
  const std::vector<pid_t> numbers = numbersIn(said);
  EXPECT_EQ(std::set<pid_t>(numbers.begin(), numbers.end()).size(), 1U) << "it is one process";
  program->signal(SIGKILL);

  EXPECT_TRUE(until([&] { return !runs(numbers[0]); })) << "a killed broker leaves none behind";
}

}  // namespace
}  // namespace lucarne::input
