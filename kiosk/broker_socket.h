// SPDX-License-Identifier: Apache-2.0
// The kiosk's end of the input broker's socket: takes one broker at a time.
//
// A broker that comes while another is there replaces it: the old one is dead or hangs. When a
// broker goes, everything it held is released, finger by finger and key by key, so that nothing
// stays down at a guest. Loop's thread; the target is called from the loop and must not destroy the
// socket.
#pragma once

#include <array>
#include <bitset>
#include <cstdint>
#include <string>

#include "base/log.h"
#include "base/program.h"
#include "base/unique_fd.h"
#include "kiosk/panel_event.h"
#include "surface/panel_messages.h"

namespace lucarne::kiosk {

/// Who acts on what a broker reports.
class BrokerTarget {
 public:
  virtual ~BrokerTarget() = default;
  /// From now on input comes from the broker, or does not any more.
  virtual void onBroker(bool here) = 0;
  /// Places are in pixels of our own panel.
  virtual void onBrokerInput(const PanelInput& input) = 0;
  /// The mouse moved, as the hand sees it: +x is the picture's right.
  virtual void onBrokerNudge(std::int32_t dx, std::int32_t dy) = 0;
  virtual void onBrokerInputEnd() = 0;
  virtual void onBrokerAction(surface::panel::Action action) = 0;
};

class BrokerSocket {
 public:
  /// Listens at `path`, mode 0600; a socket left behind there is replaced: the caller holds the lock
  /// of the kiosk's own socket. Throws SetupError. Everything borrowed outlives this.
  BrokerSocket(std::string path, BrokerTarget& target, const base::Context& context);
  ~BrokerSocket();

  const std::string& path() const { return path_; }
  bool brokerIsHere() const { return broker_ && greeted_; }

  /// Our panel, by which places are scaled; and how the picture is turned on it, which the broker is
  /// told.
  void setPanel(surface::Size size, surface::Rotation rotation);

 private:
  void onListener();
  void adopt(base::UniqueFd socket);
  void onReadable();
  bool take(const surface::panel::ToKiosk& message);
  void leave(const std::string& words);
  void tellRotation();
  void note(const PanelInput& input);
  void liftAll();
  surface::PanelPoint toOurs(surface::PanelPoint at) const;

  void on(const surface::panel::Placed& placed);
  void on(const surface::panel::Nudged& nudged);
  void on(const surface::PointerButton& button) { note(button); }
  void on(const surface::Wheel& wheel) { note(wheel); }
  void on(const surface::Key& key) { note(key); }
  void on(const surface::panel::Touched& touched);
  void on(const surface::panel::End&) { target_.onBrokerInputEnd(); }
  void on(const surface::panel::Reset&) { liftAll(); }
  void on(const surface::panel::Asked& asked) { target_.onBrokerAction(asked.action); }
  void on(const surface::panel::Hello&) {}  // handled before

  std::string path_;
  BrokerTarget& target_;
  const base::Context& context_;
  base::Log log_;
  base::LimitedLog complaints_;
  base::UniqueFd listener_;
  base::Watch listenerWatch_;
  base::Timer acceptAgain_;
  base::UniqueFd broker_;
  base::Watch watch_;
  bool greeted_ = false;
  surface::Size theirs_;
  surface::Size ours_;
  surface::Rotation rotation_ = surface::Rotation::Deg0;
  std::bitset<surface::kMaxEvdevCode + 1> keys_;     // held by the broker
  std::bitset<surface::kMaxEvdevCode + 1> buttons_;
  std::bitset<surface::kMaxTouchSlots> fingers_;
  std::array<surface::PanelPoint, surface::kMaxTouchSlots> places_{};
};

}  // namespace lucarne::kiosk
