// SPDX-License-Identifier: Apache-2.0
// GIO and GObject without linking to them: what this tree calls of them is forwarded to the library,
// which is loaded at the first call. It is needed for QEMU's D-Bus display, for SPICE and to look names
// up, and costs a megabyte of resident memory that a relay in a small domain must not pay for nothing.
//
// Code that uses them includes <gio/gio.h> and calls its functions as ever; late_gio.cc defines those
// that are called (the linker names one that is missing there). Linking a program to GIO as well, as
// one with libsoup does, does no harm.
#pragma once

#include <string_view>

namespace lucarne::base {

/// To be called before any of GIO's functions, at set-up: throws SetupError, with `what` in front, when
/// the library cannot be loaded. A function that is called without it ends the program then.
void requireGio(std::string_view what);

}  // namespace lucarne::base
