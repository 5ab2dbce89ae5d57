// SPDX-License-Identifier: Apache-2.0
// A relay's picture in the kiosk: the only file that touches memory which a relay shares.
//
// The relay keeps the descriptor and may write at any time, so nothing but colours is ever read
// from here, each for its own sake. It cannot make a read fail: the memory is a memfd on tmpfs
// (huge pages could run out under a reader) that is sealed against shrinking.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "surface/frame.h"

namespace lucarne::surface {

class MappedPicture {
 public:
  /// Checks the descriptor, maps it read-only and closes it.
  static base::Result<std::shared_ptr<const MappedPicture>> create(base::UniqueFd untrustedFd,
                                                                   Size size,
                                                                   std::uint32_t strideBytes);
  MappedPicture(const MappedPicture&) = delete;
  MappedPicture& operator=(const MappedPicture&) = delete;
  ~MappedPicture();

  ConstFrame frame() const { return frame_; }
  Size size() const { return frame_.size; }

 private:
  MappedPicture(ConstFrame frame, std::size_t bytes) : frame_(frame), bytes_(bytes) {}

  ConstFrame frame_;
  std::size_t bytes_;
};

/// A copy of `count` pixels at the start of a sealed memfd: a cursor's shape.
base::Result<std::vector<Pixel>> copySealedPixels(const base::UniqueFd& untrustedFd,
                                                  std::size_t count);

}  // namespace lucarne::surface
