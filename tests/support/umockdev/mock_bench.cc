// SPDX-License-Identifier: Apache-2.0
#include "tests/support/umockdev/mock_bench.h"

#include <gtest/gtest.h>

namespace lucarne::test {

MockBench::MockBench() : child_({LUCARNE_MOCK_DEVICES}, {"LD_PRELOAD=libumockdev-preload.so.0"}) {
  const std::string first = child_.line();
  if (!first.starts_with("bed ")) {
    ADD_FAILURE() << "mock_devices did not start: " << first;
    return;
  }
  environment_ = {"UMOCKDEV_DIR=" + first.substr(4),
                  "LD_PRELOAD=" LUCARNE_PRELOAD_FIRST LUCARNE_FSTAT_SHIM ":libumockdev-preload.so.0"};
}

void MockBench::command(const std::string& line) {
  child_.say(line);
  const std::string answer = child_.line(120'000);  // a load takes as long as it says
  if (answer != "ok") ADD_FAILURE() << line << ": " << answer;
}

void MockBench::plug(int number, const std::string& device) {
  command("plug " + std::to_string(number) + " " LUCARNE_SOURCE_DIR
          "/tests/support/umockdev/devices/" + device + ".device");
}
void MockBench::unplug(int number) { command("unplug " + std::to_string(number)); }
void MockBench::emit(int number, const std::string& events) {
  command("emit " + std::to_string(number) + " " + events);
}
void MockBench::moves(int number, int count, int intervalUs) {
  command("moves " + std::to_string(number) + " " + std::to_string(count) + " " +
          std::to_string(intervalUs));
}
void MockBench::load(int mouse, int touch, int buttons, int seconds, bool busy,
                     const std::string& file) {
  command("load " + std::to_string(mouse) + " " + std::to_string(touch) + " " +
          std::to_string(buttons) + " " + std::to_string(seconds) + (busy ? " busy " : " idle ") + file);
}

}  // namespace lucarne::test
