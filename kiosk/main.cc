// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "base/program.h"
#include "kiosk/kiosk.h"
#include "kiosk/lettering.h"
#include "kiosk/outputs/dmabuf_report.h"
#include "kiosk/outputs/open_output.h"
#include "kiosk/script.h"
#include "kiosk/settings.h"
#include "kiosk/store_link.h"

int main(int argc, char** argv) {
  using namespace lucarne;

  base::Program program("lucarne-kiosk", "Shows guests on the panel: full screen, turned, touchable.");
  kiosk::SettingsParser parser(program.options());

  return program.run(argc, argv, [&parser](base::Context& context) {
    const kiosk::Settings settings = parser.settings();
    if (settings.list) {
      std::fputs(kiosk::dmabufReport().c_str(), stdout);
      return 0;
    }
    const auto output = kiosk::openOutput(settings, context);
    kiosk::Lettering lettering(settings.font);
    kiosk::Kiosk kiosk(settings, *output, lettering, context);
    const auto script = kiosk::playScript(settings.scriptPath, kiosk.panelEvents(), context);
    const auto store = kiosk::openStoreLink(settings, kiosk, context);
    context.loop.run();
    kiosk.finish();
    if (store) store->finish();
    return 0;
  });
}
