// SPDX-License-Identifier: Apache-2.0
// The kiosk itself: joins guests, compositor, input, notices and statistics in the loop.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/program.h"
#include "kiosk/broker_socket.h"
#include "kiosk/compositor.h"
#include "kiosk/guests.h"
#include "kiosk/input_router.h"
#include "kiosk/kiosk_observer.h"
#include "kiosk/lettering.h"
#include "kiosk/notices.h"
#include "kiosk/output.h"
#include "kiosk/settings.h"
#include "kiosk/stats.h"
#include "kiosk/turn.h"
#include "surface/surface_server.h"

namespace lucarne::kiosk {

class Kiosk final : private surface::GuestObserver,
                    private PanelEvents,
                    private BrokerTarget,
                    private InputTarget {
 public:
  /// Listens for relays and shows the first notice as soon as the loop runs. Everything borrowed
  /// outlives the kiosk. Throws SetupError: another kiosk is there, a file cannot be written.
  Kiosk(const Settings& settings, Output& output, Lettering& lettering,
        const base::Context& context);
  ~Kiosk() override;

  /// Where input comes from besides the output and the input broker: a script.
  PanelEvents& panelEvents() { return *this; }

  /// For a relay that is started with its socket, and for tests.
  surface::SurfaceServer& server() { return server_; }

  /// Writes the screenshot; also on SIGUSR1 and by chord. False when it could not be written.
  bool takeScreenshot();

  /// Tells `observer`, which outlives the kiosk or is taken away with nullptr; at once of the guests
  /// that are here.
  void observe(KioskObserver* observer);

  /// The tablet is held so that the picture needs this; a person's own turn goes first (turn.h).
  void turnWithTablet(surface::Rotation rotation);

  /// Words at the panel's upper edge, over whatever is shown; empty: none.
  void setWarning(const std::string& words);

  /// The last words of --screenshot and --stats; when the loop has ended.
  void finish();

 private:
  void onGuestArrived(surface::SurfaceConnection& connection) override;
  void onGuestLeft(surface::SurfaceConnection& connection, const std::string& words) override;
  void onCommit(surface::SurfaceConnection& connection) override;
  void onCursor(surface::SurfaceConnection& connection) override;
  void onCursorMoved(surface::SurfaceConnection& connection, surface::GuestPoint at) override;
  void onPhase(surface::SurfaceConnection& connection) override;
  void onTitle(surface::SurfaceConnection& connection) override;
  void onClipboard(surface::SurfaceConnection& connection, const std::string& text) override;

  void onPanelInput(const PanelInput& input) override;
  void onPanelNudge(int dx, int dy) override;
  void onPanelInputEnd() override;
  void onPanelFocus(bool focused) override;
  void onPanelResized() override;
  void onPanelExposed() override;
  void onPanelClosed() override;
  void onPanelClipboard() override;

  void onBroker(bool here) override;
  void onBrokerInput(const PanelInput& input) override { onPanelInput(input); }
  void onBrokerNudge(std::int32_t dx, std::int32_t dy) override { onPanelNudge(dx, dy); }
  void onBrokerInputEnd() override { onPanelInputEnd(); }
  void onBrokerAction(surface::panel::Action action) override;

  void onGuestInput(const surface::InputEvent& event) override;
  void onChord(Chord chord) override;

  Guest* guestOf(const surface::SurfaceConnection& connection) const;
  bool isShown(const Guest* guest) const { return guest && guest == guests_.shown(); }
  base::Result<void> upload(Guest& guest, surface::SurfaceConnection& connection);
  static base::Result<void> take(StoredPicture& picture, surface::SurfaceConnection& connection,
                                 const surface::Damage& damage);
  void noteUpload(Guest& guest, surface::SurfaceConnection& connection,
                  const surface::Damage& damage);
  void notePath(Guest& guest, surface::PicturePath path);
  std::optional<surface::Stamp> stampOf(Guest& guest, surface::SurfaceConnection& connection);

  /// After anything that changes what is to be seen or who gets input.
  void refresh();
  void aimInput();
  void liftAtInputGuest();
  void payOwed(Guest& guest);
  void offerCopied(Guest& guest);
  void offerClipboard();
  void tellGuests();
  void redrawNotice();
  void redrawBanner();
  void applyTurn();
  void schedulePresent();
  void presentNow();
  surface::PanelPoint pointerOrMiddle() const;

  /// The output's own events. While a broker is here its input is left out: both read the same
  /// devices.
  class OutputEvents final : public PanelEvents {
   public:
    explicit OutputEvents(Kiosk& kiosk) : kiosk_(kiosk) {}
    void onPanelInput(const PanelInput& input) override;
    void onPanelNudge(int dx, int dy) override;
    void onPanelInputEnd() override { kiosk_.onPanelInputEnd(); }
    void onPanelFocus(bool focused) override { kiosk_.onPanelFocus(focused); }
    void onPanelResized() override { kiosk_.onPanelResized(); }
    void onPanelExposed() override { kiosk_.onPanelExposed(); }
    void onPanelClosed() override { kiosk_.onPanelClosed(); }
    void onPanelClipboard() override { kiosk_.onPanelClipboard(); }

   private:
    Kiosk& kiosk_;
  };

  const Settings settings_;
  const base::Context& context_;
  Output& output_;
  Lettering& lettering_;
  NoticeFacts facts_;
  Stats stats_;
  Guests guests_;
  Compositor compositor_;
  InputRouter router_;
  std::string inputGuest_;  // name of the guest that the router's events go to; empty: none
  bool focused_ = true;
  bool clipboardStale_ = true;   // the guest with the input has not been offered the desktop's
  std::string clipboardText_;    // the last that passed, either way: not news to whoever had it
  std::string copied_;           // last in a guest, until another one that may have it is shown
  std::string copiedIn_;         // ... that guest's name
  KioskObserver* observer_ = nullptr;
  bool pictureChanged_ = false;  // the shown guest's, since the last present
  Turn turn_;
  std::string warning_;
  std::optional<Notice> notice_;  // what there is to say
  bool noticeStale_ = true;       // the box on the panel says something else
  base::Timer presentTimer_;
  base::Registration screenshotSignal_;
  OutputEvents outputEvents_{*this};
  surface::SurfaceServer server_;  // last: nothing may call back before the rest is there
  BrokerSocket broker_;            // after the server, whose lock keeps other kiosks away
};

}  // namespace lucarne::kiosk
