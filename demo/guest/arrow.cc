// SPDX-License-Identifier: Apache-2.0
#include "demo/guest/arrow.h"

#include <rfb/rfb.h>

namespace lucarne::demo {

namespace {

constexpr int kWidth = 12;
constexpr int kHeight = 19;
// x: outline, o: inside.
constexpr char kShape[] =
    "x           "
    "xx          "
    "xox         "
    "xoox        "
    "xooox       "
    "xoooox      "
    "xooooox     "
    "xoooooox    "
    "xooooooox   "
    "xoooooooox  "
    "xooooooooox "
    "xoooooooooox"
    "xoooooxxxxxx"
    "xooxoox     "
    "xox xoox    "
    "xx  xoox    "
    "x    xoox   "
    "     xoox   "
    "      xx    ";
static_assert(sizeof kShape == kWidth * kHeight + 1);

}  // namespace

rfbCursor* makeArrow() {
  char inside[sizeof kShape];
  char mask[sizeof kShape];
  for (unsigned i = 0; i < sizeof kShape; ++i) {
    // libvncserver's own drawing: an 'x' is set, a blank is not.
    inside[i] = kShape[i] == 'o' ? 'x' : ' ';
    mask[i] = kShape[i] == ' ' ? ' ' : 'x';
  }
  rfbCursor* cursor = rfbMakeXCursor(kWidth, kHeight, inside, mask);
  cursor->foreRed = cursor->foreGreen = cursor->foreBlue = 0xffff;
  cursor->backRed = cursor->backGreen = cursor->backBlue = 0x1000;
  return cursor;
}

}  // namespace lucarne::demo
