// SPDX-License-Identifier: Apache-2.0
// A guest's picture in memory that its machine shares with us, and its way into our frames: a memfd,
// or a dma-buf with one linear plane.
//
// The pixels may change at any time, so nothing but colours is ever taken from here, and a read cannot
// kill the reader: a dma-buf never shrinks and is mapped, so is a memfd that is sealed against
// shrinking; any other memfd (QEMU 9.2 to 10 makes its own without seals, and so that none can be
// added) is read(2), which ends early where the file does.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"
#include "display-relay/sources/pictures/pixels.h"
#include "surface/frame.h"

namespace lucarne::relay {

/// "Not said": DRM_FORMAT_MOD_INVALID (drm_fourcc.h). Taken for linear.
inline constexpr std::uint64_t kModifierUnsaid = 0x00ffffffffffffff;

class SharedPicture {
 public:
  enum class Kind { None, Memory, File, Dmabuf };

  SharedPicture() = default;
  ~SharedPicture() { forget(); }
  SharedPicture(const SharedPicture&) = delete;
  SharedPicture& operator=(const SharedPicture&) = delete;

  /// Takes a memfd from `offset` on. What was mapped before is forgotten, whatever the answer.
  base::Result<void> adoptMemory(base::UniqueFd memory, std::uint64_t offset,
                                 UntrustedPicture picture);
  /// Maps a dma-buf from `offset` on. `drmFormat` and `modifier` as in drm_fourcc.h; `bottomUp`: the
  /// first row in memory is the lowest of the picture.
  base::Result<void> adoptDmabuf(base::UniqueFd buffer, std::uint32_t drmFormat,
                                 std::uint64_t modifier, bool bottomUp, UntrustedPicture picture,
                                 std::uint64_t offset = 0);
  void forget();

  Kind kind() const { return kind_; }
  explicit operator bool() const { return kind_ != Kind::None; }
  /// Empty when there is none.
  surface::Size size() const;
  /// How its pixels reach us, for people: "dma-buf copy".
  std::string_view words() const;

  /// Copies `part`, which must lie within the picture and within the frame, to the same place. What a
  /// file no longer has stays as it is.
  void paint(const surface::Rect& part, surface::Frame frame);

 private:
  base::Result<std::uint64_t> extentOf(const base::UniqueFd& fd, std::uint64_t offset,
                                       const UntrustedPicture& picture);
  base::Result<void> map(base::UniqueFd fd, std::uint64_t offset, UntrustedPicture picture);
  void readAndPaint(const surface::Rect& part, surface::Frame frame);

  Kind kind_ = Kind::None;
  base::UniqueFd fd_;
  void* memory_ = nullptr;
  std::size_t bytes_ = 0;
  UntrustedPicture picture_;  // checked
  bool bottomUp_ = false;
  // A File's: where it begins, and the rows that are on their way.
  std::uint64_t offset_ = 0;
  std::vector<std::uint8_t> rows_;
};

}  // namespace lucarne::relay
