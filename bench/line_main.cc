// SPDX-License-Identifier: Apache-2.0
// lucarne-line: two pseudo terminals joined by a line of a given speed, delay and error rate.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cstdio>

#include "base/program.h"
#include "bench/line_commands.h"
#include "bench/pty_end.h"

namespace {

using namespace std::chrono_literals;
namespace base = lucarne::base;
namespace bench = lucarne::bench;

// Orders on standard input, until it ends.
class OrderReader {
 public:
  OrderReader(bench::Line& line, base::Loop& loop) : line_(line) {
    watch_ = loop.watchBorrowed(STDIN_FILENO, base::Interest::Read,
                                [this](base::Readiness) { readSome(); });
  }

 private:
  void readSome() {
    std::array<char, 512> bytes;
    const ssize_t got = ::read(STDIN_FILENO, bytes.data(), bytes.size());
    if (got <= 0) return watch_.cancel();
    for (const char c : std::string_view(bytes.data(), static_cast<std::size_t>(got))) {
      if (c != '\n') {
        if (order_.size() < bytes.size()) order_.push_back(c);
        continue;
      }
      std::printf("%s\n", bench::obey(line_, order_).c_str());
      std::fflush(stdout);
      order_.clear();
    }
  }

  bench::Line& line_;
  std::string order_;
  base::Watch watch_;
};

}  // namespace

int main(int argc, char** argv) {
  base::Program program("lucarne-line",
                        "Joins two pseudo terminals by a line of a given speed, delay and error "
                        "rate: a serial line without the wire");
  std::string first, second, rate = "0";
  double latencyMs = 0;
  bool cooked = false;
  bench::LineShape shape;
  auto& options = program.options();
  options.add_option("first", first, "where the first end appears, a link to a terminal")
      ->required();
  options.add_option("second", second, "where the second end appears")->required();
  options.add_option("--rate", rate, "5M, 300k, 2000 bytes/s or 115200baud; 0: no limit");
  options.add_option("--latency", latencyMs, "delay one way, milliseconds")
      ->check(CLI::Range(0.0, 60000.0));
  options.add_option("--piece", shape.pieceBytes, "bytes handed over at a time (hvc: 16)");
  options.add_option("--errors", shape.bitErrorRate, "probability that a bit is inverted")
      ->check(CLI::Range(0.0, 1.0));
  options.add_option("--seed", shape.seed, "of the errors");
  options.add_flag("--cooked", cooked, "leave the terminals echoing, as early in a boot");

  return program.run(argc, argv, [&](base::Context& context) {
    shape.bytesPerSecond = bench::parseRate(rate);
    shape.latency = std::chrono::duration_cast<base::Duration>(latencyMs * 1ms);
    const auto mode = cooked ? bench::PtyMode::Cooked : bench::PtyMode::Raw;
    const bench::PtyEnd firstEnd(first, mode);
    const bench::PtyEnd secondEnd(second, mode);
    bench::Line line(firstEnd.fd(), secondEnd.fd(), shape, context);
    const OrderReader orders(line, context.loop);
    context.log.info("{} and {} are joined", first, second);
    context.loop.run();
    std::printf("%s\n", bench::toJson(line.counts()).c_str());
    return 0;
  });
}
