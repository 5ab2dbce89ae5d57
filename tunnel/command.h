// SPDX-License-Identifier: Apache-2.0
// `lucarne-relay tunnel A B`: a tunnel with a link of its own.
#pragma once

namespace lucarne::tunnel {

/// Like a main: `argv[0]` is the word "tunnel". The exit code.
int runCommand(int argc, char** argv);

}  // namespace lucarne::tunnel
