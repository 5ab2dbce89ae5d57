// SPDX-License-Identifier: Apache-2.0
// Two hostile domains and domain 0 at the embedded XenStore. The input is cut into chunks: a byte
// that chooses the connection, a byte of length, then as much.
#include <cstdint>
#include <set>
#include <vector>

#include "xenstore/daemon.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  lucarne::xenstore::Daemon daemon({}, [](lucarne::xenstore::ConnectionId) {});
  daemon.introduce(5);
  daemon.introduce(6);
  std::vector<lucarne::xenstore::ConnectionId> connections{daemon.open(0), daemon.open(5),
                                                           daemon.open(6)};
  lucarne::base::ByteReader in({data, size});
  std::vector<std::uint8_t> out;
  while (in.ok() && in.left() > 0) {
    const std::size_t who = in.u8() % connections.size();
    const std::size_t length = in.u8();
    daemon.receive(connections[who], in.take(std::min(length, in.left())));
    for (std::size_t i = 0; i < connections.size(); ++i) {
      out.clear();
      if (daemon.take(connections[i], out)) continue;
      daemon.close(connections[i]);
      connections[i] = daemon.open(static_cast<lucarne::xenstore::DomainId>(i == 0 ? 0 : 4 + i));
    }
  }
  return 0;
}
