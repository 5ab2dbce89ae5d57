// SPDX-License-Identifier: Apache-2.0
#include "display-relay/endpoint.h"

#include <string>

#include <gtest/gtest.h>

#include "base/result.h"
#include "display-relay/usage.h"
#include "link/transport.h"

namespace lucarne::relay {
namespace {

std::string complaintAbout(const std::string& source) {
  base::Loop loop;
  const base::RealClock clock;
  const base::Context context{loop, clock, base::Log::discard()};
  surface::Screen screen;
  try {
    createSource(source, {}, screen, context);
  } catch (const base::UsageError& mistake) {
    return mistake.what();
  }
  return "";
}

TEST(Endpoint, IsAKindAndWhatFollows) {
  const Endpoint endpoint = parseEndpoint("pattern:1280x800@60");

  EXPECT_EQ(endpoint.kind, "pattern");
  EXPECT_EQ(endpoint.rest, "1280x800@60");
  EXPECT_EQ(endpoint.transport, "");
  EXPECT_EQ(endpoint.text, "pattern:1280x800@60");
}

TEST(Endpoint, IsAKindOverATransport) {
  const Endpoint endpoint = parseEndpoint("vnc+tcp:[::1]:5900");

  EXPECT_EQ(endpoint.kind, "vnc");
  EXPECT_EQ(endpoint.transport, "tcp:[::1]:5900");
  EXPECT_EQ(endpoint.rest, "");
}

TEST(Endpoint, MayBeAKindAlone) {
  EXPECT_EQ(parseEndpoint("kiosk").kind, "kiosk");
  EXPECT_EQ(parseEndpoint("vnc-listen+tcp-listen:5901").kind, "vnc-listen");
}

TEST(Endpoint, KeepsColonsAndPlusesOfWhatFollows) {
  EXPECT_EQ(parseEndpoint("png:/tmp/a+b:c.png").rest, "/tmp/a+b:c.png");
  EXPECT_EQ(parseEndpoint("link+exec:ssh a+b").transport, "exec:ssh a+b");
}

class MalformedEndpoint : public testing::TestWithParam<std::string> {};

TEST_P(MalformedEndpoint, IsRefused) {
  EXPECT_THROW(parseEndpoint(GetParam()), base::UsageError);
}

INSTANTIATE_TEST_SUITE_P(All, MalformedEndpoint,
                         testing::Values("", ":", "+", ":x", "+tcp:a:1", "vnc+", "VNC:x", "a b:c",
                                         "vnc/tcp", "/dev/hvc1", std::string("vnc:\0x", 6),
                                         "\xff:"));

TEST(Endpoint, OfAnUnknownKindListsThoseThereAre) {
  const std::string complaint = complaintAbout("nonsense:");

  EXPECT_NE(complaint.find("'nonsense'"), std::string::npos);
  EXPECT_NE(complaint.find("pattern:[WxH][@FPS]"), std::string::npos);
  EXPECT_EQ(complaint.find('\n'), std::string::npos);
}

TEST(Endpoint, WithATransportItDoesNotTakeSaysHowItIsWritten) {
  EXPECT_NE(complaintAbout("pattern+tcp:localhost:1").find("is written pattern:"),
            std::string::npos);
}

// Has something to send until it was asked so many times.
struct BusySource final : Source {
  explicit BusySource(int n) : times(n) {}
  void start() override {}
  void onInput(const surface::InputEvent&) override {}
  bool isSending() override { return times-- > 0; }
  int times;
};

TEST(Farewell, WaitsUntilAllIsSent) {
  base::Loop loop;
  const base::RealClock clock;
  BusySource source(4);

  waitUntilSent(source, {loop, clock, base::Log::discard()});

  EXPECT_EQ(source.times, -1);
}

TEST(Farewell, DoesNotWaitForAServerThatHangs) {
  base::Loop loop;
  const base::RealClock clock;
  BusySource source(INT32_MAX);

  waitUntilSent(source, {loop, clock, base::Log::discard()});

  EXPECT_GT(source.times, 0);
}

TEST(Endpoint, SharesItsLineWithATunnelWhenThereIsExactlyOne) {
  EXPECT_NO_THROW(requireOneLink("link+unix:/x", {"kiosk:", "null:"}));
  EXPECT_NO_THROW(requireOneLink("pattern:", {"null:", "link+unix:/x"}));
  EXPECT_THROW(requireOneLink("pattern:", {"null:"}), base::UsageError);
  EXPECT_THROW(requireOneLink("link+unix:/x", {"link+unix:/y"}), base::UsageError);
}

TEST(Usage, ListsEveryRowThatWasBuiltIn) {
  const std::string help = endpointHelp();

  for (const auto* row : sourceRows()) EXPECT_NE(help.find(row->summary), std::string::npos);
  for (const auto* row : sinkRows()) EXPECT_NE(help.find(row->summary), std::string::npos);
  for (const auto* row : link::transportRows()) {
    EXPECT_NE(help.find(row->summary), std::string::npos);
  }
}

}  // namespace
}  // namespace lucarne::relay
