// SPDX-License-Identifier: Apache-2.0
// A script of input, line by line: whatever is accepted stays within the ranges that a guest is told.
#include <cstdlib>
#include <string_view>
#include <variant>

#include "kiosk/script.h"

namespace {

void check(const lucarne::kiosk::PanelInput& input) {
  using namespace lucarne;
  if (const auto* key = std::get_if<surface::Key>(&input)) {
    if (key->code == 0 || key->code > surface::kMaxEvdevCode) std::abort();
  } else if (const auto* touch = std::get_if<kiosk::PanelTouch>(&input)) {
    if (touch->slot >= surface::kMaxTouchSlots) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (const auto steps = lucarne::kiosk::parseScriptLine(text.substr(0, end))) {
      for (const auto& step : *steps) {
        if (const auto* input = std::get_if<lucarne::kiosk::PanelInput>(&step)) check(*input);
      }
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return 0;
}
