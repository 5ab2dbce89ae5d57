// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/spice/library.h"

#include <dlfcn.h>
#include <fmt/format.h>

#include "base/late_gio.h"
#include "base/result.h"

namespace lucarne::relay::spice {

namespace {

// The ABI of the headers that this was built with: 8 since spice-gtk 0.6.
constexpr const char* kSoname = "libspice-client-glib-2.0.so.8";
// Log domains of spice-gtk and of the spice-common inside it.
constexpr const char* kGtkDomain = "GSpice";
constexpr const char* kCommonDomain = "Spice";
constexpr auto kEveryLevel =
    static_cast<GLogLevelFlags>(G_LOG_LEVEL_MASK | G_LOG_FLAG_FATAL | G_LOG_FLAG_RECURSION);

template <typename Function>
void resolve(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  if (!function) {
    throw base::SetupError(
        fmt::format("{} has no {}; install spice-gtk 0.37 or later", kSoname, name));
  }
}

}  // namespace

Library Library::load() {
  base::requireGio("SPICE");
  void* library = ::dlopen(kSoname, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!library) {
    throw base::SetupError(fmt::format(
        "SPICE needs {}: {}; install libspice-client-glib-2.0-8 (Debian) or spice-gtk (Alpine)",
        kSoname, ::dlerror()));
  }
  Library l;
  resolve(library, "spice_session_new", l.sessionNew);
  resolve(library, "spice_session_open_fd", l.sessionOpenFd);
  resolve(library, "spice_session_disconnect", l.sessionDisconnect);
  resolve(library, "spice_channel_open_fd", l.channelOpenFd);
  resolve(library, "spice_channel_disconnect", l.channelDisconnect);
  resolve(library, "spice_channel_flush_async", l.channelFlushAsync);
  resolve(library, "spice_channel_flush_finish", l.channelFlushFinish);
  resolve(library, "spice_channel_test_capability", l.channelTestCapability);
  resolve(library, "spice_display_channel_get_primary", l.displayGetPrimary);
  resolve(library, "spice_display_channel_change_preferred_compression",
          l.displayPreferCompression);
  resolve(library, "spice_display_channel_get_gl_scanout", l.displayGetGlScanout);
  resolve(library, "spice_display_channel_gl_draw_done", l.displayGlDrawDone);
  resolve(library, "spice_inputs_channel_position", l.inputsPosition);
  resolve(library, "spice_inputs_channel_motion", l.inputsMotion);
  resolve(library, "spice_inputs_channel_button_press", l.inputsButtonPress);
  resolve(library, "spice_inputs_channel_button_release", l.inputsButtonRelease);
  resolve(library, "spice_inputs_channel_key_press", l.inputsKeyPress);
  resolve(library, "spice_inputs_channel_key_release", l.inputsKeyRelease);
  resolve(library, "spice_main_channel_update_display", l.mainUpdateDisplay);
  resolve(library, "spice_main_channel_update_display_enabled", l.mainEnableDisplay);
  resolve(library, "spice_main_channel_send_monitor_config", l.mainSendMonitorConfig);
  resolve(library, "spice_main_channel_agent_test_capability", l.mainAgentTestCapability);
  resolve(library, "spice_main_channel_clipboard_selection_grab", l.mainClipboardGrab);
  resolve(library, "spice_main_channel_clipboard_selection_request", l.mainClipboardRequest);
  resolve(library, "spice_main_channel_clipboard_selection_notify", l.mainClipboardNotify);
  return l;
}

LibraryWords::LibraryWords(const base::Log& log, const base::Clock& clock)
    : log_(log), limited_(log, clock) {
  gtkHandler_ = g_log_set_handler(kGtkDomain, kEveryLevel, onWords, this);
  commonHandler_ = g_log_set_handler(kCommonDomain, kEveryLevel, onWords, this);
}

LibraryWords::~LibraryWords() {
  g_log_remove_handler(kGtkDomain, gtkHandler_);
  g_log_remove_handler(kCommonDomain, commonHandler_);
}

void LibraryWords::onWords(const char*, GLogLevelFlags level, const char* words, gpointer self) {
  auto* ours = static_cast<LibraryWords*>(self);
  if (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING)) {
    ours->limited_.warning("spice-gtk: {}", words);
  } else {
    ours->log_.trace("spice-gtk: {}", words);
  }
}

}  // namespace lucarne::relay::spice
