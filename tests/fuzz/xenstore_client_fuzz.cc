// SPDX-License-Identifier: Apache-2.0
// A hostile XenStore daemon: whatever it answers, the client calls each callback exactly once, and
// neither crashes nor hangs. The input is what the daemon sends; its requests are numbered from 1 in
// the order below.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>

#include "base/unique_fd.h"
#include "xenstore/client.h"
#include "xenstore/publisher.h"

namespace {

using namespace lucarne;

struct World {
  World() {
    char pattern[] = "/tmp/lucarne-fuzz-XXXXXX";
    folder = ::mkdtemp(pattern);
    path = folder + "/s";
    listener = base::UniqueFd::adopt(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, path.c_str(), path.size() + 1);
    if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) < 0) std::abort();
    ::listen(listener.get(), 4);
  }
  ~World() {
    ::unlink(path.c_str());
    ::rmdir(folder.c_str());
  }

  std::string folder, path;
  base::UniqueFd listener;
  base::Loop loop;
  base::RealClock clock;
  base::Context context{loop, clock, base::Log::discard()};
};

struct Asked {
  int answers = 0;
  template <typename T>
  xenstore::OnAnswer<T> once() {
    ++open;
    return [this, called = false](const xenstore::Answer<T>&) mutable {
      if (std::exchange(called, true)) std::abort();
      --open;
      ++answers;
    };
  }
  int open = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  Asked asked;
  {
    xenstore::Client client(world.context, world.path);
    xenstore::Publisher publisher(client, world.context,
                                  {.base = "data/x", .writesPerSecond = 0, .readers = {}, .refresh = {}});
    publisher.set("a/b", 1);
    for (int i = 0; i < 3; ++i) world.loop.turn(false);
    const auto daemon =
        base::UniqueFd::adopt(::accept4(world.listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
    const auto watch = client.watch("data/w", [](const std::string&) {});
    client.read("data/r", asked.once<std::string>());
    client.directory("data", asked.once<std::vector<std::string>>());
    client.permissions("data", asked.once<xenstore::Permissions>());
    client.domainPath(3, asked.once<std::string>());
    client.transact(
        [](xenstore::Transaction& t) {
          t.write("data/t", "1");
          t.commit();
        },
        asked.once<void>());
    for (std::size_t done = 0; done < size;) {
      const std::size_t piece = std::min<std::size_t>(size - done, 4096);
      const ssize_t sent = ::send(daemon.get(), data + done, piece, MSG_DONTWAIT | MSG_NOSIGNAL);
      if (sent <= 0) break;
      done += static_cast<std::size_t>(sent);
      for (int i = 0; i < 8 && world.loop.turn(false); ++i) {
      }
    }
  }
  for (int i = 0; i < 8 && world.loop.turn(false); ++i) {
  }
  return 0;
}
