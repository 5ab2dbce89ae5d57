// SPDX-License-Identifier: Apache-2.0
// The sizes in a recording's file, for its reader and its writer (bench/recording.h has the
// grammar).
#pragma once

#include <cstddef>
#include <string_view>

namespace lucarne::bench::recording {

inline constexpr std::string_view kMagic = "LUCREC1\n";
inline constexpr std::size_t kHeaderBytes = 4;
inline constexpr std::size_t kStepBytes = 6;
inline constexpr std::size_t kRectBytes = 8;
inline constexpr std::size_t kPixelBytes = 3;

}  // namespace lucarne::bench::recording
