// SPDX-License-Identifier: Apache-2.0
// What the socket transports share: connecting without blocking, and accepting one peer at a time.
#pragma once

#include <sys/socket.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "link/transports/basic_transport.h"

namespace lucarne::link {

/// A socket address with room for each kind.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
};

/// Connects to the first of some addresses that answers; they need no look-up.
class ConnectTransport : public BasicTransport {
 public:
  void open(OnOpened onOpened) override;
  void cancel() override;

 protected:
  /// At least one address.
  ConnectTransport(std::string name, LineKind kind, std::vector<SocketAddress> addresses,
                   const base::Context& context)
      : BasicTransport(std::move(name), kind, context), addresses_(std::move(addresses)) {}
  /// What a fresh connection needs; nothing by default.
  virtual void onConnected(const base::UniqueFd& /*socket*/) {}

 private:
  void tryNext();
  void onWritable();
  void done();
  void fail(int error);

  const std::vector<SocketAddress> addresses_;
  std::size_t next_ = 0;  // of addresses_, to be tried
  base::UniqueFd socket_;
  base::Watch watch_;
  base::Timer patience_;
};

/// Listens on an address; the listening socket lives as long as the transport. While a Stream that
/// came out lives, the next peer waits in the kernel's queue.
class ListenTransport : public BasicTransport {
 public:
  void prepare() override;
  void open(OnOpened onOpened) override;
  void cancel() override;

 protected:
  using BasicTransport::BasicTransport;
  /// Binds and listens. Throws SetupError.
  virtual base::UniqueFd listen() = 0;
  /// What a fresh connection needs; nothing by default.
  virtual void onAccepted(const base::UniqueFd& /*socket*/) {}

  /// socket, bind, listen. Throws SetupError that says `name()` and the reason.
  base::UniqueFd listenOn(const SocketAddress& address);

 private:
  void accept();

  base::UniqueFd listener_;
  base::Watch watch_;
};

}  // namespace lucarne::link
