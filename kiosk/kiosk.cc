// SPDX-License-Identifier: Apache-2.0
#include "kiosk/kiosk.h"

#include <csignal>

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
      server_(socketPath(settings), *this, context) {
  if (!settings_.screenshotPath.empty()) surface::requireWritableFolder(settings_.screenshotPath);
  screenshotSignal_ = context_.loop.onSignal(SIGUSR1, [this] { takeScreenshot(); });
  output_.listen(*this);
  context_.log.info("panel {}x{}, {}; relays connect to {}", output_.size().width,
                    output_.size().height, output_.words(), server_.path());
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
  if (Guest* guest = guestOf(connection)) upload(*guest, connection);
  connection.release();
  schedulePresent();
}

void Kiosk::upload(Guest& guest, SurfaceConnection& connection) {
  const surface::ConstFrame picture = connection.picture();
  Damage damage = connection.damage();
  if (guest.tooLarge || !guest.picture || guest.picture->size() != picture.size) {
    // The old one is dropped after refresh() has taken it off the panel.
    const auto old = std::exchange(guest.picture, output_.store(picture.size));
    guest.tooLarge = guest.picture == nullptr;
    damage = Damage(Rect::of(picture.size));
    if (guest.picture) guest.picture->upload(picture, damage);
    refresh();
  } else {
    guest.picture->upload(picture, damage);
  }
  std::int64_t pixels = 0;
  for (const Rect& r : damage.rects()) pixels += r.pixels();
  stats_.onUpload(pixels);
  if (!isShown(&guest)) return;
  compositor_.damage(damage);
  stats_.onStamp(surface::readStamp(picture, settings_.stampAt));
}

void Kiosk::onCursor(SurfaceConnection& connection) {
  pictureChanged_ = true;
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

// ---- the panel ----------------------------------------------------------------------------------

void Kiosk::onPanelInput(const PanelInput& input) {
  if (const auto* moved = std::get_if<PanelPointerMoved>(&input)) compositor_.movePointer(moved->at);
  router_.input(input);
}

void Kiosk::onPanelInputEnd() {
  router_.flush();
  schedulePresent();
}

void Kiosk::onPanelFocus(bool focused) {
  if (!focused) router_.liftAll();
  focused_ = focused;
  refresh();
}

void Kiosk::onPanelResized() {
  compositor_.redrawAll();
  noticeStale_ = true;
  refresh();
}

  redrawBanner();
void Kiosk::onPanelExposed() {
  compositor_.redrawAll();
  schedulePresent();
}

void Kiosk::onPanelClosed() { context_.loop.quit(); }

void Kiosk::onGuestInput(const surface::InputEvent& event) {
  const Guest* guest = guests_.find(inputGuest_);
  if (guest && guest->connection) guest->connection->input(event);
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
  aimInput();
  tellGuests();
  schedulePresent();
}

void Kiosk::aimInput() {
  const Guest* shown = guests_.shown();
  const bool hears = shown && shown->connected && shown->phase == surface::Phase::Live;
  const std::string guest = hears ? shown->name : std::string();
  if (guest != inputGuest_) {
    router_.liftAll();  // still to the old one
    inputGuest_ = guest;
  }
  router_.setPlacement(hears ? compositor_.placement() : Placement());
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
  if (observer_) observer_->onGuests(guests_);
  presentNow();
  const auto written = surface::writePng(settings_.screenshotPath, compositor_.capture().frame());
  if (!written) {
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
