// SPDX-License-Identifier: Apache-2.0
#include "link/codec/methods.h"

#include "link/codec/delta.h"
#include "link/codec/gradient.h"
#include "link/codec/jpeg_strip.h"
#include "link/codec/palette.h"
#include "link/codec/plain.h"

namespace lucarne::link {

Methods createMethods() {
  return {std::make_unique<Plain32>(), std::make_unique<Plain24>(), std::make_unique<Palette>(),
          std::make_unique<Delta>(),   std::make_unique<Gradient>(), std::make_unique<JpegStrip>()};
}

}  // namespace lucarne::link
