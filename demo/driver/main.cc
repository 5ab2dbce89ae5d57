// SPDX-License-Identifier: Apache-2.0
// lucarne-demo: everything at once, on one machine.
#include "base/program.h"
#include "demo/driver/demo.h"
#include "demo/driver/settings.h"

int main(int argc, char** argv) {
  using namespace lucarne;
  base::Program program("lucarne-demo",
                        "Shows a guest's screen through a serial line on a turned panel, and says "
                        "how well");
  const demo::SettingsParser parser(program.options());
  return program.run(argc, argv, [&parser](base::Context& context) {
    return demo::Demo(parser.settings(), context).run();
  });
}
