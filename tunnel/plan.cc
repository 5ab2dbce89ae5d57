// SPDX-License-Identifier: Apache-2.0
#include "tunnel/plan.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace lucarne::tunnel {

void addSecretOptions(CLI::App& cli, SecretChoice& choice) {
  cli.add_option("--secret-file", choice.file,
                 "file (mode 0600) whose first line both ends know; each proves it to the other "
                 "before a stream is used");
  cli.add_flag("--without-secret", choice.without,
               "let whoever has the line start programs: for exec: and exec-tty:");
}

Plan makePlan(const std::vector<std::string>& ends, const SecretChoice& choice) {
  Plan plan;
  for (const std::string& end : ends) plan.ends.push_back(parseNamedLocal(end));
  if (!choice.file.empty() && choice.without) {
    throw base::UsageError("--secret-file and --without-secret exclude each other");
  }
  for (const LocalSpec& end : plan.ends) {
    if (end.runsPrograms() && choice.file.empty() && !choice.without) {
      throw base::UsageError(fmt::format(
          "'{}' would start programs for whoever has the line: name a --secret-file that both ends "
          "have, or say --without-secret", end.text));
    }
  }
  if (!choice.file.empty()) plan.secret = Secret::fromFile(choice.file);
  return plan;
}

}  // namespace lucarne::tunnel
