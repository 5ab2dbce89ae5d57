// SPDX-License-Identifier: Apache-2.0
// A Xen machine with vchans that live in this process: rings of the size asked for, events only for
// whom the library would wake (a side that found too little to read, or too little room), one
// client a server, names that change their numbers.
#pragma once

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "link/transports/vchan/vchan.h"

namespace lucarne::test {

/// One direction.
struct FakeRing {
  std::deque<std::uint8_t> bytes;
  std::size_t size = 0;
  bool readerAsked = true;
  bool writerAsked = false;
};

/// What server and client share.
struct FakeRings {
  FakeRing toClient;
  FakeRing toServer;
  base::UniqueFd serverEvent = base::UniqueFd::adopt(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  base::UniqueFd clientEvent = base::UniqueFd::adopt(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  bool serverLives = true;
  enum class Client { Never, There, Gone } client = Client::Never;
};

inline void raise(const base::UniqueFd& event) { ::eventfd_write(event.get(), 1); }

class FakeMachine {
 public:
  std::map<std::string, unsigned> names;                   // of domains, with their numbers
  std::map<std::string, std::weak_ptr<FakeRings>> places;  // as XenStore would have them
  int served = 0;                                          // how often rings were made
};

class FakeVchan final : public link::Vchan {
 public:
  FakeVchan(std::shared_ptr<FakeRings> rings, bool server)
      : rings_(std::move(rings)), server_(server) {}
  ~FakeVchan() override {
    if (server_) {
      rings_->serverLives = false;
    } else {
      rings_->client = FakeRings::Client::Gone;
    }
    raise(theirEvent());
  }

  int eventFd() const override { return ourEvent().get(); }
  void clearEvent() override {
    eventfd_t count = 0;
    ::eventfd_read(ourEvent().get(), &count);
  }
  State state() override {
    if (!server_) return rings_->serverLives ? State::Open : State::Closed;
    switch (rings_->client) {
      case FakeRings::Client::Never:
        return State::Waiting;
      case FakeRings::Client::There:
        return State::Open;
      case FakeRings::Client::Gone:
        break;
    }
    return State::Closed;
  }
  std::size_t read(std::span<std::uint8_t> room) override {
    FakeRing& ring = server_ ? rings_->toServer : rings_->toClient;
    const std::size_t count = std::min(room.size(), ring.bytes.size());
    std::copy_n(ring.bytes.begin(), count, room.begin());
    ring.bytes.erase(ring.bytes.begin(), ring.bytes.begin() + static_cast<std::ptrdiff_t>(count));
    ring.readerAsked = ring.readerAsked || count < room.size();
    if (count > 0 && std::exchange(ring.writerAsked, false)) raise(theirEvent());
    return count;
  }
  std::size_t write(base::Bytes bytes) override {
    FakeRing& ring = server_ ? rings_->toClient : rings_->toServer;
    const std::size_t count = std::min(bytes.size(), ring.size - ring.bytes.size());
    ring.bytes.insert(ring.bytes.end(), bytes.begin(),
                      bytes.begin() + static_cast<std::ptrdiff_t>(count));
    ring.writerAsked = ring.writerAsked || count < bytes.size();
    if (count > 0 && std::exchange(ring.readerAsked, false)) raise(theirEvent());
    return count;
  }

 private:
  const base::UniqueFd& ourEvent() const {
    return server_ ? rings_->serverEvent : rings_->clientEvent;
  }
  const base::UniqueFd& theirEvent() const {
    return server_ ? rings_->clientEvent : rings_->serverEvent;
  }

  const std::shared_ptr<FakeRings> rings_;  // the server's and the client's
  const bool server_;
};

/// What the domain of that number sees.
class FakeDomains final : public link::Domains {
 public:
  FakeDomains(FakeMachine& machine, unsigned own) : machine_(machine), own_(own) {}

  void prepare(Side) override {}
  std::optional<unsigned> find(const std::string& domain) override {
    const auto found = machine_.names.find(domain);
    if (found == machine_.names.end()) return std::nullopt;
    return found->second;
  }
  base::Result<std::unique_ptr<link::Vchan>> serve(unsigned domain, const std::string& name,
                                                   std::size_t ringBytes) override {
    auto rings = std::make_shared<FakeRings>();
    rings->toClient.size = rings->toServer.size = ringBytes;
    ++machine_.served;
    machine_.places[place(own_, domain, name)] = rings;
    return {std::make_unique<FakeVchan>(std::move(rings), true)};
  }
  base::Result<std::unique_ptr<link::Vchan>> connect(unsigned domain,
                                                     const std::string& name) override {
    const auto rings = machine_.places[place(domain, own_, name)].lock();
    if (!rings) return base::unexpected("nobody serves it yet");
    if (rings->client != FakeRings::Client::Never) return base::unexpected("its rings are not new");
    rings->client = FakeRings::Client::There;
    raise(rings->serverEvent);
    return {std::make_unique<FakeVchan>(rings, false)};
  }

 private:
  static std::string place(unsigned server, unsigned client, const std::string& name) {
    return fmt::format("{}/{}/{}", server, client, name);
  }

  FakeMachine& machine_;
  const unsigned own_;
};

}  // namespace lucarne::test
