// SPDX-License-Identifier: Apache-2.0
// Lines to whoever listens at a transport: opens it, opens it again, never waits.
//
// What does not fit into the line is kept up to kMostWaiting; beyond that lines are refused, and
// the owner says the state again when `onRoom` is called.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/program.h"
#include "link/redial.h"
#include "link/transport.h"

namespace lucarne::input {

class LineWriter {
 public:
  static constexpr std::size_t kMostWaiting = std::size_t{256} << 10;

  struct Callbacks {
    std::function<void()> onConnected;  ///< nothing of what was said before counts
    std::function<void()> onRoom;       ///< everything is out after a line was refused
  };

  LineWriter(std::unique_ptr<link::Transport> transport, const base::Context& context,
             Callbacks callbacks);
  ~LineWriter();

  void start();
  bool connected() const { return static_cast<bool>(stream_.fd); }
  const std::string& name() const { return transport_->name(); }

  /// Queues "text\n". False when there is nobody, or too much waits: the line is lost.
  bool write(std::string_view text);

 private:
  void open();
  void onReady(base::Readiness ready);
  bool flush();
  void lost();

  base::Context context_;
  base::Log log_;
  std::string trouble_;  // said last about a line that is not to be had
  Callbacks callbacks_;
  std::unique_ptr<link::Transport> transport_;
  link::Redial redial_;
  link::Stream stream_;
  base::Watch watch_;
  std::string out_;
  std::size_t sent_ = 0;
  bool refused_ = false;
};

}  // namespace lucarne::input
