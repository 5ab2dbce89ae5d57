// SPDX-License-Identifier: Apache-2.0
// Talks to XenStore from the loop: without blocking, without a thread, many requests at once.
//
// It speaks the wire protocol itself (wire.h) instead of calling libxenstore, whose calls block
// until the daemon answers: behind /dev/xen/xenbus that is a millisecond for each node, and a
// daemon that is stopped would stop the program's input events too
// (docs/decisions/xenstore-client.md). Requests go out at once, answers come in order.
//
// Where it connects is what libxenstore does: $XENSTORED_PATH (a socket or a device), else
// $XENSTORED_RUNDIR/socket, else /var/run/xenstored/socket, else /dev/xen/xenbus, else
// /proc/xen/xenbus.
//
// When the daemon goes away the client says so, tries again (kRetryInterval) and, connected anew,
// registers every watch again (each fires once, as a new one does). Requests in flight fail with
// ENOTCONN; nobody knows whether they were done.
//
// Everything on the loop's thread; callbacks come from the loop, never from inside the call that
// asked, and not any more once the Client is gone. A callback must not destroy the Client.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/program.h"
#include "base/result.h"
#include "xenstore/permissions.h"

namespace lucarne::xenstore {

/// Why a request failed: the daemon's errno (ENOENT, EACCES, EAGAIN, ENOSPC …), ENOTCONN without a
/// connection, EPROTO for an answer that makes no sense.
struct Failure {
  int code = 0;
  std::string message;  ///< "read data/x: ENOENT"
};

template <typename T>
using Answer = base::Result<T, Failure>;
template <typename T>
using OnAnswer = std::function<void(Answer<T>)>;

/// Hears when the way to XenStore comes and goes.
class ClientObserver {
 public:
  virtual ~ClientObserver() = default;
  /// Connected, for the first time or again. What the daemon knew of us is gone.
  virtual void onConnected() {}
  /// `words` for a person.
  virtual void onDisconnected(const std::string& /*words*/) {}
};

/// A registered watch; dropping it unregisters. Must not outlive its Client.
class StoreWatch {
 public:
  StoreWatch() = default;
  StoreWatch(StoreWatch&& other) noexcept;
  StoreWatch& operator=(StoreWatch&& other) noexcept;
  ~StoreWatch();
  explicit operator bool() const { return client_ != nullptr; }

 private:
  friend class Client;
  StoreWatch(class Client* client, std::uint32_t token) : client_(client), token_(token) {}
  class Client* client_ = nullptr;
  std::uint32_t token_ = 0;
};

/// The requests that can be made alone or inside a transaction. Paths are absolute, or relative to
/// the domain's own home ("data/x" is /local/domain/N/data/x, in Domain 0 too).
/// Values may hold any bytes. `done` may be empty.
class Requests {
 public:
  virtual ~Requests() = default;

  void read(std::string_view path, OnAnswer<std::string> done);
  /// The names of the children, however many there are, in no particular order.
  void directory(std::string_view path, OnAnswer<std::vector<std::string>> done);
  /// Creates what is missing on the way.
  void write(std::string_view path, std::string_view value, OnAnswer<void> done = {});
  void makeDirectory(std::string_view path, OnAnswer<void> done = {});
  /// With everything below it. ENOENT only if its parent is missing too.
  void remove(std::string_view path, OnAnswer<void> done = {});
  void permissions(std::string_view path, OnAnswer<Permissions> done);
  void setPermissions(std::string_view path, const Permissions& permissions,
                      OnAnswer<void> done = {});

 private:
  void listPart(std::string path, std::string soFar, std::string generation,
                OnAnswer<std::vector<std::string>> done);

 protected:
  /// `operation` and `payload` as on the wire, `what` for messages.
  virtual void ask(std::uint32_t operation, std::string what, std::string payload,
                   OnAnswer<std::string> done) = 0;
};

/// One attempt of a transaction, handed to its body.
class Transaction : public Requests {
 public:
  /// Makes everything that was written visible at once; exactly one of the two must be called.
  virtual void commit() = 0;
  /// Leaves nothing behind; the transaction ends with `failure`.
  virtual void abandon(Failure failure) = 0;
};

class Client final : public Requests {
 public:
  /// Between attempts to connect: short, so that states are right again within a second.
  static constexpr base::Duration kRetryInterval = std::chrono::milliseconds(200);
  /// Attempts of one transaction before its failure is reported.
  static constexpr int kMaxAttempts = 20;

  /// `address`: a socket or device; empty: see above. Starts to connect at once. The context's
  /// parts outlive the client.
  explicit Client(const base::Context& context, std::string address = {});
  ~Client() override;
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  bool connected() const;
  /// Where it is, or would be, connected to.
  const std::string& address() const;

  /// Told of later changes only. Remove before destruction.
  void addObserver(ClientObserver& observer);
  void removeObserver(ClientObserver& observer);

  /// `onChanged` is called with the path that changed (at or below `path`, in the form in which
  /// `path` was given): once at registration and after every reconnect, and for every change.
  /// Events may be spurious: read what interests. "@introduceDomain" and "@releaseDomain" too.
  [[nodiscard]] StoreWatch watch(std::string_view path,
                                 std::function<void(const std::string& changed)> onChanged);

  /// Runs `body` inside a transaction. When the daemon finds a conflict (EAGAIN), the body runs
  /// again. The Transaction lives until its end was answered.
  void transact(std::function<void(Transaction&)> body, OnAnswer<void> done = {});

  /// Sends at once what was asked for since the loop's last turn, instead of in its next: for who
  /// knows that nothing follows.
  void flush();

  /// "/local/domain/N".
  void domainPath(DomainId domain, OnAnswer<std::string> done);

 private:
  friend class StoreWatch;
  struct State;
  class Attempt;

  void ask(std::uint32_t operation, std::string what, std::string payload,
           OnAnswer<std::string> done) override;
  void unwatch(std::uint32_t token);

  std::shared_ptr<State> state_;  // owned also by posted calls, which ask whether it lives
};

}  // namespace lucarne::xenstore
