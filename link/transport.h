// SPDX-License-Identifier: Apache-2.0
// Byte streams between two ends: where a link, a VNC client or a tunnel reads and writes.
//
// A Transport is an endpoint as the user named it ("serial:/dev/hvc1@115200", "tcp:host:5900") that
// can be opened again and again. What comes out is a Stream: a connected, non-blocking descriptor.
// Everything runs on the loop's thread; nothing blocks.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/program.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace lucarne::link {

/// What a line is, as far as users of the stream must know.
enum class LineKind {
  Local,    ///< a unix socket, a child's pipes, TCP on loopback: memory speed, closed when the peer
            ///< goes
  Network,  ///< TCP, vsock: ordered and checked, closed when the peer goes
  Serial,   ///< a terminal line: may garble, echo or lose bytes, and never tells that the peer went
};

/// A connected line. Dropping it closes it and restores what opening changed (terminal settings,
/// exclusive use, the PTY's link in the file system, a child process).
struct Stream {
  base::UniqueFd fd;  ///< non-blocking, both ways
  LineKind kind = LineKind::Local;
  /// What we write reaches the peer only when the peer writes something: a Xen pv channel seen from
  /// the guest (hvc).
  bool heldBack = false;
  std::shared_ptr<void> restore;  ///< its destructor undoes what opening did
};

class Transport {
 public:
  using OnOpened = std::function<void(base::Result<Stream>)>;

  virtual ~Transport() = default;

  /// Opens once: connects, or waits for the next peer (…-listen:, pty:). Calls back exactly once,
  /// from the loop, never from inside this call; not at all after `cancel` or destruction. A
  /// listening transport fails only on set-up; a second peer is not accepted while a Stream lives.
  virtual void open(OnOpened onOpened) = 0;
  /// Call once before the first `open`, while the program is being set up. Throws SetupError for
  /// what a person must mend and time will not: no such device, no rights, a line or an address
  /// that another program has. What may come by itself (a peer, a backend) is no error.
  virtual void prepare() {}
  virtual void cancel() = 0;

  /// As the user named it, without secrets.
  virtual const std::string& name() const = 0;
  virtual LineKind kind() const = 0;
};

/// One row of the registry (link/transports/, one file each).
struct TransportRow {
  const char* scheme;   ///< "tcp"
  const char* syntax;   ///< "tcp:HOST:PORT"
  const char* summary;  ///< one line for --help
  /// `rest` is what follows "scheme:". Throws UsageError on a malformed address.
  std::unique_ptr<Transport> (*create)(std::string_view rest, const base::Context& context);
};

/// Every transport that was built in.
std::span<const TransportRow* const> transportRows();

/// Makes the transport that a URI names. Throws UsageError (unknown scheme: lists those there are).
std::unique_ptr<Transport> createTransport(std::string_view uri, const base::Context& context);

}  // namespace lucarne::link
