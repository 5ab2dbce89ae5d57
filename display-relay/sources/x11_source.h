// SPDX-License-Identifier: Apache-2.0
// x11+display:N, x11+TRANSPORT: the screen of an X server, without a VNC server in between: for a relay
// that runs in the guest itself. docs/displays.md says what it takes; docs/decisions/x11-source.md why.
#pragma once

#include <memory>

#include "display-relay/endpoint.h"

namespace lucarne::relay {

/// Throws UsageError on a malformed endpoint.
std::unique_ptr<Source> makeX11Source(const Endpoint& endpoint, surface::Screen& screen,
                                      const base::Context& context);

}  // namespace lucarne::relay

/// The entrance of the module "x11" (base/late_module.h): it needs ten libraries that no other source
/// does. The caller owns what it makes. Throws UsageError on a malformed endpoint.
extern "C" [[gnu::visibility("default")]] lucarne::relay::Source* lucarneMakeX11Source(
    const lucarne::relay::Endpoint& endpoint, lucarne::surface::Screen& screen,
    const lucarne::base::Context& context);
