// SPDX-License-Identifier: Apache-2.0
#include "xenstore/publisher.h"

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "xenstore/token_bucket.h"

namespace lucarne::xenstore {

namespace {

/// Whether `path` is `prefix` or lies below it.
bool within(std::string_view path, std::string_view prefix) {
  return prefix.empty() ||
         (path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '/'));
}

void merge(std::vector<DomainId>& into, const std::vector<DomainId>& more) {
  into.insert(into.end(), more.begin(), more.end());
  std::sort(into.begin(), into.end());
  into.erase(std::unique(into.begin(), into.end()), into.end());
}

}  // namespace

struct Publisher::State : std::enable_shared_from_this<State> {
  struct Node {
    std::string value;
    bool dirty = true;
    bool made = false;  // exists, with its permissions
  };
  /// What one transaction or row of writes is about; compared with the answers.
  struct Batch {
    std::vector<std::string> written;
    std::vector<std::string> made;
    std::vector<std::string> folders;
    std::vector<std::string> removed;
    bool fresh = false;
    bool last = true;  // with the serial
    int open = 0;      // requests without an answer
    std::optional<Failure> failure;
  };

  State(Client& c, const base::Context& ctx, PublisherOptions o)
      : client(c),
        context(ctx),
        options(std::move(o)),
        log(ctx.log.named("publisher"), ctx.clock),
        bucket(options.writesPerSecond, ctx.clock.now()) {}

  Client& client;
  base::Context context;
  PublisherOptions options;
  base::LimitedLog log;
  TokenBucket bucket;
  std::map<std::string, Node, std::less<>> nodes;
  std::map<std::string, std::vector<DomainId>, std::less<>> grants;
  std::set<std::string, std::less<>> folders;  // made, with their permissions
  std::set<std::string, std::less<>> removals;
  // A change of more nodes than may go at once goes in parts, in the order of the paths: this far it
  // has come, and the serial is still to be written. Empty between changes.
  std::string partsUpTo;
  bool fresh = true;  // nothing of ours is there: remove the base, make everything
  bool busy = false;  // a batch is on its way
  base::Timer wake;
  bool soon = false;  // `wake` stands for the loop's next turn, not for the rate
  std::function<void()> withdrawn;
  bool withdrawing = false;
  bool touched = false;     // refresh has something to set
  bool refreshing = false;  // it is setting it
  Counters counters;

  std::string absolute(std::string_view path) const {
    return path.empty() ? options.base : fmt::format("{}/{}", options.base, path);
  }
  std::vector<DomainId> readersOf(std::string_view path) const;
  std::vector<DomainId> readersOfFolder(std::string_view folder) const;
  void changed();
  void flush();
  bool collect(Batch& batch);
  bool waitForRoom(int writes);
  void update(const std::shared_ptr<Batch>& batch);
  void rebuild(const std::shared_ptr<Batch>& batch);
  void fill(Transaction& transaction, const std::shared_ptr<Batch>& batch, DomainId owner);
  void finished(const Batch& batch, const Answer<void>& outcome);
  void removeAll();
  OnAnswer<void> counted(const std::shared_ptr<Batch>& batch, std::function<void()> whenLast);
};

// ---- who may read ---------------------------------------------------------------------------------

std::vector<DomainId> Publisher::State::readersOf(std::string_view path) const {
  const std::vector<DomainId>* best = &options.readers;
  std::size_t length = 0;
  for (const auto& [prefix, readers] : grants) {
    if (within(path, prefix) && prefix.size() + 1 > length) {
      best = &readers;
      length = prefix.size() + 1;
    }
  }
  return *best;
}

// A folder may be listed by whoever may read something in it.
std::vector<DomainId> Publisher::State::readersOfFolder(std::string_view folder) const {
  std::vector<DomainId> all = readersOf(folder);
  for (const auto& [prefix, readers] : grants) {
    if (within(prefix, folder)) merge(all, readers);
  }
  return all;
}

// ---- batches --------------------------------------------------------------------------------------

void Publisher::State::changed() {
  if (busy || withdrawing || wake || refreshing) return;
  // In the next turn of the loop: everything that one event changes goes into one batch.
  soon = true;
  wake = context.loop.after({}, [this] {
    wake.cancel();
    flush();
  });
}

void Publisher::State::flush() {
  soon = false;
  if (busy || !client.connected()) return;
  if (withdrawing) return removeAll();
  if (touched && !fresh && waitForRoom(1)) return;
  if (std::exchange(touched, false)) {
    refreshing = true;
    options.refresh();
    refreshing = false;
  }
  const auto batch = std::make_shared<Batch>();
  const bool structure = collect(*batch);
  if (batch->written.empty() && removals.empty() && partsUpTo.empty()) return;
  const int writes = static_cast<int>(batch->written.size()) + (batch->last ? 1 : 0);
  if (!structure && waitForRoom(writes)) return;
  bucket.take(writes, context.clock.now());
  busy = true;
  for (const std::string& path : batch->written) nodes.find(path)->second.dirty = false;
  if (batch->last) {
    ++counters.serial;
    partsUpTo.clear();
  } else {
    partsUpTo = batch->written.back();
  }
  if (structure) {
    rebuild(batch);
  } else {
    update(batch);
  }
}

/// What is to be written next; true: in a transaction, since nodes appear or go.
bool Publisher::State::collect(Batch& batch) {
  bool structure = fresh || !removals.empty();
  for (const auto& [path, node] : nodes) {
    if (!node.dirty && !fresh) continue;
    batch.written.push_back(path);
    structure = structure || !node.made;
  }
  const auto most = static_cast<std::size_t>(bucket.most());
  if (structure || batch.written.size() < most) return structure;
  // Nodes before those of the last part wait for the next round, whatever happens to them: else they
  // could keep the others from ever being written.
  std::erase_if(batch.written, [&](const std::string& path) { return path <= partsUpTo; });
  batch.last = batch.written.size() < most;
  if (!batch.last) batch.written.resize(most);
  return false;
}

/// Whether so many writes must wait for the rate; then they are tried again in time.
bool Publisher::State::waitForRoom(int writes) {
  const base::TimePoint now = context.clock.now();
  const base::TimePoint ready = bucket.readyAt(writes, now);
  if (ready <= now) return false;
  wake = context.loop.after(ready - now, [this] {
    wake.cancel();
    flush();
  });
  return true;
}

/// An answer's callback that notes failures and calls `whenLast` when no request is open any more.
OnAnswer<void> Publisher::State::counted(const std::shared_ptr<Batch>& batch,
                                         std::function<void()> whenLast) {
  ++batch->open;
  return [batch, whenLast = std::move(whenLast)](const Answer<void>& answer) {
    if (!answer && !batch->failure) batch->failure = answer.error();
    if (--batch->open == 0) whenLast();
  };
}

// The nodes are there: plain writes, one after the other in one go, the serial last.
void Publisher::State::update(const std::shared_ptr<Batch>& batch) {
  const auto last = [self = weak_from_this(), batch] {
    const auto state = self.lock();
    if (!state) return;
    state->finished(*batch, batch->failure
                                ? Answer<void>(base::Unexpected<Failure>{*batch->failure})
                                : Answer<void>());
  };
  for (const std::string& path : batch->written) {
    client.write(absolute(path), nodes.find(path)->second.value, counted(batch, last));
  }
  if (batch->last) {
    client.write(absolute("serial"), std::to_string(counters.serial), counted(batch, last));
  }
  client.flush();
}

// Nodes appear or go: a transaction, so that nobody sees one without its permissions.
void Publisher::State::rebuild(const std::shared_ptr<Batch>& batch) {
  batch->fresh = fresh;
  for (const std::string& path : std::exchange(removals, {})) batch->removed.push_back(path);
  const auto body = [self = weak_from_this(), batch](Transaction& transaction) {
    const auto state = self.lock();
    if (!state) return transaction.abandon({ENOTCONN, "the publisher is gone"});
    batch->failure.reset();
    batch->open = 0;
    if (batch->fresh) transaction.remove(state->options.base);
    transaction.makeDirectory(state->options.base);
    transaction.permissions(state->options.base,
                            [self, batch, &transaction](const Answer<Permissions>& answer) {
                              const auto publisher = self.lock();
                              if (!publisher) {
                                return transaction.abandon({ENOTCONN, "the publisher is gone"});
                              }
                              if (!answer) return transaction.abandon(answer.error());
                              publisher->fill(transaction, batch, answer->owner);
                            });
  };
  client.transact(body, [self = weak_from_this(), batch](const Answer<void>& outcome) {
    if (const auto state = self.lock()) state->finished(*batch, outcome);
  });
}

void Publisher::State::fill(Transaction& transaction, const std::shared_ptr<Batch>& batch,
                            DomainId owner) {
  const auto done = counted(batch, [batch, &transaction] {
    if (batch->failure) {
      transaction.abandon(*batch->failure);
    } else {
      transaction.commit();
    }
  });
  const auto request = [&] {
    ++batch->open;
    return done;
  };
  const auto protect = [&](const std::string& path, const std::vector<DomainId>& readers) {
    Permissions permissions{.owner = owner};
    for (const DomainId reader : readers) {
      if (reader != owner) permissions.grants.push_back({reader, Access::Read});
    }
    transaction.setPermissions(absolute(path), permissions, request());
  };
  batch->made.clear();
  batch->folders.clear();
  const auto makeFolder = [&](const std::string& folder) {
    const bool there = (!batch->fresh && folders.contains(folder)) ||
                       std::find(batch->folders.begin(), batch->folders.end(), folder) !=
                           batch->folders.end();
    if (there) return;
    transaction.makeDirectory(absolute(folder), request());
    protect(folder, readersOfFolder(folder));
    batch->folders.push_back(folder);
  };

  for (const std::string& path : batch->removed) {
    // May be gone already, or never have been there.
    transaction.remove(absolute(path));
  }
  makeFolder("");
  for (const std::string& path : batch->written) {
    const auto found = nodes.find(path);
    if (found == nodes.end()) continue;  // removed while the transaction was on its way
    for (std::size_t at = path.find('/'); at != std::string::npos; at = path.find('/', at + 1)) {
      makeFolder(path.substr(0, at));
    }
    transaction.write(absolute(path), found->second.value, request());
    if (batch->fresh || !found->second.made) {
      protect(path, readersOf(path));
      batch->made.push_back(path);
    }
  }
  transaction.write(absolute("serial"), std::to_string(counters.serial), request());
  if (batch->fresh || !folders.contains("")) protect("serial", readersOfFolder(""));
  done({});  // the one that `counted` itself stands for
}

void Publisher::State::finished(const Batch& batch, const Answer<void>& outcome) {
  busy = false;
  bucket.arrived(context.clock.now());
  if (outcome) {
    ++counters.batches;
    counters.writes += batch.written.size() + (batch.last ? 1 : 0);
    if (batch.fresh) {
      fresh = false;
      folders.clear();
    }
    for (const std::string& path : batch.removed) {
      std::erase_if(folders, [&](const std::string& f) { return within(f, path); });
    }
    folders.insert(batch.folders.begin(), batch.folders.end());
    for (const std::string& path : batch.made) {
      if (const auto node = nodes.find(path); node != nodes.end()) node->second.made = true;
    }
    return flush();
  }
  ++counters.failures;
  fresh = true;
  partsUpTo.clear();
  if (outcome.error().code == ENOTCONN) return;  // onConnected goes on
  log.warning("{}; trying again", outcome.error().message);
  wake = context.loop.after(kRetryInterval, [this] {
    wake.cancel();
    flush();
  });
}

// ---- the end --------------------------------------------------------------------------------------

void Publisher::State::removeAll() {
  busy = true;
  client.remove(options.base, [self = weak_from_this()](const Answer<void>&) {
    const auto state = self.lock();
    if (!state) return;
    state->busy = false;
    state->fresh = true;
    if (const auto done = std::exchange(state->withdrawn, {})) done();
  });
}

// ---- the publisher --------------------------------------------------------------------------------

Publisher::Publisher(Client& client, const base::Context& context, PublisherOptions options) {
  const std::string& base = options.base;
  if (base.empty() || base.ends_with('/') || base.size() > 1024) {
    throw base::UsageError(fmt::format("XenStore path \"{}\": expected something like "
                                       "data/lucarne/input",
                                       base));
  }
  state_ = std::make_shared<State>(client, context, std::move(options));
  client.addObserver(*this);
}

Publisher::~Publisher() {
  state_->client.removeObserver(*this);
  state_->wake.cancel();
}

void Publisher::grant(std::string_view path, std::vector<DomainId> readers) {
  state_->grants[std::string(path)] = std::move(readers);
}

void Publisher::set(std::string_view path, std::string_view value) {
  const auto found = state_->nodes.find(path);
  if (found == state_->nodes.end()) {
    state_->nodes.emplace(std::string(path), State::Node{.value = std::string(value)});
  } else {
    State::Node& node = found->second;
    if (node.value == value) return;
    if (node.dirty) ++state_->counters.skipped;
    node.value = value;
    node.dirty = true;
  }
  state_->changed();
}

void Publisher::set(std::string_view path, std::int64_t value) {
  set(path, fmt::format_int(value).str());
}

void Publisher::touch() {
  state_->touched = true;
  state_->changed();
}

void Publisher::flush() {
  if (!state_->soon) return;
  state_->wake.cancel();
  state_->flush();
}

void Publisher::remove(std::string_view path) {
  if (std::erase_if(state_->nodes, [&](const auto& n) { return within(n.first, path); }) == 0) {
    return;
  }
  state_->removals.emplace(path);
  state_->changed();
}

void Publisher::withdraw(std::function<void()> done) {
  state_->withdrawing = true;
  if (!state_->client.connected()) {
    state_->context.loop.post(std::move(done));
    return;
  }
  state_->withdrawn = std::move(done);
  state_->flush();
}

const Publisher::Counters& Publisher::counters() const { return state_->counters; }

void Publisher::onConnected() {
  state_->fresh = true;
  if (!state_->busy) state_->flush();
}

void Publisher::onDisconnected(const std::string&) {
  state_->fresh = true;
  if (const auto done = std::exchange(state_->withdrawn, {})) done();
}

}  // namespace lucarne::xenstore
