// SPDX-License-Identifier: Apache-2.0
// A connection to an X server in the loop: requests go out, replies and events come to callbacks. A server
// that does not read, or stops within an answer, loses the connection instead of stopping the loop.
#pragma once

#include <xcb/xcb.h>

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "base/loop.h"
#include "display-relay/sources/x11/greeting.h"
#include "display-relay/sources/x11/patience.h"

namespace lucarne::relay::x11 {

class Server {
 public:
  /// `onEvent` hears events and errors (response_type 0). `onLost` is called once, from the loop or
  /// from `flush`, when the connection is of no more use; do not destroy the Server in either. Throws
  /// SetupError (Patience).
  Server(Connection connection, base::Loop& loop,
         std::function<void(const xcb_generic_event_t&)> onEvent,
         std::function<void(const std::string& words)> onLost);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// For making requests, which do nothing once the connection is lost; `flush` sends them. Flush before
  /// XCB has gathered more than 16 KiB, or it writes by itself.
  xcb_connection_t* get() const { return connection_.get(); }
  void flush();
  /// Ends the connection: onLost hears these words.
  void lose(const std::string& words);
  bool isLost() const { return lost_; }

  /// Calls with the reply to a request, which is lent, or with null when it failed. In the order of the
  /// requests; expect a reply right after the request.
  template <typename T, typename CookieOf>
  void expect(CookieOf cookie, std::function<void(const T*)> onReply) {
    expected_.push_back({cookie.sequence, [onReply = std::move(onReply)](const void* reply) {
                           onReply(static_cast<const T*>(reply));
                         }});
  }

  /// The server has not read everything it was sent.
  bool isSending() const;

 private:
  struct Expected {
    unsigned sequence = 0;
    std::function<void(const void*)> onReply;
  };

  void pump();
  bool takeEvent();
  bool takeReply();

  Connection connection_;
  Patience patience_;
  base::Loop& loop_;
  std::function<void(const xcb_generic_event_t&)> onEvent_;
  std::function<void(const std::string&)> onLost_;
  std::deque<Expected> expected_;
  bool lost_ = false;
  base::Watch watch_;
  base::Timer again_;  // what XCB has read already does not wake the loop
};

}  // namespace lucarne::relay::x11
