// SPDX-License-Identifier: Apache-2.0
// Keeps a tree of values in XenStore as its owner wants it.
//
// The owner says what the values are, as often as it likes. The publisher writes what differs from
// what XenStore has, at most so many nodes a second: values in between are skipped, the last one
// always goes out. After every batch it writes BASE/serial, a number that grows by one, so that a
// reader needs one watch:
//
//   watch BASE/serial; on every event read what interests below BASE
//
// A reader may see values of the next batch before its serial, never older ones.
//
// Permissions: a node is made and given its permissions in one transaction, so it is never readable
// by anybody who is not named, not even for an instant (a new node inherits its parent's). The
// default is nobody. The owner of the nodes stays who XenStore makes it: the domain we run in.
//
// When the connection is lost and found again (xenstored restarted) everything is published again.
// An error of the daemon (quota) is logged at a limited rate and tried again after kRetryInterval.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/program.h"
#include "xenstore/client.h"

namespace lucarne::xenstore {

struct PublisherOptions {
  /// Below which node, without a final slash: "data/lucarne/input". Removed at start, so that
  /// nothing of an earlier run stays.
  std::string base;
  /// At most so many nodes are written in any second, the serial counted, as the daemon sees them: a
  /// quarter may go at once. A change of more nodes than that goes in parts, in the order of the
  /// paths; only the last part writes the serial. Making and removing nodes is not counted.
  /// 0: no limit; then what changes while one batch is on its way makes the next.
  int writesPerSecond = 200;
  /// Domains that may read everything here; nobody by default.
  std::vector<DomainId> readers;
  /// Called when a batch is about to go out after `touch`: `set` what has changed since. For owners
  /// whose values change far more often than they are written.
  std::function<void()> refresh;
};

class Publisher final : private ClientObserver {
 public:
  static constexpr base::Duration kRetryInterval = std::chrono::seconds(1);

  /// Both outlive the publisher. Throws UsageError when `base` is not a path.
  Publisher(Client& client, const base::Context& context, PublisherOptions options);
  ~Publisher() override;

  /// Who may read nodes at or below `path` (relative to the base; the longest match counts). Call
  /// before the nodes are set. The base itself may be listed by everybody who may read something.
  void grant(std::string_view path, std::vector<DomainId> readers);

  /// `path` relative to the base ("pointer/x"); at most 2048 bytes of value.
  void set(std::string_view path, std::string_view value);
  void set(std::string_view path, std::int64_t value);
  /// Something has changed that `refresh` will set; costs next to nothing when called again.
  void touch();
  /// Sends what has changed at once, instead of in the loop's next turn, if the rate lets it and no
  /// batch is on its way: for who knows that nothing follows.
  void flush();
  /// Takes a node and everything below it away.
  void remove(std::string_view path);

  /// Removes everything from XenStore; `done` when it is gone or cannot be reached. For an orderly
  /// end: the loop must run on until then.
  void withdraw(std::function<void()> done);

  struct Counters {
    std::uint64_t batches = 0;
    std::uint64_t writes = 0;   ///< nodes written, serial included
    std::uint64_t skipped = 0;  ///< values that were overtaken by newer ones
    std::uint64_t failures = 0;
    std::uint64_t serial = 0;
  };
  const Counters& counters() const;

 private:
  struct State;
  void onConnected() override;
  void onDisconnected(const std::string& words) override;

  std::shared_ptr<State> state_;  // held weakly by answers in flight
};

}  // namespace lucarne::xenstore
