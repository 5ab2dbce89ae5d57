// SPDX-License-Identifier: Apache-2.0
// A tunnel as the command line asks for it.
#pragma once

#include <string>
#include <vector>

#include "tunnel/tunnel.h"

namespace CLI {
class App;
}

namespace lucarne::tunnel {

struct SecretChoice {
  std::string file;      ///< empty: none
  bool without = false;  ///< the user says that none is wanted
};

/// --secret-file and --without-secret. `choice` outlives the parsing.
void addSecretOptions(CLI::App& cli, SecretChoice& choice);

/// `ends` are NAME=LOCAL. Throws UsageError (an end that runs programs and no word about a secret),
/// SetupError (the file).
Plan makePlan(const std::vector<std::string>& ends, const SecretChoice& choice);

}  // namespace lucarne::tunnel
