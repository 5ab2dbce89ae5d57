// SPDX-License-Identifier: Apache-2.0
// Input devices for tests: mock_devices as a child, and the environment in which lucarne-input
// sees them.
#pragma once

#include <string>
#include <vector>

#include "tests/support/child_program.h"

namespace lucarne::test {

class MockBench {
 public:
  MockBench();

  /// "touch" is devices/touch.device, seen as /dev/input/eventN.
  void plug(int number, const std::string& device);
  void unplug(int number);
  /// One frame: "EV_KEY KEY_A 1 …".
  void emit(int number, const std::string& events);
  void moves(int number, int count, int intervalUs);
  /// Plays tests/vm/input_load.h on three devices; returns when it has ended. `file` gets its times.
  void load(int mouse, int touch, int buttons, int seconds, bool busy, const std::string& file);

  /// For programs that shall see the devices.
  const std::vector<std::string>& environment() const { return environment_; }

 private:
  void command(const std::string& line);

  ChildProgram child_;
  std::vector<std::string> environment_;
};

}  // namespace lucarne::test
