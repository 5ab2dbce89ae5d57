// SPDX-License-Identifier: Apache-2.0
// JPEG pictures inside Tight rectangles, through libjpeg-turbo.
#pragma once

#include "base/byte_reader.h"
#include "base/result.h"
#include "surface/frame.h"

namespace lucarne::relay::rfb {

/// Decodes a whole JFIF stream into `rect` of the frame. An error when it is damaged or cut short,
/// when its size is not the rectangle's, or when it has more scans than an encoder makes
/// (progressive pictures can be built to take minutes). The rectangle may then be half painted.
base::Result<void> decodeJpeg(base::Bytes jpeg, surface::Frame frame, const surface::Rect& rect);

}  // namespace lucarne::relay::rfb
