// SPDX-License-Identifier: Apache-2.0
#include "kiosk/pixel_font.h"

#include <string_view>

namespace lucarne::kiosk {

namespace {

constexpr int kPerBand = 16;
constexpr int kRows = 8;
constexpr char32_t kFirst = U' ';
constexpr char32_t kBox = 0x7f;  // the last place, which ASCII leaves free

// Six bands of sixteen characters, from space on, as they look.
constexpr std::string_view kArt[] = {
    // clang-format off
    R"(        #    # #   # #    #   ##  #  ##     #      #   #                                      #)",
    R"(        #    # #   # #   #### ##  # #  #    #     #     #     #     #                         #)",
    R"(        #    # #  ##### # #      #  #  #    #    #       #  # # #   #                        #)",
    R"(        #          # #   ###    #    ##          #       #   ###  #####       #####         #)",
    R"(        #         #####   # #  #    #  ##        #       #  # # #   #                      #)",
    R"(                   # #  ####  #  ## #  #          #     #     #     #    ##          ##   #)",
    R"(        #          # #    #   #  ##  ## #          #   #                 ##          ##   #)",
    R"(                                                                         #)",

    R"( ###    #    ###   ###     #  #####   ##  #####  ###   ###                 #        #      ###)",
    R"(#   #  ##   #   # #   #   ##  #      #        # #   # #   #  ##    ##     #          #    #   #)",
    R"(#  ##   #       #     #  # #  ####  #        #  #   # #   #  ##    ##    #    #####   #       #)",
    R"(# # #   #      #    ##  #  #      # ####     #   ###   ####             #              #     #)",
    R"(##  #   #     #       # #####     # #   #   #   #   #     #  ##          #    #####   #     #)",
    R"(#   #   #    #    #   #    #  #   # #   #   #   #   #    #   ##    ##     #          #)",
    R"( ###   ###  #####  ###     #   ###   ###    #    ###   ##          ##      #        #       #)",
    R"(                                                                   #)",

    R"( ###   ###  ####   ###  ###   ##### #####  ###  #   #  ###    ### #   # #     #   # #   #  ###)",
    R"(#   # #   # #   # #   # #  #  #     #     #   # #   #   #      #  #  #  #     ## ## #   # #   #)",
    R"(# ### #   # #   # #     #   # #     #     #     #   #   #      #  # #   #     # # # ##  # #   #)",
    R"(# # # ##### ####  #     #   # ####  ####  # ### #####   #      #  ##    #     # # # # # # #   #)",
    R"(# ### #   # #   # #     #   # #     #     #   # #   #   #      #  # #   #     #   # #  ## #   #)",
    R"(#     #   # #   # #   # #  #  #     #     #   # #   #   #   #  #  #  #  #     #   # #   # #   #)",
    R"( ###  #   # ####   ###  ###   ##### #      #### #   #  ###   ##   #   # ##### #   # #   #  ###)",
    R"()",

    R"(####   ###  ####   #### ##### #   # #   # #   # #   # #   # #####  ###  #      ###    #)",
    R"(#   # #   # #   # #       #   #   # #   # #   # #   # #   #     #  #    #        #   # #)",
    R"(#   # #   # #   # #       #   #   # #   # #   #  # #   # #     #   #     #       #  #   #)",
    R"(####  #   # ####   ###    #   #   # #   # # # #   #     #     #    #      #      #)",
    R"(#     # # # # #       #   #   #   # #   # # # #  # #    #    #     #       #     #)",
    R"(#     #  #  #  #      #   #   #   #  # #  ## ## #   #   #   #      #        #    #)",
    R"(#      ## # #   # ####    #    ###    #   #   # #   #   #   #####  ###      #  ###)",
    R"(                                                                                          #####)",

    R"( #          #               #         ##        #       #      #  #      ##)",
    R"(  #         #               #        #          #                 #       #)",
    R"(   #   ###  ####   ###   ####  ###  ####   #### ####   ##     ##  #  #    #   ## #  ####   ###)",
    R"(          # #   # #     #   # #   #  #    #   # #   #   #      #  # #     #   # # # #   # #   #)",
    R"(       #### #   # #     #   # #####  #    #   # #   #   #      #  ##      #   # # # #   # #   #)",
    R"(      #   # #   # #   # #   # #      #     #### #   #   #      #  # #     #   # # # #   # #   #)",
    R"(       #### ####   ###   ####  ###   #        # #   #  ###  #  #  #  #   ###  # # # #   #  ###)",
    R"(                                           ###               ##)",

    R"(                         #                                           ##   #   ##          #####)",
    R"(                         #                                          #     #     #         #   #)",
    R"(####   #### # ##   #### ####  #   # #   # #   # #   # #   # #####   #     #     #    #    #   #)",
    R"(#   # #   # ##    #      #    #   # #   # #   #  # #  #   #    #   #      #      #  # # # #   #)",
    R"(#   # #   # #      ###   #    #   # #   # # # #   #   #   #   #     #     #     #      #  #   #)",
    R"(####   #### #         #  #  # #   #  # #  # # #  # #   ####  #      #     #     #         #   #)",
    R"(#         # #     ####    ##   ####   #    # #  #   #     # #####    ##   #   ##          #####)",
    R"(#         #                                            ###)",
    // clang-format on
};

}  // namespace

bool pixelFontSet(char32_t character, int x, int y) {
  if (x < 0 || x >= kPixelFontWidth || y < 0 || y >= kRows) return false;
  const char32_t shown = character < kFirst || character > kBox ? kBox : character;
  const int index = static_cast<int>(shown - kFirst);
  const std::string_view row = kArt[index / kPerBand * kRows + y];
  const auto column = static_cast<std::size_t>(index % kPerBand * kPixelFontWidth + x);
  return column < row.size() && row[column] == '#';
}

}  // namespace lucarne::kiosk
