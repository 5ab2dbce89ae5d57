// SPDX-License-Identifier: Apache-2.0
#include "bench/vnc_guest.h"

#include <fmt/format.h>

#include "base/result.h"
#include "bench/folder_watch.h"
#include "bench/installed.h"
#include "bench/listening.h"
#include "bench/panel.h"

namespace lucarne::bench {

namespace {

constexpr int kFirstPort = 15900;
constexpr base::Duration kPatience = std::chrono::seconds(20);

}  // namespace

VncGuest::VncGuest(surface::Size size, int rate, const std::string& folder)
    : VncGuest(freeDisplay(), size, rate, folder) {}

VncGuest::VncGuest(int number, surface::Size size, int rate, const std::string& folder)
    : number_(number),
      display_(fmt::format(":{}", number)),
      port_(kFirstPort + number),
      server_({.arguments = {installed("Xvnc"), display_, "-geometry",
                             fmt::format("{}x{}", size.width, size.height), "-depth", "24",
                             "-SecurityTypes", "None", "-rfbport", std::to_string(port_),
                             "-localhost", "-AcceptSetDesktopSize=0", "-AlwaysShared", "-FrameRate",
                             std::to_string(rate)},
               .errors = folder + "/xvnc.log"}) {
  if (!awaitListener(port_, kPatience, server_) || !awaitDisplay(number, kPatience, server_)) {
    throw base::SetupError(fmt::format("Xvnc did not start: {}", lastLine(folder + "/xvnc.log")));
  }
}

}  // namespace lucarne::bench
