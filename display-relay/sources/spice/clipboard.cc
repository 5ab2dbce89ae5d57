// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/spice/clipboard.h"

#include <spice/vd_agent.h>

#include <algorithm>

namespace lucarne::relay::spice {

namespace {

constexpr guint kSelection = VD_AGENT_CLIPBOARD_SELECTION_CLIPBOARD;
constexpr guint32 kText = VD_AGENT_CLIPBOARD_UTF8_TEXT;
// A grab lists a few kinds; the count is the agent's claim, the list as long as the library made it.
constexpr guint kMostTypes = 256;

}  // namespace

Clipboard::Clipboard(const Library& library, SpiceMainChannel* main, Signals& signals,
                     surface::Screen& screen)
    : library_(library), main_(main), screen_(screen) {
  signals.onAsked<guint, gpointer, guint>(
      "main-clipboard-selection-grab", [this](guint selection, gpointer types, guint count) {
        onGrab(selection, static_cast<const guint32*>(types), count);
      });
  signals.on<guint, guint, gpointer, guint>(
      "main-clipboard-selection", [this](guint selection, guint type, gpointer data, guint size) {
        onText(selection, type, static_cast<const char*>(data), size);
      });
  signals.onAsked<guint, guint>(
      "main-clipboard-selection-request",
      [this](guint selection, guint type) { onRequest(selection, type); });
}

void Clipboard::offer(const std::string& text) {
  offered_ = text;
  // Asked for by the library's own assertions, too: without an agent it may not be called.
  if (!library_.mainAgentTestCapability(main_, VD_AGENT_CAP_CLIPBOARD_BY_DEMAND)) return;
  guint32 type = kText;
  library_.mainClipboardGrab(main_, kSelection, &type, 1);
}

void Clipboard::onGrab(guint selection, const guint32* types, guint count) {
  if (selection != kSelection || !types) return;
  offered_.clear();  // what is newest is the guest's
  if (!mayPass(screen_.clipboardWays(), surface::ClipboardWays::GuestToKiosk)) return;
  const guint32* end = types + std::min(count, kMostTypes);
  if (std::find(types, end, kText) != end) library_.mainClipboardRequest(main_, kSelection, kText);
}

void Clipboard::onText(guint selection, guint type, const char* data, guint size) {
  if (selection != kSelection || type != kText || !data) return;
  if (size > 2 * surface::kMaxClipboardBytes) return;
  screen_.guestCopied(surface::plainClipboardText({data, size}));
}

// Answered with nothing when there is nothing: the guest's program waits for an answer.
void Clipboard::onRequest(guint selection, guint type) {
  const bool text = selection == kSelection && type == kText;
  library_.mainClipboardNotify(main_, selection, text ? kText : guint32{VD_AGENT_CLIPBOARD_NONE},
                               reinterpret_cast<const guchar*>(offered_.data()),
                               text ? offered_.size() : 0);
}

}  // namespace lucarne::relay::spice
