// SPDX-License-Identifier: Apache-2.0
// Chooses the panel that the machine has.
#pragma once

#include <memory>

#include "base/program.h"
#include "kiosk/output.h"
#include "kiosk/settings.h"

namespace lucarne::kiosk {

/// With `Renderer::Auto` the GPU when there is one, else our own painting. Throws SetupError when
/// there is no display. The context outlives the output.
std::unique_ptr<Output> openOutput(const Settings& settings, const base::Context& context);

}  // namespace lucarne::kiosk
