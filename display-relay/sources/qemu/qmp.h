// SPDX-License-Identifier: Apache-2.0
// Asks a running QEMU, over its QMP monitor, to serve its D-Bus display on a descriptor of ours.
//
//   {"execute":"qmp_capabilities"}
//   {"execute":"getfd","arguments":{"fdname":"lucarne"}}          + the descriptor by SCM_RIGHTS
//   {"execute":"add_client","arguments":{"protocol":"@dbus-display","fdname":"lucarne"}}
//
// (QEMU's QMP reference, "add_client"; needs -display dbus,p2p=yes.) A monitor socket serves one
// client at a time, so this leaves as soon as it has its answer.
#pragma once

#include <functional>
#include <string>

#include "base/loop.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace lucarne::relay::qemu {

class QmpRequest {
 public:
  using OnDone = std::function<void(base::Result<void>)>;

  /// `monitor` is connected and non-blocking; `display` is the descriptor to hand over. Calls back
  /// once, from the loop; the callback may destroy the request. Everything on the loop's thread.
  QmpRequest(base::UniqueFd monitor, base::UniqueFd display, base::Loop& loop, OnDone onDone);

 private:
  enum class Step { Greeting, Capabilities, GetFd, AddClient };
  // A monitor that says more than this without a newline is no monitor.
  static constexpr std::size_t kMaxLine = 64 * 1024;
  // QEMU answers in milliseconds; a monitor that another client holds never greets.
  static constexpr base::Duration kPatience = std::chrono::seconds(3);

  void onReadable();
  base::Result<bool> onLine(std::string_view untrustedLine);
  base::Result<bool> advance();
  base::Result<void> send(std::string_view command, const base::UniqueFd* fd = nullptr);
  void finish(base::Result<void> result);

  base::UniqueFd monitor_;
  base::UniqueFd display_;
  OnDone onDone_;
  Step step_ = Step::Greeting;
  std::string buffer_;
  base::Watch watch_;
  base::Timer patience_;
};

/// What one line of QMP says, as far as it matters here.
enum class QmpAnswer { Greeting, Return, Event };
/// Parses one line; an error carries QEMU's own words or says what is wrong with the line.
base::Result<QmpAnswer> parseQmpLine(std::string_view untrustedLine);

}  // namespace lucarne::relay::qemu
