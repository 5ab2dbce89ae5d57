// SPDX-License-Identifier: Apache-2.0
// docs/link.md shows bytes. They are made here and looked for there, so that the page stays true.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "link/session.h"
#include "tests/support/session_pair.h"

namespace lucarne::link {
namespace {

std::string hex(base::Bytes bytes) {
  std::string lines;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    lines += fmt::format("{:02x}{}", bytes[i],
                         i + 1 == bytes.size() ? ""
                         : i % 16 == 15        ? "\n"
                                               : " ");
  }
  return lines;
}

std::string document() {
  std::ifstream in(LUCARNE_LINK_DOCUMENT);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// A session of which everything is known: instances 0x112233440000 and 0x556677880000.
struct Worked {
  Worked()
      : guest(clock, {.role = Role::Guest, .capabilities = 3, .name = "guest"}, 0x11223344),
        panel(clock, {.role = Role::Panel, .capabilities = 1, .name = "panel"}, 0x55667788) {}

  std::vector<std::uint8_t> written(test::SimulatedEnd& end) {
    std::array<base::Bytes, 8> slots;
    std::vector<std::uint8_t> bytes;
    const std::size_t filled = end.session->gather(slots);
    for (std::size_t i = 0; i < filled; ++i) {
      bytes.insert(bytes.end(), slots[i].begin(), slots[i].end());
    }
    end.session->sent(bytes.size());
    return bytes;
  }

  base::ManualClock clock;
  test::SimulatedEnd guest;
  test::SimulatedEnd panel;
};

TEST(LinkDocument, ShowsTheBytesThatGoOverTheLine) {
  Worked worked;
  std::vector<std::pair<const char*, std::vector<std::uint8_t>>> shown;

  worked.panel.session->tick();
  shown.emplace_back("the panel calls", worked.written(worked.panel));
  worked.guest.session->receive(shown.back().second);
  shown.emplace_back("the guest answers", worked.written(worked.guest));
  worked.panel.session->receive(shown.back().second);
  shown.emplace_back("the panel is up", worked.written(worked.panel));
  worked.guest.session->receive(shown.back().second);
  worked.written(worked.guest);
  ASSERT_TRUE(worked.panel.session->send(Channel::Input, test::bytesOf("A")));
  shown.emplace_back("an input message", worked.written(worked.panel));
  worked.clock.advance(std::chrono::milliseconds(2));
  worked.guest.session->receive(shown.back().second);
  shown.emplace_back("its acknowledgement", worked.written(worked.guest));
  worked.panel.session->goodbye("bye");
  shown.emplace_back("goodbye", worked.written(worked.panel));

  const std::string page = document();
  for (const auto& [title, bytes] : shown) {
    EXPECT_NE(page.find(hex(bytes)), std::string::npos) << title << " is\n" << hex(bytes);
  }
  ASSERT_EQ(worked.guest.listener.received.size(), 1u);
}

}  // namespace
}  // namespace lucarne::link
