// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sinks/link_sink.h"

#include <fmt/format.h>

#include "tunnel/tunnel.h"

namespace lucarne::relay {

using link::Channel;

LinkSink::LinkSink(std::unique_ptr<link::Transport> transport, surface::Screen& screen,
                   tunnel::Tunnel* tunnel, const base::Context& context)
    : screen_(screen),
      tunnel_(tunnel),
      context_{context.loop, context.clock, context.log.named("link")},
      hostile_(context_.log, context.clock),
      encoder_(context.clock) {
  link::Introduction introduction;
  introduction.role = link::Role::Guest;
  introduction.capabilities = link::kScreenCodec1 | link::kKeptTiles1;
  if (tunnel_) introduction.capabilities |= tunnel::kStreams1;
  introduction.name = "lucarne-relay (guest)";
  link_ = std::make_unique<link::LinkEnd>(std::move(transport), introduction, *this, context_);
  link_->setFeed(Channel::Screen, &screenFeed_);
  link_->setFeed(Channel::Control, &controlFeed_);
  link_->setFeed(Channel::Cursor, &cursorFeed_);
  if (tunnel_) tunnel_->attach(*link_);
}

LinkSink::~LinkSink() {
  for (const Channel channel : {Channel::Screen, Channel::Control, Channel::Cursor}) {
    link_->setFeed(channel, nullptr);
  }
  if (tunnel_) tunnel_->detach();
  link_.reset();
  if (!started_) return;
  liftAll();
  screen_.removeObserver(*this);
}

void LinkSink::start() {
  started_ = true;
  screen_.addObserver(*this);
  screen_.setAttention(*this, false);
  link_->start();
}

// ---- the screen ---------------------------------------------------------------------------------

void LinkSink::onPicture() {
  encoder_.damage(surface::Damage(surface::Rect::of(screen_.size())));
  link_->feedReady(Channel::Screen);
}

void LinkSink::onDamage(const surface::Damage& damage) { encoder_.damage(damage); }

void LinkSink::onPainting() { encoder_.beforePaint(screen_.picture()); }

void LinkSink::onPainted() { link_->feedReady(Channel::Screen); }

void LinkSink::onCursor(const surface::Cursor&) { tell(kCursor); }
void LinkSink::onPhase(surface::Phase, const std::string&) { tell(kPhase); }
void LinkSink::onTitle(const std::string&) { tell(kTitle); }
void LinkSink::onLeds(surface::Leds) { tell(kLeds); }

// Said once: who is not there does not get it later.
void LinkSink::onClipboard(const std::string& text) {
  if (!ready_) return;
  std::vector<std::uint8_t> bytes;
  encodeMessage(CopiedTold{text}, bytes);
  const bool waiting = link_->queuedBytes(Channel::Control) > surface::kMaxClipboardBytes;
  if (!waiting) link_->send(Channel::Control, bytes);
}

void LinkSink::onCursorMoved(surface::GuestPoint at) {
  movedTo_ = at;
  tell(kMoved);
}

bool LinkSink::ScreenFeed::nextPiece(std::size_t maxBytes, std::vector<std::uint8_t>& out) {
  LinkSink& s = sink;
  if (!s.ready_ || !s.watched_ || !s.screen_.hasPicture() || s.screen_.isPainting()) return false;
  s.encoder_.setLine(s.link_->lineRate());
  const bool said = s.encoder_.encode(s.screen_.picture(), maxBytes, out);
  if (s.encoder_.wantsPicture()) s.screen_.wantPicture(s);
  if (!said) s.wakeForRepair();
  return said;
}

// What went out lossy is made exact when it has rested; nothing else would wake the feed then.
void LinkSink::wakeForRepair() {
  const base::TimePoint due = encoder_.deadline();
  if (awaitsRepair_ || due == base::TimePoint::max()) return;
  awaitsRepair_ = true;
  const base::Duration wait = std::max<base::Duration>(due - context_.clock.now(),
                                                       std::chrono::milliseconds(1));
  repair_ = context_.loop.after(wait, [this] {
    awaitsRepair_ = false;
    link_->feedReady(Channel::Screen);
  });
}

// ---- news ---------------------------------------------------------------------------------------

void LinkSink::tell(unsigned news) {
  news_ |= news;
  if ((news & (kCursor | kMoved)) != 0) link_->feedReady(Channel::Cursor);
  if ((news & (kPhase | kTitle | kLeds)) != 0) link_->feedReady(Channel::Control);
}

bool LinkSink::takeNews(Channel channel, GuestMessage& message) {
  const unsigned mine = channel == Channel::Cursor ? kCursor | kMoved : kPhase | kTitle | kLeds;
  const unsigned left = news_ & mine;
  if (left == 0) return false;
  const unsigned first = left & (~left + 1);
  news_ &= ~first;
  switch (first) {
    case kPhase: message = PhaseTold{screen_.phase(), screen_.phaseWords()}; break;
    case kTitle: message = TitleTold{screen_.title()}; break;
    case kLeds: message = LedsTold{screen_.leds()}; break;
    case kCursor: message = screen_.cursor(); break;
    default: message = CursorMovedTold{movedTo_}; break;
  }
  return true;
}

bool LinkSink::NewsFeed::nextPiece(std::size_t maxBytes, std::vector<std::uint8_t>& out) {
  GuestMessage message;
  while (sink.takeNews(channel, message)) {
    std::vector<std::uint8_t> bytes;
    encodeMessage(message, bytes);
    if (bytes.size() <= maxBytes) {
      out.insert(out.end(), bytes.begin(), bytes.end());
      return true;
    }
    sink.link_->send(channel, bytes);  // in fragments
  }
  return false;
}

// ---- the line -----------------------------------------------------------------------------------

void LinkSink::onUp(const link::Peer& peer) {
  ready_ = false;
  if (tunnel_) tunnel_->onUp(peer);
  if ((peer.capabilities & link::kScreenCodec1) == 0) {
    context_.log.warning("{}: the other end ({}) cannot show a screen", link_->name(), peer.name);
    return;
  }
  context_.log.info("{}: the panel's end is there ({})", link_->name(), peer.name);
  encoder_.offerSketches((peer.capabilities & link::kSketches1) != 0);
  encoder_.offerVideo((peer.capabilities & link::kVideo1) != 0
                          ? link::ScreenEncoder::VideoLoader([this] { return loadVideo(); })
                          : nullptr);
  tell(kPhase | kTitle | kLeds | kCursor);
}

// The panel takes videos, and there is the first one.
std::shared_ptr<const link::VideoLibrary> LinkSink::loadVideo() {
  auto library = link::VideoLibrary::load();
  if (library) return *std::move(library);
  context_.log.info("{}: what moves goes as pictures, not as H.264: {}", link_->name(),
                    library.error().message);
  return nullptr;
}

void LinkSink::onDown(const std::string& words) {
  context_.log.debug("{}: {}", link_->name(), words);
  if (tunnel_) tunnel_->onDown(words);
  ready_ = false;
  setWatched(false);
  liftAll();
}

void LinkSink::onQuiet(bool quiet) {
  context_.log.info("{}: {}", link_->name(), quiet ? "silent" : "back");
  if (quiet) liftAll();
}

void LinkSink::onRefused(const std::string& words) {
  context_.log.debug("{}: {}", link_->name(), words);
}

void LinkSink::onLine(const std::string& words) {
  context_.log.debug("{}: {}", link_->name(), words);
}

void LinkSink::onMessage(Channel channel, base::Bytes untrusted) {
  if (channel == Channel::Streams) {
    if (tunnel_) tunnel_->onMessage(untrusted);
    return;
  }
  base::Result<PanelMessage> parsed = parsePanelMessage(untrusted);
  if (!parsed) {
    hostile_.warning("{}: from the panel's end: {}", link_->name(), parsed.error().message);
    return;
  }
  if (auto* have = std::get_if<link::PictureDigest>(&*parsed)) {
    onHave(std::move(*have));
  } else if (const auto* wanted = std::get_if<SizeWanted>(&*parsed)) {
    screen_.wantSize(wanted->size);
  } else if (const auto* attention = std::get_if<AttentionTold>(&*parsed)) {
    setWatched(attention->watched);
  } else if (const auto* offered = std::get_if<ClipboardOffered>(&*parsed)) {
    screen_.offerClipboard(offered->text);
  } else if (const auto* input = std::get_if<InputTold>(&*parsed)) {
    onInput(*input);
  }
}

void LinkSink::onHave(link::PictureDigest have) {
  encoder_.reset(std::move(have));
  ready_ = true;
  setWatched(true);
}

void LinkSink::setWatched(bool watched) {
  watched_ = watched;
  screen_.setAttention(*this, watched);
  if (watched) link_->feedReady(Channel::Screen);
}

void LinkSink::onInput(const InputTold& told) {
  for (const InputStep& step : told.steps) {
    const auto* event = std::get_if<surface::InputEvent>(&step);
    if (!event) {
      liftAll();
      continue;
    }
    const surface::InputEvent inside = surface::clamped(*event, screen_.size());
    if (const auto* moved = std::get_if<surface::PointerMoved>(&inside)) {
      encoder_.setPointer(moved->at);
    }
    held_.note(inside);
    screen_.input(inside);
  }
}

void LinkSink::liftAll() {
  for (const surface::InputEvent& event : held_.liftAll()) screen_.input(event);
}

namespace {

std::unique_ptr<Sink> createLinkSink(const Endpoint& endpoint, const RelayOptions& options,
                                     surface::Screen& screen, const base::Context& context) {
  if (endpoint.transport.empty()) {
    throw base::UsageError(fmt::format("'{}': say over what, as in link+serial:/dev/hvc1",
                                       endpoint.text));
  }
  return std::make_unique<LinkSink>(link::createTransport(endpoint.transport, context), screen,
                                    options.tunnel, context);
}

}  // namespace

extern const SinkRow kLinkSink = {"link", "link+TRANSPORT",
                                  "to a relay at the other end of a line (its link+ source)",
                                  createLinkSink};

}  // namespace lucarne::relay
