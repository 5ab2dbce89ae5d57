// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/link_source.h"

#include <fmt/format.h>

#include "link/codec/jpeg_strip.h"
#include "tunnel/tunnel.h"

namespace lucarne::relay {

using link::Channel;
using surface::Phase;
using surface::Rect;

namespace {
// A peer that sends what cannot be understood gets a fresh session after this pause: its bug must
// not cost us a processor.
constexpr base::Duration kPauseAfterNonsense = std::chrono::seconds(1);
}  // namespace

LinkSource::LinkSource(std::string transportUri, surface::Screen& screen, tunnel::Tunnel* tunnel,
                       const base::Context& context,
                       std::shared_ptr<const link::VideoLibrary> video)
    : transportUri_(std::move(transportUri)),
      video_(std::move(video)),
      screen_(screen),
      tunnel_(tunnel),
      context_{context.loop, context.clock, context.log.named("link")},
      hostile_(context_.log, context.clock) {
  makeLink();
}

LinkSource::~LinkSource() {
  dropLink();
  screen_.setControls(nullptr);
  screen_.onPaintable({});
}

void LinkSource::makeLink() {
  link::Introduction introduction;
  introduction.role = link::Role::Panel;
  introduction.capabilities = link::kScreenCodec1 | link::kKeptTiles1;
  if (video_) introduction.capabilities |= link::kVideo1;
  if (link::JpegStrip::hasArithmetic()) introduction.capabilities |= link::kSketches1;
  decoder_.acceptVideo(video_);
  if (tunnel_) introduction.capabilities |= tunnel::kStreams1;
  introduction.name = "lucarne-relay (panel)";
  link_ = std::make_unique<link::LinkEnd>(link::createTransport(transportUri_, context_),
                                          introduction, *this, context_);
  link_->setFeed(Channel::Input, &inputFeed_);
  if (tunnel_) tunnel_->attach(*link_);
}

void LinkSource::dropLink() {
  link_->setFeed(Channel::Input, nullptr);
  if (tunnel_) tunnel_->detach();
  link_.reset();
}

void LinkSource::start() {
  screen_.setPhase(Phase::Waiting, fmt::format("waiting for the guest at {}", link_->name()));
  screen_.onPaintable([this] { present(); });
  link_->start();
  screen_.setControls(this);
}

// ---- the person ---------------------------------------------------------------------------------

void LinkSource::onInput(const surface::InputEvent& event) {
  if (!connected_ || quiet_) return;
  if (!input_.push(event)) {
    // Nobody drains: what is queued is worth nothing by now.
    input_.clear();
    liftAll_ = true;
  }
  link_->feedReady(Channel::Input);
}

void LinkSource::onWantedSize(surface::Size size) {
  wanted_ = size;
  if (connected_ && surface::isAcceptable(size.width, size.height)) send(SizeWanted{size});
}

void LinkSource::onAttention(bool watched) {
  watched_ = watched;
  if (connected_) send(AttentionTold{watched});
}

void LinkSource::onClipboard(const std::string& text) {
  const bool waiting = link_->queuedBytes(Channel::Control) > surface::kMaxClipboardBytes;
  if (connected_ && !waiting) send(ClipboardOffered{text});
}

bool LinkSource::InputFeed::nextPiece(std::size_t maxBytes, std::vector<std::uint8_t>& out) {
  LinkSource& s = source;
  if (!s.liftAll_ && s.input_.empty()) return false;
  const std::size_t end = out.size() + maxBytes;
  beginInput(out);
  if (std::exchange(s.liftAll_, false)) encodeStep(LiftAll{}, out);
  while (!s.input_.empty() && out.size() + kMaxEventBytes <= end) {
    encodeStep(s.input_.front(), out);
    s.input_.pop();
  }
  return true;
}

void LinkSource::send(const PanelMessage& message) {
  std::vector<std::uint8_t> bytes;
  encodeMessage(message, bytes);
  link_->send(Channel::Control, bytes);
}

// ---- the line -----------------------------------------------------------------------------------

void LinkSource::onUp(const link::Peer& peer) {
  if (tunnel_) tunnel_->onUp(peer);
  if ((peer.capabilities & link::kScreenCodec1) == 0) {
    sayLost(fmt::format("the other end of {} ({}) has no screen for us", link_->name(), peer.name));
    return;
  }
  context_.log.info("{}: the guest's end is there ({})", link_->name(), peer.name);
  connected_ = true;
  quiet_ = false;
  deaf_ = false;
  told_ = {};
  decoder_.reset();
  input_.clear();
  liftAll_ = true;
  link_->feedReady(Channel::Input);
  link::PictureDigest have = decoder_.digest();
  if ((peer.capabilities & link::kKeptTiles1) == 0) have.stored = {};
  send(std::move(have));
  if (!watched_) send(AttentionTold{false});
  if (surface::isAcceptable(wanted_.width, wanted_.height)) send(SizeWanted{wanted_});
}

void LinkSource::onDown(const std::string& words) {
  if (tunnel_) tunnel_->onDown(words);
  connected_ = false;
  input_.clear();
  sayLost(words);
}

void LinkSource::onQuiet(bool quiet) {
  quiet_ = quiet;
  // Events that were dropped meanwhile may have been releases.
  liftAll_ = true;
  input_.clear();
  if (quiet) {
    sayLost(fmt::format("{} is silent; waiting for it", link_->name()));
  } else {
    link_->feedReady(Channel::Input);
    sayPhase();
  }
}

void LinkSource::onRefused(const std::string& words) { sayLost(words); }

void LinkSource::onLine(const std::string& words) { sayLost(words); }

void LinkSource::sayLost(const std::string& words) {
  context_.log.debug("{}", words);
  screen_.setPhase(screen_.hasPicture() ? Phase::Lost : Phase::Waiting, words);
}

void LinkSource::sayPhase() { screen_.setPhase(told_.phase, told_.words); }

void LinkSource::onMessage(Channel channel, base::Bytes untrusted) {
  if (channel == Channel::Streams) {
    if (tunnel_) tunnel_->onMessage(untrusted);
    return;
  }
  if (!connected_) return;
  if (channel == Channel::Screen) {
    onPiece(untrusted);
  } else {
    onGuestMessage(untrusted);
  }
}

void LinkSource::onPiece(base::Bytes untrusted) {
  if (deaf_) return;
  const auto shown = decoder_.apply(untrusted);
  if (!shown) return startAnew(shown.error().message);
  if (shown->resized) {
    unseen_.clear();
    screen_.resize(decoder_.picture().size);
  }
  unseen_.add(shown->damage);
  present();
}

// Copies what is showable into the screen; when every buffer is held, again when one is given back.
void LinkSource::present() {
  if (unseen_.empty()) return;
  const surface::ConstFrame picture = decoder_.picture();
  if (picture.size != screen_.size()) return;  // a new size is decoded but not yet to be shown
  const std::optional<surface::Frame> frame = screen_.paint();
  if (!frame) return;
  for (const Rect& r : unseen_.rects()) copyPixels(picture, *frame, r);
  screen_.damaged(std::exchange(unseen_, {}));
}

void LinkSource::onGuestMessage(base::Bytes untrusted) {
  base::Result<GuestMessage> parsed = parseGuestMessage(untrusted);
  if (!parsed) {
    hostile_.warning("{}: from the guest's end: {}", link_->name(), parsed.error().message);
    return;
  }
  if (auto* phase = std::get_if<PhaseTold>(&*parsed)) {
    told_ = std::move(*phase);
    sayPhase();
  } else if (const auto* title = std::get_if<TitleTold>(&*parsed)) {
    screen_.setTitle(title->title);
  } else if (const auto* leds = std::get_if<LedsTold>(&*parsed)) {
    screen_.setLeds(leds->leds);
  } else if (auto* cursor = std::get_if<surface::Cursor>(&*parsed)) {
    screen_.setCursor(std::move(*cursor));
  } else if (const auto* moved = std::get_if<CursorMovedTold>(&*parsed)) {
    screen_.moveCursor(moved->at);
  } else if (const auto* copied = std::get_if<CopiedTold>(&*parsed)) {
    screen_.guestCopied(copied->text);
  }
}

// The other end's stream makes no sense (its bug, or malice): a fresh session, after a pause and from
// outside of the link's callbacks.
void LinkSource::startAnew(const std::string& why) {
  deaf_ = true;
  if (decoder_.videoFailed()) video_ = nullptr;
  hostile_.warning("{}: {}; starting anew", link_->name(), why);
  again_ = context_.loop.after(kPauseAfterNonsense, [this] {
    connected_ = false;
    dropLink();
    makeLink();
    link_->startPatiently();  // nothing that the other end said may end the program
  });
}

namespace {

// Throws SetupError where the library is not there: it was asked for.
std::shared_ptr<const link::VideoLibrary> loadVideo(const Endpoint& endpoint) {
  auto library = link::VideoLibrary::load();
  if (!library) {
    throw base::SetupError(fmt::format("'{}': {}", endpoint.text, library.error().message));
  }
  return *std::move(library);
}

std::unique_ptr<Source> createLinkSource(const Endpoint& endpoint, const RelayOptions& options,
                                         surface::Screen& screen, const base::Context& context) {
  if (endpoint.transport.empty()) {
    throw base::UsageError(fmt::format("'{}': say over what, as in link+unix:/run/xen/gui.sock",
                                       endpoint.text));
  }
  constexpr std::string_view kOption = ",video=";
  std::string transport = endpoint.transport;
  std::shared_ptr<const link::VideoLibrary> video;
  if (const auto at = transport.rfind(kOption); at != std::string::npos) {
    const std::string kind = transport.substr(at + kOption.size());
    if (kind != "h264" && kind != "none") {
      throw base::UsageError(fmt::format("'{}': a video is h264 or none", endpoint.text));
    }
    if (kind == "h264") video = loadVideo(endpoint);
    transport.resize(at);
  }
  return std::make_unique<LinkSource>(std::move(transport), screen, options.tunnel, context,
                                      std::move(video));
}

}  // namespace

extern const SourceRow kLinkSource = {"link", "link+TRANSPORT[,video=h264]",
                                      "from a relay at the other end of a line (its link+ sink)",
                                      createLinkSource};

}  // namespace lucarne::relay
