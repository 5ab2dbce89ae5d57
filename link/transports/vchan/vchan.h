// SPDX-License-Identifier: Apache-2.0
// Xen's vchan: a pair of rings in memory that two domains share, with an event channel. What the
// vchan transports need of it, apart from the library, so that tests can put their own in its
// place.
//
// The server grants the rings to one domain and writes where they are to XenStore, below
// /local/domain/SERVER/data/vchan/CLIENT/NAME (xen/include/public/io/libxenvchan.h); the client
// maps them. Rings are made anew for each connection: what one client left in them is not for the
// next.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/byte_reader.h"
#include "base/result.h"

namespace lucarne::link {

/// One open vchan. Nothing here blocks. Dropping it tells the other side, which may still read what
/// was written before.
class Vchan {
 public:
  enum class State {
    Waiting,  ///< ours, and nobody has come yet
    Open,
    Closed,  ///< the other side has gone; what it wrote before can still be read
  };

  virtual ~Vchan() = default;
  /// Readable when something has happened since the last clearEvent; owned by the Vchan.
  virtual int eventFd() const = 0;
  /// Takes note of the event; does nothing when there was none.
  virtual void clearEvent() = 0;
  virtual State state() = 0;
  /// As many bytes as there are, at most `room`; 0: none now, an event comes when there are some.
  virtual std::size_t read(std::span<std::uint8_t> room) = 0;
  /// How many of `bytes` were taken; fewer than all: an event comes when there is room again.
  virtual std::size_t write(base::Bytes bytes) = 0;
};

/// The domains that this one can have vchans with.
class Domains {
 public:
  enum class Side { Serve, Connect };

  virtual ~Domains() = default;
  /// Throws SetupError, with what to do, where this side cannot be had on this machine.
  virtual void prepare(Side side) = 0;
  /// The number of the domain that a user called so, by number or by name; nothing while there is
  /// none. From an ordinary domain, which may not look around, a number is believed.
  virtual std::optional<unsigned> find(const std::string& domain) = 0;
  /// Makes rings of at least `ringBytes` each way, for that domain and no other.
  virtual base::Result<std::unique_ptr<Vchan>> serve(unsigned domain, const std::string& name,
                                                     std::size_t ringBytes) = 0;
  virtual base::Result<std::unique_ptr<Vchan>> connect(unsigned domain,
                                                       const std::string& name) = 0;
};

/// Those of the real Xen, through libxenvchan, which is loaded at the first use.
std::unique_ptr<Domains> xenDomains();

}  // namespace lucarne::link
