// SPDX-License-Identifier: Apache-2.0
// What a domain can read of the broker's states.
#pragma once

#include <chrono>
#include <string>

#include "base/program.h"
#include "xenstore/client.h"

namespace lucarne::input {

class StoreReader {
 public:
  /// `socket`: of the domain that reads.
  explicit StoreReader(const std::string& socket) : client_(context_, socket) {}

  /// A node below data/lucarne/input of Domain 0 now; "errno N" when it cannot be read.
  std::string says(const std::string& path) {
    std::string value;
    bool asking = true;
    client_.read("/local/domain/0/data/lucarne/input/" + path,
                 [&](const xenstore::Answer<std::string>& a) {
                   value = a ? *a : "errno " + std::to_string(a.error().code);
                   asking = false;
                 });
    while (asking) loop_.turn(true);
    return value;
  }
  /// Whether it comes to hold `value`, within 20 s.
  bool comesToSay(const std::string& path, const std::string& value) {
    const auto end = clock_.now() + std::chrono::seconds(20);
    while (says(path) != value) {
      if (clock_.now() > end) return false;
      bool later = false;
      const auto pause = loop_.after(std::chrono::milliseconds(5), [&] { later = true; });
      while (!later) loop_.turn(true);
    }
    return true;
  }

 private:
  base::Loop loop_;
  const base::RealClock clock_;
  const base::Context context_{loop_, clock_, base::Log::discard()};
  xenstore::Client client_;
};

}  // namespace lucarne::input
