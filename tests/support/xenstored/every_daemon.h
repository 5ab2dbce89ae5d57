// SPDX-License-Identifier: Apache-2.0
// For suites that run against each daemon: one server of each kind for the whole suite.
#pragma once

#include <memory>

#include <gtest/gtest.h>

#include "tests/support/xenstored/store_server.h"

namespace lucarne::test {

class EveryDaemon : public testing::TestWithParam<ServerKind> {
 protected:
  /// Skips, with the reason, where the machine cannot have this daemon. A SetUp on top of it returns
  /// when there is no `server_`.
  void SetUp() override {
    auto& server = servers()[static_cast<int>(GetParam())];
    if (!server) server = std::make_unique<StoreServer>(GetParam());
    if (!server->missing().empty()) {
      if (GetParam() == ServerKind::Embedded) FAIL() << server->missing();
      GTEST_SKIP() << server->missing();
    }
    server_ = server.get();
  }
  static void TearDownTestSuite() {
    for (int i = 0; i < 3; ++i) servers()[i].reset();
  }

  StoreServer* server_ = nullptr;

 private:
  static std::unique_ptr<StoreServer>* servers() {
    static std::unique_ptr<StoreServer> all[3];
    return all;
  }
};

}  // namespace lucarne::test
