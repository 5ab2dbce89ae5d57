// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sinks/vnc_listen/vnc_listen_sink.h"

#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "display-relay/sources/rfb/password_file.h"
#include "surface/held_input.h"

namespace lucarne::relay::vnc_listen {

namespace {

// Encoding gets one part of the time and everything else so many.
constexpr int kOtherShares = 2;
// A connection that says nothing useful for so long is no viewer's.
constexpr base::Duration kHandshakePatience = std::chrono::seconds(20);
// Longer than a person's pause; a machine that is gone without a word takes nothing for ever.
constexpr base::Duration kStuckPatience = std::chrono::minutes(5);
constexpr base::Duration kLook = std::chrono::seconds(5);
// After a wrong password nobody new is let in for so long.
constexpr base::Duration kWrongPasswordPause = std::chrono::seconds(1);
constexpr std::size_t kReadBytes = 16 * 1024;
constexpr const char* kLeft = "it left";

Challenge drawChallenge() {
  Challenge challenge{};
  if (::getrandom(challenge.data(), challenge.size(), 0) != static_cast<ssize_t>(challenge.size())) {
    throw base::SetupError(fmt::format("getrandom: {}", std::strerror(errno)));
  }
  return challenge;
}

}  // namespace

// One connection. Its public functions may end in drop(), which destroys it later.
class VncListenSink::Viewer final : private ViewerEvents {
 public:
  Viewer(VncListenSink& sink, link::Stream stream)
      : sink_(sink),
        stream_(std::move(stream)),
        session_(sink.options_, drawChallenge(), sink.screen_, sink.places_, *this),
        since_(sink.context_.clock.now()),
        tookAt_(since_) {
    watch_ = sink_.context_.loop.watch(stream_.fd, base::Interest::Read,
                                       [this](base::Readiness ready) { onReady(ready); });
    flush();
  }
  ~Viewer() override { lift(); }

  ViewerSession& session() { return session_; }
  bool gone() const { return gone_; }

  /// Writes what the viewer takes.
  void flush() {
    while (!gone_ && !session_.unsent().empty()) {
      const base::Bytes bytes = session_.unsent();
      const ssize_t taken = ::send(stream_.fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (taken < 0 && (errno == EAGAIN || errno == EINTR)) break;
      if (taken < 0) return sink_.drop(*this, std::strerror(errno));
      session_.sent(static_cast<std::size_t>(taken));
      tookAt_ = sink_.context_.clock.now();
    }
    if (!gone_) {
      watch_.want(session_.unsent().empty() ? base::Interest::Read : base::Interest::ReadWrite);
    }
  }

  /// Whether it has been useless for too long.
  std::optional<std::string> hopeless(base::TimePoint now) const {
    if (!session_.established() && now - since_ > kHandshakePatience) return "no viewer there";
    if (!session_.unsent().empty() && now - tookAt_ > kStuckPatience) return "it stopped reading";
    return std::nullopt;
  }

  void leave() {
    gone_ = true;
    watch_.cancel();
    lift();
  }

 private:
  void onReady(base::Readiness ready) {
    if (ready.readable) read();
    if (gone_) return;
    flush();
    if (!gone_ && session_.hasSomethingToSay()) sink_.serveSoon();
  }

  void read() {
    std::uint8_t bytes[kReadBytes];
    const ssize_t got = ::read(stream_.fd.get(), bytes, sizeof bytes);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return sink_.drop(*this, got == 0 ? kLeft : std::strerror(errno));
    const auto done = session_.receive(base::Bytes(bytes, static_cast<std::size_t>(got)));
    if (done) return;
    flush();  // what it is told
    sink_.drop(*this, done.error().message);
  }

  void onEstablished() override {
    sink_.context_.log.info("a viewer came");
    sink_.tellAttention();
  }
  void onInput(const surface::InputEvent& event) override {
    held_.note(event);
    sink_.screen_.input(event);
  }
  void onWantedSize(surface::Size size) override { sink_.screen_.wantSize(size); }

  void lift() {
    for (const surface::InputEvent& event : held_.liftAll()) sink_.screen_.input(event);
  }

  VncListenSink& sink_;
  link::Stream stream_;
  ViewerSession session_;
  surface::HeldInput held_;
  const base::TimePoint since_;
  base::TimePoint tookAt_;
  bool gone_ = false;
  base::Watch watch_;
};

VncListenSink::VncListenSink(const Address& address, surface::Screen& screen,
                             const base::Context& context)
    : screen_(screen),
      context_{context.loop, context.clock, context.log.named("vnc-listen")},
      complaints_(context_.log, context.clock),
      options_{.password = {}, .viewOnly = address.viewOnly, .mayResize = address.mayResize},
      transport_(link::createTransport(address.listener, context_)),
      again_(context.loop, context.clock, [this] { acceptMore(); }) {
  if (!address.passwordFile.empty()) {
    auto password = rfb::readPassword(address.passwordFile, context_.log);
    if (!password) throw base::SetupError(password.error().message);
    options_.password = std::move(*password);
  } else if (transport_->kind() != link::LineKind::Local) {
    throw base::UsageError(fmt::format(
        "{} lets in whoever reaches this machine: add ?password-file=PATH, or listen on "
        "127.0.0.1 or a unix socket", transport_->name()));
  }
}

VncListenSink::~VncListenSink() {
  viewers_.clear();
  if (started_) screen_.removeObserver(*this);
}

void VncListenSink::start() {
  transport_->prepare();
  started_ = true;
  screen_.addObserver(*this);
  screen_.setAttention(*this, false);
  if (!places_.isKnown()) {
    context_.log.warning("no keyboard layouts on this machine (package xkb-data or "
                         "xkeyboard-config): only viewers that send scan codes can type");
  }
  acceptMore();
}

// ---- viewers ------------------------------------------------------------------------------------

void VncListenSink::acceptMore() {
  if (accepting_ || viewers_.size() >= kMostViewers) return;
  accepting_ = true;
  transport_->open([this](base::Result<link::Stream> opened) { onViewer(std::move(opened)); });
}

void VncListenSink::onViewer(base::Result<link::Stream> opened) {
  accepting_ = false;
  if (!opened) {
    complaints_.warning("{}", opened.error().message);
    again_.again();
    return;
  }
  viewers_.push_back(std::make_unique<Viewer>(*this, std::move(*opened)));
  if (!looking_) looking_ = context_.loop.every(kLook, [this] { look(); });
  acceptMore();
}

// It is destroyed from the loop: whoever calls may be it.
void VncListenSink::drop(Viewer& viewer, const std::string& words) {
  if (viewer.gone()) return;
  viewer.leave();
  if (words == kLeft) {
    context_.log.info("a viewer left");
  } else {
    complaints_.warning("a viewer is gone: {}", words);
  }
  const bool wrongPassword = viewer.session().wrongPassword();
  tellAttention();
  if (burying_ && !wrongPassword) return;
  burying_ = context_.loop.after(wrongPassword ? kWrongPasswordPause : base::Duration{}, [this] {
    burying_.cancel();
    std::erase_if(viewers_, [](const auto& each) { return each->gone(); });
    if (viewers_.empty()) looking_.cancel();
    acceptMore();
  });
  if (wrongPassword) {
    transport_->cancel();
    accepting_ = false;
  }
}

void VncListenSink::look() {
  for (std::size_t i = 0; i < viewers_.size(); ++i) {
    if (const auto why = viewers_[i]->hopeless(context_.clock.now())) drop(*viewers_[i], *why);
  }
}

void VncListenSink::tellAttention() {
  screen_.setAttention(*this, std::any_of(viewers_.begin(), viewers_.end(), [](const auto& each) {
                         return !each->gone() && each->session().established();
                       }));
}

// ---- the screen ---------------------------------------------------------------------------------

template <typename Call>
void VncListenSink::tell(Call call) {
  for (const auto& viewer : viewers_) {
    if (!viewer->gone() && viewer->session().established()) call(viewer->session());
  }
  serveSoon();
}

void VncListenSink::onPicture() {
  tell([](ViewerSession& viewer) { viewer.onPicture(); });
}
void VncListenSink::onDamage(const surface::Damage& damage) {
  tell([&damage](ViewerSession& viewer) { viewer.onDamage(damage); });
}
void VncListenSink::onCursor(const surface::Cursor&) {
  tell([](ViewerSession& viewer) { viewer.onCursor(); });
}
void VncListenSink::onTitle(const std::string&) {
  tell([](ViewerSession& viewer) { viewer.onTitle(); });
}
void VncListenSink::onLeds(surface::Leds) {
  tell([](ViewerSession& viewer) { viewer.onLeds(); });
}

void VncListenSink::serveSoon() {
  if (serving_ || viewers_.empty()) return;
  const base::Duration wait = std::max<base::Duration>(serveAt_ - context_.clock.now(), {});
  serving_ = context_.loop.after(wait, [this] {
    serving_.cancel();
    serve();
  });
}

// One band for one viewer, then the rest of the program.
void VncListenSink::serve() {
  for (std::size_t i = 0; i < viewers_.size(); ++i) {
    Viewer& viewer = *viewers_[(turn_ + i) % viewers_.size()];
    if (viewer.gone() || !viewer.session().hasSomethingToSay()) continue;
    turn_ = (turn_ + i + 1) % viewers_.size();
    const base::TimePoint begin = context_.clock.now();
    viewer.session().speak();
    const base::TimePoint end = context_.clock.now();
    serveAt_ = end + kOtherShares * (end - begin);
    viewer.flush();
    serveSoon();
    return;
  }
}

}  // namespace lucarne::relay::vnc_listen

namespace lucarne::relay {

namespace {

std::unique_ptr<Sink> createVncListenSink(const Endpoint& endpoint, const RelayOptions&,
                                          surface::Screen& screen, const base::Context& context) {
  return std::make_unique<vnc_listen::VncListenSink>(
      vnc_listen::parseAddress(endpoint.transport), screen, context);
}

}  // namespace

extern const SinkRow kVncListenSink = {
    "vnc-listen", "vnc-listen+unix:PATH|tcp:HOST:PORT",
    "VNC viewers; ?view-only, ?resize, ?password-file=PATH", createVncListenSink};

}  // namespace lucarne::relay
