// SPDX-License-Identifier: Apache-2.0
// One guest's screen inside one program: the picture that a source paints and sinks show.
//
//   source ──paint, damage, cursor, phase──▶ Screen ──ScreenObserver──▶ sinks
//   source ◀──────────GuestControls───────── Screen ◀──input, wanted size, attention── sinks
//
// State, not queue: a Screen holds the newest picture only. A sink that is slow misses pictures in
// between, never the last one. All calls on the loop's thread; callbacks must not destroy the
// Screen or start a paint.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "surface/clipboard.h"
#include "surface/cursor.h"
#include "surface/damage.h"
#include "surface/dmabuf.h"
#include "surface/frame.h"
#include "surface/input_event.h"
#include "surface/phase.h"

namespace lucarne::surface {

/// What a source does for the person. The source translates and sends at once; while it is not
/// connected, everything is dropped and nothing stays held (the source lifts on its own when it
/// connects again).
class GuestControls {
 public:
  virtual ~GuestControls() = default;
  virtual void onInput(const InputEvent& event) = 0;
  /// The size in which the panel would like the guest's picture; a wish.
  virtual void onWantedSize(Size) {}
  /// False: nobody looks; the source should stop asking the guest for pictures.
  virtual void onAttention(bool /*watched*/) {}
  /// Whoever looks could use a newer picture now (Screen::wantPicture).
  virtual void onPictureWanted() {}
  /// Text that the person copied outside, for the guest. Checked: isClipboardText.
  virtual void onClipboard(const std::string& /*text*/) {}
  /// Somebody looks who cannot read the dma-buf: paint what was left out (Screen::needsPixels).
  virtual void onPixelsNeeded() {}
};

class Screen;

/// A sink's view. Every method has a default of doing nothing.
class ScreenObserver {
 public:
  virtual ~ScreenObserver() = default;
  /// There is a picture of a new size (or the first one): everything is damaged.
  virtual void onPicture() {}
  /// The same picture now lives in another buffer; its damage follows in onDamage. Only of interest
  /// to a sink that shows the buffer itself.
  virtual void onBufferChanged() {}
  virtual void onDamage(const Damage&) {}
  /// A paint begins: the last chance to keep what picture() shows now.
  virtual void onPainting() {}
  /// A paint ended, with or without damage (which was told before): the picture is whole.
  virtual void onPainted() {}
  virtual void onCursor(const Cursor&) {}
  /// The guest moved the pointer by itself.
  virtual void onCursorMoved(GuestPoint) {}
  virtual void onPhase(Phase, const std::string& /*words*/) {}
  virtual void onTitle(const std::string&) {}
  virtual void onLeds(Leds) {}
  /// Text that was copied in the guest. Checked: isClipboardText.
  virtual void onClipboard(const std::string& /*text*/) {}
  /// Whether this sink shows the dma-buf itself, and needs none of its pixels painted. May be asked at
  /// any time; when the answer changes, Screen::reconsiderDmabuf.
  virtual bool takesDmabuf(const Dmabuf&) { return false; }
  /// Screen::dmabuf() is another one, or none any more.
  virtual void onDmabuf() {}
  /// The dma-buf changed here, in the picture's coordinates. Keep `read` as long as it is being read.
  virtual void onDmabufDamage(const Damage&, const DmabufRead& /*read*/) {}
};

/// A promise not to paint over a picture that somebody is reading: while a Hold on the current
/// buffer lives, the next paint happens in another buffer (after copying the picture over).
using Hold = std::shared_ptr<const FrameBuffer>;

class Screen {
 public:
  /// More pictures than this are never held: with all of them held, paint() answers nothing.
  static constexpr int kBuffers = 3;

  Screen();
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  /// Which way clipboards may pass; none until this is called.
  void allowClipboard(ClipboardWays ways) { clipboardWays_ = ways; }
  ClipboardWays clipboardWays() const { return clipboardWays_; }

  // ---- for the source -------------------------------------------------------------------------

  /// Makes the picture this size (black where new) and tells observers. The old picture is copied
  /// where it overlaps. `size` must be acceptable.
  void resize(Size size);

  /// The frame to paint into, holding the current picture: nothing while every buffer is held (try
  /// again in `onPaintable`). Valid until `damaged` or `resize`.
  std::optional<Frame> paint();
  /// Ends a paint: this much of the picture changed. Rectangles are clipped to the picture.
  void damaged(Damage damage);
  /// Called when `paint` would succeed again after it had answered nothing.
  void onPaintable(std::function<void()> callback);

  /// The picture is in this dma-buf too, and changes there (dmabufDamaged); nullptr: it is not. The
  /// Screen must have its picture's size. What the buffer holds is painted as well where
  /// needsPixels() says so; what is left out is painted later, in onPixelsNeeded.
  void setDmabuf(std::shared_ptr<const Dmabuf> dmabuf);
  /// The last copy of `read` is dropped when no sink reads the dma-buf any more: at once, where none
  /// does.
  void dmabufDamaged(const Damage& damage, const DmabufRead& read);
  /// False while every sink that looks shows the dma-buf itself.
  bool needsPixels() const { return !dmabuf_ || needsPixelsOf(*dmabuf_); }
  /// What needsPixels would say of this one.
  bool needsPixelsOf(const Dmabuf& dmabuf) const;

  void setCursor(Cursor cursor);
  void moveCursor(GuestPoint at);
  /// `words` for the person: "connected to …", "connection refused; trying again".
  void setPhase(Phase phase, std::string words);
  void setTitle(std::string title);
  void setLeds(Leds leds);
  /// Copied in the guest: passed on if it is text and may pass, and not kept.
  void guestCopied(const std::string& untrustedText);
  /// Where input goes; nullptr: nowhere. The controls must outlive the Screen or be taken away.
  /// They hear at once of what they missed: a wanted size, and that nobody looks.
  void setControls(GuestControls* controls);

  // ---- for sinks --------------------------------------------------------------------------------

  /// Observers are told of later changes only; they read the present state themselves. Remove
  /// before destruction.
  void addObserver(ScreenObserver& observer);
  void removeObserver(ScreenObserver& observer);

  bool hasPicture() const { return current_ != nullptr; }
  Size size() const;
  ConstFrame picture() const;
  /// The source is in the middle of a paint, which may last several turns of the loop: picture()
  /// is half old, half new. A sink that minds waits for onPainted.
  bool isPainting() const { return painting_; }
  /// The buffer of the current picture; keep it while another process reads from it. Take it when
  /// the source is not painting: only later paints go elsewhere.
  Hold hold() const { return current_; }
  /// Gives a hold back and wakes a source that waits. Dropping a Hold without this is safe, but the
  /// source learns of it only at its next paint.
  void release(Hold hold);

  /// Shared with the source and whoever shows it.
  const std::shared_ptr<const Dmabuf>& dmabuf() const { return dmabuf_; }
  /// A sink takes dma-bufs now that it did not take, or the other way round.
  void reconsiderDmabuf();

  const Cursor& cursor() const { return cursor_; }
  Phase phase() const { return phase_; }
  const std::string& phaseWords() const { return phaseWords_; }
  const std::string& title() const { return title_; }
  Leds leds() const { return leds_; }

  void input(const InputEvent& event);
  void wantSize(Size size);
  /// Copied outside, for the guest: passed on if it is text and may pass, and not kept.
  void offerClipboard(const std::string& untrustedText);
  /// Each sink says whether somebody looks at it; the source is paused when nobody does.
  void setAttention(const ScreenObserver& observer, bool watched);
  /// A sink that takes longer over a picture than the guest says so whenever it could use a newer
  /// one; from its first call on it is taken for such a sink. Others always can.
  void wantPicture(const ScreenObserver& observer);
  /// Everybody who looks says when a picture is wanted: asking the guest for more is waste.
  bool isPaced() const;

 private:
  struct Buffer {
    std::shared_ptr<FrameBuffer> pixels;  // shared with the Holds of sinks
    Damage behind;                        // what the current picture has and this one lacks
  };
  struct Attendance {
    ScreenObserver* observer;
    bool watched;
    bool paced = false;  // says when it wants a picture
  };

  Buffer* freeBuffer();
  void tellAttention();
  template <typename Call>
  void tell(Call call);

  std::vector<Buffer> buffers_;
  std::shared_ptr<FrameBuffer> current_;
  bool painting_ = false;        // between paint() and damaged()
  bool moved_ = false;           // paint() switched buffers: observers hear onBufferChanged
  bool refused_ = false;         // paint() answered nothing since the last release
  std::function<void()> paintable_;
  std::vector<Attendance> observers_;
  bool attention_ = true;
  GuestControls* controls_ = nullptr;
  Size wanted_;  // empty: no wish yet
  std::shared_ptr<const Dmabuf> dmabuf_;
  Cursor cursor_;
  Phase phase_ = Phase::Waiting;
  std::string phaseWords_;
  std::string title_;
  Leds leds_ = 0;
  ClipboardWays clipboardWays_ = ClipboardWays::None;
};

}  // namespace lucarne::surface
