// SPDX-License-Identifier: Apache-2.0
#include "link/link_end.h"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <random>
#include <utility>

namespace lucarne::link {

namespace {

using base::Bytes;
using base::TimePoint;

// One turn of the loop reads and writes at most this much, so that neither starves the other, nor
// the rest of the program.
constexpr std::size_t kTurnBytes = 512 * 1024;
constexpr std::size_t kReadBytes = 128 * 1024;
// A terminal hands out at most 4095 bytes at a time (N_TTY): a shorter read has emptied any line.
constexpr std::size_t kFullRead = 4095;
constexpr std::size_t kSlots = 16;
// How often the clock is looked at while the line takes nothing.
constexpr base::Duration kBlockedLook = std::chrono::milliseconds(20);
// Words about a line that are logged before it is up: two rounds of opening and failing.
constexpr int kMostSaid = 6;

std::uint64_t drawSeed() {
  std::random_device device;
  return static_cast<std::uint64_t>(device()) << 32 | device();
}

bool isSocket(const base::UniqueFd& fd) {
  struct stat info {};
  return ::fstat(fd.get(), &info) == 0 && S_ISSOCK(info.st_mode);
}

}  // namespace

class LinkEnd::Line final : private SessionListener {
 public:
  Line(std::unique_ptr<Transport> transport, Introduction introduction, LinkListener& listener,
       const base::Context& context)
      : transport_(std::move(transport)),
        listener_(listener),
        context_(context),
        log_(context.log.named("link")),
        limitedLog_(log_, context.clock),
        session_(std::move(introduction), drawSeed(), *this, context.clock),
        redial_(context.loop, context.clock, [this] { dial(); }),
        buffer_(kReadBytes) {}

  ~Line() override {
    session_.goodbye("");
    if (stream_) write(kTurnBytes);
    watch_.cancel();
    transport_->cancel();
  }

  void start() {
    transport_->prepare();
    dial();
  }

  void startPatiently() {
    try {
      start();
    } catch (const base::SetupError& absent) {
      redial_.again();
      say(fmt::format("{}; trying again", absent.what()), base::LogLevel::Warning);
    }
  }

  Session& session() { return session_; }
  const Transport& transport() const { return *transport_; }

  /// Something may have become sendable by a call from outside.
  void stir() {
    if (inTurn_ || blocked_ || !stream_ || soon_) return;
    soon_ = context_.loop.after({}, [this] {
      soon_.cancel();
      turn([] {});
    });
  }

  void flush() {
    if (soon_) writeNow();
  }

  void flushFeed(Channel channel) {
    session_.feedReady(channel);
    writeNow();
  }

 private:
  // ---- the line -----------------------------------------------------------------------------

  // From outside a turn. A line that is lost here is told of in the turn that comes.
  void writeNow() {
    if (inTurn_ || blocked_ || !stream_ || lost_) return;
    inTurn_ = true;
    write(kTurnBytes);
    inTurn_ = false;
    if (lost_) return stir();
    soon_.cancel();
    arm();
  }

  void dial() {
    transport_->open([this](base::Result<Stream> opened) { onOpened(std::move(opened)); });
    if (!stream_) say(fmt::format("opening {}", transport_->name()), base::LogLevel::Debug);
  }

  void onOpened(base::Result<Stream> opened) {
    if (!opened) {
      redial_.again();
      say(opened.error().message + "; trying again", base::LogLevel::Info);
      return;
    }
    redial_.connected();
    stream_.emplace(std::move(*opened));
    isSocket_ = isSocket(stream_->fd);
    blocked_ = false;
    watch_ = context_.loop.watch(stream_->fd, base::Interest::Read,
                                 [this](base::Readiness ready) { onReady(ready); });
    watch_.stayPolled();
    say(fmt::format("{} is open, waiting for the other end", transport_->name()),
        base::LogLevel::Info);
    turn([this] { session_.lineUp({.heldBack = stream_->heldBack}); });
  }

  void onReady(base::Readiness ready) {
    turn([&] {
      if (ready.writable) blocked_ = false;
      if (ready.readable) read();
    });
  }

  void onTimer() {
    armedFor_ = TimePoint::max();
    turn([this] {
      // Whoever was stopped for a while finds bytes and a deadline at once: the bytes count.
      read();
      if (!lost_) session_.tick();
    });
  }

  // Everything happens in turns: an event, then writing, then the next deadline.
  template <typename Event>
  void turn(Event event) {
    inTurn_ = true;
    event();
    if (stream_ && !lost_ && !blocked_) write(kTurnBytes);
    inTurn_ = false;
    if (lost_) close(*std::exchange(lost_, std::nullopt));
    arm();
  }

  void read() {
    if (!stream_) return;
    for (std::size_t total = 0; total < kTurnBytes;) {
      const ssize_t got = ::read(stream_->fd.get(), buffer_.data(), buffer_.size());
      if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (got <= 0) {
        lost_ = got == 0 ? "the other side closed the line" : std::strerror(errno);
        return;
      }
      const auto count = static_cast<std::size_t>(got);
      session_.receive(Bytes(buffer_).first(count));
      total += count;
      if (count < kFullRead || lost_) return;
    }
  }

  void write(std::size_t budget) {
    std::array<Bytes, kSlots> slots;
    while (session_.hasOutput()) {
      const std::size_t filled = session_.gather(slots);
      if (filled == 0) break;
      const ssize_t taken = writeSlots({slots.data(), filled});
      if (taken < 0 && errno != EAGAIN && errno != EINTR) {
        lost_ = std::strerror(errno);
        return;
      }
      const auto count = static_cast<std::size_t>(std::max<ssize_t>(taken, 0));
      session_.sent(count);
      // A PTY takes a few KiB at a time, and the reader on another core may have made room already:
      // only a refusal, or a turn that was long enough, ends the writing.
      if (count == 0 || budget <= count) {
        blocked_ = true;
        watch_.want(base::Interest::ReadWrite);
        return;
      }
      budget -= count;
    }
    watch_.want(base::Interest::Read);
  }

  ssize_t writeSlots(std::span<const Bytes> slots) {
    std::array<iovec, kSlots> vectors{};
    for (std::size_t i = 0; i < slots.size(); ++i) {
      vectors[i] = {const_cast<std::uint8_t*>(slots[i].data()), slots[i].size()};
    }
    if (!isSocket_) {
      return ::writev(stream_->fd.get(), vectors.data(), static_cast<int>(slots.size()));
    }
    msghdr message{};
    message.msg_iov = vectors.data();
    message.msg_iovlen = slots.size();
    return ::sendmsg(stream_->fd.get(), &message, MSG_NOSIGNAL);
  }

  void close(const std::string& words) {
    watch_.cancel();
    stream_.reset();
    blocked_ = false;
    inTurn_ = true;
    session_.lineDown(words);
    inTurn_ = false;
    redial_.again();
    say(fmt::format("{}: {}; trying again", transport_->name(), words), base::LogLevel::Info);
  }

  void arm() {
    TimePoint deadline = stream_ ? session_.deadline() : TimePoint::max();
    // What is overdue on a line that takes nothing (an acknowledgement) goes when it does again; what
    // else there is to notice can wait a little.
    if (blocked_) deadline = std::max(deadline, context_.clock.now() + kBlockedLook);
    // A timer that is too early is harmless; one per change of the deadline would cost.
    if (deadline == TimePoint::max() || (timer_ && armedFor_ <= deadline)) return;
    armedFor_ = deadline;
    timer_ = context_.loop.after(deadline - context_.clock.now(), [this] {
      timer_.cancel();
      onTimer();
    });
  }

  void say(const std::string& words, base::LogLevel level) {
    if (words == words_) return;
    words_ = words;
    // A line that cannot be had is tried again for ever; the log need not follow it.
    if (++saidSinceUp_ > kMostSaid) level = base::LogLevel::Debug;
    if (log_.enabled(level)) log_.write(level, words);
    listener_.onLine(words);
  }

  // ---- the session --------------------------------------------------------------------------

  void onUp(const Peer& peer) override {
    words_.clear();
    saidSinceUp_ = 0;
    log_.info("{}: connected with {}", transport_->name(),
              peer.name.empty() ? "the other end" : peer.name);
    listener_.onUp(peer);
  }

  void onDown(const std::string& words) override {
    log_.info("{}: {}", transport_->name(), words);
    listener_.onDown(words);
    // A terminal line goes on for whoever comes next; a connection belonged to who is gone.
    if (stream_ && stream_->kind != LineKind::Serial) lost_ = words;
  }

  void onMessage(Channel channel, Bytes message) override { listener_.onMessage(channel, message); }
  void onQuiet(bool quiet) override { listener_.onQuiet(quiet); }
  void onRefused(const std::string& words) override {
    limitedLog_.warning("{}: {}", transport_->name(), words);
    words_ = words;
    listener_.onLine(words);
  }

  const std::unique_ptr<Transport> transport_;
  LinkListener& listener_;
  const base::Context context_;
  const base::Log log_;
  base::LimitedLog limitedLog_;
  Session session_;
  Redial redial_;
  std::vector<std::uint8_t> buffer_;
  std::optional<Stream> stream_;
  bool isSocket_ = false;
  bool blocked_ = false;  // writing goes on when the watch says that the line takes bytes
  bool inTurn_ = false;
  std::optional<std::string> lost_;  // why the line must be closed at the end of the turn
  std::string words_;
  int saidSinceUp_ = 0;
  TimePoint armedFor_ = TimePoint::max();
  base::Watch watch_;  // after the stream: goes first
  base::Timer timer_;
  base::Timer soon_;
};

LinkEnd::LinkEnd(std::unique_ptr<Transport> transport, Introduction introduction,
                 LinkListener& listener, const base::Context& context)
    : line_(std::make_unique<Line>(std::move(transport), std::move(introduction), listener,
                                   context)) {}

LinkEnd::~LinkEnd() = default;

void LinkEnd::start() { line_->start(); }
void LinkEnd::startPatiently() { line_->startPatiently(); }
bool LinkEnd::isUp() const { return line_->session().isUp(); }
const Peer& LinkEnd::peer() const { return line_->session().peer(); }

bool LinkEnd::send(Channel channel, base::Bytes message) {
  const bool queued = line_->session().send(channel, message);
  if (queued) line_->stir();
  return queued;
}

std::size_t LinkEnd::queuedBytes(Channel channel) const {
  return line_->session().queuedBytes(channel);
}

void LinkEnd::setFeed(Channel channel, Feed* feed) {
  line_->session().setFeed(channel, feed);
  line_->stir();
}

void LinkEnd::feedReady(Channel channel) {
  line_->session().feedReady(channel);
  line_->stir();
}

void LinkEnd::flush() { line_->flush(); }
void LinkEnd::flushFeed(Channel channel) { line_->flushFeed(channel); }

double LinkEnd::lineRate() const { return line_->session().lineRate(); }
base::Duration LinkEnd::roundTrip() const { return line_->session().roundTrip(); }
const SessionStats& LinkEnd::stats() const { return line_->session().stats(); }
const std::string& LinkEnd::name() const { return line_->transport().name(); }

}  // namespace lucarne::link
