// SPDX-License-Identifier: Apache-2.0
// xcb/xkb.h, which has members with a name that C++ keeps for itself.
#pragma once

#define explicit explicit_
#include <xcb/xkb.h>
#undef explicit
