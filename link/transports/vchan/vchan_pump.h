// SPDX-License-Identifier: Apache-2.0
// Carries bytes between a vchan, which is no descriptor, and a socket, whose other end is the
// Stream that a vchan transport hands out.
//
// At most kHeld bytes each way are in its own hands; beyond that the side that is slow makes the
// other one wait. When the domain has gone, what it wrote before is delivered and then the socket
// ends. Runs on the loop; made and destroyed on its thread.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/program.h"
#include "link/transports/vchan/vchan.h"

namespace lucarne::link {

class VchanPump {
 public:
  static constexpr std::size_t kHeld = 64 * 1024;

  /// `vchan` is open or was; `inner` is our end of the socket, non-blocking. `domainLives` is asked
  /// every few seconds: a domain that is destroyed closes nothing.
  VchanPump(std::unique_ptr<Vchan> vchan, base::UniqueFd inner, std::function<bool()> domainLives,
            const base::Context& context);
  /// Passes on what the socket still has, as far as the ring takes it (a goodbye), and closes both.
  ~VchanPump();
  VchanPump(const VchanPump&) = delete;
  VchanPump& operator=(const VchanPump&) = delete;

 private:
  // Bytes that were taken from one side and not yet given to the other.
  struct Held {
    std::vector<std::uint8_t> bytes = std::vector<std::uint8_t>(kHeld);
    std::size_t from = 0;
    std::size_t to = 0;
    bool empty() const { return from == to; }
  };

  void turn();
  bool inward();
  bool outward();
  void end();

  const base::Context context_;
  const std::unique_ptr<Vchan> vchan_;
  base::UniqueFd inner_;
  const std::function<bool()> domainLives_;
  Held in_;   // from the domain
  Held out_;  // to the domain
  bool innerEnded_ = false;
  base::Watch event_;
  base::Watch socket_;
  base::Timer look_;
  base::Timer more_;
};

}  // namespace lucarne::link
