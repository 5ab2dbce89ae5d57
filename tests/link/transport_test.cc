// SPDX-License-Identifier: Apache-2.0
// Transports on the machine's own PTYs, sockets and children.
#include "link/transport.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace lucarne::link {
namespace {

using base::Result;
using base::UniqueFd;
using std::chrono::milliseconds;
using std::chrono::seconds;

class TransportTest : public testing::Test {
 protected:
  TransportTest() {
    char pattern[] = "/tmp/lucarne-link-XXXXXX";
    folder_ = ::mkdtemp(pattern);
  }
  ~TransportTest() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::unique_ptr<Transport> make(const std::string& uri) { return createTransport(uri, context_); }

  /// Turns the loop until `done`, for at most five seconds.
  bool turnUntil(const std::function<bool()>& done) {
    bool late = false;
    const auto limit = loop_.after(seconds(5), [&] { late = true; });
    while (!done() && !late) loop_.turn(true);
    return done();
  }

  Result<Stream> open(Transport& transport) {
    std::optional<Result<Stream>> answer;
    transport.open([&](Result<Stream> opened) { answer.emplace(std::move(opened)); });
    EXPECT_FALSE(answer.has_value()) << "called back from inside open()";
    if (!turnUntil([&] { return answer.has_value(); })) return base::unexpected("no answer in 5 s");
    return std::move(*answer);
  }

  std::string refusal(const std::string& uri) {
    try {
      make(uri);
    } catch (const base::UsageError& mistake) {
      return mistake.what();
    }
    return "";
  }

  std::string failure(const std::string& uri) {
    const auto transport = make(uri);
    try {
      transport->prepare();
    } catch (const base::SetupError& problem) {
      return problem.what();
    }
    return "";
  }

  static void put(const UniqueFd& fd, std::string_view text) {
    ASSERT_EQ(::write(fd.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }

  std::string take(const UniqueFd& fd, std::size_t count) {
    std::string got;
    pollfd ready{fd.get(), POLLIN, 0};
    while (got.size() < count && ::poll(&ready, 1, 2000) > 0) {
      char bytes[256];
      const ssize_t n = ::read(fd.get(), bytes, std::min(sizeof bytes, count - got.size()));
      if (n <= 0) break;
      got.append(bytes, static_cast<std::size_t>(n));
    }
    return got;
  }

  base::Loop loop_;
  base::RealClock clock_;
  base::Context context_{loop_, clock_, base::Log::discard()};
  std::string folder_;
};

// All byte values, those that cooked terminals eat first.
std::string everyByte() {
  std::string all;
  for (int i = 0; i < 256; ++i) all.push_back(static_cast<char>(i));
  return all;
}

TEST_F(TransportTest, EveryRowHasItsOwnSchemeAndSaysHowToWriteIt) {
  std::set<std::string> schemes;
  for (const TransportRow* row : transportRows()) {
    EXPECT_TRUE(schemes.insert(row->scheme).second) << row->scheme;
    EXPECT_TRUE(std::string_view(row->syntax).starts_with(std::string(row->scheme) + ":"));
    EXPECT_GT(std::string_view(row->summary).size(), 10u);
  }
  EXPECT_TRUE(schemes.contains("serial"));
  EXPECT_TRUE(schemes.contains("exec"));
  EXPECT_GE(schemes.size(), 10u);
}

TEST_F(TransportTest, EveryRowRefusesAnEmptyAddressAsAMistakeOfTheUser) {
  for (const TransportRow* row : transportRows()) {
    EXPECT_NE(refusal(std::string(row->scheme) + ":"), "") << row->scheme;
  }
}

TEST_F(TransportTest, SaysWhatThereIsWhenTheSchemeIsUnknown) {
  EXPECT_NE(refusal("carrier-pigeon:x").find("serial:DEV[@BAUD]"), std::string::npos);
  EXPECT_NE(refusal("nonsense").find("has no ':'"), std::string::npos);
}

TEST_F(TransportTest, RefusesMalformedAddresses) {
  for (const char* uri :
       {"tcp:localhost", "tcp::5900", "tcp:localhost:0", "tcp:localhost:65536", "tcp:localhost:12x",
        "tcp:::1:5900", "tcp-listen:example.org:5900", "tcp-listen:-1", "serial:/dev/x@12345",
        "serial:/dev/x@", "serial:@9600", "fd:", "fd:-1", "fd:x", "vsock:2", "vsock:x:1",
        "vsock-listen:99999999999"}) {
    EXPECT_NE(refusal(uri), "") << uri;
  }
  EXPECT_NE(refusal("unix:/" + std::string(200, 'x')).find("at most"), std::string::npos);
}

TEST_F(TransportTest, APtyAndASerialLineOnItCarryEveryByteBothWays) {
  const auto pty = make("pty:" + path("line"));
  auto master = open(*pty);
  ASSERT_TRUE(master) << master.error().message;
  const auto serial = make("serial:" + path("line"));
  auto slave = open(*serial);
  ASSERT_TRUE(slave) << slave.error().message;

  put(master->fd, everyByte());
  EXPECT_EQ(take(slave->fd, 256), everyByte());
  put(slave->fd, everyByte());
  EXPECT_EQ(take(master->fd, 256), everyByte());

  EXPECT_EQ(master->kind, LineKind::Serial);
  EXPECT_FALSE(slave->heldBack);
}

TEST_F(TransportTest, APtySurvivesThatTheOtherSideComesAndGoes) {
  const auto pty = make("pty:" + path("line"));
  auto master = open(*pty);
  ASSERT_TRUE(master);
  for (int visit = 0; visit < 3; ++visit) {
    // Any program, which sets nothing itself.
    const auto visitor =
        UniqueFd::adopt(::open(path("line").c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
    ASSERT_TRUE(visitor);

    put(visitor, "in\n\x03\x04");
    EXPECT_EQ(take(master->fd, 5), "in\n\x03\x04");
    put(master->fd, "out\r\n");
    EXPECT_EQ(take(visitor, 5), "out\r\n");
  }
  char byte;
  EXPECT_EQ(::read(master->fd.get(), &byte, 1), -1);
  EXPECT_EQ(errno, EAGAIN);  // neither an end nor an error nor an echo
}

TEST_F(TransportTest, APtyRemovesItsNameAndTakesOverAStaleOne) {
  ASSERT_EQ(::symlink("/dev/pts/999999", path("line").c_str()), 0);
  {
    const auto pty = make("pty:" + path("line"));
    auto master = open(*pty);
    ASSERT_TRUE(master);
    EXPECT_TRUE(std::filesystem::is_character_file(path("line")));
  }
  EXPECT_FALSE(std::filesystem::is_symlink(path("line")));
}

TEST_F(TransportTest, APtyDoesNotReplaceAFile) {
  std::ofstream(path("line")) << "precious";

  EXPECT_NE(failure("pty:" + path("line")).find("no symbolic link"), std::string::npos);
  EXPECT_TRUE(std::filesystem::is_regular_file(path("line")));
}

TEST_F(TransportTest, ASerialLineIsPutBackAsItWas) {
  const auto pty = make("pty:" + path("line"));
  auto master = open(*pty);
  ASSERT_TRUE(master);
  const auto user = UniqueFd::adopt(::open(path("line").c_str(), O_RDWR | O_NOCTTY | O_CLOEXEC));
  termios cooked{};
  ASSERT_EQ(::tcgetattr(user.get(), &cooked), 0);
  cooked.c_lflag |= ICANON | ECHO | ISIG;
  cooked.c_iflag |= IXON;
  ASSERT_EQ(::tcsetattr(user.get(), TCSANOW, &cooked), 0);
  termios seen{};
  {
    const auto serial = make("serial:" + path("line") + "@115200");
    auto slave = open(*serial);
    ASSERT_TRUE(slave);
    ASSERT_EQ(::tcgetattr(user.get(), &seen), 0);
    EXPECT_EQ(seen.c_lflag & (ICANON | ECHO | ISIG), 0u);
    EXPECT_EQ(seen.c_iflag & (IXON | IXOFF), 0u);
    EXPECT_EQ(::cfgetospeed(&seen), static_cast<speed_t>(B115200));
  }
  ASSERT_EQ(::tcgetattr(user.get(), &seen), 0);
  EXPECT_EQ(seen.c_lflag, cooked.c_lflag);
  EXPECT_EQ(seen.c_iflag, cooked.c_iflag);
}

TEST_F(TransportTest, ASerialLineIsForOneProgramOnly) {
  const auto pty = make("pty:" + path("line"));
  auto master = open(*pty);
  const auto first = make("serial:" + path("line"));
  auto stream = open(*first);
  ASSERT_TRUE(stream);

  EXPECT_NE(failure("serial:" + path("line")).find("another program is using it"),
            std::string::npos);
  *stream = Stream{};
  EXPECT_EQ(failure("serial:" + path("line")), "");
}

// A PTY, as a login has one, and its slave's name.
struct Terminal {
  UniqueFd master = UniqueFd::adopt(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  std::string slave;
  Terminal() {
    char name[64] = "";
    if (::unlockpt(master.get()) == 0) ::ptsname_r(master.get(), name, sizeof name);
    slave = name;
  }
};

TEST_F(TransportTest, ASerialLineIsNotTakenFromWhoGotItsNumber) {
  const std::string link = path("line");
  auto maker = std::make_unique<Terminal>();
  const std::string slave = maker->slave;
  ASSERT_EQ(::symlink(slave.c_str(), link.c_str()), 0);
  const auto serial = make("serial:" + link);
  ASSERT_TRUE(open(*serial));
  EXPECT_TRUE(open(*serial));  // itself, again

  const auto made = std::filesystem::last_write_time(slave);

  maker.reset();  // killed: its link stays
  std::vector<std::unique_ptr<Terminal>> logins;
  while (logins.size() < 50 && (logins.empty() || logins.back()->slave != slave)) {
    logins.push_back(std::make_unique<Terminal>());
    // The file system counts time in ticks: until the next one, both look the same.
    const bool tooSoon = logins.back()->slave == slave &&
                         std::filesystem::last_write_time(slave) == made;
    if (tooSoon) logins.pop_back();
  }
  if (logins.back()->slave != slave) GTEST_SKIP() << "another program has got the number " << slave;
  const auto taken = open(*serial);

  ASSERT_FALSE(taken);
  EXPECT_NE(taken.error().message.find("another has its number"), std::string::npos);
  // Who makes the name anew means it.
  ASSERT_EQ(::unlink(link.c_str()), 0);
  ASSERT_EQ(::symlink(slave.c_str(), link.c_str()), 0);
  EXPECT_TRUE(open(*serial));
}

TEST_F(TransportTest, SaysWhatIsWrongWithASerialLine) {
  std::ofstream(path("file")) << "text";

  EXPECT_NE(failure("serial:" + path("none")).find("No such file"), std::string::npos);
  EXPECT_NE(failure("serial:" + path("file")).find("no serial device"), std::string::npos);
}

TEST_F(TransportTest, UnixSocketsMeetInEitherOrder) {
  const auto listening = make("unix-listen:" + path("socket"));
  const auto connecting = make("unix:" + path("socket"));
  EXPECT_FALSE(open(*connecting));  // nobody there yet: an answer, to be tried again

  std::optional<Result<Stream>> accepted;
  listening->open([&](Result<Stream> opened) { accepted.emplace(std::move(opened)); });
  auto connected = open(*connecting);
  ASSERT_TRUE(connected) << connected.error().message;
  ASSERT_TRUE(turnUntil([&] { return accepted.has_value(); }));
  ASSERT_TRUE(*accepted);

  put(connected->fd, "ping");
  EXPECT_EQ(take((*accepted)->fd, 4), "ping");
}

TEST_F(TransportTest, AUnixSocketIsForItsUserOnly) {
  const auto listening = make("unix-listen:" + path("socket"));
  listening->prepare();

  struct stat info {};
  ASSERT_EQ(::stat(path("socket").c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(TransportTest, AListenerTakesOverAStaleNameAndRefusesALiveOne) {
  {
    const auto socket = UniqueFd::adopt(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
    path("socket").copy(address.sun_path, sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ASSERT_TRUE(std::filesystem::is_socket(path("socket")));

  const auto first = make("unix-listen:" + path("socket"));
  EXPECT_NO_THROW(first->prepare());
  EXPECT_NE(failure("unix-listen:" + path("socket")).find("another program listens"),
            std::string::npos);
  EXPECT_TRUE(std::filesystem::is_socket(path("socket")));
}

TEST_F(TransportTest, AListenerRemovesItsNameAndDoesNotReplaceAFile) {
  make("unix-listen:" + path("socket"))->prepare();
  EXPECT_FALSE(std::filesystem::exists(path("socket")));

  std::ofstream(path("file")) << "precious";
  EXPECT_NE(failure("unix-listen:" + path("file")).find("no socket"), std::string::npos);
}

TEST_F(TransportTest, AListenerServesOnePeerAfterTheOther) {
  const auto listening = make("unix-listen:" + path("socket"));
  const auto connecting = make("unix:" + path("socket"));
  for (int round = 0; round < 3; ++round) {
    std::optional<Result<Stream>> accepted;
    listening->open([&](Result<Stream> opened) { accepted.emplace(std::move(opened)); });
    auto connected = open(*connecting);
    ASSERT_TRUE(connected);
    ASSERT_TRUE(turnUntil([&] { return accepted.has_value(); }));
    put((*accepted)->fd, "x");
    EXPECT_EQ(take(connected->fd, 1), "x");
  }
}

TEST_F(TransportTest, TcpMeetsOnLoopbackWithoutDelay) {
  // A port that was free a moment ago.
  const auto probe = UniqueFd::adopt(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const unsigned port = 20'000 + static_cast<unsigned>(::getpid()) % 20'000;
  const auto listening = make(fmt::format("tcp-listen:{}", port));
  std::optional<Result<Stream>> accepted;
  listening->open([&](Result<Stream> opened) { accepted.emplace(std::move(opened)); });

  const auto connecting = make(fmt::format("tcp:localhost:{}", port));
  auto connected = open(*connecting);
  ASSERT_TRUE(connected) << connected.error().message;
  ASSERT_TRUE(turnUntil([&] { return accepted.has_value(); }));
  ASSERT_TRUE(*accepted) << accepted->error().message;

  put(connected->fd, "ping");
  EXPECT_EQ(take((*accepted)->fd, 4), "ping");
  EXPECT_EQ(connected->kind, LineKind::Local);
  EXPECT_NE(failure(fmt::format("tcp-listen:{}", port)).find("another program listens"),
            std::string::npos);
}

TEST_F(TransportTest, TcpFindsALocalhostThatOnlySpeaksIpv6) {
  const unsigned port = 40'000 + static_cast<unsigned>(::getpid()) % 20'000;
  const auto listening = make(fmt::format("tcp-listen:[::1]:{}", port));
  std::optional<Result<Stream>> accepted;
  listening->open([&](Result<Stream> opened) { accepted.emplace(std::move(opened)); });
  for (int i = 0; i < 3; ++i) loop_.turn(false);  // where it cannot listen, it says so at once
  if (accepted && !*accepted) GTEST_SKIP() << "no IPv6 here: " << accepted->error().message;

  auto connected = open(*make(fmt::format("tcp:localhost:{}", port)));

  ASSERT_TRUE(connected) << connected.error().message;
  ASSERT_TRUE(turnUntil([&] { return accepted.has_value(); }));
  put(connected->fd, "ping");
  EXPECT_EQ(take((*accepted)->fd, 4), "ping");
  EXPECT_EQ(connected->kind, LineKind::Local);
}

TEST_F(TransportTest, TcpSaysThatNobodyListensOrThatThereIsNoSuchHost) {
  auto refused = open(*make("tcp:127.0.0.1:1"));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("tcp:127.0.0.1:1"), std::string::npos);

  EXPECT_FALSE(open(*make("tcp:no-such-host.invalid:5900")));
}

TEST_F(TransportTest, CancellingAnAttemptKeepsItSilent) {
  bool called = false;
  {
    const auto connecting = make("tcp:localhost:1");
    connecting->open([&](Result<Stream>) { called = true; });
    connecting->cancel();
    connecting->open([&](Result<Stream>) { called = true; });
  }  // dropped while under way
  const auto later = loop_.after(milliseconds(50), [] {});
  for (int i = 0; i < 20; ++i) loop_.turn(false);
  const auto limit = loop_.after(milliseconds(100), [this] { loop_.quit(); });
  loop_.run();

  EXPECT_FALSE(called);
}

TEST_F(TransportTest, AnInheritedDescriptorIsTakenOnce) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  const auto ours = UniqueFd::adopt(ends[0]);
  const auto transport = make(fmt::format("fd:{}", ends[1]));
  {
    auto stream = open(*transport);
    ASSERT_TRUE(stream);
    put(ours, "ping");
    EXPECT_EQ(take(stream->fd, 4), "ping");
  }
  char byte;
  EXPECT_EQ(::read(ours.get(), &byte, 1), 0);  // closed for good
  EXPECT_FALSE(open(*transport));
  const auto number = UniqueFd::adopt(ends[1]);  // still taken: nobody else's file has it now
  const auto other = base::duplicate(ours);
  EXPECT_NE(other.get(), ends[1]);
  EXPECT_NE(failure("fd:987654").find("leave it open"), std::string::npos);
}

TEST_F(TransportTest, AChildsInputAndOutputAreTheLine) {
  auto stream = open(*make("exec:cat"));
  ASSERT_TRUE(stream) << stream.error().message;

  put(stream->fd, everyByte());

  EXPECT_EQ(take(stream->fd, 256), everyByte());
}

TEST_F(TransportTest, AChildAndItsOwnChildrenEndWithTheLine) {
  std::string pids;
  {
    auto stream = open(*make("exec:trap '' TERM; sleep 1000 & echo $$ $!; wait; sleep 1000"));
    ASSERT_TRUE(stream);
    while (pids.find('\n') == std::string::npos) pids += take(stream->fd, 1);
  }
  pid_t shell = 0;
  pid_t sleeper = 0;
  ASSERT_EQ(std::sscanf(pids.c_str(), "%d %d", &shell, &sleeper), 2);

  EXPECT_EQ(::kill(shell, 0), -1);
  // The grandchild was killed too; it may need a moment to die of it, and its new parent to reap
  // it.
  const auto look = loop_.every(milliseconds(5), [] {});
  EXPECT_TRUE(turnUntil([&] {
    std::ifstream stat(fmt::format("/proc/{}/stat", sleeper));
    std::string state;
    stat >> state >> state >> state;
    return !stat || state == "Z" || state == "X";
  }));
}

TEST_F(TransportTest, VsockAddressesAreParsedWhereverTheMachineStands) {
  EXPECT_EQ(make("vsock:2:5900")->name(), "vsock:2:5900");
  EXPECT_EQ(make("vsock-listen:5900")->name(), "vsock-listen:5900");
}

}  // namespace
}  // namespace lucarne::link
