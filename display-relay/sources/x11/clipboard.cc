// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/x11/clipboard.h"

#include <algorithm>
#include <cstring>

namespace lucarne::relay::x11 {

namespace {

// Text with the line ends of Windows may be twice as long as what is passed on.
constexpr std::size_t kMostReceived = 2 * surface::kMaxClipboardBytes;

template <typename T>
const T& as(const xcb_generic_event_t& event) {
  return reinterpret_cast<const T&>(event);
}

}  // namespace

Clipboard::Clipboard(Server& server, const Acquaintance& x, surface::Screen& screen)
    : server_(server),
      screen_(screen),
      atoms_(x.atoms),
      window_(x.ids.window),
      fixesEvents_(x.fixesEvents) {
  xcb_connection_t* c = server_.get();
  const std::uint32_t events = XCB_EVENT_MASK_PROPERTY_CHANGE;
  xcb_create_window(c, XCB_COPY_FROM_PARENT, window_, x.root, -1, -1, 1, 1, 0,
                    XCB_WINDOW_CLASS_INPUT_ONLY, XCB_COPY_FROM_PARENT, XCB_CW_EVENT_MASK, &events);
  xcb_xfixes_select_selection_input(c, window_, atoms_.clipboard,
                                    XCB_XFIXES_SELECTION_EVENT_MASK_SET_SELECTION_OWNER);
}

void Clipboard::offer(const std::string& text) {
  offered_ = text;
  const auto cookie =
      xcb_set_selection_owner(server_.get(), window_, atoms_.clipboard, XCB_CURRENT_TIME);
  claimed_ = cookie.sequence;
  server_.flush();
}

void Clipboard::onEvent(const xcb_generic_event_t& event, std::uint8_t type) {
  if (type == fixesEvents_ + XCB_XFIXES_SELECTION_NOTIFY) {
    // Of an owner before us, whom we have followed.
    if (!offered_.empty() && static_cast<std::int32_t>(event.full_sequence - claimed_) < 0) return;
    onOwner(as<xcb_xfixes_selection_notify_event_t>(event));
  } else if (type == XCB_SELECTION_NOTIFY) {
    onAnswer(as<xcb_selection_notify_event_t>(event));
  } else if (type == XCB_PROPERTY_NOTIFY) {
    onProperty(as<xcb_property_notify_event_t>(event));
  } else if (type == XCB_SELECTION_REQUEST) {
    onRequest(as<xcb_selection_request_event_t>(event));
  }
}

// ---- the guest's ------------------------------------------------------------------------------------

void Clipboard::onOwner(const xcb_xfixes_selection_notify_event_t& event) {
  if (event.selection != atoms_.clipboard) return;
  if (event.owner == window_) {
    since_ = event.selection_timestamp;
    return;
  }
  offered_.clear();  // what is newest is the guest's
  inPieces_ = false;
  received_.clear();
  ++transfer_;
  if (event.owner == XCB_NONE ||
      !mayPass(screen_.clipboardWays(), surface::ClipboardWays::GuestToKiosk)) {
    return;
  }
  xcb_convert_selection(server_.get(), window_, atoms_.clipboard, atoms_.utf8,
                        atoms_.received[transfer_ % 2], event.selection_timestamp);
  server_.flush();
}

void Clipboard::onAnswer(const xcb_selection_notify_event_t& event) {
  // None: whoever owns it has no text.
  if (event.requestor == window_ && event.property == atoms_.received[transfer_ % 2]) take();
}

void Clipboard::onProperty(const xcb_property_notify_event_t& event) {
  if (inPieces_ && event.window == window_ && event.state == XCB_PROPERTY_NEW_VALUE &&
      event.atom == atoms_.received[transfer_ % 2]) {
    take();
  }
}

// What is read to its end is deleted, which asks for the next piece.
void Clipboard::take() {
  constexpr std::uint32_t kWords = kMostReceived / 4 + 1;
  const xcb_atom_t property = atoms_.received[transfer_ % 2];
  server_.expect<xcb_get_property_reply_t>(
      xcb_get_property(server_.get(), true, window_, property, XCB_GET_PROPERTY_TYPE_ANY, 0, kWords),
      [this, property, transfer = transfer_](const xcb_get_property_reply_t* reply) {
        if (reply && reply->bytes_after > 0) xcb_delete_property(server_.get(), window_, property);
        if (transfer == transfer_) taken(reply);
        server_.flush();
      });
  server_.flush();
}

void Clipboard::taken(const xcb_get_property_reply_t* reply) {
  if (!reply) return;
  if (!inPieces_ && reply->type == atoms_.incr) {
    inPieces_ = true;
    return;
  }
  const bool isText = reply->type == atoms_.utf8 && reply->format == 8;
  const std::size_t size = std::min<std::size_t>(reply->value_len, std::size_t{reply->length} * 4);
  // Too much is taken to its end all the same: whoever sends waits for that.
  const bool tooMuch = !isText || reply->bytes_after > 0 || received_.size() + size > kMostReceived;
  if (size > 0 && received_.size() <= kMostReceived) {
    if (tooMuch) {
      received_.assign(kMostReceived + 1, '\0');
    } else {
      received_.append(static_cast<const char*>(xcb_get_property_value(reply)), size);
    }
  }
  if (inPieces_ && size > 0) return;
  inPieces_ = false;
  if (received_.size() <= kMostReceived) screen_.guestCopied(surface::plainClipboardText(received_));
  received_.clear();
  received_.shrink_to_fit();
}

// ---- ours -------------------------------------------------------------------------------------------

void Clipboard::onRequest(const xcb_selection_request_event_t& event) {
  // Clients of before 1988 leave it to us (ICCCM, 2.2).
  const xcb_atom_t property = event.property == XCB_NONE ? event.target : event.property;
  const bool given = event.owner == window_ && event.selection == atoms_.clipboard &&
                     !offered_.empty() && give(event, property);
  xcb_selection_notify_event_t answer{};
  answer.response_type = XCB_SELECTION_NOTIFY;
  answer.time = event.time;
  answer.requestor = event.requestor;
  answer.selection = event.selection;
  answer.target = event.target;
  answer.property = given ? property : xcb_atom_t{XCB_NONE};
  char bytes[32] = {};  // an event has as many, whatever its structure
  static_assert(sizeof answer <= sizeof bytes);
  std::memcpy(bytes, &answer, sizeof answer);
  xcb_send_event(server_.get(), false, event.requestor, XCB_EVENT_MASK_NO_EVENT, bytes);
  server_.flush();
}

bool Clipboard::give(const xcb_selection_request_event_t& event, xcb_atom_t property) {
  const auto put = [&](xcb_atom_t type, std::uint8_t format, std::size_t count, const void* data) {
    // By itself: there is room for one such text.
    server_.flush();
    if (server_.isLost()) return false;
    xcb_change_property(server_.get(), XCB_PROP_MODE_REPLACE, event.requestor, property, type, format,
                        static_cast<std::uint32_t>(count), data);
    return true;
  };
  if (event.target == atoms_.targets) {
    const xcb_atom_t targets[] = {atoms_.targets, atoms_.timestamp, atoms_.utf8};
    return put(XCB_ATOM_ATOM, 32, std::size(targets), targets);
  }
  if (event.target == atoms_.timestamp) return put(XCB_ATOM_INTEGER, 32, 1, &since_);
  if (event.target == atoms_.utf8) return put(atoms_.utf8, 8, offered_.size(), offered_.data());
  return false;
}

}  // namespace lucarne::relay::x11
