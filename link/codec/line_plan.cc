// SPDX-License-Identifier: Apache-2.0
#include "link/codec/line_plan.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace lucarne::link {

namespace {

// Until the line has been measured: a virtio console. Too low costs processor time, too high costs
// a first picture that is late.
constexpr double kAssumedRate = 3e6;  // bytes/s
// Above this, LZ4 (about 0.7 GB/s on a desktop) costs more time than it saves.
constexpr double kMemoryRate = 400e6;  // bytes/s
// Above this, LZ4 (1 ns a byte) beats zstd (5 ns a byte) although it leaves half as much again.
constexpr double kFastRate = 30e6;  // bytes/s
// Below this, a millisecond of searching saves more than a millisecond of line.
constexpr double kSlowRate = 1e6;  // bytes/s

// An exact frame that takes longer than this on the line goes lossy first: two frames at 60 Hz.
constexpr double kPatience = 0.030;  // s
// While something moves, a frame must leave room for the next one in 16 ms, and for what else is in it.
constexpr double kPatienceInMotion = 0.006;  // s
// What a lossy frame may take on the line: below a frame's time for a video in a part of the
// screen, up to two frames' for a whole one.
constexpr double kLossyTimePerPixel = 0.010 / 262144;  // s, 10 ms for 512x512
constexpr double kLossyTimeLeast = 0.008;              // s
constexpr double kLossyTimeMost = 0.028;               // s
// Processor time of JPEG at both ends together, and what a byte costs at both ends of any line
// beside the line itself (copies, checksums, system calls).
constexpr double kJpegTimePerPixel = 9e-9;  // s
constexpr double kByteOverhead = 1.5e-9;    // s

// The best and the worst quality that is taken, by their places in kCurve. More than 80 is not seen in
// motion, costs a third more time at both ends, and it will be exact at rest.
constexpr int kBest = 7;
constexpr int kWorst = 1;      // blocks, but a face is a face; 20 frames at 300 kB/s
constexpr int kWorstSlow = 0;  // below 50 kB/s: a whole screen in five seconds at 11.5 kB/s

// What comes alone on a line that crawls: a sketch goes first where the blocks would take longer than
// the first figure; the blocks are better than the worst as long as they take less than the second; and
// if making it exact takes longer than the third, there is a pass of a quality between first, unless
// that takes more than a quarter of it.
constexpr double kSketchPays = 0.5;   // s
constexpr double kRoughTime = 1.0;    // s
constexpr double kMiddlePays = 8.0;   // s
constexpr double kMiddleShare = 0.25;
constexpr int kMiddleQuality = 4;     // by its place in kCurve
constexpr int kBestRough = 3;

// A region whose JPEG strips at kVideoQuality take longer than this on the line is a video; one that
// is, until they take less than the second figure: a video costs a third more time at both ends, and
// begins with a picture that is whole by itself.
constexpr double kVideoBegins = 0.016;  // s
constexpr double kVideoEnds = 0.010;    // s
constexpr int kVideoQuality = 5;        // by its place in kCurve
// What one picture of a video takes on the line, so that the next one, 16 ms later, finds it free, and
// what else moves has its share.
constexpr double kVideoTime = 0.011;  // s
// Bits a pixel: with less there is nothing to see, with more nothing more.
constexpr double kVideoLeastBits = 0.03;
constexpr double kVideoMostBits = 1.0;

// Bits a pixel of photographs at 4:2:0, by quality, to begin with; what is sent corrects it.
struct Point {
  int quality;
  double bits;
};
constexpr Point kCurve[] = {{14, 0.32}, {20, 0.42}, {30, 0.57}, {40, 0.70}, {50, 0.82},
                            {60, 0.95}, {70, 1.15}, {80, 1.50}, {90, 2.30}};
// How much a strip says about its own quality's size, and about the others'.
constexpr double kOwnWeight = 1.0 / 4;
constexpr double kOthersWeight = 1.0 / 24;

void follow(double& estimate, double sample, double low, double high) {
  estimate = std::clamp(estimate + (sample - estimate) / 8, low, high);
}

}  // namespace

LinePlan::LinePlan() : rough_(kCurve[kWorstSlow].quality) {
  static_assert(std::size(kCurve) == kQualities);
  for (int i = 0; i < kQualities; ++i) bits_[i] = kCurve[i].bits;
  setRate(0);
}

void LinePlan::setRate(double bytesPerSecond) {
  measured_ = bytesPerSecond > 0;
  rate_ = measured_ ? bytesPerSecond : kAssumedRate;
  pace_ = rate_ >= kMemoryRate ? Pace::Memory
          : rate_ >= kFastRate ? Pace::Fast
          : rate_ >= kSlowRate ? Pace::Medium
                               : Pace::Slow;
}

int LinePlan::zstdLevel() const {
  if (pace_ == Pace::Slow) return rate_ < kSlowRate / 10 ? 12 : 6;
  return 1;
}

CoderId LinePlan::coderForPalette() const {
  switch (pace_) {
    case Pace::Memory:
      return CoderId::Stored;
    case Pace::Fast:
      return CoderId::Lz4;
    case Pace::Medium:
    case Pace::Slow:
      break;
  }
  return CoderId::ZstdFresh;
}

int LinePlan::bestQuality(std::int64_t pixels) {
  const double time = std::clamp(static_cast<double>(pixels) * kLossyTimePerPixel,
                                 kLossyTimeLeast, kLossyTimeMost);
  const double bits = rate_ * time * 8 / static_cast<double>(std::max<std::int64_t>(pixels, 1));
  const int worst = rate_ < kSlowRate / 20 ? kWorstSlow : kWorst;
  step_ = kBest;
  while (step_ > worst && bits_[step_] > bits) --step_;
  return kCurve[step_].quality;
}

double LinePlan::lossySeconds(std::int64_t pixels, int step) const {
  return static_cast<double>(pixels) * bits_[step] / 8 / rate_;
}

int LinePlan::bestWithin(std::int64_t pixels, double seconds, int best) const {
  int step = best;
  while (step > kWorstSlow && lossySeconds(pixels, step) > seconds) --step;
  return step;
}

int LinePlan::middleQuality(std::int64_t pixels) const {
  const double exact = static_cast<double>(pixels) * exactBytesPerPixel_ / rate_;
  if (!crawls() || exact < kMiddlePays) return 0;
  if (lossySeconds(pixels, kMiddleQuality) > exact * kMiddleShare) return 0;
  return kCurve[kMiddleQuality].quality;
}

int LinePlan::better(int quality) {
  for (const Point& p : kCurve) {
    if (p.quality > quality) return p.quality;
  }
  return quality;
}

void LinePlan::beginFrame(std::int64_t photoPixels, std::int64_t hotPhotoPixels, Motion motion) {
  const double exactTime = static_cast<double>(photoPixels) * exactBytesPerPixel_ / rate_;
  lossyAll_ = exactTime > (motion == Motion::Going ? kPatienceInMotion : kPatience);
  sketch_ = crawls() && motion == Motion::None && lossySeconds(photoPixels, kWorstSlow) > kSketchPays;
  if (sketch_) rough_ = kCurve[bestWithin(photoPixels, kRoughTime, kBestRough)].quality;
  quality_ = bestQuality(lossyAll_ ? photoPixels : hotPhotoPixels);
  // What moves all the time is repaired once, at its end: lossy wherever that is less work.
  const double exactBytes = pace_ == Pace::Memory ? 4 : pace_ == Pace::Fast ? 3 : exactBytesPerPixel_;
  const double exactCost = exactBytes * (kByteOverhead + 1 / rate_);
  const double lossyBytes = bits_[step_] / 8;
  const double lossyCost = kJpegTimePerPixel + lossyBytes * (kByteOverhead + 1 / rate_);
  lossyHot_ = lossyAll_ || lossyCost < exactCost;
}

bool LinePlan::wantsVideo(std::int64_t pixels, bool already) const {
  const double strips = static_cast<double>(pixels) * bits_[kVideoQuality] / 8 / rate_;
  return measured_ && strips > (already ? kVideoEnds : kVideoBegins);
}

std::size_t LinePlan::videoBytes(std::int64_t pixels) const {
  const double least = static_cast<double>(pixels) * kVideoLeastBits / 8;
  const double most = static_cast<double>(pixels) * kVideoMostBits / 8;
  return static_cast<std::size_t>(std::clamp(rate_ * kVideoTime, least, most));
}

void LinePlan::onLossy(int quality, std::int64_t pixels, std::size_t bytes) {
  int step = 0;
  while (step + 1 < kQualities && kCurve[step].quality < quality) ++step;
  const double bits = static_cast<double>(bytes) * 8 / static_cast<double>(pixels);
  const double ratio = std::clamp(bits / bits_[step], 0.1, 10.0);
  for (int i = 0; i < kQualities; ++i) {
    const double moved = bits_[i] * std::pow(ratio, i == step ? kOwnWeight : kOthersWeight);
    bits_[i] = std::clamp(moved, 0.02, 24.0);
  }
}

void LinePlan::onExactPhoto(std::int64_t pixels, std::size_t bytes) {
  follow(exactBytesPerPixel_, static_cast<double>(bytes) / static_cast<double>(pixels), 0.1, 4);
}

}  // namespace lucarne::link
