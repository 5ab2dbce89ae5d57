// SPDX-License-Identifier: Apache-2.0
// spice+TRANSPORT: a guest's screen from a SPICE server, over any transport; on a unix socket the
// server shares dma-bufs and sends pixels as they are. ",display=N" picks another display channel
// than the first. The protocol is spice-client-glib's; see spice/connection.h and docs/displays.md.
#include <fmt/format.h>

#include <charconv>
#include <memory>

#include "display-relay/endpoint.h"
#include "display-relay/sources/rfb/password_file.h"
#include "display-relay/sources/spice/connection.h"
#include "link/redial.h"

namespace lucarne::relay {

namespace {

// Where a person has to do something first (a wrong password), asking often only fills logs.
constexpr base::Duration kPatience = std::chrono::seconds(10);
// The protocol numbers channels in one byte (spice/protocol.h, SpiceLinkMess.channel_id).
constexpr int kMaxDisplay = 255;

spice::Peer parsePeer(const Endpoint& endpoint, const base::Context& context) {
  constexpr std::string_view kOption = ",display=";
  std::string_view rest = endpoint.transport;
  spice::Peer peer;
  if (const auto comma = rest.rfind(kOption); comma != std::string_view::npos) {
    const std::string_view number = rest.substr(comma + kOption.size());
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), peer.display);
    if (error != std::errc() || end != number.data() + number.size() || peer.display < 0 ||
        peer.display > kMaxDisplay) {
      throw base::UsageError(fmt::format(
          "'{}': the display is not a number from 0 to {}; write spice+unix:PATH,display=1",
          endpoint.text, kMaxDisplay));
    }
    rest = rest.substr(0, comma);
  }
  if (rest.empty()) {
    throw base::UsageError(fmt::format(
        "'{}': say how to reach the server, such as spice+unix:PATH or spice+tcp:HOST:5900",
        endpoint.text));
  }
  peer.transport = rest;
  (void)link::createTransport(peer.transport, context);  // a mistake in it is told now
  return peer;
}

class SpiceSource final : public Source {
 public:
  SpiceSource(spice::Peer peer, std::string passwordFile, surface::Screen& screen,
              const base::Context& context)
      : peer_(std::move(peer)),
        passwordFile_(std::move(passwordFile)),
        screen_(screen),
        context_{context.loop, context.clock, context.log.named("spice")},
        library_(spice::Library::load()),
        words_(context_.log, context_.clock),
        limitedLog_(context_.log, context_.clock),
        redial_(context.loop, context.clock, [this] { dial(); }) {}

  ~SpiceSource() override {
    screen_.onPaintable(nullptr);
    screen_.setControls(nullptr);
  }

  void start() override {
    screen_.setControls(this);
    screen_.onPaintable([this] {
      if (connection_) connection_->onPaintable();
    });
    screen_.setPhase(surface::Phase::Waiting, fmt::format("connecting to {}", peer_.transport));
    dial();
  }

  bool isSending() override { return connection_ && connection_->isSending(); }
  std::string_view pathWords() const override {
    return connection_ ? connection_->words() : std::string_view();
  }

  void onInput(const surface::InputEvent& event) override {
    if (connection_) connection_->input(event);
  }
  void onWantedSize(surface::Size size) override {
    wish_ = size;
    if (connection_) connection_->wantSize(size);
  }
  void onAttention(bool watched) override {
    watched_ = watched;
    if (connection_) connection_->watch(watched);
  }
  void onClipboard(const std::string& text) override {
    if (connection_) connection_->offerClipboard(text);
  }
  void onPixelsNeeded() override {
    if (connection_) connection_->paintPixels();
  }

 private:
  void dial() {
    // What is left of the last connection goes here, where none of its callbacks is running.
    connection_.reset();
    spice::Peer peer = peer_;
    if (!passwordFile_.empty()) {
      // Read for each connection, so that a corrected file helps at once.
      auto password = rfb::readPassword(passwordFile_, context_.log);
      if (!password) return lost(password.error().message, spice::Remedy::Person);
      peer.password = *std::move(password);
    }
    connection_ = std::make_unique<spice::Connection>(
        library_, std::move(peer), screen_, context_, [this] { onUp(); },
        [this](const std::string& words, spice::Remedy remedy) { lost(words, remedy); });
    if (wish_) connection_->wantSize(*wish_);
    if (!watched_) connection_->watch(false);
  }

  void onUp() {
    redial_.connected();
    screen_.setPhase(surface::Phase::Live, fmt::format("connected to {}", peer_.transport));
    context_.log.info("connected to {}: {}x{}, {}", peer_.transport, screen_.size().width,
                      screen_.size().height, connection_->words());
  }

  void lost(const std::string& words, spice::Remedy remedy) {
    screen_.setPhase(screen_.hasPicture() ? surface::Phase::Lost : surface::Phase::Waiting,
                     fmt::format("{}; trying again", words));
    limitedLog_.warning("{}; trying again", words);
    if (remedy == spice::Remedy::Person) {
      patience_ = context_.loop.after(kPatience, [this] { dial(); });
    } else {
      redial_.again();
    }
  }

  spice::Peer peer_;
  std::string passwordFile_;
  surface::Screen& screen_;
  base::Context context_;
  spice::Library library_;
  spice::LibraryWords words_;
  base::LimitedLog limitedLog_;
  std::unique_ptr<spice::Connection> connection_;
  link::Redial redial_;
  base::Timer patience_;
  std::optional<surface::Size> wish_;
  bool watched_ = true;
};

std::unique_ptr<Source> createSpiceSource(const Endpoint& endpoint, const RelayOptions& options,
                                          surface::Screen& screen, const base::Context& context) {
  return std::make_unique<SpiceSource>(parsePeer(endpoint, context), options.passwordFile, screen,
                                       context);
}

}  // namespace

extern const SourceRow kSpiceSource = {
    "spice", "spice+TRANSPORT[,display=N]",
    "a SPICE server (password: --password-file), e.g. spice+unix:PATH", createSpiceSource};

}  // namespace lucarne::relay
