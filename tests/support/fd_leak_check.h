// SPDX-License-Identifier: Apache-2.0
// Finds descriptors that a test forgot to close.
#pragma once

#include <map>
#include <string>

namespace lucarne::test {

/// What is open in this process: number and what it leads to ("socket:[123]", "/memfd:x").
std::map<int, std::string> openDescriptors();

/// Remembers what is open; `leaked` names what was opened since and is open still. Make it before
/// the parts under test and ask after they are gone.
class FdLeakCheck {
 public:
  FdLeakCheck() : before_(openDescriptors()) {}

  /// One line for each, empty when there is none: EXPECT_EQ(check.leaked(), "").
  std::string leaked() const;

 private:
  std::map<int, std::string> before_;
};

}  // namespace lucarne::test
