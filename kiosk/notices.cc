// SPDX-License-Identifier: Apache-2.0
#include "kiosk/notices.h"

#include <algorithm>

#include <fmt/format.h>

#include "kiosk/blit.h"

namespace lucarne::kiosk {

using surface::Pixel;
using surface::Size;

namespace {

constexpr Pixel kPaper = 0xe0202830;  // what is behind shines through a little
constexpr Pixel kTitleInk = 0xffffff;
constexpr Pixel kInk = 0xc8d4e0;

// Of the shorter side of the panel: lines of 1/28 are 5 mm on a panel of 14 cm.
constexpr int kLineShare = 28;
constexpr int kMinLine = 12;
constexpr int kMaxLine = 48;

std::string withWords(std::string text, const std::string& words) {
  return words.empty() ? text : text + ": " + words;
}

struct Placed {
  Image image;
  int y;
};

}  // namespace

Notice noticeOfNoGuest(const NoticeFacts& facts) {
  return {"Waiting for a guest",
          {fmt::format("Start one with: lucarne-relay SOURCE {}", facts.sinkWord), facts.hint}};
}

std::optional<Notice> noticeOf(const Guest& guest, const NoticeFacts& facts) {
  if (!guest.connected) {
    return Notice{fmt::format("{}: reconnecting", guest.name),
                  {withWords("Its relay is gone", guest.leftWords),
                   fmt::format("It comes back by itself when lucarne-relay SOURCE {} runs again",
                               facts.sinkWord),
                   facts.hint}};
  }
  if (guest.tooLarge) {
    return Notice{fmt::format("{}: its picture is too large for this panel", guest.name),
                  {"Try --renderer software, or a smaller resolution in the guest", facts.hint}};
  }
  const bool live = guest.phase == surface::Phase::Live;
  if (live && guest.picture) return std::nullopt;
  // With a picture of old, or with words of loss, this is not the first time.
  const bool again = guest.picture || guest.phase == surface::Phase::Lost;
  return Notice{fmt::format("{}: {}", guest.name, again ? "reconnecting" : "starting"),
                {guest.phaseWords, facts.hint}};
}

Image drawNotice(const Notice& notice, Lettering& lettering, Size upright) {
  const int line = std::clamp(std::min(upright.width, upright.height) / kLineShare, kMinLine,
                              kMaxLine);
  const int margin = line;
  const int room = std::max(upright.width - 4 * margin, line);
  std::vector<Placed> placed;
  int width = 0;
  int y = margin;
  const auto write = [&](const std::string& text, int height, Pixel ink) {
    for (const std::string& part : lettering.wrapped(text, height, room)) {
      Image image = lettering.line(part, height, ink);
      width = std::max(width, image.size.width);
      const int next = y + image.size.height;
      placed.push_back({std::move(image), y});
      y = next;
    }
  };
  write(notice.title, line * 3 / 2, kTitleInk);
  y += line / 2;
  for (const std::string& text : notice.lines) {
    write(text, line, kInk);
    y += line / 4;
  }
  Image box({std::min(width + 2 * margin, std::max(upright.width, 1)),
             std::min(y + margin, std::max(upright.height, 1))},
            kPaper);
  for (const Placed& p : placed) {
    // blend() mixes colours only: the paper's own transparency is put back.
    blend(p.image.frame(), box.frame(), margin, p.y, surface::Rect::of(box.size));
  }
  for (Pixel& pixel : box.pixels) pixel = (pixel & surface::kColourMask) | (kPaper & 0xff000000);
  return box;
}

}  // namespace lucarne::kiosk
