// SPDX-License-Identifier: Apache-2.0
// The built lucarne-input on mocked devices: what its tests begin with.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/child_program.h"
#include "tests/support/umockdev/mock_bench.h"

namespace lucarne::input {

class InputBrokerProgram : public testing::Test {
 protected:
  InputBrokerProgram() {
    char folder[] = "/tmp/lucarne-input-XXXXXX";
    folder_ = ::mkdtemp(folder);
  }
  ~InputBrokerProgram() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<test::ChildProgram> start(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), LUCARNE_INPUT);
    std::vector<std::string> environment = bench_.environment();
    environment.push_back("LUCARNE_LOG=warning");
    return std::make_unique<test::ChildProgram>(arguments, environment);
  }
  /// The path of a new configuration file.
  std::string configured(const std::string& toml) const {
    std::ofstream(folder_ + "/input.toml") << toml;
    return folder_ + "/input.toml";
  }

  test::MockBench bench_;
  std::string folder_;
};

/// A finger comes down on panel `number`.
inline void downAt(test::MockBench& bench, int slot, int x, int y, int number = 2) {
  bench.emit(number, "EV_ABS ABS_MT_SLOT " + std::to_string(slot) + " EV_ABS ABS_MT_TRACKING_ID " +
                         std::to_string(100 + slot) + " EV_ABS ABS_MT_POSITION_X " +
                         std::to_string(x) + " EV_ABS ABS_MT_POSITION_Y " + std::to_string(y));
}

inline std::string contentOf(const std::string& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// Waits for what another program is about to bring about.
inline bool until(const std::function<bool()>& so,
                  std::chrono::seconds most = std::chrono::seconds(20)) {
  const auto end = std::chrono::steady_clock::now() + most;
  while (!so() && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return so();
}

}  // namespace lucarne::input
