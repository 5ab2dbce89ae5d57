// SPDX-License-Identifier: Apache-2.0
// vnc-listen+tcp:HOST:PORT[?OPTION&OPTION…], vnc-listen+unix:PATH[?…]
#pragma once

#include <string>
#include <string_view>

namespace lucarne::relay::vnc_listen {

struct Address {
  std::string listener;      ///< a link transport: "tcp-listen:127.0.0.1:5900"
  std::string passwordFile;  ///< empty: none
  bool viewOnly = false;
  bool mayResize = false;
};

/// Options are view-only, resize and password-file=PATH. Throws UsageError.
Address parseAddress(std::string_view text);

}  // namespace lucarne::relay::vnc_listen
