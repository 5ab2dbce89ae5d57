// SPDX-License-Identifier: Apache-2.0
// Whether a program that was started is ready to be connected to, asked without connecting: some
// take one connection only.
#pragma once

#include "base/clock.h"
#include "bench/child.h"

namespace lucarne::bench {

/// Somebody listens on this TCP port (/proc/net/tcp, /proc/net/tcp6).
bool isListening(int port);

/// Blocks until somebody does; false when `patience` is over or `server` has ended.
bool awaitListener(int port, base::Duration patience, Child& server);

/// Blocks until the X server has its socket.
bool awaitDisplay(int number, base::Duration patience, Child& server);

}  // namespace lucarne::bench
