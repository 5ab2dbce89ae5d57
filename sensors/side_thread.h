// SPDX-License-Identifier: Apache-2.0
// One named thread for work that would keep the loop waiting: a commit to flash takes a second when
// the card is busy, a name server can take a minute. Jobs run one after the other, in order; what a
// job returns is run on the loop's thread, and not any more once the SideThread is gone. That return
// path is the only way back.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "base/loop.h"

namespace lucarne::sensors {

class SideThread {
 public:
  using Answer = std::function<void()>;
  using Job = std::function<Answer()>;

  enum class AtEnd {
    Finish,   ///< the destructor waits until every job has been done: nothing is lost
    Abandon,  ///< the destructor does not wait; the job under way must own all that it uses
  };

  /// `name`: at most 15 characters, for ps and debuggers. The loop outlives it. Throws SetupError.
  SideThread(base::Loop& loop, const char* name, AtEnd atEnd);
  ~SideThread();
  SideThread(const SideThread&) = delete;
  SideThread& operator=(const SideThread&) = delete;

  /// An empty Answer is fine.
  void run(Job job);
  /// Jobs that have not been finished.
  std::size_t pending() const;

 private:
  struct Shared;
  static void work(const std::shared_ptr<Shared>& shared);

  std::shared_ptr<Shared> shared_;  // owned by this and by the thread
  AtEnd atEnd_;
};

}  // namespace lucarne::sensors
