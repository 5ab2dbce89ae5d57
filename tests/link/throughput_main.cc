// SPDX-License-Identifier: Apache-2.0
// link_throughput LINE [SECONDS]: what a line carries bare and under the link, one process at each
// end. LINE is pty or unix. Prints bytes per second, CPU seconds of both, and the link's own
// figures.
#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "link/link_end.h"

namespace {

using namespace std::chrono;
using lucarne::base::Bytes;
using lucarne::base::TimePoint;
namespace base = lucarne::base;
namespace link = lucarne::link;

struct Loops {
  base::Loop loop;
  base::RealClock clock;
  base::Context context{loop, clock, base::Log::discard()};
};

struct Plenty : link::Feed {
  bool nextPiece(std::size_t maxBytes, std::vector<std::uint8_t>& out) override {
    out.insert(out.end(), block.begin(), block.begin() + static_cast<std::ptrdiff_t>(maxBytes));
    return true;
  }
  std::vector<std::uint8_t> block = std::vector<std::uint8_t>(link::kMaxPiece, 0x5A);
};

struct Counter : link::LinkListener {
  void onUp(const link::Peer&) override {}
  void onDown(const std::string&) override {}
  void onMessage(link::Channel, Bytes message) override { bytes += message.size(); }
  std::uint64_t bytes = 0;
};

double cpuOf(const rusage& usage) {
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

double cpuSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return cpuOf(usage);
}

std::unique_ptr<link::LinkEnd> startEnd(const std::string& uri, link::LinkListener& listener,
                                        Loops& loops) {
  auto end = std::make_unique<link::LinkEnd>(link::createTransport(uri, loops.context),
                                             link::Introduction{}, listener, loops.context);
  end->start();
  return end;
}

void sendByLink(const std::string& uri, int seconds) {
  Loops loops;
  Counter counter;
  Plenty feed;
  const auto end = startEnd(uri, counter, loops);
  end->setFeed(link::Channel::Screen, &feed);
  const auto figures = loops.loop.after(milliseconds(1000 * seconds - 500), [&] {
    fmt::print("  estimated {:.1f} MB/s, round trip {} us, {} frames sent again\n",
               end->lineRate() / 1e6, base::toMicroseconds(end->roundTrip()),
               end->stats().framesResent);
    std::fflush(stdout);
  });
  loops.loop.run();
  end->setFeed(link::Channel::Screen, nullptr);
}

double receiveByLink(const std::string& uri, int seconds) {
  Loops loops;
  Counter counter;
  const auto end = startEnd(uri, counter, loops);
  std::uint64_t before = 0;
  TimePoint from;
  const auto warm = loops.loop.after(milliseconds(300), [&] {
    before = counter.bytes;
    from = loops.clock.now();
  });
  double rate = 0;
  const auto limit = loops.loop.after(std::chrono::seconds(seconds), [&] {
    rate = static_cast<double>(counter.bytes - before) / base::toSeconds(loops.clock.now() - from);
    loops.loop.quit();
  });
  loops.loop.run();
  return rate;
}

base::UniqueFd openBare(const std::string& uri, std::unique_ptr<link::Transport>& transport,
                        std::shared_ptr<void>& restore, Loops& loops) {
  transport = link::createTransport(uri, loops.context);
  base::UniqueFd fd;
  bool asked = false;
  while (!fd) {
    if (!asked) {
      asked = true;
      transport->open([&](base::Result<link::Stream> opened) {
        asked = false;
        if (!opened) {
          ::usleep(20'000);
          return;
        }
        fd = std::move(opened->fd);
        restore = opened->restore;
      });
    }
    loops.loop.turn(true);
  }
  ::fcntl(fd.get(), F_SETFL, ::fcntl(fd.get(), F_GETFL) & ~O_NONBLOCK);
  return fd;
}

void sendBare(const std::string& uri, int seconds) {
  Loops loops;
  std::unique_ptr<link::Transport> transport;
  std::shared_ptr<void> restore;
  const auto fd = openBare(uri, transport, restore, loops);
  const std::vector<std::uint8_t> block(65536, 0x5A);
  const TimePoint end = loops.clock.now() + std::chrono::seconds(seconds);
  ::signal(SIGPIPE, SIG_IGN);
  while (loops.clock.now() < end && ::write(fd.get(), block.data(), block.size()) > 0) {
  }
}

double receiveBare(const std::string& uri, int seconds) {
  Loops loops;
  std::unique_ptr<link::Transport> transport;
  std::shared_ptr<void> restore;
  const auto fd = openBare(uri, transport, restore, loops);
  std::vector<std::uint8_t> block(128 * 1024);
  const TimePoint from = loops.clock.now();
  const TimePoint end = from + milliseconds(1000 * seconds - 300);
  std::uint64_t bytes = 0;
  while (loops.clock.now() < end) {
    const ssize_t got = ::read(fd.get(), block.data(), block.size());
    if (got <= 0) break;
    bytes += static_cast<std::uint64_t>(got);
  }
  return static_cast<double>(bytes) / base::toSeconds(loops.clock.now() - from);
}

double measure(const char* title, const std::function<void()>& sender,
               const std::function<double()>& receiver) {
  std::fflush(stdout);
  const pid_t child = ::fork();
  if (child == 0) {
    sender();
    ::_exit(0);
  }
  const double cpuBefore = cpuSeconds();
  const double rate = receiver();
  const double cpu = cpuSeconds() - cpuBefore;
  ::kill(child, SIGTERM);
  rusage usage{};
  ::wait4(child, nullptr, 0, &usage);
  fmt::print("{}: {:.1f} MB/s, cpu of sender {:.2f} s, of receiver {:.2f} s\n", title, rate / 1e6,
             cpuOf(usage), cpu);
  return rate;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string line = argc > 1 ? argv[1] : "";
  const int seconds = argc > 2 ? std::max(1, std::atoi(argv[2])) : 3;
  if (line != "pty" && line != "unix") {
    std::fprintf(stderr,
                 "link_throughput: says what a line carries: link_throughput pty|unix [SECONDS]\n");
    return 2;
  }
  char folder[] = "/tmp/lucarne-throughput-XXXXXX";
  if (!::mkdtemp(folder)) return 1;
  const std::string path = std::string(folder) + "/line";
  const std::string here = (line == "pty" ? "pty:" : "unix-listen:") + path;
  const std::string there = (line == "pty" ? "serial:" : "unix:") + path;
  // The receiver makes the line; the sender of a bare serial line must wait until it is there.
  const auto waiting = [&](auto send) {
    return [&, send] {
      while (!std::filesystem::exists(path)) ::usleep(1000);
      ::usleep(20'000);
      send(there, seconds);
    };
  };
  const double bare = measure((line + " bare").c_str(), waiting(sendBare),
                              [&] { return receiveBare(here, seconds); });
  std::filesystem::remove(path);
  const double linked = measure((line + " link").c_str(), waiting(sendByLink),
                                [&] { return receiveByLink(here, seconds); });
  fmt::print("the link carries {:.0f} % of the bare line\n", 100 * linked / bare);
  std::filesystem::remove_all(folder);
  return 0;
}
