// SPDX-License-Identifier: Apache-2.0
// The tunnel of one program: local ends, the multiplexer between them and the link.
//
//   local connections ── FdEnd ── Multiplexer ── Channel::Streams of a link::LinkEnd
//
// The LinkEnd may be the tunnel's alone (`lucarne-relay tunnel`) or a screen relay's: its owner
// hands on what it hears. Everything on the loop's thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/program.h"
#include "link/link_end.h"
#include "link/redial.h"
#include "tunnel/children.h"
#include "tunnel/local_spec.h"
#include "tunnel/multiplexer.h"

namespace lucarne::tunnel {

/// What a tunnel is made of.
struct Plan {
  std::vector<LocalSpec> ends;
  std::optional<Secret> secret;
};

class Tunnel final : private Services {
 public:
  /// Throws UsageError for a malformed address, or two ends of one name.
  Tunnel(Plan plan, const base::Context& context);
  ~Tunnel() override;

  /// Listens, opens lines. Throws SetupError. Call once, before the link starts.
  void prepare();

  /// Which link to use from now on; `link` outlives the tunnel or is taken away with detach().
  void attach(link::LinkEnd& link);
  void detach();

  /// From the owner's link::LinkListener.
  void onUp(const link::Peer& peer);
  void onDown(const std::string& words);
  void onMessage(base::Bytes untrusted);

  /// Called, from the loop, when the stream of standard input and output is over; empty words: it
  /// ended well.
  void onStandardIoOver(std::function<void(std::string words)> callback) {
    standardIoOver_ = std::move(callback);
  }

 private:
  struct End;

  bool offers(const std::string& name) override;
  void onOpen(StreamId stream, const std::string& name) override;
  void onOver(StreamId stream, const std::string& words) override;
  void onOutput() override;

  End* endCalled(const std::string& name);
  void openMore();
  void openFrom(End& end);
  void acceptMore();
  void onLocal(End& end, base::Result<link::Stream> opened);
  void answerFrom(End& end, StreamId stream);
  void answerByChild(End& end, StreamId stream);
  void answerByDialling(End& end, StreamId stream);
  std::unique_ptr<LocalEnd> endOf(link::Stream stream);
  void armPatience();

  const base::Context context_;
  base::LimitedLog hostile_;
  const std::optional<Secret> secret_;
  Children children_;  // outlives every local end
  std::vector<std::unique_ptr<End>> ends_;
  std::map<StreamId, std::unique_ptr<link::Transport>> dialling_;
  std::map<StreamId, End*> users_;  // the streams that are there, and whose they are
  link::LinkEnd* link_ = nullptr;
  std::function<void(std::string)> standardIoOver_;
  base::Timer patience_;
  base::Timer soon_;
  Multiplexer mux_;  // last: its local ends need all of the above
};

}  // namespace lucarne::tunnel
