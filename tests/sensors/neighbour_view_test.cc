// SPDX-License-Identifier: Apache-2.0
// What other programs publish, read from an embedded XenStore in the same loop.
#include "sensors/outlets/neighbour_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sensors/fake_tree.h"
#include "xenstore/daemon_sockets.h"

namespace lucarne::sensors {
namespace {

using testing::ElementsAre;
using testing::Pair;

class NeighbourViewTest : public testing::Test {
 protected:
  NeighbourViewTest() {
    store_.listen(0, folder_.path("store.sock"));
    client_ = std::make_unique<xenstore::Client>(context_, folder_.path("store.sock"));
    until([&] { return client_->connected(); });
  }
  void watch(base::Duration silence = NeighbourView::kSilence) {
    view_ = std::make_unique<NeighbourView>(
        context_, *client_, std::vector<std::string>{"data/display", "data/input/devices"}, silence);
    view_->onChange([&] { history_.push_back(view_->values()); });
  }
  void write(const char* path, const char* value) { client_->write(path, value); }
  // Turns the loop until it is so; a test that waits in vain fails by its own expectation.
  bool until(const std::function<bool()>& so) {
    bool late = false;
    const auto limit = loop_.after(std::chrono::seconds(20), [&late] { late = true; });
    while (!so() && !late) loop_.turn(true);
    return so();
  }
  bool untilValue(const char* path, const char* value) {
    return until([&] {
      const auto found = view_->values().find(path);
      return found == view_->values().end() ? *value == '\0' : found->second == value;
    });
  }

  FakeTree folder_;
  base::Loop loop_;
  base::RealClock clock_;
  base::Context context_{loop_, clock_, base::Log::discard()};
  xenstore::DaemonSockets store_{context_, {}};
  std::unique_ptr<xenstore::Client> client_;
  std::unique_ptr<NeighbourView> view_;
  std::vector<std::map<std::string, std::string>> history_;
};

TEST_F(NeighbourViewTest, SeesWhatIsThereAndWhatComes) {
  write("data/display/work/fps", "30.1");
  watch();
  ASSERT_TRUE(untilValue("data/display/work/fps", "30.1"));

  write("data/display/work/connected", "1");
  write("data/input/devices/3/name", "Touch panel");

  EXPECT_TRUE(untilValue("data/display/work/connected", "1"));
  EXPECT_TRUE(untilValue("data/input/devices/3/name", "Touch panel"));
  EXPECT_EQ(view_->values().size(), 3u);
}

TEST_F(NeighbourViewTest, AValueThatChangesIsNeverGoneInBetween) {
  write("data/display/work/fps", "30.1");
  watch();
  ASSERT_TRUE(untilValue("data/display/work/fps", "30.1"));
  history_.clear();

  write("data/display/work/fps", "29.8");
  ASSERT_TRUE(untilValue("data/display/work/fps", "29.8"));

  EXPECT_THAT(history_, ElementsAre(ElementsAre(Pair("data/display/work/fps", "29.8"))));
}

TEST_F(NeighbourViewTest, ForgetsWhatIsTakenAway) {
  write("data/display/work/fps", "30.1");
  write("data/display/other/fps", "1.0");
  watch();
  ASSERT_TRUE(untilValue("data/display/work/fps", "30.1"));
  ASSERT_TRUE(untilValue("data/display/other/fps", "1.0"));

  client_->remove("data/display/work");
  EXPECT_TRUE(untilValue("data/display/work/fps", ""));
  EXPECT_EQ(view_->values().size(), 1u);

  client_->remove("data/display");
  EXPECT_TRUE(untilValue("data/display/other/fps", ""));
}

TEST_F(NeighbourViewTest, LeavesOutThePublishersSerials) {
  write("data/display/serial", "17");
  write("data/display/work/serial", "A-123");
  watch();

  EXPECT_TRUE(untilValue("data/display/work/serial", "A-123"));
  EXPECT_EQ(view_->values().size(), 1u);
}

TEST_F(NeighbourViewTest, AKilledKioskShowsNothing) {
  write("data/display/work/connected", "1");
  write("data/display/work/fps", "30.1");
  write("data/display/work/name", "work");
  write("data/display/heartbeat", "1");
  write("data/input/devices/3/name", "Touch panel");
  watch(std::chrono::milliseconds(700));
  ASSERT_TRUE(untilValue("data/display/work/fps", "30.1"));
  ASSERT_TRUE(untilValue("data/input/devices/3/name", "Touch panel"));

  EXPECT_TRUE(untilValue("data/display/work/fps", "0"));
  EXPECT_EQ(view_->values().at("data/display/work/connected"), "0");
  EXPECT_EQ(view_->values().at("data/display/work/name"), "work");
  EXPECT_EQ(view_->values().size(), 4u) << "the heartbeat is none";

  write("data/display/heartbeat", "2");
  EXPECT_TRUE(untilValue("data/display/work/fps", "30.1"));
  EXPECT_TRUE(untilValue("data/display/work/connected", "1"));
}

TEST_F(NeighbourViewTest, KeepsPrintableTextOfLimitedLengthAndNumber) {
  watch();
  write("data/display/g/name", ("a\x01\xff" + std::string(500, 'x')).c_str());
  ASSERT_TRUE(until([&] { return !view_->values().empty(); }));
  const std::string name = view_->values().begin()->second;
  EXPECT_LE(name.size(), NeighbourView::kMaxValue);
  EXPECT_EQ(name.find('\x01'), std::string::npos);

  for (std::size_t i = 0; i < NeighbourView::kMaxNodes + 50; ++i) {
    write(("data/display/n" + std::to_string(i)).c_str(), "1");
  }
  EXPECT_TRUE(until([&] { return view_->values().size() == NeighbourView::kMaxNodes; }));
  write("data/display/g/name", "short");
  EXPECT_TRUE(untilValue("data/display/g/name", "short"));
  EXPECT_EQ(view_->values().size(), NeighbourView::kMaxNodes);
}

}  // namespace
}  // namespace lucarne::sensors
