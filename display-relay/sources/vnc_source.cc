// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/vnc_source.h"

#include <netinet/in.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "display-relay/sources/rfb/password_file.h"

namespace lucarne::relay {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// From connecting to the first picture. A guest that boots may take a while to accept, but one that
// accepted and says nothing for this long is stuck.
constexpr base::Duration kGreetingTimeout = seconds(10);
// Where a person has to do something first (a wrong password), asking often only fills logs and
// trips servers that lock out: TigerVNC does so after five failures.
constexpr base::Duration kPatience = seconds(10);
// Between updates without pixels (see Session::requestHeldBack).
constexpr base::Duration kHoldBack = milliseconds(20);
// A sink may drop its hold without a word; look again this often.
constexpr base::Duration kRepaint = milliseconds(100);
// Bytes read in one turn of the loop: a picture of 1280x800, so that input and other descriptors
// get their turn on a line that never runs dry.
constexpr std::size_t kBytesPerTurn = 4 << 20;

}  // namespace

VncSource::VncSource(std::unique_ptr<link::Transport> transport, VncOptions options,
                     surface::Screen& screen, const base::Context& context)
    : transport_(std::move(transport)),
      options_(std::move(options)),
      screen_(screen),
      context_(context),
      log_(context.log.named("vnc")),
      limitedLog_(log_, context.clock),
      keyboard_(log_),
      redial_(context_.loop, context_.clock, [this] { dial(); }) {}

VncSource::~VncSource() {
  if (session_) {
    session_->lift();
    writeSome();
  }
  hangUp();
  screen_.onPaintable(nullptr);
  screen_.setControls(nullptr);
}

void VncSource::start() {
  screen_.setControls(this);
  screen_.onPaintable([this] { onPaintable(); });
  screen_.setPhase(surface::Phase::Waiting, fmt::format("connecting to {}", transport_->name()));
  dial();
}

// ---- connecting ---------------------------------------------------------------------------------

void VncSource::dial() {
  transport_->open([this](base::Result<link::Stream> opened) { onOpened(std::move(opened)); });
}

void VncSource::onOpened(base::Result<link::Stream> opened) {
  if (!opened) {
    waitAgain(opened.error().message, false);
    return;
  }
  rfb::SessionOptions options{.pixelEncodings = options_.pixelEncodings,
                              .line = options_.line.value_or(opened->kind),
                              .jpeg = options_.jpeg};
  if (!options_.passwordFile.empty()) {
    // Read for each connection, so that a corrected file helps at once.
    auto password = rfb::readPassword(options_.passwordFile, log_);
    if (!password) {
      waitAgain(password.error().message, true);
      return;
    }
    options.password = *std::move(password);
  }
  stream_ = *std::move(opened);
  const int on = 1;  // fails where it is no TCP socket, which is as well
  ::setsockopt(stream_.fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  announced_ = peerGone_ = wanted_ = false;
  pace_ = {};
  noted_ = {};
  session_ = std::make_unique<rfb::Session>(std::move(options), screen_, keyboard_, log_);
  session_->setWatched(watched_);
  if (wish_) session_->wantSize(*wish_);
  watch_ = context_.loop.watch(stream_.fd, base::Interest::Read,
                               [this](base::Readiness ready) { onReady(ready); });
  greeting_ = context_.loop.after(kGreetingTimeout, [this] {
    fail(session_->established() ? "the server sends no picture" : "the server says nothing");
  });
}

void VncSource::fail(const std::string& words) {
  const bool patiently = session_->refused();
  hangUp();
  waitAgain(fmt::format("{}: {}", transport_->name(), words), patiently);
}

void VncSource::hangUp() {
  watch_.cancel();
  greeting_.cancel();
  heldBack_.cancel();
  repaint_.cancel();
  session_.reset();
  keyboard_.forget();
  stream_ = {};
}

void VncSource::waitAgain(const std::string& words, bool patiently) {
  const auto phase = screen_.hasPicture() ? surface::Phase::Lost : surface::Phase::Waiting;
  screen_.setPhase(phase, fmt::format("{}; trying again", words));
  limitedLog_.warning("{}; trying again", words);
  if (patiently) {
    patience_ = context_.loop.after(kPatience, [this] { dial(); });
  } else {
    redial_.again();
  }
}

// ---- the socket ---------------------------------------------------------------------------------

void VncSource::onReady(base::Readiness ready) {
  if (ready.hungUp && session_->blocked()) {
    // Nothing can be read now, and a hang-up would be told again and again.
    peerGone_ = true;
    watch_.cancel();
    return;
  }
  if (ready.readable && !readSome()) return;
  settle();
}

bool VncSource::readSome() {
  for (std::size_t total = 0; total < kBytesPerTurn;) {
    const std::span<const iovec> targets = session_->readTargets();
    if (targets.empty()) return true;
    std::size_t room = 0;
    for (const iovec& piece : targets) room += piece.iov_len;
    const ssize_t count =
        ::readv(stream_.fd.get(), targets.data(), static_cast<int>(targets.size()));
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return true;
    if (count <= 0) {
      const bool closed = count == 0 || errno == ECONNRESET || errno == EPIPE;
      fail(closed ? "the server closed the connection" : std::strerror(errno));
      return false;
    }
    busy_ = true;
    const auto landed = session_->landed(static_cast<std::size_t>(count));
    busy_ = false;
    notePace();
    if (!landed) {
      fail(landed.error().message);
      return false;
    }
    total += static_cast<std::size_t>(count);
    if (static_cast<std::size_t>(count) < room) return true;  // there was no more
    if (!session_->unsent().empty()) writeSome();             // the server works meanwhile
  }
  return true;
}

void VncSource::writeSome() {
  for (base::Bytes bytes = session_->unsent(); !bytes.empty(); bytes = session_->unsent()) {
    const ssize_t count = ::write(stream_.fd.get(), bytes.data(), bytes.size());
    // A broken line is noticed by the next read, which also tells what the server said last.
    if (count <= 0) return;
    session_->sent(static_cast<std::size_t>(count));
  }
}

void VncSource::settle() {
  writeSome();
  if (session_->stuck()) {
    fail("the server does not read what it is sent");
    return;
  }
  if (session_->live() && !announced_) {
    announced_ = true;
    greeting_.cancel();
    redial_.connected();
    screen_.setPhase(surface::Phase::Live, fmt::format("connected to {}", transport_->name()));
    log_.info("connected to {}: {}x{}", transport_->name(), screen_.size().width,
              screen_.size().height);
  }
  followPace();
  const bool blocked = session_->blocked();
  if (blocked && !repaint_) {
    repaint_ = context_.loop.every(kRepaint, [this] { onPaintable(); });
  } else if (!blocked) {
    repaint_.cancel();
  }
  const bool writing = !session_->unsent().empty();
  watch_.want(blocked ? (writing ? base::Interest::Write : base::Interest::None)
                      : (writing ? base::Interest::ReadWrite : base::Interest::Read));
}

// ---- asking for pictures ------------------------------------------------------------------------

void VncSource::notePace() {
  const rfb::Session::Updates& updates = session_->updates();
  const base::TimePoint now = context_.clock.now();
  // An update that began and ended at once is small, and several at once count as one.
  if (updates.begun != noted_.begun) pace_.updateBegan(now);
  if (updates.ended != noted_.ended) pace_.updateEnded(updates.pixels, now);
  noted_ = updates;
  if (std::exchange(wanted_, false)) pace_.wanted(now);
}

// Holds requests back, or lets them go, as whoever shows the pictures keeps up.
void VncSource::followPace() {
  const base::TimePoint now = context_.clock.now();
  const bool paced = pace_.holds(now) && screen_.isPaced();
  session_->holdRequests(paced ? rfb::RequestPace::kLarge : 0);
  if (!session_->requestHeldBack() || heldBack_) return;
  const base::Duration wait = paced ? pace_.latest() - now : kHoldBack;
  heldBack_ = context_.loop.after(std::max<base::Duration>(wait, milliseconds(1)), [this] {
    requestNow();
  });
}

void VncSource::requestNow() {
  heldBack_.cancel();
  session_->requestNow();
  settle();
}

void VncSource::onPictureWanted() {
  // Said while an update is taken in: it is noted when that is done.
  wanted_ = busy_;
  if (busy_) return;
  const base::TimePoint now = context_.clock.now();
  const bool held = pace_.holds(now);
  pace_.wanted(now);
  if (held && session_ && session_->requestHeldBack()) requestNow();
}

// ---- pixels that wait -----------------------------------------------------------------------------

void VncSource::onPaintable() {
  if (busy_ || !session_ || !session_->blocked()) return;
  busy_ = true;
  const auto resumed = session_->resume();
  busy_ = false;
  if (!resumed) {
    fail(resumed.error().message);
    return;
  }
  if (session_->blocked()) return;
  if (std::exchange(peerGone_, false)) {
    watch_ = context_.loop.watch(stream_.fd, base::Interest::Read,
                                 [this](base::Readiness ready) { onReady(ready); });
  }
  if (!session_->readTargets().empty()) settle();
}

// Of a socket the kernel knows what the server has not taken; of other lines nothing is known.
bool VncSource::isSending() {
  if (!session_ || peerGone_) return false;
  int untaken = 0;
  return !session_->unsent().empty() ||
         (::ioctl(stream_.fd.get(), SIOCOUTQ, &untaken) == 0 && untaken > 0);
}

// ---- from the person ----------------------------------------------------------------------------

void VncSource::onInput(const surface::InputEvent& event) {
  if (!session_) return;
  session_->input(event);
  if (busy_) return;
  const base::TimePoint now = context_.clock.now();
  const bool held = pace_.holds(now) && session_->requestHeldBack();
  pace_.input(now);
  if (held) session_->requestNow();
  settle();
}

void VncSource::onWantedSize(surface::Size size) {
  wish_ = size;
  if (!session_) return;
  session_->wantSize(size);
  if (!busy_) settle();
}

void VncSource::onAttention(bool watched) {
  watched_ = watched;
  if (!session_) return;
  session_->setWatched(watched);
  if (!busy_) settle();
}

void VncSource::onClipboard(const std::string& text) {
  if (!session_) return;
  session_->offerClipboard(text);
  if (!busy_) settle();
}

// ---- the row ------------------------------------------------------------------------------------

namespace {

std::unique_ptr<Source> createVncSource(const Endpoint& endpoint, const RelayOptions& options,
                                        surface::Screen& screen, const base::Context& context) {
  if (endpoint.transport.empty()) {
    throw base::UsageError(fmt::format(
        "'{}': say how to reach the server, such as vnc+tcp:localhost:5900 or vnc+unix:PATH",
        endpoint.text));
  }
  return std::make_unique<VncSource>(link::createTransport(endpoint.transport, context),
                                     VncOptions{.passwordFile = options.passwordFile}, screen,
                                     context);
}

}  // namespace

extern const SourceRow kVncSource = {
    "vnc", "vnc+TRANSPORT", "a VNC server (password: --password-file), e.g. vnc+tcp:localhost:5900",
    createVncSource};

}  // namespace lucarne::relay
