// SPDX-License-Identifier: Apache-2.0
// The two ends of a relay and their registries.
//
// An endpoint on the command line is KIND, KIND:REST or KIND+TRANSPORT: "pattern:1280x800",
// "kiosk:", "vnc+tcp:localhost:5900", "link+serial:/dev/hvc1".
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/program.h"
#include "link/transport.h"
#include "surface/screen.h"

namespace lucarne::tunnel {
class Tunnel;
}

namespace lucarne::relay {

struct Endpoint {
  std::string kind;       ///< "vnc"
  std::string transport;  ///< "tcp:localhost:5900", empty when there was no '+'
  std::string rest;       ///< "1280x800", empty when there was a '+'
  std::string text;       ///< all of it, for messages
};

/// Splits; throws UsageError when it is not of that form.
Endpoint parseEndpoint(std::string_view text);

/// Throws UsageError unless exactly one of the endpoints is a link: for --tunnel, which shares it.
void requireOneLink(std::string_view source, const std::vector<std::string>& sinks);

/// What the command line set beside the endpoints.
struct RelayOptions {
  std::string name;          ///< the guest's, as the kiosk shows it; empty: the sink chooses
  std::string passwordFile;  ///< empty: none
  tunnel::Tunnel* tunnel = nullptr;  ///< shares the line of a link endpoint; outlives it
};

/// Where frames come from. Construct, then `start`; from then on it paints into the screen and
/// reconnects by itself until it is destroyed. It registers itself as the screen's controls.
class Source : public surface::GuestControls {
 public:
  virtual void start() = 0;
  /// How pictures reach it now, for --stats: "dma-buf import". Empty: nothing to tell.
  virtual std::string_view pathWords() const { return {}; }
  /// Input is on its way that the guest's machine has not taken. Asked at the end, again and again
  /// while the loop turns, so that what was lifted last is lifted there too: QEMU drops what it has
  /// not read when a connection closes.
  virtual bool isSending() { return false; }
};

/// Where frames go. Construct, then `start`; observes the screen until it is destroyed.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual void start() = 0;
};

struct SourceRow {
  const char* kind;     ///< "vnc"
  const char* syntax;   ///< "vnc+TRANSPORT"
  const char* summary;  ///< one line for --help
  /// The screen outlives the source. Throws UsageError on a malformed endpoint.
  std::unique_ptr<Source> (*create)(const Endpoint& endpoint, const RelayOptions& options,
                                    surface::Screen& screen, const base::Context& context);
};

struct SinkRow {
  const char* kind;
  const char* syntax;
  const char* summary;
  std::unique_ptr<Sink> (*create)(const Endpoint& endpoint, const RelayOptions& options,
                                  surface::Screen& screen, const base::Context& context);
};

/// Turns the loop until the source has sent what it has to say, but not for long.
void waitUntilSent(Source& source, const base::Context& context);

std::span<const SourceRow* const> sourceRows();
std::span<const SinkRow* const> sinkRows();

/// Look the kind up and create. Throw UsageError (unknown kind: lists those there are).
std::unique_ptr<Source> createSource(std::string_view text, const RelayOptions& options,
                                     surface::Screen& screen, const base::Context& context);
std::unique_ptr<Sink> createSink(std::string_view text, const RelayOptions& options,
                                 surface::Screen& screen, const base::Context& context);

}  // namespace lucarne::relay
