// SPDX-License-Identifier: Apache-2.0
// What the kiosk tells the person in words: never a black screen without them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kiosk/guest.h"
#include "kiosk/lettering.h"
#include "kiosk/scene.h"

namespace lucarne::kiosk {

struct Notice {
  std::string title;
  std::vector<std::string> lines;
  friend bool operator==(const Notice&, const Notice&) = default;
};

/// What the words refer to.
struct NoticeFacts {
  std::string sinkWord;  ///< the sink that leads here: "kiosk:" or "kiosk:/path"
  std::string hint;      ///< where the reason is to be found
};

/// Before any guest has come.
Notice noticeOfNoGuest(const NoticeFacts& facts);

/// About the shown guest; nothing when its picture is live.
std::optional<Notice> noticeOf(const Guest& guest, const NoticeFacts& facts);

/// A box with the words, upright, for a panel which is this large when held upright. Its text has a
/// size that can be read from a step away, and the box fits the panel.
Image drawNotice(const Notice& notice, Lettering& lettering, surface::Size upright);

}  // namespace lucarne::kiosk
