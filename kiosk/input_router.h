// SPDX-License-Identifier: Apache-2.0
// From what happens at the panel to what the shown guest is told, and to the kiosk's own chords.
//
// Whatever a guest was told is down is lifted at that guest: when the key is released, when the
// panel loses focus, when another guest is shown. A release is passed on only to the guest that saw
// the press, so a key that is held across a switch reaches nobody twice and stays down nowhere.
#pragma once

#include <bitset>
#include <optional>

#include "kiosk/panel_event.h"
#include "surface/held_input.h"
#include "surface/placement.h"

namespace lucarne::kiosk {

enum class Chord { Rotate, LockRotation, PreviousGuest, NextGuest, Screenshot };

enum class Chords { Off, On };

/// Who acts on what was routed.
class InputTarget {
 public:
  virtual ~InputTarget() = default;
  virtual void onGuestInput(const surface::InputEvent& event) = 0;
  /// Ctrl+Alt and R, L, Left, Right, S: the key itself has been kept from the guest. Ctrl and Alt were
  /// passed on when they were pressed, and are lifted when they are released.
  virtual void onChord(Chord chord) = 0;
};

class InputRouter {
 public:
  /// `target` outlives the router.
  InputRouter(InputTarget& target, Chords chords) : target_(target), chords_(chords) {}

  /// Where the shown guest's picture lies. Without a guest the placement is empty, and only chords
  /// are heard.
  void setPlacement(const surface::Placement& placement) { placement_ = placement; }

  /// Motion of the pointer is held back until something else happens or `flush`.
  void input(const PanelInput& input);
  void flush();

  /// Lifts at the guest whatever it was told is down; how many things those were.
  std::size_t liftAll();

  /// Where the pointer is on the panel, once it has moved.
  const std::optional<surface::PanelPoint>& pointer() const { return pointer_; }

 private:
  void on(const PanelPointerMoved& moved);
  void on(const PanelTouch& touch);
  void on(const surface::PointerButton& button);
  void on(const surface::Wheel& wheel);
  void on(const surface::Key& key);

  bool hasGuest() const { return !placement_.picture().empty(); }
  std::optional<Chord> chordOf(std::uint16_t key) const;
  void tell(const surface::InputEvent& event);
  bool pointerIsOnPicture() const;

  InputTarget& target_;
  Chords chords_;
  surface::Placement placement_;
  std::optional<surface::PanelPoint> pointer_;
  bool motionHeldBack_ = false;
  std::bitset<surface::kMaxEvdevCode + 1> down_;       // at the panel, keys
  std::bitset<surface::kMaxEvdevCode + 1> atGuest_;    // the guest was told: keys and buttons
  std::bitset<surface::kMaxTouchSlots> touchAtGuest_;  // the guest was told: fingers
  surface::HeldInput held_;
};

}  // namespace lucarne::kiosk
