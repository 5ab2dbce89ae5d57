// SPDX-License-Identifier: Apache-2.0
// x11+TRANSPORT: the row of a source that is loaded when it is named (x11_source.h).
#include "base/late_module.h"
#include "display-relay/endpoint.h"
#include "display-relay/sources/x11_source.h"

namespace lucarne::relay {

namespace {

std::unique_ptr<Source> createX11Source(const Endpoint& endpoint, const RelayOptions&,
                                        surface::Screen& screen, const base::Context& context) {
  static const auto make = reinterpret_cast<decltype(&lucarneMakeX11Source)>(
      base::symbolOfModule("x11", "lucarneMakeX11Source", "the X11 source"));
  return std::unique_ptr<Source>(make(endpoint, screen, context));
}

}  // namespace

extern const SourceRow kX11Source = {
    "x11", "x11+TRANSPORT", "an X server's screen without a VNC server, e.g. x11+display:0",
    createX11Source};

}  // namespace lucarne::relay
