// SPDX-License-Identifier: Apache-2.0
// vsock:CID:PORT and vsock-listen:PORT: between a KVM guest and its host (vsock(7)).
#include <fmt/format.h>
#include <sys/socket.h>

// The kernel's header takes sockaddr from the one above.
#include <linux/vm_sockets.h>

#include "link/transports/sockets.h"

namespace lucarne::link {

namespace {

constexpr unsigned kMaxPort = VMADDR_PORT_ANY - 1;
constexpr unsigned kMaxCid = VMADDR_CID_ANY - 1;

SocketAddress makeAddress(unsigned cid, unsigned port) {
  SocketAddress address;
  auto* vm = reinterpret_cast<sockaddr_vm*>(&address.storage);
  vm->svm_family = AF_VSOCK;
  vm->svm_cid = cid;
  vm->svm_port = port;
  address.length = sizeof *vm;
  return address;
}

class VsockTransport final : public ConnectTransport {
 public:
  VsockTransport(unsigned cid, unsigned port, const base::Context& context)
      : ConnectTransport(fmt::format("vsock:{}:{}", cid, port), LineKind::Network,
                         {makeAddress(cid, port)}, context) {}
};

class VsockListenTransport final : public ListenTransport {
 public:
  VsockListenTransport(unsigned port, const base::Context& context)
      : ListenTransport(fmt::format("vsock-listen:{}", port), LineKind::Network, context),
        port_(port) {}

 protected:
  base::UniqueFd listen() override { return listenOn(makeAddress(VMADDR_CID_ANY, port_)); }

 private:
  const unsigned port_;
};

std::unique_ptr<Transport> createVsock(std::string_view rest, const base::Context& context) {
  const std::size_t colon = rest.find(':');
  if (colon != std::string_view::npos) {
    const auto cid = parseNumber(rest.substr(0, colon), kMaxCid);
    const auto port = parseNumber(rest.substr(colon + 1), kMaxPort);
    if (cid && port) return std::make_unique<VsockTransport>(*cid, *port, context);
  }
  throw base::UsageError(fmt::format("vsock:{}: is not vsock:CID:PORT (CID 2 is the host)", rest));
}

std::unique_ptr<Transport> createVsockListen(std::string_view rest, const base::Context& context) {
  if (const auto port = parseNumber(rest, kMaxPort)) {
    return std::make_unique<VsockListenTransport>(*port, context);
  }
  throw base::UsageError(fmt::format("vsock-listen:{}: is not vsock-listen:PORT", rest));
}

}  // namespace

extern const TransportRow vsockTransport;
const TransportRow vsockTransport = {
    "vsock", "vsock:CID:PORT", "connects to a virtual machine or (CID 2) its host", createVsock};

extern const TransportRow vsockListenTransport;
const TransportRow vsockListenTransport = {"vsock-listen", "vsock-listen:PORT",
                                           "waits for one peer by vsock", createVsockListen};

}  // namespace lucarne::link
