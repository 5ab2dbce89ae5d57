// SPDX-License-Identifier: Apache-2.0
// Several seats at one broker: each has its own devices, states and readers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "tests/input-broker/broker_program.h"
#include "tests/input-broker/store_reader.h"

namespace lucarne::input {
namespace {

using test::ChildProgram;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kBothSeats = "seats = [\"seat0\", \"seat1\"]\n";

/// Numbers of the devices' nodes.
constexpr int kTouch = 2, kMouse = 3, kSecondTouch = 8, kSecondMouse = 9;

class Seats : public InputBrokerProgram {
 protected:
  Seats() {
    bench_.plug(kTouch, "touch");
    bench_.plug(kMouse, "mouse");
    bench_.plug(kSecondTouch, "second-touch");
  }

  /// Of domains 0, 5 and 6.
  std::unique_ptr<ChildProgram> startStore() {
    return std::make_unique<ChildProgram>(std::vector<std::string>{
        LUCARNE_XENSTORED, "--socket", zero_, "--domain", "5=" + five_, "--domain", "6=" + six_,
        "--log-level", "warning"});
  }

  std::string zero_ = folder_ + "/xs", five_ = folder_ + "/dom5", six_ = folder_ + "/dom6";
  std::string toStore_ = "[[outlet]]\nto = \"xenstore:" + zero_ + "\"\n";
};

TEST_F(Seats, HavePointersAndFingersOfTheirOwn) {
  bench_.plug(kSecondMouse, "second-mouse");
  const auto store = startStore();
  const auto broker = start({"run", "--config", configured(kBothSeats + toStore_)});
  StoreReader reader(zero_);
  ASSERT_TRUE(reader.comesToSay("seat0/touch/count", "0"));
  ASSERT_TRUE(reader.comesToSay("seat1/touch/count", "0"));

  bench_.emit(kMouse, "EV_REL REL_X 5");
  bench_.emit(kSecondMouse, "EV_REL REL_X -7 EV_REL REL_Y 3 EV_KEY BTN_LEFT 1");
  downAt(bench_, 0, 100, 50, kTouch);
  downAt(bench_, 0, 200, 60, kSecondTouch);
  downAt(bench_, 1, 300, 70, kSecondTouch);

  EXPECT_TRUE(reader.comesToSay("seat0/pointer/x", "645"));
  EXPECT_TRUE(reader.comesToSay("seat1/pointer/x", "633"));
  EXPECT_TRUE(reader.comesToSay("seat1/pointer/y", "403"));
  EXPECT_TRUE(reader.comesToSay("seat1/pointer/buttons", "BTN_LEFT"));
  EXPECT_TRUE(reader.comesToSay("seat1/touch/1/x", "300"));
  EXPECT_TRUE(reader.comesToSay("seat1/touch/count", "2"));
  EXPECT_TRUE(reader.comesToSay("seat0/touch/count", "1"));
  EXPECT_EQ(reader.says("seat0/pointer/y"), "400");
  EXPECT_EQ(reader.says("seat0/pointer/buttons"), "");
  EXPECT_EQ(reader.says("seat0/touch/0/x"), "100");
  EXPECT_EQ(reader.says("seat1/touch/0/x"), "200");
}

TEST_F(Seats, LoseOnlyTheirOwnFingersWhenADeviceIsUnplugged) {
  const auto store = startStore();
  const auto broker = start({"run", "--config", configured(kBothSeats + toStore_)});
  StoreReader reader(zero_);
  ASSERT_TRUE(reader.comesToSay("seat1/touch/count", "0"));
  downAt(bench_, 4, 100, 50, kTouch);
  downAt(bench_, 4, 200, 60, kSecondTouch);
  ASSERT_TRUE(reader.comesToSay("seat0/touch/count", "1"));
  ASSERT_TRUE(reader.comesToSay("seat1/touch/count", "1"));

  bench_.unplug(kSecondTouch);

  EXPECT_TRUE(reader.comesToSay("seat1/touch/count", "0"));
  EXPECT_EQ(reader.says("seat1/touch/4/down"), "0");
  EXPECT_EQ(reader.says("seat0/touch/4/down"), "1");
}

TEST_F(Seats, MayEachHaveAReaderOfTheirOwn) {
  bench_.plug(kSecondMouse, "second-mouse");
  const auto store = startStore();
  const auto broker = start({"run", "--config",
                             configured(kBothSeats + toStore_ +
                                        "[outlet.grant]\nseat0 = [5]\nseat1 = [6]\n")});
  StoreReader first(five_);
  StoreReader second(six_);
  ASSERT_TRUE(first.comesToSay("seat0/pointer/x", "640"));
  ASSERT_TRUE(second.comesToSay("seat1/pointer/x", "640"));

  EXPECT_EQ(first.says("seat1/pointer/x"), "errno 13");
  EXPECT_EQ(second.says("seat0/pointer/x"), "errno 13");
}

TEST_F(Seats, TakeDevicesThatArePluggedLaterAndNameThemselvesInEveryLine) {
  const std::string socket = folder_ + "/json";
  const ChildProgram listener({"socat", "-u", "UNIX-LISTEN:" + socket, "OPEN:" + folder_ +
                               "/lines,creat,append"});
  const auto broker = start({"run", "--config",
                             configured(std::string(kBothSeats) + "[[outlet]]\nto = \"json+unix:" +
                                        socket + "\"\n")});
  const auto said = [&](const std::string& words) {
    return until([&] { return contentOf(folder_ + "/lines").find(words) != std::string::npos; });
  };
  ASSERT_TRUE(said(R"("seat":"seat1","name":"Second Touch")"));

  bench_.plug(kSecondMouse, "second-mouse");
  ASSERT_TRUE(said(R"("seat":"seat1","name":"Second Mouse")"));
  bench_.emit(kSecondMouse, "EV_KEY BTN_RIGHT 1");

  EXPECT_TRUE(said(R"("button":"BTN_RIGHT")"));
  const std::string all = contentOf(folder_ + "/lines");
  const std::size_t line = all.rfind('\n', all.find("BTN_RIGHT")) + 1;
  EXPECT_THAT(all.substr(line, all.find('\n', line) - line), HasSubstr(R"("seat":"seat1")"));
}

TEST_F(Seats, ThatAreNotNamedAreLeftAlone) {
  bench_.plug(kSecondMouse, "second-mouse");
  const auto program = start({"list"});
  program->waitFor("never comes");
  ASSERT_EQ(program->wait(), 0);

  std::string all;
  for (const std::string& line : program->seen()) all += line + "\n";
  EXPECT_THAT(all, HasSubstr("Mock Mouse"));
  EXPECT_THAT(all, Not(HasSubstr("Second")));
}

}  // namespace
}  // namespace lucarne::input
