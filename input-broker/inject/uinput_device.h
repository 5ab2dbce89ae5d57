// SPDX-License-Identifier: Apache-2.0
// A device in the kernel, made with /dev/uinput.
#pragma once

#include <memory>

#include "base/program.h"
#include "base/result.h"
#include "input-broker/inject/virtual_device.h"

namespace lucarne::input {

/// Makes the device with its name, ids, properties and axes. Autorepeat is left to the origin: it
/// comes as events. Fails with words without /dev/uinput.
base::Result<std::unique_ptr<DeviceSink>> makeUinputDevice(const Description& description,
                                                           SinkCallbacks callbacks,
                                                           const base::Context& context);

}  // namespace lucarne::input
