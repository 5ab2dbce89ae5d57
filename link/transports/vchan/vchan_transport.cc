// SPDX-License-Identifier: Apache-2.0
#include "link/transports/vchan/vchan_transport.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "link/transports/basic_transport.h"
#include "link/transports/vchan/vchan_pump.h"

namespace lucarne::link {

namespace {

using base::UniqueFd;

// What the library makes: powers of two from a page up to 1 MiB (MAX_RING_SHIFT 20).
constexpr std::size_t kLeastRing = 4096;
constexpr std::size_t kMostRing = 1 << 20;
// Several times what the link has under way on a line of 5 GB/s; 64 granted pages each way.
constexpr std::size_t kUsualRing = 256 * 1024;
constexpr std::size_t kMostName = 64;
// How often somebody who waits for a domain looks whether it is there, or is another one by now.
constexpr base::Duration kLookEvery = std::chrono::seconds(1);

struct Address {
  std::string domain;
  std::string name;
};

bool isPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.';
}

// The characters of XenStore's paths and libxl's names, without '/'.
bool isName(std::string_view text) {
  return !text.empty() && text.size() <= kMostName &&
         std::all_of(text.begin(), text.end(), isPlain);
}

Address parseAddress(std::string_view rest, const char* syntax) {
  const std::size_t slash = rest.find('/');
  if (slash != std::string_view::npos && isName(rest.substr(0, slash)) &&
      isName(rest.substr(slash + 1))) {
    return {std::string(rest.substr(0, slash)), std::string(rest.substr(slash + 1))};
  }
  throw base::UsageError(fmt::format(
      "'{}' is not {}: the other domain's number or name, and what both ends call the line", rest,
      syntax));
}

// The stream of a vchan: a socket that a pump, which lives as long, connects with it.
class VchanTransportBase : public BasicTransport {
 protected:
  VchanTransportBase(const char* scheme, Address address, std::unique_ptr<Domains> domains,
                     const base::Context& context)
      : BasicTransport(fmt::format("{}:{}/{}", scheme, address.domain, address.name),
                       LineKind::Network, context),
        address_(std::move(address)),
        domains_(std::move(domains)) {}

  base::Result<Stream> streamOf(std::unique_ptr<Vchan> vchan, unsigned domain) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) < 0) {
      return base::unexpected(fmt::format("{}: {}", name(), std::strerror(errno)));
    }
    Stream stream{.fd = UniqueFd::adopt(ends[0]), .kind = kind()};
    stream.restore = std::make_shared<VchanPump>(
        std::move(vchan), UniqueFd::adopt(ends[1]),
        [domains = domains_, called = address_.domain, domain] {
          return domains->find(called) == domain;
        },
        context_);
    return stream;
  }

  std::string nobody() const {
    return fmt::format("{}: there is no domain {}", name(), address_.domain);
  }

  const Address address_;
  const std::shared_ptr<Domains> domains_;  // owned here and by the pumps of streams
};

class VchanTransport final : public VchanTransportBase {
 public:
  VchanTransport(Address address, std::unique_ptr<Domains> domains, const base::Context& context)
      : VchanTransportBase("vchan", std::move(address), std::move(domains), context) {}

  void prepare() override { domains_->prepare(Domains::Side::Connect); }

  void open(OnOpened onOpened) override {
    expect(std::move(onOpened));
    const std::optional<unsigned> domain = domains_->find(address_.domain);
    if (!domain) {
      answer(base::unexpected(nobody()));
      return;
    }
    auto vchan = domains_->connect(*domain, address_.name);
    if (!vchan) {
      answer(base::unexpected(fmt::format("{}: {}", name(), vchan.error().message)));
      return;
    }
    answer(streamOf(std::move(*vchan), *domain));
  }
};

class VchanListenTransport final : public VchanTransportBase {
 public:
  VchanListenTransport(Address address, std::size_t ringBytes, std::unique_ptr<Domains> domains,
                       const base::Context& context)
      : VchanTransportBase("vchan-listen", std::move(address), std::move(domains), context),
        ringBytes_(ringBytes) {}

  void prepare() override { domains_->prepare(Domains::Side::Serve); }

  void open(OnOpened onOpened) override {
    expect(std::move(onOpened));
    look_ = context_.loop.every(kLookEvery, [this] { look(); });
    look();
  }

  void cancel() override {
    BasicTransport::cancel();
    close();
  }

 private:
  void close() {
    look_.cancel();
    event_.cancel();
    vchan_.reset();
  }

  // Serves the domain that goes by that name now.
  void look() {
    const std::optional<unsigned> domain = domains_->find(address_.domain);
    if (vchan_ && domain == domain_) return;
    event_.cancel();
    vchan_.reset();
    if (!domain) return;
    auto vchan = domains_->serve(*domain, address_.name, ringBytes_);
    if (!vchan) {
      close();
      answer(base::unexpected(fmt::format("{}: {}", name(), vchan.error().message)));
      return;
    }
    domain_ = *domain;
    vchan_ = std::move(*vchan);
    event_ = context_.loop.watchBorrowed(vchan_->eventFd(), base::Interest::Read,
                                         [this](base::Readiness) { onEvent(); });
  }

  void onEvent() {
    vchan_->clearEvent();
    switch (vchan_->state()) {
      case Vchan::State::Waiting:
        return;
      case Vchan::State::Closed:  // came and went: the next look makes new rings, not sooner
        event_.cancel();
        vchan_.reset();
        return;
      case Vchan::State::Open:
        event_.cancel();
        look_.cancel();
        answer(streamOf(std::move(vchan_), domain_));
    }
  }

  const std::size_t ringBytes_;
  unsigned domain_ = 0;  // whom vchan_ is for
  std::unique_ptr<Vchan> vchan_;
  base::Watch event_;
  base::Timer look_;
};

std::size_t parseRing(std::string_view text) {
  const auto bytes = parseNumber(text, kMostRing);
  if (!bytes || *bytes < kLeastRing) {
    throw base::UsageError(
        fmt::format("vchan-listen: ring={} is not a number of bytes from {} to {}", text,
                    kLeastRing, kMostRing));
  }
  return *bytes;
}

std::unique_ptr<Transport> createXen(std::string_view rest, const base::Context& context) {
  return createVchan(rest, xenDomains(), context);
}

std::unique_ptr<Transport> createXenListen(std::string_view rest, const base::Context& context) {
  return createVchanListen(rest, xenDomains(), context);
}

}  // namespace

std::unique_ptr<Transport> createVchan(std::string_view rest, std::unique_ptr<Domains> domains,
                                       const base::Context& context) {
  return std::make_unique<VchanTransport>(parseAddress(rest, "vchan:DOMAIN/NAME"),
                                          std::move(domains), context);
}

std::unique_ptr<Transport> createVchanListen(std::string_view rest,
                                             std::unique_ptr<Domains> domains,
                                             const base::Context& context) {
  constexpr std::string_view kRing = ",ring=";
  std::size_t ringBytes = kUsualRing;
  if (const std::size_t at = rest.find(kRing); at != std::string_view::npos) {
    ringBytes = parseRing(rest.substr(at + kRing.size()));
    rest = rest.substr(0, at);
  }
  return std::make_unique<VchanListenTransport>(
      parseAddress(rest, "vchan-listen:DOMAIN/NAME[,ring=BYTES]"), ringBytes, std::move(domains),
      context);
}

extern const TransportRow vchanTransport;
const TransportRow vchanTransport = {"vchan", "vchan:DOMAIN/NAME",
                                     "connects to another Xen domain's vchan", createXen};

extern const TransportRow vchanListenTransport;
const TransportRow vchanListenTransport = {"vchan-listen", "vchan-listen:DOMAIN/NAME[,ring=BYTES]",
                                           "makes a vchan for another Xen domain", createXenListen};

}  // namespace lucarne::link
