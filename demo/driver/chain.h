// SPDX-License-Identifier: Apache-2.0
// The demo's programs, from the guest to the panel, each with its log.
//
//   guest ══vnc══ relay ══terminal══ line ══terminal══ relay ══socket══ kiosk
//
// With --sensors also an embedded XenStore and lucarne-sensors with a simulated tablet; the kiosk
// publishes there what it shows. Only the line is waited for; the others find each other.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/program.h"
#include "bench/child.h"
#include "bench/process_usage.h"
#include "bench/temporary_folder.h"
#include "demo/driver/settings.h"

namespace lucarne::demo {

/// The built-in guest's screen, and the panel that it covers exactly when turned.
inline constexpr surface::Size kGuestSize{1280, 800};

class Chain {
 public:
  /// `onEnded` is called from the loop with the name of a program that ended by itself, and how.
  /// Throws SetupError when one cannot be started. Programs are looked for beside our own.
  Chain(const Settings& settings, const base::Context& context,
        std::function<void(const std::string& name, int waitStatus)> onEnded);
  /// Ends the programs that are left.
  ~Chain();

  /// What each running program has used, in the order of the picture's way.
  struct Member {
    std::string name;
    bench::ProcessUsage usage;
  };
  std::vector<Member> usage() const;

  /// The last lines of a program's log, for a person.
  std::string logTail(const std::string& name) const;

  const std::string& folder() const { return folder_.path(); }
  std::string statsFile() const { return folder_.file("stats.json"); }
  std::string scriptPipe() const { return folder_.file("script"); }
  /// "http://127.0.0.1:PORT/" once lucarne-sensors has said so; empty before, and without --sensors.
  std::string dashboard() const;
  std::string lineCountsFile() const { return folder_.file("line.json"); }
  /// Takes orders for lucarne-line(1), whose answers go to the file above.
  const base::UniqueFd& lineOrders() const { return lineOrders_; }

  /// Ends the kiosk first, which writes its last figures and the screenshot, then the others.
  void end();

 private:
  struct Program {
    std::string name;
    std::unique_ptr<bench::Child> child;
  };

  void start(const std::string& name, std::vector<std::string> arguments,
             const std::string& input = "", const std::string& output = "");
  void startSensors(const Settings& settings);
  void startGuest(const Settings& settings);
  void startLine(const Settings& settings);
  void awaitLine();
  void startRelays(const Settings& settings);
  void startKiosk(const Settings& settings);
  std::string storeSocket() const { return folder_.file("xenstored.sock"); }
  std::string logFile(const std::string& name) const {
    return folder_.path() + "/" + name + ".log";
  }

  base::Context context_;
  std::function<void(const std::string&, int)> onEnded_;
  bench::TemporaryFolder folder_;
  std::string binaries_;
  base::UniqueFd lineOrders_;
  std::vector<Program> programs_;
};

}  // namespace lucarne::demo
