// SPDX-License-Identifier: Apache-2.0
// A simulated line between a ScreenEncoder and a ScreenDecoder: time is a ManualClock's, processor
// time is measured and added, so that what comes out is what a machine with these two processors and
// that line would show.
//
// The line takes pieces as the link's pacer would: about 20 ms of the rate in flight, pieces of a
// quarter of that. No losses, no framing overhead beyond kFrameOverhead a piece.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "base/clock.h"
#include "link/codec/screen_decoder.h"
#include "link/codec/screen_encoder.h"
#include "bench/drawn_pictures.h"

namespace lucarne::bench {

struct CodecFigures {
  double framesPerSecond = 0;   ///< different frames that became visible
  double latencyP50 = 0;        ///< ms from drawn to visible
  double latencyP95 = 0;
  double bytesPerFrame = 0;     ///< on the line, by drawn frame
  double encodeMs = 0;          ///< processor time by shown frame
  double decodeMs = 0;
  double exactAfter = 0;        ///< s from the last frame to an exact picture
  double exactBytes = 0;        ///< what that took
  double firstPicture = 0;      ///< s until the first picture was exact
  double firstSeen = 0;         ///< s until all of it was there, if not exact
};

class CodecLine {
 public:
  /// `video` is nullptr where the panel takes none.
  CodecLine(double bytesPerSecond, surface::Size size,
            std::shared_ptr<const link::VideoLibrary> video = nullptr);

  bench::Canvas& canvas() { return canvas_; }
  /// The guest is about to draw into `canvas`.
  void beforeDrawing();
  /// The guest drew frame `counter` now.
  void drawn(std::uint32_t counter, const surface::Damage& damage);
  /// Lets simulated time pass.
  void runFor(base::Duration time);
  /// Until the panel's picture is exact; answers how long it took.
  base::Duration runUntilExact();
  void forgetFigures();

  CodecFigures figures() const;
  const link::ScreenEncoder::Counts& counts() const { return encoder_.counts(); }
  std::uint64_t bytes() const { return bytes_; }
  bool exact() const;

 private:
  static constexpr std::size_t kFrameOverhead = 15;
  struct InFlight {
    std::vector<std::uint8_t> bytes;
    base::TimePoint arrives;
  };

  bool pull();
  void deliver();
  void note();

  double rate_;
  base::ManualClock clock_;
  bench::Canvas canvas_;
  bench::Canvas shown_;
  link::ScreenEncoder encoder_;
  link::ScreenDecoder decoder_;
  std::deque<InFlight> line_;
  std::size_t inFlight_ = 0;
  base::TimePoint lineFree_{};
  base::TimePoint encoderFree_{};
  base::TimePoint decoderFree_{};
  bool idle_ = false;
  std::vector<base::TimePoint> drawnAt_;
  std::uint32_t lastSeen_ = 0;
  std::vector<double> latencies_;
  std::uint64_t bytes_ = 0;
  std::uint64_t frames_ = 0;
  double encodeNs_ = 0;
  double decodeNs_ = 0;
  base::TimePoint since_{};
};

}  // namespace lucarne::bench
