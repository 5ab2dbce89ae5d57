// SPDX-License-Identifier: Apache-2.0
// A relay's end of the surface socket: shows one Screen at the kiosk.
//
// Connects, says hello, and sends the newest state whenever the kiosk can take it. The picture is
// not copied: the kiosk maps the Screen's own buffers, and each is held from its commit until the
// kiosk has released it. One commit is out at a time; damage gathers meanwhile, so a slow kiosk
// costs frames, never memory and never a wait. When the kiosk goes away everything it held down at
// the guest is lifted, the Screen is told that nobody watches, and connecting goes on.
//
// A dma-buf that the kiosk's GPU reads is handed on instead, as its welcome says. Whoever waits until
// the kiosk has read it (DmabufRead) is let go by the kiosk's release, and without one when the kiosk
// goes away, does not look, or takes longer than kReadPatience.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/program.h"
#include "surface/held_input.h"
#include "surface/messages.h"
#include "surface/packet_socket.h"
#include "surface/screen.h"

namespace lucarne::surface {

class SurfaceClient final : private ScreenObserver {
 public:
  /// `name` labels the guest at the kiosk; another client of the same name is replaced by this one.
  /// `screen` and `context` outlive the client. Does nothing before `start` or `adopt`.
  SurfaceClient(Screen& screen, std::string path, std::string name, const base::Context& context);
  ~SurfaceClient() override;
  /// A guest's graphics card waits for us with its next picture: four refreshes of a panel, so that a
  /// kiosk that is stopped slows its guest down and does not stop it.
  static constexpr base::Duration kReadPatience = std::chrono::milliseconds(67);

  SurfaceClient(const SurfaceClient&) = delete;
  SurfaceClient& operator=(const SurfaceClient&) = delete;

  /// Connects to `path`, now and again whenever the kiosk is not there, until destroyed.
  void start();
  /// Uses a connected socket instead of connecting; when it breaks, `path` is connected to.
  void adopt(base::UniqueFd connected);

  /// Another patience than kReadPatience: for tests that wait for no clock.
  void setReadPatience(base::Duration patience) { readPatience_ = patience; }

  /// The kiosk has welcomed us.
  bool isLive() const { return state_ == State::Live; }
  std::uint64_t commits() const { return commitCount_; }

 private:
  enum class State { Down, AwaitingWelcome, Live };
  struct Slot {
    std::weak_ptr<const FrameBuffer> buffer;  // owned by the Screen, and by hold_ while out
    std::shared_ptr<const Dmabuf> dmabuf;     // kept, so that it is known when it comes again
    bool offered = false;                     // the kiosk has it mapped
  };

  void onPicture() override;
  void onBufferChanged() override {}
  void onDamage(const Damage& damage) override;
  void onPainted() override;
  void onCursor(const Cursor& cursor) override;
  void onCursorMoved(GuestPoint at) override;
  void onPhase(Phase phase, const std::string& words) override;
  void onTitle(const std::string& title) override;
  void onLeds(Leds leds) override;
  void onClipboard(const std::string& text) override;
  bool takesDmabuf(const Dmabuf& dmabuf) override;
  void onDmabuf() override;
  void onDmabufDamage(const Damage& damage, const DmabufRead& read) override;

  void observe();
  void connect();
  void retryLater();
  void begin(base::UniqueFd socket);
  void becomeLive();
  void disconnect(const std::string& words);
  void onReady(base::Readiness ready);
  base::Result<void> handle(const message::ToRelay& message);
  base::Result<void> obey(const message::Release& release);
  base::Result<void> obey(const message::Input& input);
  base::Result<void> obey(const message::Focus& focus);
  base::Result<void> obey(const message::WantedSize& wanted);
  base::Result<void> obey(const message::Attention& attention);
  base::Result<void> obey(const message::Ping& ping);
  base::Result<void> obey(const message::Clipboard& clipboard);
  base::Result<void> obey(const message::Unread& unread);
  base::Result<void> obey(const message::Welcome&) { return {}; }  // handled before
  base::Result<void> obey(const message::Refused&) { return {}; }  // handled before
  void liftAll();
  void dropHold();
  void dropReads();
  bool handsOn() const;

  void flush();
  bool flushNews();
  bool flushCursor();
  bool flushPicture();
  bool flushFrame();
  bool flushDmabuf();
  bool flushPath();
  bool commit(int slot);
  bool forgetDeadSlots();
  bool offer(int slot, const Hold& hold);
  bool offer(int slot, const std::shared_ptr<const Dmabuf>& dmabuf);
  template <typename Has>
  int slotThat(Has has) const;
  bool send(const message::ToKiosk& message, std::span<const int> fds = {});

  Screen& screen_;
  std::string path_;
  std::string name_;
  const base::Context& context_;
  base::Log log_;
  base::LimitedLog complaints_;
  bool observing_ = false;
  State state_ = State::Down;
  base::UniqueFd socket_;
  base::Watch watch_;
  base::Timer retry_;  // while down: connect again; while awaiting the welcome: give up
  base::Duration backOff_;
  bool told_ = false;  // that there is no kiosk

  std::array<Slot, message::kSlots> slots_;
  Hold hold_;                   // the buffer of the commit that is out
  bool dmabufOut_ = false;      // the commit that is out is of a dma-buf
  std::uint32_t serial_ = 0;    // of the last commit
  std::uint64_t commitCount_ = 0;
  Damage damage_;               // since the last commit
  bool unpainted_ = false;      // a new size, still black: the old picture is better than that
  bool watched_ = false;        // the kiosk shows us

  std::vector<DmabufFormat> formats_;  // that the kiosk reads
  std::vector<DmabufRead> readsDue_;   // of damage that is not committed yet
  std::vector<DmabufRead> readsOut_;   // of the commit that is out
  base::Timer readTimer_;
  base::Duration readPatience_ = kReadPatience;
  PicturePath toldPath_ = PicturePath::SharedMemory;

  // News that the kiosk has not been told.
  bool helloDue_ = false;
  bool phaseDue_ = false;
  bool titleDue_ = false;
  bool ledsDue_ = false;
  bool cursorDue_ = false;
  std::optional<GuestPoint> movedDue_;
  std::optional<std::string> clipboardDue_;
  std::optional<std::uint32_t> pongDue_;

  HeldInput held_;
};

}  // namespace lucarne::surface
