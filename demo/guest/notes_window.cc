// SPDX-License-Identifier: Apache-2.0
#include "demo/guest/notes_window.h"

#include <algorithm>

namespace lucarne::demo {

namespace {

constexpr surface::Size kSize{520, 300};
constexpr int kMargin = 18;
constexpr int kLineWidth = kSize.width - 2 * kMargin;
constexpr std::size_t kLongestLine = 200;   // characters; no line holds more, however thin
constexpr std::size_t kLongestText = 2000;  // then the oldest goes

// X11/keysymdef.h: Latin-1 is itself, Unicode has bit 24 set.
constexpr std::uint32_t kBackSpace = 0xff08;
constexpr std::uint32_t kReturn = 0xff0d;
constexpr std::uint32_t kEscape = 0xff1b;
constexpr std::uint32_t kKeypadEnter = 0xff8d;

/// 0: not a character.
char32_t toCharacter(std::uint32_t keysym) {
  if (keysym == kReturn || keysym == kKeypadEnter) return U'\n';
  if ((keysym >= 0x20 && keysym < 0x7f) || (keysym >= 0xa0 && keysym <= 0xff)) return keysym;
  const std::uint32_t unicode = keysym - 0x01000000;
  return unicode >= 0x100 && unicode <= 0xffff && (unicode & 0xf800) != 0xd800 ? unicode : 0;
}

std::string toUtf8(std::u32string_view text) {
  std::string out;
  for (const char32_t c : text) {
    if (c < 0x80) {
      out += static_cast<char>(c);
    } else if (c < 0x800) {
      out += static_cast<char>(0xc0 | c >> 6);
      out += static_cast<char>(0x80 | (c & 0x3f));
    } else {
      out += static_cast<char>(0xe0 | c >> 12);
      out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
      out += static_cast<char>(0x80 | (c & 0x3f));
    }
  }
  return out;
}

}  // namespace

NotesWindow::NotesWindow(surface::GuestPoint at, surface::Size desktop)
    : Window("Notes", {at.x, at.y, kSize.width, kSize.height}, desktop),
      font_(Typeface::Sans, 20),
      hint_(font_.render("Type something…")) {
  layOut();
}

std::string NotesWindow::text() const { return toUtf8(text_); }

bool NotesWindow::onKeysym(std::uint32_t keysym, surface::Damage& damage) {
  if (keysym == kBackSpace) {
    if (!text_.empty()) text_.pop_back();
  } else if (keysym == kEscape) {
    text_.clear();
  } else if (const char32_t c = toCharacter(keysym)) {
    text_ += c;
    if (text_.size() > kLongestText) text_.erase(0, 1);
  } else {
    return false;
  }
  layOut();
  damage.add(content());
  return true;
}

// The first line of `rest` that fits, without the break that ends it; takes both off `rest`.
std::u32string_view NotesWindow::takeLine(std::u32string_view& rest) const {
  const std::u32string_view paragraph = rest.substr(0, rest.find(U'\n'));
  const auto fit = static_cast<std::size_t>(
      std::max(1, font_.fitting(toUtf8(paragraph.substr(0, kLongestLine)), kLineWidth)));
  if (fit >= paragraph.size()) {
    rest.remove_prefix(std::min(rest.size(), paragraph.size() + 1));
    return paragraph;
  }
  // The last word goes to the next line, if it is not the only one.
  const std::size_t space = paragraph.substr(0, fit).rfind(U' ');
  const std::size_t cut = space == std::u32string_view::npos ? fit : space + 1;
  rest.remove_prefix(cut);
  return paragraph.substr(0, cut);
}

void NotesWindow::layOut() {
  std::vector<std::u32string_view> lines;
  std::u32string_view rest = text_;
  while (!rest.empty()) lines.push_back(takeLine(rest));
  if (text_.empty() || text_.back() == U'\n') lines.emplace_back();
  const auto fit =
      static_cast<std::size_t>((kSize.height - kTitleHeight - 2 * kMargin) / font_.lineHeight());
  lines_.clear();
  for (std::size_t i = lines.size() - std::min(lines.size(), fit); i < lines.size(); ++i) {
    lines_.push_back(font_.render(toUtf8(lines[i])));
  }
}

void NotesWindow::drawContent(Canvas& canvas) const {
  const surface::Rect area = content();
  canvas.fill({area.x + 8, area.y, area.width - 16, area.height - 8}, {0xfbf6ea});
  surface::GuestPoint at{area.x + kMargin, area.y + kMargin / 2};
  if (text_.empty()) canvas.text(hint_, at, {0xa79f8c});
  for (const TextImage& line : lines_) {
    canvas.text(line, at, {0x2a2438});
    at.y += font_.lineHeight();
  }
  const int caretX = at.x + lines_.back().size.width + 2;
  canvas.fill({caretX, at.y - font_.lineHeight() + 2, 2, font_.lineHeight() - 4}, {0xd0602c});
}

}  // namespace lucarne::demo
