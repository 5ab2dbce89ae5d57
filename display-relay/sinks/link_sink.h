// SPDX-License-Identifier: Apache-2.0
// link+TRANSPORT as a sink: the guest's end. Encodes the screen for whoever is at the other end of
// the line (a link source), and brings that person's input to the guest.
//
// Nothing is encoded before the line has room; damage that comes meanwhile only adds up. While nobody
// is there, or nobody looks, the source is told that there is no attention. After a gap everything
// held is lifted.
#pragma once

#include <memory>
#include <vector>

#include "base/program.h"
#include "display-relay/endpoint.h"
#include "display-relay/link_messages.h"
#include "link/codec/screen_encoder.h"
#include "link/link_end.h"
#include "surface/held_input.h"
#include "surface/screen.h"

namespace lucarne::relay {

class LinkSink final : public Sink, public surface::ScreenObserver, public link::LinkListener {
 public:
  /// `screen` and what `context` names outlive the sink; so does `tunnel`, which shares the line
  /// unless it is nullptr.
  LinkSink(std::unique_ptr<link::Transport> transport, surface::Screen& screen,
           tunnel::Tunnel* tunnel, const base::Context& context);
  ~LinkSink() override;

  void start() override;

 private:
  // What goes out when there is room; latest wins.
  struct ScreenFeed final : link::Feed {
    LinkSink& sink;
    explicit ScreenFeed(LinkSink& s) : sink(s) {}
    bool nextPiece(std::size_t maxBytes, std::vector<std::uint8_t>& out) override;
  };
  struct NewsFeed final : link::Feed {
    LinkSink& sink;
    link::Channel channel;
    NewsFeed(LinkSink& s, link::Channel c) : sink(s), channel(c) {}
    bool nextPiece(std::size_t maxBytes, std::vector<std::uint8_t>& out) override;
  };
  /// What the panel has not been told yet.
  enum News : unsigned { kPhase = 1, kTitle = 2, kLeds = 4, kCursor = 8, kMoved = 16 };

  void onPicture() override;
  void onDamage(const surface::Damage& damage) override;
  void onPainting() override;
  void onPainted() override;
  void onCursor(const surface::Cursor& cursor) override;
  void onCursorMoved(surface::GuestPoint at) override;
  void onPhase(surface::Phase phase, const std::string& words) override;
  void onTitle(const std::string& title) override;
  void onLeds(surface::Leds leds) override;
  void onClipboard(const std::string& text) override;

  void onUp(const link::Peer& peer) override;
  void onDown(const std::string& words) override;
  void onMessage(link::Channel channel, base::Bytes message) override;
  void onQuiet(bool quiet) override;
  void onRefused(const std::string& words) override;
  void onLine(const std::string& words) override;

  void onHave(link::PictureDigest have);
  void onInput(const InputTold& told);
  std::shared_ptr<const link::VideoLibrary> loadVideo();
  void tell(unsigned news);
  bool takeNews(link::Channel channel, GuestMessage& message);
  void setWatched(bool watched);
  void liftAll();
  void wakeForRepair();

  surface::Screen& screen_;
  tunnel::Tunnel* const tunnel_;
  base::Context context_;
  base::LimitedLog hostile_;
  link::ScreenEncoder encoder_;
  ScreenFeed screenFeed_{*this};
  NewsFeed controlFeed_{*this, link::Channel::Control};
  NewsFeed cursorFeed_{*this, link::Channel::Cursor};
  surface::HeldInput held_;
  surface::GuestPoint movedTo_;
  unsigned news_ = 0;
  bool started_ = false;
  bool ready_ = false;    // the panel said what it has: pieces may go
  bool watched_ = false;
  bool awaitsRepair_ = false;
  base::Timer repair_;
  std::unique_ptr<link::LinkEnd> link_;  // last: its callbacks need all of the above
};

}  // namespace lucarne::relay
