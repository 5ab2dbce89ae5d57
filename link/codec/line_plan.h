// SPDX-License-Identifier: Apache-2.0
// The chooser: from the line's measured rate and what methods cost, which way a tile is written.
//
// Time is what counts: processor time at both ends plus bytes at the line's rate. All constants that
// steer the codec stand in line_plan.cc, each with its reason.
#pragma once

#include <cstdint>

#include "link/codec/jpeg_strip.h"
#include "link/codec/palette.h"
#include "link/codec/wire.h"

namespace lucarne::link {

class LinePlan {
 public:
  /// What kind of line it is: the methods worth their processor time differ.
  enum class Pace {
    Memory,  ///< a unix socket: bytes are as cheap as copying them
    Fast,    ///< a PTY, a fast network: cheap compression pays
    Medium,  ///< a virtio console
    Slow,    ///< an emulated or a real serial line
  };

  /// Bytes a second; 0 while unknown.
  void setRate(double bytesPerSecond);
  double rate() const { return rate_; }
  Pace pace() const { return pace_; }
  /// True once after `setRate` made zstd's level another one: start its streams anew.
  int zstdLevel() const;

  /// Neighbouring tiles go as one rectangle, to save heads and share tables.
  bool joinsNeighbours() const { return pace_ == Pace::Slow || pace_ == Pace::Medium; }
  /// Tile contents are kept and recalled.
  bool keepsTiles() const { return pace_ != Pace::Memory; }
  CoderId coderForPalette() const;

  /// Whether something moves (frames come one behind the other) or a picture came alone.
  enum class Motion { None, Going };
  /// A frame begins in which this many photographic pixels are to be sent.
  void beginFrame(std::int64_t photoPixels, std::int64_t hotPhotoPixels,
                  Motion motion = Motion::None);
  /// Whether photographic tiles of this frame go lossy; `hot`: the tile changes all the time.
  bool wantsLossy(bool hot) const { return hot ? lossyHot_ : lossyAll_; }
  int quality() const { return quality_; }

  /// A cable on which a photograph takes seconds however it goes: what saves bytes is worth any time,
  /// and a picture comes in passes (docs/decisions/slow-pictures.md).
  bool crawls() const { return measured_ && rate_ < kCrawlRate; }
  /// Whether photographs of this frame that do not move begin as an eighth of the picture.
  bool wantsSketch() const { return sketch_; }
  /// The quality in which the last sketches are to be drawn next, to be recognised.
  int roughQuality() const { return rough_; }
  /// The one of the pass behind that, if there is to be one before so many pixels are made exact; else 0.
  int middleQuality(std::int64_t pixels) const;
  /// The next better quality; the best one's is itself.
  static int better(int quality);

  /// Whether a region of so many pixels that moves all the time goes as a video where it can.
  /// `already`: it does, and stays one until the line is clearly fast enough.
  bool wantsVideo(std::int64_t pixels, bool already) const;
  /// How many bytes one picture of it may have.
  std::size_t videoBytes(std::int64_t pixels) const;

  /// What a lossy strip or an exact photographic tile came to.
  void onLossy(int quality, std::int64_t pixels, std::size_t bytes);
  void onExactPhoto(std::int64_t pixels, std::size_t bytes);

 private:
  static constexpr int kQualities = 9;
  // Below this a screen of photographs takes 4 s exactly, and 0.4 s as blocks.
  static constexpr double kCrawlRate = 100e3;  // bytes/s

  int bestQuality(std::int64_t pixels);
  int bestWithin(std::int64_t pixels, double seconds, int best) const;
  double lossySeconds(std::int64_t pixels, int step) const;

  double rate_;
  bool measured_ = false;
  Pace pace_;
  bool lossyAll_ = false;
  bool lossyHot_ = false;
  bool sketch_ = false;
  int rough_;
  int quality_ = 60;
  int step_ = 0;  // quality_'s place in bits_
  double exactBytesPerPixel_ = 1.6;  // a photograph after Gradient and zstd
  double bits_[kQualities];          // a lossy pixel's, by quality, as measured so far

 public:
  LinePlan();
};

}  // namespace lucarne::link
