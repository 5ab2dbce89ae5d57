// SPDX-License-Identifier: Apache-2.0
// What is written after pattern:
#pragma once

#include "display-relay/endpoint.h"

namespace lucarne::relay {

struct PatternSettings {
  surface::Size size;
  bool isSizeFixed = false;  ///< named by the user: does not follow the size that the panel wants
  int fps = 0;               ///< 0: paints only when something happens
};

/// Throws UsageError.
PatternSettings parsePattern(const Endpoint& endpoint);

}  // namespace lucarne::relay
