// SPDX-License-Identifier: Apache-2.0
// Reads on threads of its own, because a sysfs read can hang: an I²C sensor whose bus is stuck, an
// embedded controller that does not answer. The kernel offers no non-blocking way.
//
// One thread does all the work as long as every read comes back soon. A read that takes longer
// (`overtake`) keeps its thread; another one takes over the queue. When the read returns after all,
// its thread ends. At most kMaxThreads: with that many hung devices at once the rest waits, and the
// station reports them as not answering.
//
// The threads share nothing with the loop but a queue under a mutex and Loop::post. They are
// detached: a hung one cannot be joined. The pool's destructor makes their answers go nowhere.
#pragma once

#include <memory>

#include "base/loop.h"
#include "sensors/reader.h"

namespace lucarne::sensors {

class ReadPool final : public Reader {
 public:
  static constexpr int kMaxThreads = 16;

  /// The loop outlives the pool. Threads are named "sysfs-read".
  explicit ReadPool(base::Loop& loop);
  ~ReadPool() override;

  Ticket read(ReadOrder order, OnRead done) override;
  ReadProgress progress(Ticket ticket) const override;
  void overtake(Ticket ticket) override;

 private:
  struct Shared;
  struct Job;
  static void work(const std::shared_ptr<Shared>& shared);
  static void employ(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_;  // owned by the pool and by every thread
};

}  // namespace lucarne::sensors
