// SPDX-License-Identifier: Apache-2.0
// What every transport promises, tried on each that two ends of one machine can open. A new row
// fails here until it is in the table, or named among those that are tried elsewhere.
#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <optional>
#include <set>
#include <string>

#include "link/transport.h"
#include "tests/support/fd_leak_check.h"
#include "tests/support/temp_dir.h"

namespace lucarne::link {
namespace {

using base::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// Two addresses that meet; FOLDER and PORT are filled in. An empty second one: the first is a
/// child that sends back what it gets.
struct Line {
  const char* name;
  const char* first;
  const char* second;
  bool ends;  ///< closing one end is the end of the other
};

constexpr Line kLines[] = {
    {"pty_and_serial", "pty:FOLDER/line", "serial:FOLDER/line", false},
    {"unix", "unix-listen:FOLDER/socket", "unix:FOLDER/socket", true},
    {"tcp", "tcp-listen:PORT", "tcp:localhost:PORT", true},
    {"vsock", "vsock-listen:PORT", "vsock:1:PORT", true},
    {"exec", "exec:cat", "", true},
};
// fd: is a descriptor of whoever starts us (transport_test.cc); vchan needs Xen (vchan_test.cc on a
// machine of our own, tests/xen on the real one).
const std::set<std::string> kElsewhere = {"fd", "vchan", "vchan-listen"};

std::string schemeOf(std::string_view uri) { return std::string(uri.substr(0, uri.find(':'))); }

TEST(TransportContract, KnowsEveryRow) {
  std::set<std::string> known = kElsewhere;
  for (const Line& line : kLines) {
    known.insert(schemeOf(line.first));
    if (*line.second) known.insert(schemeOf(line.second));
  }
  for (const TransportRow* row : transportRows()) {
    EXPECT_TRUE(known.contains(row->scheme)) << row->scheme;
  }
}

class EveryLine : public testing::TestWithParam<Line> {
 protected:
  std::unique_ptr<Transport> make(std::string uri) {
    const auto fill = [&uri](std::string_view word, const std::string& with) {
      if (const auto at = uri.find(word); at != std::string::npos)
        uri.replace(at, word.size(), with);
    };
    fill("FOLDER", folder_.path());
    fill("PORT", std::to_string(20'000 + ::getpid() % 20'000));
    return createTransport(uri, context_);
  }

  bool turnUntil(const std::function<bool()>& done) {
    bool late = false;
    const auto limit = loop_.after(seconds(20), [&] { late = true; });
    while (!done() && !late) loop_.turn(true);
    return done();
  }

  /// Both ends, opened as LinkEnd does: the second one again until the first is there. Empty where
  /// this machine has no such line.
  bool open() {
    const bool vsock = schemeOf(GetParam().first) == "vsock-listen";
    // Connecting without it takes two seconds to fail.
    if (vsock && ::access("/sys/module/vsock_loopback", F_OK) != 0) return false;
    first_ = make(GetParam().first);
    try {
      first_->prepare();
    } catch (const base::SetupError&) {
      return false;
    }
    std::optional<Result<Stream>> here;
    first_->open([&](Result<Stream> opened) { here.emplace(std::move(opened)); });
    EXPECT_FALSE(here) << "called back from inside open()";
    if (*GetParam().second) {
      second_ = make(GetParam().second);
      if (!dialSecond()) return false;
    }
    EXPECT_TRUE(turnUntil([&] { return here.has_value(); }));
    EXPECT_TRUE(*here) << here->error().message;
    a_ = std::move(**here);
    return true;
  }

  bool dialSecond() {
    for (int attempt = 0; attempt < 20; ++attempt) {
      std::optional<Result<Stream>> there;
      second_->open([&](Result<Stream> opened) { there.emplace(std::move(opened)); });
      if (!turnUntil([&] { return there.has_value(); })) return false;
      if (*there) {
        b_ = std::move(**there);
        return true;
      }
      bool later = false;
      const auto pause = loop_.after(milliseconds(20), [&] { later = true; });
      while (!later) loop_.turn(true);
    }
    return false;
  }

  const base::UniqueFd& otherEnd() const { return b_.fd ? b_.fd : a_.fd; }

  /// What comes out of `fd` when `text` goes into `into`, for as long as it takes.
  std::string through(const base::UniqueFd& into, const base::UniqueFd& fd,
                      const std::string& text) {
    std::string got;
    std::size_t sent = 0;
    const auto nudge = loop_.every(milliseconds(1), [] {});
    turnUntil([&] {
      char bytes[4096];
      if (sent < text.size()) {
        const ssize_t n = ::write(into.get(), text.data() + sent, text.size() - sent);
        if (n > 0) sent += static_cast<std::size_t>(n);
      }
      const ssize_t n = ::read(fd.get(), bytes, sizeof bytes);
      if (n > 0) got.append(bytes, static_cast<std::size_t>(n));
      return got.size() >= text.size();
    });
    return got;
  }

  test::TempDir folder_;
  base::Loop loop_;
  base::RealClock clock_;
  base::Context context_{loop_, clock_, base::Log::discard()};
  std::unique_ptr<Transport> first_;
  std::unique_ptr<Transport> second_;
  Stream a_;
  Stream b_;
};

constexpr const char* kNone = "this kernel has no such line (vsock: modprobe vsock_loopback)";

// All byte values, more of them than any line holds at once.
std::string manyBytes() {
  std::string all;
  for (int i = 0; i < 400'000; ++i) all.push_back(static_cast<char>(i * 7 + (i >> 8)));
  return all;
}

TEST_P(EveryLine, CarriesEveryByteBothWays) {
  if (!open()) GTEST_SKIP() << kNone;
  const std::string bytes = manyBytes();

  EXPECT_TRUE(through(a_.fd, otherEnd(), bytes) == bytes);
  EXPECT_TRUE(through(otherEnd(), a_.fd, bytes) == bytes);
}

TEST_P(EveryLine, NeitherBlocksNorLeaksToChildren) {
  if (!open()) GTEST_SKIP() << kNone;
  char byte;

  for (const base::UniqueFd* fd :
       std::initializer_list<const base::UniqueFd*>{&a_.fd, &otherEnd()}) {
    EXPECT_EQ(::read(fd->get(), &byte, 1), -1);
    EXPECT_EQ(errno, EAGAIN);
    EXPECT_TRUE(::fcntl(fd->get(), F_GETFD) & FD_CLOEXEC);
  }
}

TEST_P(EveryLine, IsOfTheKindThatItSays) {
  if (!open()) GTEST_SKIP() << kNone;

  EXPECT_EQ(a_.kind, first_->kind());
  EXPECT_EQ(a_.kind == LineKind::Serial, !GetParam().ends) << "who goes is noticed, or not";
}

TEST_P(EveryLine, TellsThatTheOtherEndHasGoneWhereItCan) {
  if (!*GetParam().second || !GetParam().ends) return;
  if (!open()) GTEST_SKIP() << kNone;
  b_ = Stream{};

  const auto nudge = loop_.every(milliseconds(1), [] {});
  char byte;
  EXPECT_TRUE(turnUntil([&] { return ::read(a_.fd.get(), &byte, 1) == 0; }));
}

TEST_P(EveryLine, OpensAgainAndAgainWithoutLeavingADescriptorBehind) {
  if (!open()) GTEST_SKIP() << kNone;
  const auto close = [this] {
    a_ = Stream{};
    b_ = Stream{};
    second_.reset();
    first_.reset();
  };
  close();
  const test::FdLeakCheck leaks;

  for (int visit = 0; visit < 3; ++visit) {
    ASSERT_TRUE(open());
    EXPECT_EQ(through(a_.fd, otherEnd(), "x"), "x");
    close();
  }

  EXPECT_EQ(leaks.leaked(), "");
}

TEST_P(EveryLine, StaysSilentWhenItIsCancelled) {
  bool called = false;
  {
    const auto transport = make(*GetParam().second ? GetParam().second : GetParam().first);
    transport->open([&](Result<Stream>) { called = true; });
    transport->cancel();
  }
  bool over = false;
  const auto later = loop_.after(milliseconds(50), [&] { over = true; });
  while (!over) loop_.turn(true);

  EXPECT_FALSE(called);
}

INSTANTIATE_TEST_SUITE_P(Rows, EveryLine, testing::ValuesIn(kLines),
                         [](const auto& test) { return std::string(test.param.name); });

}  // namespace
}  // namespace lucarne::link
