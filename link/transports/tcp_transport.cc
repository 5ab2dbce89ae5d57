// SPDX-License-Identifier: Apache-2.0
// tcp:HOST:PORT and tcp-listen:[HOST:]PORT.
#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <gio/gio.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <optional>
#include <vector>

#include "base/c_handle.h"
#include "base/late_gio.h"
#include "link/transports/sockets.h"

namespace lucarne::link {

namespace {

using base::UniqueFd;

constexpr base::Duration kConnectPatience = std::chrono::seconds(10);

struct HostAndPort {
  std::string host;
  std::uint16_t port = 0;
};

// HOST:PORT, [IPV6]:PORT; a missing host is empty. Throws UsageError.
HostAndPort parseHostAndPort(std::string_view scheme, std::string_view text) {
  const std::size_t colon = text.rfind(':');
  std::string_view host = colon == std::string_view::npos ? "" : text.substr(0, colon);
  const std::string_view digits = colon == std::string_view::npos ? text : text.substr(colon + 1);
  const auto port = parseNumber(digits, 65535);
  if (!port || *port == 0) {
    throw base::UsageError(
        fmt::format("{}:{}: '{}' is no port (1 to 65535)", scheme, text, digits));
  }
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    throw base::UsageError(
        fmt::format("{}:{}: write an IPv6 address in brackets, [::1]:PORT", scheme, text));
  }
  if (host.find('\0') != std::string_view::npos) {
    throw base::UsageError(fmt::format("{}: the host has a zero byte", scheme));
  }
  return {std::string(host), static_cast<std::uint16_t>(*port)};
}

void setNoDelay(const UniqueFd& socket) {
  const int yes = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

// A number, with its port; nothing for a name.
std::optional<SocketAddress> numericAddress(const std::string& host, std::uint16_t port) {
  SocketAddress address;
  auto* in = reinterpret_cast<sockaddr_in*>(&address.storage);
  auto* in6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (::inet_pton(AF_INET, host.c_str(), &in->sin_addr) == 1) {
    in->sin_family = AF_INET;
    in->sin_port = htons(port);
    address.length = sizeof *in;
  } else if (::inet_pton(AF_INET6, host.c_str(), &in6->sin6_addr) == 1) {
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(port);
    address.length = sizeof *in6;
  } else {
    return std::nullopt;
  }
  return address;
}

LineKind kindOf(const SocketAddress& address) {
  bool loopback = false;
  if (address.family() == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(&address.storage);
    loopback = ntohl(in->sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
  } else if (address.family() == AF_INET6) {
    const auto* in6 = reinterpret_cast<const sockaddr_in6*>(&address.storage);
    loopback = IN6_IS_ADDR_LOOPBACK(&in6->sin6_addr);
  }
  return loopback ? LineKind::Local : LineKind::Network;
}

LineKind kindOfPeer(const UniqueFd& socket) {
  SocketAddress peer;
  peer.length = sizeof peer.storage;
  if (::getpeername(socket.get(), reinterpret_cast<sockaddr*>(&peer.storage), &peer.length) < 0) {
    return LineKind::Network;
  }
  return kindOf(peer);
}

// A host that needs no look-up, and so no GIO, which takes a megabyte of a small domain's memory.
class TcpAddressTransport final : public ConnectTransport {
 public:
  TcpAddressTransport(std::vector<SocketAddress> addresses, std::string name,
                      const base::Context& context)
      : ConnectTransport(std::move(name), kindOf(addresses.front()), addresses, context) {}

 private:
  void onConnected(const UniqueFd& socket) override { setNoDelay(socket); }
};

// GIO resolves names in its own threads and tries each address in turn.
class TcpNameTransport final : public BasicTransport {
 public:
  TcpNameTransport(HostAndPort where, std::string name, const base::Context& context)
      : BasicTransport(std::move(name), LineKind::Network, context), where_(std::move(where)) {
    base::requireGio(fmt::format("{}: looking up a name", this->name()));
  }
  ~TcpNameTransport() override { stop(); }

  void open(OnOpened onOpened) override {
    expect(std::move(onOpened));
    cancellable_.reset(g_cancellable_new());
    base::CHandle<GSocketClient, g_object_unref> client(g_socket_client_new());
    g_socket_client_set_enable_proxy(client.get(), FALSE);
    // GLib calls back even after a cancel: the attempt lives on its own and knows whether we do.
    attempt_ = new Attempt{this};
    g_socket_client_connect_to_host_async(client.get(), where_.host.c_str(), where_.port,
                                          cancellable_.get(), onConnected, attempt_);
    patience_ = context_.loop.after(kConnectPatience, [this] {
      stop();
      answer(base::unexpected(fmt::format("connect {}: no answer within {} s", name(),
                                          kConnectPatience / std::chrono::seconds(1))));
    });
  }

  void cancel() override {
    BasicTransport::cancel();
    stop();
  }

 private:
  struct Attempt {
    TcpNameTransport* owner;  // nullptr once nobody waits
  };

  void stop() {
    patience_.cancel();
    if (attempt_) attempt_->owner = nullptr;
    attempt_ = nullptr;
    if (cancellable_) g_cancellable_cancel(cancellable_.get());
    cancellable_.reset();
  }

  static void onConnected(GObject* client, GAsyncResult* result, gpointer data) {
    const std::unique_ptr<Attempt> attempt(static_cast<Attempt*>(data));
    GError* error = nullptr;
    const base::CHandle<GSocketConnection, g_object_unref> connection(
        g_socket_client_connect_to_host_finish(reinterpret_cast<GSocketClient*>(client), result, &error));
    const base::CHandle<GError, g_error_free> failure(error);
    if (attempt->owner) attempt->owner->onDone(connection.get(), failure.get());
  }

  void onDone(GSocketConnection* connection, const GError* failure) {
    attempt_ = nullptr;
    stop();
    if (!connection) {
      answer(base::unexpected(
          fmt::format("connect {}: {}", name(), failure ? failure->message : "no reason given")));
      return;
    }
    // The connection object closes its descriptor when it goes; ours is a second one.
    const int fd = g_socket_get_fd(g_socket_connection_get_socket(connection));
    Stream stream{.fd = UniqueFd::adopt(::fcntl(fd, F_DUPFD_CLOEXEC, 3))};
    if (!stream.fd) {
      answer(base::unexpected(fmt::format("connect {}: {}", name(), std::strerror(errno))));
      return;
    }
    base::setNonBlocking(stream.fd);
    setNoDelay(stream.fd);
    stream.kind = kindOfPeer(stream.fd);
    answer(std::move(stream));
  }

  const HostAndPort where_;
  base::CHandle<GCancellable, g_object_unref> cancellable_;
  Attempt* attempt_ = nullptr;  // owned by GLib's operation
  base::Timer patience_;
};

class TcpListenTransport final : public ListenTransport {
 public:
  TcpListenTransport(const SocketAddress& address, std::string name, const base::Context& context)
      : ListenTransport(std::move(name), kindOf(address), context), address_(address) {}

 protected:
  UniqueFd listen() override { return listenOn(address_); }
  void onAccepted(const UniqueFd& socket) override { setNoDelay(socket); }

 private:
  const SocketAddress address_;
};

std::unique_ptr<Transport> createTcp(std::string_view rest, const base::Context& context) {
  HostAndPort where = parseHostAndPort("tcp", rest);
  if (where.host.empty()) {
    throw base::UsageError(fmt::format("tcp:{}: names no host; tcp:HOST:PORT", rest));
  }
  std::vector<SocketAddress> addresses;
  const bool isLocalhost = where.host == "localhost";
  for (const std::string& host : isLocalhost ? std::vector<std::string>{"127.0.0.1", "::1"}
                                             : std::vector<std::string>{where.host}) {
    if (const auto address = numericAddress(host, where.port)) addresses.push_back(*address);
  }
  std::string name = fmt::format("tcp:{}", rest);
  if (addresses.empty()) {
    return std::make_unique<TcpNameTransport>(std::move(where), std::move(name), context);
  }
  return std::make_unique<TcpAddressTransport>(std::move(addresses), std::move(name), context);
}

// Only numeric addresses, localhost and *: listening looks nothing up.
std::unique_ptr<Transport> createTcpListen(std::string_view rest, const base::Context& context) {
  HostAndPort where = parseHostAndPort("tcp-listen", rest);
  if (where.host.empty() || where.host == "localhost") where.host = "127.0.0.1";
  if (where.host == "*") where.host = "0.0.0.0";
  const auto address = numericAddress(where.host, where.port);
  if (!address) {
    throw base::UsageError(fmt::format(
        "tcp-listen:{}: '{}' is no address of this machine (a number, localhost, or * for all)",
        rest, where.host));
  }
  return std::make_unique<TcpListenTransport>(*address, fmt::format("tcp-listen:{}", rest), context);
}

}  // namespace

extern const TransportRow tcpTransport;
const TransportRow tcpTransport = {"tcp", "tcp:HOST:PORT", "connects by TCP", createTcp};

extern const TransportRow tcpListenTransport;
const TransportRow tcpListenTransport = {
    "tcp-listen", "tcp-listen:[HOST:]PORT",
    "waits for one peer by TCP, on loopback unless a host is named", createTcpListen};

}  // namespace lucarne::link
