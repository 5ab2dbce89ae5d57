// SPDX-License-Identifier: Apache-2.0
// The part of --help that lists what was built in.
#pragma once

#include <string>

namespace lucarne::relay {

/// Every source, sink and transport, one line each, and examples.
std::string endpointHelp();

}  // namespace lucarne::relay
