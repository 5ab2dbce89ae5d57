// SPDX-License-Identifier: Apache-2.0
// spice-client-glib, loaded when a SPICE source is made and not before: with what it brings
// (GStreamer, OpenSSL, PulseAudio and some sixty more) it costs 12 MiB of resident memory, which a
// relay in a small domain that shows VNC or D-Bus must not pay. Its headers are needed to build,
// the library only to run.
#pragma once

#include <spice-client.h>

#include <memory>

#include "base/log.h"

namespace lucarne::relay::spice {

/// The library's functions, under their own names without the prefix. Never unloaded: its GTypes
/// cannot be taken back.
struct Library {
  decltype(&spice_session_new) sessionNew = nullptr;
  decltype(&spice_session_open_fd) sessionOpenFd = nullptr;
  decltype(&spice_session_disconnect) sessionDisconnect = nullptr;
  decltype(&spice_channel_open_fd) channelOpenFd = nullptr;
  decltype(&spice_channel_disconnect) channelDisconnect = nullptr;
  decltype(&spice_channel_flush_async) channelFlushAsync = nullptr;
  decltype(&spice_channel_flush_finish) channelFlushFinish = nullptr;
  decltype(&spice_channel_test_capability) channelTestCapability = nullptr;
  decltype(&spice_display_channel_get_primary) displayGetPrimary = nullptr;
  decltype(&spice_display_channel_change_preferred_compression) displayPreferCompression = nullptr;
  decltype(&spice_display_channel_get_gl_scanout) displayGetGlScanout = nullptr;
  decltype(&spice_display_channel_gl_draw_done) displayGlDrawDone = nullptr;
  decltype(&spice_inputs_channel_position) inputsPosition = nullptr;
  decltype(&spice_inputs_channel_motion) inputsMotion = nullptr;
  decltype(&spice_inputs_channel_button_press) inputsButtonPress = nullptr;
  decltype(&spice_inputs_channel_button_release) inputsButtonRelease = nullptr;
  decltype(&spice_inputs_channel_key_press) inputsKeyPress = nullptr;
  decltype(&spice_inputs_channel_key_release) inputsKeyRelease = nullptr;
  decltype(&spice_main_channel_update_display) mainUpdateDisplay = nullptr;
  decltype(&spice_main_channel_update_display_enabled) mainEnableDisplay = nullptr;
  decltype(&spice_main_channel_send_monitor_config) mainSendMonitorConfig = nullptr;
  decltype(&spice_main_channel_agent_test_capability) mainAgentTestCapability = nullptr;
  decltype(&spice_main_channel_clipboard_selection_grab) mainClipboardGrab = nullptr;
  decltype(&spice_main_channel_clipboard_selection_request) mainClipboardRequest = nullptr;
  decltype(&spice_main_channel_clipboard_selection_notify) mainClipboardNotify = nullptr;

  /// Throws SetupError when the library is not installed, or lacks a function.
  static Library load();
};

/// While it lives, what the library has to say goes to our log: warnings at a limited rate, since a
/// server can provoke any number of them; the rest (with SPICE_DEBUG=1 in the environment) as
/// trace.
class LibraryWords {
 public:
  LibraryWords(const base::Log& log, const base::Clock& clock);
  ~LibraryWords();
  LibraryWords(const LibraryWords&) = delete;
  LibraryWords& operator=(const LibraryWords&) = delete;

 private:
  static void onWords(const char* domain, GLogLevelFlags level, const char* words, gpointer self);

  base::Log log_;
  base::LimitedLog limited_;
  guint gtkHandler_ = 0;
  guint commonHandler_ = 0;
};

}  // namespace lucarne::relay::spice
