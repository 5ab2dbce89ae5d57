// SPDX-License-Identifier: Apache-2.0
#include "kiosk/kiosk.h"

#include <algorithm>
#include <csignal>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "surface/kiosk_socket.h"
#include "surface/png_file.h"

namespace lucarne::kiosk {

using surface::Damage;
using surface::Placement;
using surface::Rect;
using surface::SurfaceConnection;

namespace {

// Wide enough to see, narrow enough to hide nothing: it covers the picture's edge.
constexpr int kBorderPx = 4;

std::string socketPath(const Settings& settings) {
  return settings.socketPath.empty() ? surface::kioskSocketPath() : settings.socketPath;
}

NoticeFacts factsFor(const Settings& settings) {
  return {"kiosk:" + settings.socketPath, settings.hint};
}

}  // namespace

Kiosk::Kiosk(const Settings& settings, Output& output, Lettering& lettering,
             const base::Context& context)
    : settings_(settings),
      context_(context),
      output_(output),
      lettering_(lettering),
      facts_(factsFor(settings)),
      stats_(settings.statsPath, output.words(), context.clock),
      guests_(settings.preferredGuest),
      compositor_(output, settings.rotation, settings.scale),
      router_(*this, settings.chords ? Chords::On : Chords::Off),
      turn_(settings.rotation),
      server_(socketPath(settings), *this, context),
      broker_(surface::panelInputPath(server_.path()), *this, context) {
  compositor_.setRefreshPeriod(settings_.refreshPeriod);
  if (!settings_.screenshotPath.empty()) surface::requireWritableFolder(settings_.screenshotPath);
  screenshotSignal_ = context_.loop.onSignal(SIGUSR1, [this] { takeScreenshot(); });
  if (settings_.importsDmabufs) server_.offerImports(output_.imports());
  output_.listen(outputEvents_);
  context_.log.info("panel {}x{}, {}; relays connect to {}, the input broker to {}",
                    output_.size().width, output_.size().height, output_.words(), server_.path(),
                    broker_.path());
  refresh();
}

Kiosk::~Kiosk() = default;

// ---- guests -------------------------------------------------------------------------------------

Guest* Kiosk::guestOf(const SurfaceConnection& connection) const {
  Guest* guest = guests_.find(connection.name());
  return guest && guest->connection == &connection ? guest : nullptr;
}

void Kiosk::onGuestArrived(SurfaceConnection& connection) {
  Guest& guest = guests_.arrive(connection.name(), context_.clock.now());
  guest.connection = &connection;
  context_.log.info("guest {} is here", guest.name);
  refresh();
}

void Kiosk::onGuestLeft(SurfaceConnection& connection, const std::string& words) {
  Guest* guest = guestOf(connection);
  if (!guest) return;
  context_.log.info("guest {} is gone: {}", guest->name, words);
  guests_.leave(*guest, words, context_.clock.now());
  refresh();
}

void Kiosk::onCommit(SurfaceConnection& connection) {
  if (Guest* guest = guestOf(connection)) {
    if (const auto taken = upload(*guest, connection); !taken) {
      context_.log.info("guest {}: its dma-buf cannot be imported: {}", guest->name,
                        taken.error().message);
      return connection.refuseDmabuf(taken.error().message);
    }
    if (guest->name == inputGuest_) payOwed(*guest);
  }
  connection.release();
  schedulePresent();
}

base::Result<void> Kiosk::take(StoredPicture& picture, SurfaceConnection& connection,
                               const Damage& damage) {
  if (connection.dmabuf()) return picture.import(connection.dmabuf(), damage);
  picture.upload(connection.picture(), damage);
  return {};
}

// Only an import can fail; then the guest's old picture stays.
base::Result<void> Kiosk::upload(Guest& guest, SurfaceConnection& connection) {
  const surface::Size size = connection.size();
  Damage damage = connection.damage();
  if (guest.tooLarge || !guest.picture || guest.picture->size() != size) {
    auto fresh = output_.store(size);
    damage = Damage(Rect::of(size));
    if (fresh) {
      if (auto taken = take(*fresh, connection, damage); !taken) return taken;
    }
    // The old one is dropped after refresh() has taken it off the panel.
    const auto old = std::exchange(guest.picture, std::move(fresh));
    guest.tooLarge = guest.picture == nullptr;
    refresh();
  } else if (auto taken = take(*guest.picture, connection, damage); !taken) {
    return taken;
  }
  noteUpload(guest, connection, damage);
  return {};
}

void Kiosk::noteUpload(Guest& guest, SurfaceConnection& connection, const Damage& damage) {
  notePath(guest, connection.path());
  if (connection.dmabuf()) {
    stats_.onImport();
  } else {
    std::int64_t pixels = 0;
    for (const Rect& r : damage.rects()) pixels += r.pixels();
    stats_.onUpload(pixels);
  }
  if (!isShown(&guest)) return;
  compositor_.damage(damage);
  pictureChanged_ = true;
  stats_.onStamp(stampOf(guest, connection));
}

void Kiosk::notePath(Guest& guest, surface::PicturePath path) {
  if (guest.path == path) return;
  guest.path = path;
  context_.log.info("guest {}: {}", guest.name, surface::wordsFor(path));
  std::map<std::string, std::string> paths;
  for (const auto& known : guests_.all()) {
    if (known->path) paths[known->name] = surface::wordsFor(*known->path);
  }
  stats_.setPaths(std::move(paths));
}

// Reading back from the GPU costs more than looking into memory: only for whoever wants to know.
std::optional<surface::Stamp> Kiosk::stampOf(Guest& guest, SurfaceConnection& connection) {
  if (!connection.dmabuf()) return surface::readStamp(connection.picture(), settings_.stampAt);
  if (!guest.picture || (!stats_.isWritten() && !observer_)) return std::nullopt;
  const surface::GuestPoint at = settings_.stampAt;
  const surface::Size size = surface::Stamp::kSize;
  const Image part = guest.picture->read({at.x, at.y, size.width, size.height});
  return surface::readStamp(part.frame(), {0, 0});
}

void Kiosk::onCursor(SurfaceConnection& connection) {
  Guest* guest = guestOf(connection);
  if (!guest) return;
  guest->cursor = connection.cursor();
  if (isShown(guest)) compositor_.setCursor(guest->cursor);
  schedulePresent();
}

void Kiosk::onCursorMoved(SurfaceConnection& connection, surface::GuestPoint at) {
  if (!isShown(guestOf(connection))) return;
  compositor_.movePointer(compositor_.placement().toPanel(at));
  schedulePresent();
}

void Kiosk::onPhase(SurfaceConnection& connection) {
  Guest* guest = guestOf(connection);
  if (!guest) return;
  guest->phase = connection.phase();
  guest->phaseWords = connection.phaseWords();
  refresh();
}

void Kiosk::onTitle(SurfaceConnection& connection) {
  if (Guest* guest = guestOf(connection)) guest->title = connection.title();
}

// Only from the guest in front of the person, who has just copied something there: no other may
// replace what the person copied elsewhere.
void Kiosk::onClipboard(SurfaceConnection& connection, const std::string& text) {
  const Guest* guest = guestOf(connection);
  if (!focused_ || !isShown(guest)) return;
  copied_ = text;
  copiedIn_ = guest->name;
  if (!mayPass(settings_.clipboardWays(guest->name), surface::ClipboardWays::GuestToKiosk)) return;
  clipboardText_ = text;
  output_.setClipboard(text);
}

// ---- the panel ----------------------------------------------------------------------------------

void Kiosk::onPanelInput(const PanelInput& input) {
  if (const auto* moved = std::get_if<PanelPointerMoved>(&input)) compositor_.movePointer(moved->at);
  router_.input(input);
}

// The hand's right is the picture's right, wherever that lies on the panel.
void Kiosk::onPanelNudge(int dx, int dy) {
  const surface::PanelPoint at = pointerOrMiddle();
  std::int64_t right = dx;
  std::int64_t down = dy;
  for (int turns = static_cast<int>(compositor_.rotation()); turns > 0; --turns) {
    right = -std::exchange(down, right);
  }
  const auto within = [](std::int64_t place, int side) {
    return static_cast<int>(std::clamp<std::int64_t>(place, 0, std::max(0, side - 1)));
  };
  onPanelInput(PanelPointerMoved{
      {within(at.x + right, output_.size().width), within(at.y + down, output_.size().height)}});
}

void Kiosk::onPanelInputEnd() {
  router_.flush();
  schedulePresent();
}

void Kiosk::onPanelFocus(bool focused) {
  if (!focused) router_.liftAll();
  focused_ = focused;
  // Not every desktop tells of what is copied elsewhere (SDL on X11 hears only when it loses its own);
  // to copy there the person had to leave the kiosk.
  if (focused) clipboardStale_ = true;
  refresh();
}

void Kiosk::onPanelResized() {
  compositor_.redrawAll();
  redrawBanner();
  noticeStale_ = true;
  refresh();
}

void Kiosk::onPanelExposed() {
  compositor_.redrawAll();
  schedulePresent();
}

void Kiosk::onPanelClipboard() {
  clipboardStale_ = true;
  offerClipboard();
}

// To the guest in front of the person, and only while the person is at the kiosk: what is copied for
// another window of the desktop is none of its business.
void Kiosk::offerClipboard() {
  if (!clipboardStale_ || !focused_ || inputGuest_.empty()) return;
  const auto ways = settings_.clipboardWays(inputGuest_);
  const Guest* guest = guests_.find(inputGuest_);
  if (!guest || !guest->connection || !mayPass(ways, surface::ClipboardWays::KioskToGuest)) return;
  clipboardStale_ = false;
  const std::string text = output_.clipboard();
  if (text == clipboardText_ || !surface::isClipboardText(text)) return;
  clipboardText_ = text;
  guest->connection->setClipboard(text);
}

// Once, to the guest that comes to the front: what was copied in another one that it may have.
void Kiosk::offerCopied(Guest& guest) {
  if (copied_.empty() || !settings_.mayPassBetween(copiedIn_, guest.name)) return;
  guest.connection->setClipboard(std::exchange(copied_, {}));
}

void Kiosk::onPanelClosed() { context_.loop.quit(); }

// ---- the input broker ---------------------------------------------------------------------------

void Kiosk::OutputEvents::onPanelInput(const PanelInput& input) {
  if (!kiosk_.broker_.brokerIsHere()) kiosk_.onPanelInput(input);
}

void Kiosk::OutputEvents::onPanelNudge(int dx, int dy) {
  if (!kiosk_.broker_.brokerIsHere()) kiosk_.onPanelNudge(dx, dy);
}

void Kiosk::onBroker(bool here) {
  // Whatever the other way of input holds down would never be lifted.
  router_.liftAll();
  compositor_.drawPointerOurselves(here);
  // A pointer that has not moved is not shown: a tablet may have none.
  if (here && router_.pointer()) compositor_.movePointer(*router_.pointer());
  schedulePresent();
}

surface::PanelPoint Kiosk::pointerOrMiddle() const {
  return router_.pointer().value_or(
      surface::PanelPoint{output_.size().width / 2, output_.size().height / 2});
}

void Kiosk::onBrokerAction(surface::panel::Action action) {
  using surface::panel::Action;
  switch (action) {
    case Action::Rotate:
      return onChord(Chord::Rotate);
    case Action::NextGuest:
      return onChord(Chord::NextGuest);
    case Action::PreviousGuest:
      return onChord(Chord::PreviousGuest);
    case Action::Screenshot:
      return onChord(Chord::Screenshot);
  }
}

void Kiosk::onGuestInput(const surface::InputEvent& event) {
  Guest* guest = guests_.find(inputGuest_);
  if (!guest) return;
  if (guest->connection) guest->connection->input(event);
  if (!guest->hears()) guest->owed.push_back(event);
}

void Kiosk::onChord(Chord chord) {
  switch (chord) {
    case Chord::Rotate:
      turn_.byHand();
      return applyTurn();
    case Chord::LockRotation:
      turn_.toggleLock();
      context_.log.info("turning with the tablet is {}", turn_.locked() ? "locked" : "unlocked");
      return applyTurn();
    case Chord::PreviousGuest:
      guests_.showNext(-1);
      break;
    case Chord::NextGuest:
      guests_.showNext(+1);
      break;
    case Chord::Screenshot:
      takeScreenshot();
      break;
  }
  refresh();
}

void Kiosk::turnWithTablet(surface::Rotation rotation) {
  turn_.byTablet(rotation);
  applyTurn();
}

void Kiosk::applyTurn() {
  if (turn_.rotation() == compositor_.rotation()) return;
  router_.liftAll();  // a finger or a button would let go somewhere else
  compositor_.setRotation(turn_.rotation());
  noticeStale_ = true;
  redrawBanner();
  refresh();
}

// ---- what is to be seen -------------------------------------------------------------------------

void Kiosk::refresh() {
  const Guest* shown = guests_.shown();
  compositor_.setPicture(shown ? shown->picture.get() : nullptr);
  const std::optional<Notice> notice = shown ? noticeOf(*shown, facts_) : noticeOfNoGuest(facts_);
  if (notice != notice_) {
    notice_ = notice;
    noticeStale_ = true;
  }
  compositor_.setDimmed(notice_.has_value());
  const bool severalGuests = guests_.all().size() > 1;
  compositor_.setBorder(shown ? settings_.borderPx.value_or(severalGuests ? kBorderPx : 0) : 0,
                        shown ? colourOf(shown->name) : 0);
  compositor_.setCursor(shown ? shown->cursor : surface::Cursor{});
  broker_.setPanel(output_.size(), compositor_.rotation());
  aimInput();
  tellGuests();
  if (observer_) observer_->onGuests(guests_);
  schedulePresent();
}

void Kiosk::observe(KioskObserver* observer) {
  observer_ = observer;
  if (observer_) observer_->onGuests(guests_);
}

void Kiosk::setWarning(const std::string& words) {
  if (words == warning_) return;
  warning_ = words;
  if (!words.empty()) context_.log.warning("{}", words);
  redrawBanner();
  schedulePresent();
}

void Kiosk::redrawBanner() {
  if (warning_.empty()) {
    compositor_.setBanner(nullptr);
    return;
  }
  const Image strip = drawNotice({warning_, {}}, lettering_, compositor_.uprightPanel());
  compositor_.setBanner(&strip);
}

void Kiosk::aimInput() {
  const Guest* shown = guests_.shown();
  const bool hears = shown && shown->hears();
  const std::string guest = hears ? shown->name : std::string();
  if (guest != inputGuest_) {
    liftAtInputGuest();
    inputGuest_ = guest;
    clipboardStale_ = true;
    clipboardText_.clear();  // the new one has none of it
  }
  if (hears) offerCopied(*guests_.find(guest));
  router_.setPlacement(hears ? compositor_.placement() : Placement());
  if (hears) payOwed(*guests_.find(guest));
  offerClipboard();
}

// Everything held is lifted at the guest that had the input; one that went away is owed it.
void Kiosk::liftAtInputGuest() {
  Guest* old = guests_.find(inputGuest_);
  const std::size_t before = old ? old->owed.size() : 0;
  if (old && !old->hears() && router_.pointer()) {
    // A button is lifted where it is held: servers are told both at once.
    onGuestInput(surface::PointerMoved{compositor_.placement().toGuest(*router_.pointer()).at});
  }
  const bool held = router_.liftAll() > 0;
  if (old && !held) old->owed.resize(before);
}

// Input means places on a picture: none is taken before there is one.
void Kiosk::payOwed(Guest& guest) {
  if (guest.owed.empty() || !guest.connection->hasPicture()) return;
  for (const surface::InputEvent& lift : std::exchange(guest.owed, {})) {
    guest.connection->input(lift);
  }
}

void Kiosk::tellGuests() {
  const auto tell = [](auto& told, auto value, auto&& send) {
    if (told == value) return;
    told = value;
    send(value);
  };
  const surface::Size wanted = compositor_.uprightPanel();
  for (const auto& guest : guests_.all()) {
    SurfaceConnection* connection = guest->connection;
    if (!connection) continue;
    const bool shown = isShown(guest.get());
    tell(guest->toldAttention, shown, [=](bool watched) { connection->setAttention(watched); });
    tell(guest->toldFocus, shown && focused_, [=](bool focused) { connection->setFocus(focused); });
    if (settings_.resizeGuest == ResizeGuest::Yes && !wanted.empty()) {
      tell(guest->toldSize, wanted, [=](surface::Size size) { connection->setWantedSize(size); });
    }
  }
}

void Kiosk::redrawNotice() {
  noticeStale_ = false;
  if (!notice_) {
    compositor_.setNotice(nullptr);
    return;
  }
  const Image box = drawNotice(*notice_, lettering_, compositor_.uprightPanel());
  compositor_.setNotice(&box);
}

void Kiosk::schedulePresent() {
  if (presentTimer_ || (!compositor_.pending() && !noticeStale_)) return;
  presentTimer_ = context_.loop.after(compositor_.delay(context_.clock.now()), [this] {
    presentTimer_.cancel();
    presentNow();
  });
}

void Kiosk::presentNow() {
  if (noticeStale_) redrawNotice();
  if (!compositor_.pending()) return;
  compositor_.present(context_.clock.now());
  const std::optional<base::Duration> age = stats_.onPresent();
  const Guest* shown = guests_.shown();
  if (std::exchange(pictureChanged_, false) && observer_ && shown) observer_->onShown(*shown, age);
}

bool Kiosk::takeScreenshot() {
  if (settings_.screenshotPath.empty()) {
    context_.log.warning("no screenshot: start the kiosk with --screenshot FILE");
    return false;
  }
  presentNow();
  const auto written = surface::writePng(settings_.screenshotPath, compositor_.capture().frame());
  if (!written) {
    context_.log.error("{}", written.error().message);
    return false;
  }
  context_.log.info("screenshot in {}", settings_.screenshotPath);
  return true;
}

void Kiosk::finish() {
  if (!settings_.screenshotPath.empty()) takeScreenshot();
  stats_.finish();
}

}  // namespace lucarne::kiosk
