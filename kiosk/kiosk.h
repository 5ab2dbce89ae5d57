// SPDX-License-Identifier: Apache-2.0
// The kiosk itself: joins guests, compositor, input, notices and statistics in the loop.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/program.h"
#include "kiosk/compositor.h"
#include "kiosk/guests.h"
#include "kiosk/input_router.h"
#include "kiosk/lettering.h"
#include "kiosk/kiosk_observer.h"
#include "kiosk/notices.h"
#include "kiosk/output.h"
#include "kiosk/settings.h"
#include "kiosk/stats.h"
#include "surface/surface_server.h"
#include "kiosk/turn.h"

namespace lucarne::kiosk {

class Kiosk final : private surface::GuestObserver, private PanelEvents, private InputTarget {
 public:
  /// Listens for relays and shows the first notice as soon as the loop runs. Everything borrowed
  /// outlives the kiosk. Throws SetupError: another kiosk is there, a file cannot be written.
  Kiosk(const Settings& settings, Output& output, Lettering& lettering,
        const base::Context& context);
  ~Kiosk() override;

  /// Where input comes from besides the output: a script.
  PanelEvents& panelEvents() { return *this; }

  /// For a relay that is started with its socket, and for tests.
  surface::SurfaceServer& server() { return server_; }

  /// Writes the screenshot; also on SIGUSR1 and by chord. False when it could not be written.
  bool takeScreenshot();

  /// The last words of --screenshot and --stats; when the loop has ended.
  void finish();

 private:
  /// Tells `observer`, which outlives the kiosk or is taken away with nullptr; at once of the guests
  /// that are here.
  void observe(KioskObserver* observer);

  /// The tablet is held so that the picture needs this; a person's own turn goes first (turn.h).
  void turnWithTablet(surface::Rotation rotation);

  /// Words at the panel's upper edge, over whatever is shown; empty: none.
  void setWarning(const std::string& words);

  void onGuestArrived(surface::SurfaceConnection& connection) override;
  void onGuestLeft(surface::SurfaceConnection& connection, const std::string& words) override;
  void onCommit(surface::SurfaceConnection& connection) override;
  void onCursor(surface::SurfaceConnection& connection) override;
  void onCursorMoved(surface::SurfaceConnection& connection, surface::GuestPoint at) override;
  void onPhase(surface::SurfaceConnection& connection) override;
  void onTitle(surface::SurfaceConnection& connection) override;

  void onPanelInput(const PanelInput& input) override;
  void onPanelInputEnd() override;
  void onPanelFocus(bool focused) override;
  void onPanelResized() override;
  void onPanelExposed() override;
  void onPanelClosed() override;

  void onGuestInput(const surface::InputEvent& event) override;
  void onChord(Chord chord) override;

  Guest* guestOf(const surface::SurfaceConnection& connection) const;
  bool isShown(const Guest* guest) const { return guest && guest == guests_.shown(); }
  void upload(Guest& guest, surface::SurfaceConnection& connection);

  /// After anything that changes what is to be seen or who gets input.
  void refresh();
  void aimInput();
  void tellGuests();
  void redrawNotice();
  void schedulePresent();
  void presentNow();

  const Settings settings_;
  const base::Context& context_;
  Output& output_;
  Lettering& lettering_;
  NoticeFacts facts_;
  Stats stats_;
  Guests guests_;
  void redrawBanner();
  void applyTurn();
  Compositor compositor_;
  InputRouter router_;
  std::string inputGuest_;  // name of the guest that the router's events go to; empty: none
  bool focused_ = true;
  std::optional<Notice> notice_;  // what there is to say
  bool noticeStale_ = true;       // the box on the panel says something else
  base::Timer presentTimer_;
  base::Registration screenshotSignal_;
  surface::SurfaceServer server_;  // last: nothing may call back before the rest is there
};

}  // namespace lucarne::kiosk
  KioskObserver* observer_ = nullptr;
  bool pictureChanged_ = false;  // the shown guest's, since the last present
  Turn turn_;
  std::string warning_;
