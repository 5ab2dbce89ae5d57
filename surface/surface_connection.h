// SPDX-License-Identifier: Apache-2.0
// One guest as the kiosk sees it: the newest picture in memory that the relay shares or in a dma-buf
// that it hands on, cursor, words, and the way back for input.
//
// The relay at the other end is not trusted. What stands here has been checked: sizes are
// acceptable, rectangles lie within the picture, the memory cannot be cut short under a reader. The
// pixels themselves may change at any moment while they are read.
//
// Loop's thread only. Nothing here blocks, and nothing calls back from inside: all news comes
// through GuestObserver, from the loop.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/program.h"
#include "surface/cursor.h"
#include "surface/damage.h"
#include "surface/dmabuf.h"
#include "surface/frame.h"
#include "surface/held_input.h"
#include "surface/input_event.h"
#include "surface/input_queue.h"
#include "surface/mapped_picture.h"
#include "surface/messages.h"
#include "surface/packet_socket.h"
#include "surface/phase.h"
#include "surface/picture_path.h"

namespace lucarne::surface {

class SurfaceConnection;

/// The kiosk's side of all guests. A connection is valid until onGuestLeft for it has returned.
/// No callback may destroy the server.
class GuestObserver {
 public:
  virtual ~GuestObserver() = default;
  /// A relay has said hello. One of the same name, if there was one, has just left: a guest that
  /// comes back is known by its name().
  virtual void onGuestArrived(SurfaceConnection& guest) = 0;
  /// `words` for the person or the log: "the relay ended".
  virtual void onGuestLeft(SurfaceConnection& guest, const std::string& words) = 0;
  /// picture() is new where damage() says; when its size changed, everywhere. Read it, then call
  /// guest.release(): the relay sends its next picture only then.
  virtual void onCommit(SurfaceConnection& guest) = 0;
  virtual void onCursor(SurfaceConnection&) {}
  /// The guest moved the pointer by itself.
  virtual void onCursorMoved(SurfaceConnection&, GuestPoint) {}
  virtual void onPhase(SurfaceConnection&) {}
  virtual void onTitle(SurfaceConnection&) {}
  virtual void onLeds(SurfaceConnection&) {}
  /// Text that was copied in the guest: isClipboardText, and nothing more is known of it.
  virtual void onClipboard(SurfaceConnection&, const std::string& /*text*/) {}
  virtual void onPong(SurfaceConnection&, base::Duration /*roundTrip*/) {}
};

class SurfaceConnection {
 public:
  /// What the server is told; never called from inside a public function of the connection.
  struct Owner {
    virtual ~Owner() = default;
    /// Said hello: may still change the name, and must part with whoever has it.
    virtual void onHello(SurfaceConnection& connection) = 0;
    virtual void onBroken(SurfaceConnection& connection) = 0;
  };

  /// What the kiosk reads of dma-bufs, and how their sizes are found out.
  struct Imports {
    std::vector<DmabufFormat> formats;
    DmabufSize sizeOf = dmabufSize;
  };

  /// `socket` is connected and non-blocking. Owner, imports, observer and context outlive the
  /// connection.
  SurfaceConnection(base::UniqueFd socket, const Imports& imports, Owner& owner,
                    GuestObserver& observer, const base::Context& context);
  SurfaceConnection(const SurfaceConnection&) = delete;
  SurfaceConnection& operator=(const SurfaceConnection&) = delete;

  /// As the relay was told by --name, cleaned for display; never empty after onGuestArrived.
  const std::string& name() const { return name_; }

  bool hasPicture() const { return !size().empty(); }
  Size size() const { return current_.size(); }
  /// Mapped read-only from the relay's memory; empty when there is none yet, or the picture is in a
  /// dma-buf. Valid until the next turn of the loop, or as long as pictureOwner() is kept.
  ConstFrame picture() const { return current_.memory ? current_.memory->frame() : ConstFrame{}; }
  std::shared_ptr<const MappedPicture> pictureOwner() const { return current_.memory; }
  /// The picture where it lies in the guest's graphics card, in a format that the relay was offered;
  /// nothing when it is in memory. The same object as long as the relay's slot holds the buffer.
  const std::shared_ptr<const Dmabuf>& dmabuf() const { return current_.dmabuf; }
  PicturePath path() const { return current_.dmabuf ? PicturePath::DmabufImport : memoryPath_; }
  /// What changed since the last release().
  const Damage& damage() const { return damage_; }
  /// The picture has been read: the relay may paint over it. Clears damage().
  void release();
  /// Instead of a release: the GPU does not read this dma-buf after all. The relay sends what it has
  /// in memory, now and from now on.
  void refuseDmabuf(const std::string& words);

  const Cursor& cursor() const { return cursor_; }
  Phase phase() const { return phase_; }
  const std::string& phaseWords() const { return phaseWords_; }
  const std::string& title() const { return title_; }
  Leds leds() const { return leds_; }

  /// Transitions are all delivered, in order; motion in between may be coalesced. A relay that
  /// takes none for very long is dropped.
  void input(const InputEvent& event);
  /// Whether this guest gets the input. On false everything that is held is lifted.
  void setFocus(bool focused);
  /// The size at which the guest's picture would fit exactly (Placement::wantedSize).
  void setWantedSize(Size size);
  /// False: nobody looks at this guest, it need not send pictures.
  void setAttention(bool watched);
  /// Text that was copied outside, for the guest; dropped unless it is isClipboardText. The relay
  /// passes it on if it is allowed to. A newer one takes the place of one that waits.
  void setClipboard(const std::string& text);
  /// Answered by onPong; a ping while one is out is left out.
  void ping();

 private:
  friend class SurfaceServer;
  enum class State { AwaitingHello, Live, Broken };
  /// A picture in memory or in a dma-buf, or none.
  struct Stored {
    std::shared_ptr<const MappedPicture> memory;  // shared with whoever asked for pictureOwner()
    std::shared_ptr<const Dmabuf> dmabuf;         // shared with the output that imported it
    Size size() const {
      if (dmabuf) return dmabuf->layout.picture.size();
      return memory ? memory->size() : Size{};
    }
  };

  void onReady(base::Readiness ready);
  void handle(Packet packet);
  base::Result<void> accept(message::Hello hello, Packet& packet);
  base::Result<void> accept(message::Buffer buffer, Packet& packet);
  base::Result<void> accept(message::Forget forget, Packet& packet);
  base::Result<void> accept(message::Commit commit, Packet& packet);
  base::Result<void> accept(message::CursorShape shape, Packet& packet);
  base::Result<void> accept(message::CursorMoved moved, Packet& packet);
  base::Result<void> accept(message::PhaseChanged changed, Packet& packet);
  base::Result<void> accept(message::TitleChanged changed, Packet& packet);
  base::Result<void> accept(message::LedsChanged changed, Packet& packet);
  base::Result<void> accept(message::Pong pong, Packet& packet);
  base::Result<void> accept(message::Clipboard clipboard, Packet& packet);
  base::Result<void> accept(message::DmabufBuffer buffer, Packet& packet);
  base::Result<void> accept(message::PathChanged changed, Packet& packet);

  bool send(const message::ToRelay& message);
  void flush();
  /// Ends the connection from the loop; the first words stay.
  void fail(std::string words);
  void refuse(const std::string& words);

  base::UniqueFd socket_;
  const Imports& imports_;
  Owner& owner_;
  GuestObserver& observer_;
  const base::Context& context_;
  base::Watch watch_;
  base::Timer helloTimer_;
  base::Timer failTimer_;
  State state_ = State::AwaitingHello;
  bool wasLive_ = false;  // broke after onGuestArrived, and onGuestLeft is still to come
  std::string brokenWords_;
  std::string name_;

  std::array<Stored, message::kSlots> slots_;
  Stored current_;  // also in its slot, until that is replaced
  PicturePath memoryPath_ = PicturePath::SharedMemory;
  Damage damage_;
  std::optional<std::uint32_t> committed_;  // serial of the last commit that is not yet released
  Cursor cursor_;
  Phase phase_ = Phase::Waiting;
  std::string phaseWords_;
  std::string title_;
  Leds leds_ = 0;

  // What is still to be sent: the newest state of each kind, and the input.
  std::optional<std::uint32_t> releaseOut_;
  std::optional<message::Unread> unreadOut_;
  std::optional<bool> focusOut_;
  std::optional<bool> attentionOut_;
  std::optional<Size> wantedOut_;
  std::optional<std::string> clipboardOut_;
  bool pingOut_ = false;
  InputQueue inputOut_;
  HeldInput held_;  // by what was put into inputOut_
  std::uint32_t pingNonce_ = 0;
  std::optional<base::TimePoint> pingSent_;
};

}  // namespace lucarne::surface
