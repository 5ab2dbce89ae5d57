// SPDX-License-Identifier: Apache-2.0
// The entrance of the module that holds the X11 source.
#include "display-relay/sources/x11_source.h"

lucarne::relay::Source* lucarneMakeX11Source(const lucarne::relay::Endpoint& endpoint,
                                             lucarne::surface::Screen& screen,
                                             const lucarne::base::Context& context) {
  return lucarne::relay::makeX11Source(endpoint, screen, context).release();
}
