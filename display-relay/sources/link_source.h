// SPDX-License-Identifier: Apache-2.0
// link+TRANSPORT as a source: the panel's end. Shows what a link sink at the other end of the line
// sends, and takes the person's input there.
//
// Keys and buttons are never lost or left down: transitions go in order, motion is coalesced while
// the line has no room, and after any gap everything held is lifted. Input while there is no session
// is dropped.
//
// H.264 is taken only where the endpoint asks for it, ",video=h264" behind the transport: a guest that
// is not trusted should not find libavcodec's decoder unless somebody wants it
// (docs/decisions/video-h264.md). A guest whose video cannot be decoded is not offered it again.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/program.h"
#include "display-relay/endpoint.h"
#include "display-relay/link_messages.h"
#include "link/codec/screen_decoder.h"
#include "link/link_end.h"
#include "surface/input_queue.h"
#include "surface/screen.h"

namespace lucarne::relay {

class LinkSource final : public Source, public link::LinkListener {
 public:
  /// Makes the transport anew each time the link is set up. Throws UsageError for a malformed
  /// `transportUri`. `screen` and what `context` names outlive the source; so does `tunnel`, which
  /// shares the line unless it is nullptr. `video` is nullptr where videos are not wanted.
  LinkSource(std::string transportUri, surface::Screen& screen, tunnel::Tunnel* tunnel,
             const base::Context& context, std::shared_ptr<const link::VideoLibrary> video = nullptr);
  ~LinkSource() override;

  void start() override;

  void onInput(const surface::InputEvent& event) override;
  void onWantedSize(surface::Size size) override;
  void onAttention(bool watched) override;
  void onClipboard(const std::string& text) override;

 private:
  struct InputFeed final : link::Feed {
    LinkSource& source;
    explicit InputFeed(LinkSource& s) : source(s) {}
    bool nextPiece(std::size_t maxBytes, std::vector<std::uint8_t>& out) override;
  };

  void onUp(const link::Peer& peer) override;
  void onDown(const std::string& words) override;
  void onMessage(link::Channel channel, base::Bytes message) override;
  void onQuiet(bool quiet) override;
  void onRefused(const std::string& words) override;
  void onLine(const std::string& words) override;

  void onPiece(base::Bytes untrusted);
  void onGuestMessage(base::Bytes untrusted);
  void present();
  void sayLost(const std::string& words);
  void sayPhase();
  void send(const PanelMessage& message);
  void makeLink();
  void dropLink();
  void startAnew(const std::string& why);

  const std::string transportUri_;
  std::shared_ptr<const link::VideoLibrary> video_;  // nullptr: not offered, or not any more
  surface::Screen& screen_;
  tunnel::Tunnel* const tunnel_;
  base::Context context_;
  base::LimitedLog hostile_;
  link::ScreenDecoder decoder_;
  surface::Damage unseen_;      // decoded, showable, and not yet in the screen
  surface::InputQueue input_;
  bool liftAll_ = false;        // to be said before any further event
  bool deaf_ = false;           // the screen's pieces cannot be understood any more
  bool quiet_ = false;
  bool connected_ = false;
  PhaseTold told_;              // what the guest last said of itself
  surface::Size wanted_;
  bool watched_ = true;
  InputFeed inputFeed_{*this};
  base::Timer again_;
  std::unique_ptr<link::LinkEnd> link_;  // last: its callbacks need all of the above
};

}  // namespace lucarne::relay
