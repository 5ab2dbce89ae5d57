// SPDX-License-Identifier: Apache-2.0
#include "kiosk/broker_socket.h"

#include <sys/resource.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "surface/packet_socket.h"
#include "tests/support/temp_dir.h"

namespace lucarne::kiosk {
namespace {

struct Target final : BrokerTarget {
  void onBroker(bool isHere) override { here = isHere; }
  void onBrokerInput(const PanelInput&) override {}
  void onBrokerNudge(std::int32_t, std::int32_t) override {}
  void onBrokerInputEnd() override {}
  void onBrokerAction(surface::panel::Action) override {}
  bool here = false;
};

// While it lives, the process gets no further descriptor.
struct NoMoreDescriptors {
  NoMoreDescriptors() {
    ::getrlimit(RLIMIT_NOFILE, &before);
    const int next = ::dup(0);
    ::close(next);
    const rlimit none{static_cast<rlim_t>(next), before.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &none);
  }
  ~NoMoreDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before); }
  rlimit before{};
};

TEST(BrokerSocket, RestsWhileThereIsNoDescriptorForABroker) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers look at memory through descriptors of their own";
#endif
  const test::TempDir folder;
  base::Loop loop;
  const base::RealClock clock;
  const base::Context context{loop, clock, base::Log::discard()};
  Target target;
  const BrokerSocket socket(folder.path() + "/input", target, context);
  const auto broker = surface::connectPacketSocket(socket.path());
  ASSERT_TRUE(broker);
  surface::sendPacket(*broker, surface::panel::encode(surface::panel::Hello{{1280, 800}}));

  int turns = 0;
  {
    const NoMoreDescriptors none;
    while (turns < 100 && loop.turn(false)) ++turns;
  }
  bool late = false;
  const auto patience = loop.after(std::chrono::seconds(20), [&late] { late = true; });
  while (!target.here && !late) loop.turn(true);

  EXPECT_LT(turns, 100);
  EXPECT_TRUE(target.here);
}

}  // namespace
}  // namespace lucarne::kiosk
