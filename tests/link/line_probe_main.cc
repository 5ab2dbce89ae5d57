// SPDX-License-Identifier: Apache-2.0
// line_probe answer LINE            serves one `ask` after the other until it is ended
// line_probe ask LINE NAME [SECONDS] prints what the link over that line carries, and how soon
//
// line_probe bare-answer LINE, line_probe bare-ask LINE NAME [SECONDS]: the same without the link.
//
// For lines whose two ends are in two machines or domains (tests/xen, tests/vm): the answering side
// only obeys. Measured are single messages there and back on an idle line, bulk each way for SECONDS
// (3), and messages there and back while bulk comes in. One line of JSON.
#include <fmt/format.h>
#include <signal.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "link/link_end.h"

namespace {

namespace base = lucarne::base;
namespace link = lucarne::link;
using std::chrono::milliseconds;

// Orders on channel Control, one byte each.
constexpr std::uint8_t kSend = 's';   // bulk, until …
constexpr std::uint8_t kStop = 'x';
constexpr std::uint8_t kClear = '0';  // forget what came
constexpr std::uint8_t kCount = 'n';  // answered with eight bytes: how much came since

constexpr std::size_t kPingBytes = 24;  // about an input event
constexpr int kPings = 100;
// A line with nobody at the other end is given up after this.
constexpr std::chrono::seconds kPatience{120};

class End : public link::LinkListener, private link::Feed {
 public:
  End(const std::string& uri, const base::Context& context)
      : link_(link::createTransport(uri, context), {.name = "line_probe"}, *this, context) {
    link_.startPatiently();
  }
  ~End() override { pour(false); }

  void onUp(const link::Peer&) override { pour(false); }
  void onDown(const std::string&) override { pour(false); }

 protected:
  void pour(bool on) {
    link_.setFeed(link::Channel::Screen, on ? this : nullptr);
    if (on) link_.feedReady(link::Channel::Screen);
  }
  bool nextPiece(std::size_t maxBytes, std::vector<std::uint8_t>& out) override {
    out.insert(out.end(), block_.begin(), block_.begin() + static_cast<std::ptrdiff_t>(maxBytes));
    return true;
  }
  void order(std::uint8_t what) { link_.send(link::Channel::Control, base::Bytes(&what, 1)); }

  std::uint64_t bulk_ = 0;
  link::LinkEnd link_;

 private:
  std::vector<std::uint8_t> block_ = std::vector<std::uint8_t>(link::kMaxPiece, 0x5A);
};

class Answerer final : public End {
 public:
  using End::End;

  void onMessage(link::Channel channel, base::Bytes message) override {
    if (channel == link::Channel::Screen) bulk_ += message.size();
    if (channel == link::Channel::Input) link_.send(channel, message);
    if (channel != link::Channel::Control || message.empty()) return;
    if (message[0] == kSend || message[0] == kStop) pour(message[0] == kSend);
    if (message[0] == kClear) bulk_ = 0;
    if (message[0] == kCount) {
      std::uint8_t bytes[sizeof bulk_];
      std::memcpy(bytes, &bulk_, sizeof bytes);
      link_.send(link::Channel::Control, bytes);
    }
  }
};

class Asker final : public End {
 public:
  Asker(const std::string& uri, std::string name, base::Duration each, const base::Context& context)
      : End(uri, context), name_(std::move(name)), each_(each), context_(context) {}

  bool isDone() const { return done_; }

  void onUp(const link::Peer& peer) override {
    End::onUp(peer);
    pingThen([this] { receiveBulk(); });
  }
  void onDown(const std::string& words) override {
    std::fprintf(stderr, "line_probe: %s\n", words.c_str());
    context_.loop.quit();
  }
  void onMessage(link::Channel channel, base::Bytes message) override {
    if (channel == link::Channel::Screen) bulk_ += message.size();
    if (channel == link::Channel::Input) onPong();
    if (channel == link::Channel::Control && message.size() == sizeof delivered_) {
      std::memcpy(&delivered_, message.data(), sizeof delivered_);
      report();
    }
  }

 private:
  void pingThen(std::function<void()> next) {
    next_ = std::move(next);
    trips_.clear();
    ping();
  }
  void ping() {
    pingedAt_ = context_.clock.now();
    const std::uint8_t bytes[kPingBytes] = {};
    link_.send(link::Channel::Input, bytes);
  }
  void onPong() {
    trips_.push_back(base::toSeconds(context_.clock.now() - pingedAt_) * 1e3);
    if (trips_.size() < kPings && (!bulkEnds_ || context_.clock.now() < *bulkEnds_)) return ping();
    std::sort(trips_.begin(), trips_.end());
    next_();
  }

  void receiveBulk() {
    idle_ = trips_;
    order(kSend);
    bulk_ = 0;
    from_ = context_.clock.now();
    timer_ = context_.loop.after(each_, [this] {
      inward_ = static_cast<double>(bulk_) / base::toSeconds(context_.clock.now() - from_);
      bulkEnds_ = context_.clock.now() + each_;
      pingThen([this] { sendBulk(); });
    });
  }
  void sendBulk() {
    order(kStop);
    order(kClear);
    pour(true);
    from_ = context_.clock.now();
    timer_ = context_.loop.after(each_, [this] {
      pour(false);
      order(kCount);  // what is under way arrives before or after: some milliseconds' worth
      took_ = base::toSeconds(context_.clock.now() - from_);
    });
  }
  void report() {
    const auto at = [](const std::vector<double>& sorted, int percent) {
      return sorted.empty() ? 0.0 : sorted[sorted.size() * static_cast<std::size_t>(percent) / 100];
    };
    fmt::print("{{\"line\":\"{}\",\"in_mb_s\":{:.3f},\"out_mb_s\":{:.3f},\"round_trip_ms_p50\":{:.3f},"
               "\"round_trip_ms_p95\":{:.3f},\"beside_bulk_ms_p50\":{:.3f},\"beside_bulk_ms_p95\":"
               "{:.3f},\"sent_again\":{}}}\n",
               name_, inward_ / 1e6, static_cast<double>(delivered_) / took_ / 1e6, at(idle_, 50),
               at(idle_, 95), at(trips_, 50), at(trips_, 95), link_.stats().framesResent);
    done_ = true;
    context_.loop.quit();
  }

  const std::string name_;
  const base::Duration each_;
  const base::Context& context_;
  std::function<void()> next_;
  base::TimePoint pingedAt_;
  base::TimePoint from_;
  std::optional<base::TimePoint> bulkEnds_;
  std::vector<double> trips_;
  std::vector<double> idle_;
  double inward_ = 0;
  double took_ = 1;
  std::uint64_t delivered_ = 0;
  bool done_ = false;
  base::Timer timer_;
};

// ---- without the link ---------------------------------------------------------------------------

// What the asker says, one byte each; answered with the same byte, after or before a block.
constexpr std::uint8_t kPing = 'p';
constexpr std::uint8_t kGive = 'g';  // … and then comes a block
constexpr std::uint8_t kTake = 't';  // followed by a block
constexpr std::size_t kBlock = 64 * 1024;

/// The open line, read and written to the last byte while the loop turns (a vchan lives in it).
class BareEnd {
 public:
  BareEnd(const std::string& uri, const base::Context& context)
      : transport_(link::createTransport(uri, context)), context_(context) {}

  bool open() {
    for (;;) {
      std::optional<base::Result<link::Stream>> opened;
      transport_->open([&](base::Result<link::Stream> result) { opened.emplace(std::move(result)); });
      while (!opened) context_.loop.turn(true);
      if (*opened) {
        stream_ = std::move(**opened);
        watch_ = context_.loop.watch(stream_.fd, base::Interest::Read, [](base::Readiness) {});
        return true;
      }
      bool later = false;
      const auto pause = context_.loop.after(milliseconds(200), [&] { later = true; });
      while (!later) context_.loop.turn(true);
    }
  }
  void read(std::uint8_t* bytes, std::size_t count) {
    watch_.want(base::Interest::Read);
    move(count, [&](std::size_t done) { return ::read(stream_.fd.get(), bytes + done, count - done); });
  }
  void write(const std::uint8_t* bytes, std::size_t count) {
    watch_.want(base::Interest::Write);
    move(count, [&](std::size_t done) { return ::write(stream_.fd.get(), bytes + done, count - done); });
  }

 private:
  template <typename Step>
  void move(std::size_t count, Step step) {
    for (std::size_t done = 0; done < count;) {
      const ssize_t moved = step(done);
      if (moved > 0) {
        done += static_cast<std::size_t>(moved);
      } else if (moved == 0 || (errno != EAGAIN && errno != EINTR)) {
        throw base::SetupError("the line ended");
      } else {
        context_.loop.turn(true);
      }
    }
  }

  const std::unique_ptr<link::Transport> transport_;
  const base::Context& context_;
  link::Stream stream_;
  base::Watch watch_;
};

void answerBare(const std::string& uri, const base::Context& context) {
  BareEnd end(uri, context);
  end.open();
  std::vector<std::uint8_t> block(kBlock, 0x5A);
  for (std::uint8_t what = 0;;) {
    end.read(&what, 1);
    if (what == kTake) end.read(block.data(), block.size());
    end.write(&what, 1);
    if (what == kGive) end.write(block.data(), block.size());
  }
}

void askBare(const std::string& uri, const std::string& name, base::Duration each,
             const base::Context& context) {
  BareEnd end(uri, context);
  end.open();
  std::vector<std::uint8_t> block(kBlock, 0x5A);
  const auto once = [&](std::uint8_t what) {
    end.write(&what, 1);
    if (what == kTake) end.write(block.data(), block.size());
    std::uint8_t back = 0;
    end.read(&back, 1);
    if (back != what) throw base::SetupError("the line garbles");
    if (what == kGive) end.read(block.data(), block.size());
  };
  std::vector<double> trips;
  for (int i = 0; i < kPings; ++i) {
    const base::TimePoint from = context.clock.now();
    once(kPing);
    trips.push_back(base::toSeconds(context.clock.now() - from) * 1e3);
  }
  std::sort(trips.begin(), trips.end());
  const auto rate = [&](std::uint8_t what) {
    const base::TimePoint from = context.clock.now();
    std::uint64_t bytes = 0;
    for (; context.clock.now() - from < each; bytes += kBlock) once(what);
    return static_cast<double>(bytes) / base::toSeconds(context.clock.now() - from) / 1e6;
  };
  const double in = rate(kGive);
  const double out = rate(kTake);
  fmt::print("{{\"line\":\"{}\",\"bare_in_mb_s\":{:.3f},\"bare_out_mb_s\":{:.3f},"
             "\"bare_round_trip_ms_p50\":{:.3f},\"bare_round_trip_ms_p95\":{:.3f}}}\n",
             name, in, out, trips[trips.size() / 2], trips[trips.size() * 95 / 100]);
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 2 ? argv[1] : "";
  base::Loop loop;
  base::RealClock clock;
  const base::Context context{loop, clock,
                              base::Log::toStandardError("line_probe", base::LogLevel::Warning)};
  const auto interrupted = loop.onSignal(SIGTERM, [&] { loop.quit(); });
  const std::chrono::seconds each(argc > 4 ? std::max(1, std::atoi(argv[4])) : 3);
  try {
    if (what == "bare-answer") answerBare(argv[2], context);
    if (what == "bare-ask" && argc > 3) {
      askBare(argv[2], argv[3], each, context);
      return 0;
    }
  } catch (const base::SetupError& ended) {
    std::fprintf(stderr, "line_probe: %s\n", ended.what());
    return 1;
  }
  if (what == "answer") {
    const Answerer answerer(argv[2], context);
    loop.run();
    return 0;
  }
  if (what == "ask" && argc > 3) {
    const Asker asker(argv[2], argv[3], each, context);
    const auto limit = loop.after(kPatience + 4 * each, [&] { loop.quit(); });
    loop.run();
    return asker.isDone() ? 0 : 1;
  }
  std::fprintf(stderr, "line_probe answer LINE | ask LINE NAME [SECONDS]\n");
  return 2;
}
