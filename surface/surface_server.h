// SPDX-License-Identifier: Apache-2.0
// The kiosk's end of the surface socket: listens, lets relays in, keeps one connection per guest.
//
// The socket has mode 0600 and only processes of the same user or root are let in. A socket that a
// kiosk left behind when it was killed is taken over; a kiosk that is alive is not (a lock on
// PATH.lock tells them apart).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/program.h"
#include "base/unique_fd.h"
#include "surface/surface_connection.h"

namespace lucarne::surface {

class SurfaceServer final : private SurfaceConnection::Owner {
 public:
  /// More guests than this, those that have not said hello included, are refused in words.
  static constexpr int kMaxGuests = 16;

  /// Listens from now on. Throws SetupError: another kiosk is alive there, no rights, path too
  /// long. `observer` and `context` outlive the server.
  SurfaceServer(std::string path, GuestObserver& observer, const base::Context& context);
  /// Removes the socket.
  ~SurfaceServer() override;
  SurfaceServer(const SurfaceServer&) = delete;
  SurfaceServer& operator=(const SurfaceServer&) = delete;

  const std::string& path() const { return path_; }
  /// Those that have said hello, in the order of their names.
  std::vector<SurfaceConnection*> guests() const;

  /// What relays that come from now on are told of dma-bufs that the kiosk's GPU reads; more than a
  /// Welcome can say are left out. Without this: none.
  void offerImports(std::vector<DmabufFormat> formats);
  /// Finds out how large a dma-buf is otherwise than by asking the kernel: for tests, which have none.
  void measureDmabufs(DmabufSize sizeOf) { imports_.sizeOf = std::move(sizeOf); }

  /// Takes a connected SOCK_SEQPACKET socket as if it had been accepted, without asking who is at
  /// the other end: for a relay that is started with its socket, and for tests.
  void adopt(base::UniqueFd connected);

 private:
  void onHello(SurfaceConnection& connection) override;
  void onBroken(SurfaceConnection& connection) override;
  void acceptAll();
  void tellLeft(SurfaceConnection& connection);

  std::string path_;
  GuestObserver& observer_;
  const base::Context& context_;
  base::Log log_;
  base::LimitedLog complaints_;
  base::UniqueFd lock_;
  base::UniqueFd listener_;
  base::Watch watch_;
  base::Timer retry_;
  SurfaceConnection::Imports imports_;
  std::vector<std::unique_ptr<SurfaceConnection>> connections_;
};

}  // namespace lucarne::surface
