// SPDX-License-Identifier: Apache-2.0
// A recording of a screen: what changed and when, so that real use can be played back as a scene.
//
//   file  ::= "LUCREC1\n" then one zstd frame (RFC 8878) of body
//   body  ::= u16 width, u16 height, step*
//   step  ::= u32 microseconds since the step before, u16 count, rect*
//   rect  ::= u16 x, u16 y, u16 width, u16 height, then its pixels row by row: blue, green, red
//
// Numbers are little-endian. The first step paints the whole picture. Rectangles of one step do not
// overlap. A recording is a file from outside: the reader takes nothing on trust, holds one
// rectangle's row and zstd's window (kWindowLog) at a time, and fails for good at the first lie.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/byte_reader.h"
#include "base/clock.h"
#include "base/result.h"
#include "surface/damage.h"
#include "surface/frame.h"

namespace lucarne::bench {

/// No step waits longer: a rest that was longer is recorded as this.
inline constexpr base::Duration kLongestPause = std::chrono::seconds(10);
/// 16 MiB, four pictures of 1280 x 800: what comes back is found again.
inline constexpr int kWindowLog = 24;

struct RecordedStep {
  base::Duration pause{};  ///< since the step before
  surface::Damage damage;  ///< what it painted
};

class RecordingReader {
 public:
  /// Of a whole file's bytes, which are kept.
  static base::Result<RecordingReader> open(std::vector<std::uint8_t> untrustedFile);
  RecordingReader(RecordingReader&&) noexcept;
  RecordingReader& operator=(RecordingReader&&) noexcept;
  ~RecordingReader();

  surface::Size size() const;
  /// Paints the next step into `picture`, which has size(); nothing at the recording's end. After a
  /// failure only failures.
  base::Result<std::optional<RecordedStep>> next(surface::Frame picture);
  /// Back to the first step.
  void rewind();

 private:
  struct State;
  explicit RecordingReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

class RecordingWriter {
 public:
  /// Writes to `path`. Throws SetupError, as `add` and `finish` do when the disk is full.
  RecordingWriter(const std::string& path, surface::Size size);
  ~RecordingWriter();
  RecordingWriter(const RecordingWriter&) = delete;
  RecordingWriter& operator=(const RecordingWriter&) = delete;

  /// The picture, of the size given, as it is at `now`; only what differs from the last one within
  /// `damage` is written. A picture without a difference writes nothing. False when nothing did.
  bool add(surface::ConstFrame picture, const surface::Damage& damage, base::TimePoint now);
  /// Completes the file; further steps are refused. Without it the file ends in the middle.
  void finish();

  int steps() const;
  /// On the disk so far; up to some hundred KiB more are on their way.
  std::size_t bytes() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace lucarne::bench
