// SPDX-License-Identifier: Apache-2.0
#include "tunnel/command.h"

#include <memory>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/program.h"
#include "tunnel/plan.h"
#include "tunnel/tunnel.h"

namespace lucarne::tunnel {

namespace {

constexpr std::string_view kLink = "link+";

constexpr const char* kExamples =
    "Local ends:\n"
    "  tcp-listen:[HOST:]PORT  unix-listen:PATH  vsock-listen:PORT\n"
    "                                  each connection becomes a stream\n"
    "  tcp:HOST:PORT  unix:PATH  vsock:CID:PORT\n"
    "                                  each stream becomes a connection\n"
    "  exec:COMMAND  exec-tty:COMMAND  each stream starts a program, exec-tty: on its own terminal\n"
    "  pty:LINKNAME  serial:DEV[@BAUD]  fd:N  stdio:\n"
    "                                  one stream at a time, as soon as the link is there; with\n"
    "                                  answer: in front of it, when the other end opens one\n\n"
    "Examples:\n"
    "  a guest's VNC server, for any viewer beside the panel\n"
    "    in the guest        lucarne-relay tunnel link+serial:/dev/hvc1 tcp:localhost:5900\n"
    "    beside the panel    lucarne-relay tunnel tcp-listen:5900 link+unix:/run/xen/gui.sock\n"
    "  a login on a serial cable\n"
    "    at one end          lucarne-relay tunnel link+serial:/dev/ttyS0@115200 \\\n"
    "                          'exec-tty:login' --secret-file /etc/lucarne/secret\n"
    "    at the other        lucarne-relay tunnel stdio: link+serial:/dev/ttyUSB0@115200 \\\n"
    "                          --secret-file ~/.lucarne-secret      (Ctrl-] leaves)\n";

// The tunnel, its link, and what one hears of the other.
class Pair final : private link::LinkListener {
 public:
  Pair(Plan plan, const std::string& transport, const base::Context& context)
      : tunnel_(std::move(plan), context),
        link_(link::createTransport(transport, context),
              {.role = link::Role::Either, .capabilities = kStreams1, .name = "lucarne-relay tunnel"},
              *this, context) {
    tunnel_.attach(link_);
  }
  ~Pair() override { tunnel_.detach(); }

  Tunnel& tunnel() { return tunnel_; }
  void start() {
    tunnel_.prepare();
    link_.start();
  }

 private:
  void onUp(const link::Peer& peer) override { tunnel_.onUp(peer); }
  void onDown(const std::string& words) override { tunnel_.onDown(words); }
  void onMessage(link::Channel channel, base::Bytes message) override {
    if (channel == link::Channel::Streams) tunnel_.onMessage(message);
  }

  Tunnel tunnel_;
  link::LinkEnd link_;
};

struct Ends {
  std::string transport;
  std::string local;
};

// One of the two is the link's end.
Ends tellApart(const std::string& a, const std::string& b) {
  const bool first = a.starts_with(kLink);
  if (first == b.starts_with(kLink)) {
    throw base::UsageError(fmt::format(
        "tunnel '{}' '{}': one of the two is link+TRANSPORT and the other a local end", a, b));
  }
  return {(first ? a : b).substr(kLink.size()), first ? b : a};
}

}  // namespace

int runCommand(int argc, char** argv) {
  base::Program program("lucarne-relay tunnel",
                        "Carries connections between two ends of a line, many at once.");
  std::string a;
  std::string b;
  std::string name = kDefaultName;
  SecretChoice secret;
  CLI::App& cli = program.options();
  cli.add_option("A", a, "link+TRANSPORT, or a local end")->required();
  cli.add_option("B", b, "the other of the two")->required();
  cli.add_option("--name", name, "what the stream is called; the same at both ends")
      ->capture_default_str();
  addSecretOptions(cli, secret);
  cli.footer(kExamples);

  return program.run(argc, argv, [&](base::Context& context) {
    const Ends ends = tellApart(a, b);
    Pair pair(makePlan({fmt::format("{}={}", name, ends.local)}, secret), ends.transport, context);
    std::string broken;
    pair.tunnel().onStandardIoOver([&](const std::string& words) {
      broken = words;
      context.loop.quit();
    });
    pair.start();
    context.loop.run();
    if (!broken.empty()) throw base::SetupError(broken);
    return 0;
  });
}

}  // namespace lucarne::tunnel
