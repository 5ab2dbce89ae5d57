// SPDX-License-Identifier: Apache-2.0
// vnc-listen+TRANSPORT: any VNC viewer attaches to the guest, beside the kiosk.
//
// Viewers are shared, each at its own pace, and never in the way of the others: nothing blocks, one
// that does not read costs one band of memory, and all of them together get at most a third of the
// relay's time for encoding.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "display-relay/endpoint.h"
#include "display-relay/sinks/vnc_listen/address.h"
#include "display-relay/sinks/vnc_listen/viewer_session.h"
#include "link/redial.h"
#include "link/transport.h"
#include "surface/screen.h"

namespace lucarne::relay::vnc_listen {

class VncListenSink final : public Sink, private surface::ScreenObserver {
 public:
  static constexpr std::size_t kMostViewers = 8;

  /// Throws UsageError: a malformed address, or one beyond this machine without a password.
  /// SetupError: the password's file. `screen` and what `context` names outlive the sink.
  VncListenSink(const Address& address, surface::Screen& screen, const base::Context& context);
  ~VncListenSink() override;

  /// Listens from now on. Throws SetupError.
  void start() override;

 private:
  class Viewer;
  friend class Viewer;

  void onPicture() override;
  void onDamage(const surface::Damage& damage) override;
  void onPainted() override { serveSoon(); }
  void onCursor(const surface::Cursor& cursor) override;
  void onTitle(const std::string& title) override;
  void onLeds(surface::Leds leds) override;

  template <typename Call>
  void tell(Call call);
  void acceptMore();
  void onViewer(base::Result<link::Stream> opened);
  void drop(Viewer& viewer, const std::string& words);
  void tellAttention();
  void serveSoon();
  void serve();
  void look();

  surface::Screen& screen_;
  base::Context context_;
  base::LimitedLog complaints_;
  ViewerOptions options_;
  std::unique_ptr<link::Transport> transport_;
  link::Redial again_;
  KeysymPlaces places_;
  bool started_ = false;
  bool accepting_ = false;
  std::vector<std::unique_ptr<Viewer>> viewers_;
  std::size_t turn_ = 0;             // whose turn it is to be served first
  base::TimePoint serveAt_{};        // not before: encoding has had its share
  base::Timer serving_;
  base::Timer looking_;
  base::Timer burying_;
};

}  // namespace lucarne::relay::vnc_listen
