// SPDX-License-Identifier: Apache-2.0
#include "bench/codec_line.h"

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "surface/stamp.h"

namespace lucarne::bench {

using surface::Rect;

namespace {

constexpr double kQueueSeconds = 0.020;
constexpr std::size_t kLeastWindow = 600;
constexpr std::size_t kMostWindow = 512 * 1024;
constexpr base::Duration kLatency = std::chrono::microseconds(100);

double cpuNs() {
  timespec t{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

base::Duration nanoseconds(double ns) { return base::Duration(static_cast<std::int64_t>(ns)); }

}  // namespace

CodecLine::CodecLine(double bytesPerSecond, surface::Size size,
                     std::shared_ptr<const link::VideoLibrary> video)
    : rate_(bytesPerSecond), canvas_(size), shown_(size), encoder_(clock_) {
  decoder_.acceptVideo(video);
  if (video) encoder_.offerVideo([video] { return video; });
  encoder_.setLine(rate_);
  encoder_.offerSketches(true);
  drawnAt_.resize(1 << 16);
  since_ = clock_.now();
}

void CodecLine::beforeDrawing() { encoder_.beforePaint(canvas_.view()); }

void CodecLine::drawn(std::uint32_t counter, const surface::Damage& damage) {
  drawnAt_[counter % drawnAt_.size()] = clock_.now();
  encoder_.damage(damage);
  idle_ = false;
  ++frames_;
}

bool CodecLine::exact() const { return differingPixels(shown_.view(), canvas_.view()) == 0; }

bool CodecLine::pull() {
  const auto window = static_cast<std::size_t>(
      std::clamp<double>(rate_ * kQueueSeconds, kLeastWindow, kMostWindow));
  if (idle_ || clock_.now() < encoderFree_ || inFlight_ >= window) return false;
  const std::size_t piece = std::clamp<std::size_t>(window / 4, 150, 65500);
  InFlight sent;
  const double before = cpuNs();
  const bool spoke = encoder_.encode(canvas_.view(), piece, sent.bytes);
  const double spent = cpuNs() - before;
  encodeNs_ += spent;
  encoderFree_ = clock_.now() + nanoseconds(spent);
  if (!spoke) {
    idle_ = encoder_.deadline() > clock_.now();
    return true;
  }
  const std::size_t bytes = sent.bytes.size() + kFrameOverhead;
  bytes_ += bytes;
  inFlight_ += sent.bytes.size();
  lineFree_ = std::max(lineFree_, encoderFree_) + nanoseconds(static_cast<double>(bytes) * 1e9 / rate_);
  sent.arrives = lineFree_ + kLatency;
  line_.push_back(std::move(sent));
  return true;
}

void CodecLine::deliver() {
  while (!line_.empty() && line_.front().arrives <= clock_.now() && decoderFree_ <= clock_.now()) {
    const double before = cpuNs();
    const auto shown = decoder_.apply(line_.front().bytes);
    if (!shown) {
      std::fprintf(stderr, "%s\n", shown.error().message.c_str());
      std::abort();
    }
    if (shown->resized) shown_ = bench::Canvas(decoder_.picture().size);
    for (const Rect& r : shown->damage.rects()) copyPixels(decoder_.picture(), shown_.frame(), r);
    const double spent = cpuNs() - before;
    decodeNs_ += spent;
    decoderFree_ = clock_.now() + nanoseconds(spent);
    inFlight_ -= line_.front().bytes.size();
    line_.pop_front();
    if (!shown->damage.empty()) note();
  }
}

void CodecLine::note() {
  const auto stamp = surface::readStamp(shown_.view(), {0, 0});
  if (!stamp || stamp->counter == lastSeen_) return;
  lastSeen_ = stamp->counter;
  latencies_.push_back(
      base::toSeconds(decoderFree_ - drawnAt_[stamp->counter % drawnAt_.size()]) * 1e3);
}

void CodecLine::runFor(base::Duration time) {
  const base::TimePoint end = clock_.now() + time;
  while (clock_.now() < end) {
    deliver();
    if (idle_ && encoder_.deadline() <= clock_.now()) idle_ = false;
    while (pull()) {
      if (clock_.now() < encoderFree_) break;
    }
    // To whatever comes next, in steps of at most a quarter of a millisecond.
    base::TimePoint next = clock_.now() + std::chrono::microseconds(250);
    if (encoderFree_ > clock_.now()) next = std::min(next, encoderFree_);
    if (!line_.empty()) next = std::min(next, std::max(line_.front().arrives, decoderFree_));
    if (next <= clock_.now()) next = clock_.now() + std::chrono::microseconds(1);
    clock_.advance(std::min(next, end) - clock_.now());
  }
  deliver();
}

base::Duration CodecLine::runUntilExact() {
  const base::TimePoint from = clock_.now();
  // Looking costs time of ours, so a long wait is looked at seldom.
  while (!exact() && clock_.now() - from < std::chrono::minutes(10)) {
    const base::Duration waited = clock_.now() - from;
    runFor(std::max<base::Duration>(std::chrono::milliseconds(5), waited / 50));
  }
  return clock_.now() - from;
}

void CodecLine::forgetFigures() {
  latencies_.clear();
  bytes_ = 0;
  frames_ = 0;
  encodeNs_ = 0;
  decodeNs_ = 0;
  since_ = clock_.now();
}

CodecFigures CodecLine::figures() const {
  CodecFigures f;
  std::vector<double> sorted = latencies_;
  std::sort(sorted.begin(), sorted.end());
  const double seconds = base::toSeconds(clock_.now() - since_);
  const auto shown = static_cast<double>(std::max<std::size_t>(sorted.size(), 1));
  f.framesPerSecond = static_cast<double>(sorted.size()) / seconds;
  if (!sorted.empty()) {
    f.latencyP50 = sorted[sorted.size() / 2];
    f.latencyP95 = sorted[sorted.size() * 95 / 100];
  }
  f.bytesPerFrame = static_cast<double>(bytes_) / static_cast<double>(std::max<std::uint64_t>(frames_, 1));
  f.encodeMs = encodeNs_ / 1e6 / shown;
  f.decodeMs = decodeNs_ / 1e6 / shown;
  return f;
}

}  // namespace lucarne::bench
