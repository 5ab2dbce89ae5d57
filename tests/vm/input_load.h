// SPDX-License-Identifier: Apache-2.0
// A busy hand: a mouse that reports a thousand times a second, ten fingers that report 120 times,
// and a special button that is pressed 20 times a second, each on its own device.
//
// The same load is played on mocked devices (tests/support/umockdev) and on real ones (uinput).
#pragma once

#include <linux/input-event-codes.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

namespace lucarne::test {

/// type, code, value; without SYN_REPORT.
struct LoadEvent {
  int type, code, value;
};
using LoadFrame = std::vector<LoadEvent>;

struct LoadDevices {
  std::function<void(const LoadFrame&)> mouse, touch, button;
};

/// What was played. Times are microseconds on CLOCK_MONOTONIC, taken just before the frame is given
/// to the device.
struct LoadLog {
  std::vector<std::int64_t> mouse, touch, presses;
  int fingersDown = 0;  ///< how often a finger came down

  void write(std::ostream& out) const {
    const auto line = [&](char what, const std::vector<std::int64_t>& times) {
      for (const std::int64_t t : times) out << what << ' ' << t << '\n';
    };
    line('M', mouse);
    line('T', touch);
    line('P', presses);
    out << "F " << fingersDown << '\n';
  }
  void note(char what, std::int64_t value) {
    if (what == 'M') mouse.push_back(value);
    if (what == 'T') touch.push_back(value);
    if (what == 'P') presses.push_back(value);
    if (what == 'F') fingersDown = static_cast<int>(value);
  }
};

/// Where everything is at the end.
inline constexpr int kLastSlot = 3;
inline constexpr int kLastX = 77;
inline constexpr int kLastY = 66;

/// Fingers are lifted in the last of so many frames.
inline constexpr int kFramesDown = 60;

inline LoadFrame fingersFrame(int frame, int& trackingId, int& downs) {
  LoadFrame events;
  const int phase = frame % kFramesDown;
  for (int slot = 0; slot < 10; ++slot) {
    events.push_back({EV_ABS, ABS_MT_SLOT, slot});
    if (phase == kFramesDown - 1) {
      events.push_back({EV_ABS, ABS_MT_TRACKING_ID, -1});
      continue;
    }
    if (phase == 0) {
      events.push_back({EV_ABS, ABS_MT_TRACKING_ID, trackingId});
      trackingId = (trackingId + 1) % 60000;
      ++downs;
    }
    events.push_back({EV_ABS, ABS_MT_POSITION_X, (frame * 7 + slot * 120) % 1280});
    events.push_back({EV_ABS, ABS_MT_POSITION_Y, (frame * 3 + slot * 70) % 800});
  }
  return events;
}

/// Takes `seconds`; `busy` false: only the button, as on an idle machine.
inline LoadLog playLoad(const LoadDevices& devices, int seconds, bool busy) {
  using Clock = std::chrono::steady_clock;
  using std::chrono::microseconds;
  const auto now = [] {
    return std::chrono::duration_cast<microseconds>(Clock::now().time_since_epoch()).count();
  };
  LoadLog log;
  int trackingId = 1;
  const auto begin = Clock::now();
  const int ticks = seconds * 1000;
  int touchFrames = 0;
  for (int tick = 0; tick < ticks; ++tick) {
    std::this_thread::sleep_until(begin + std::chrono::milliseconds(tick));
    if (busy) {
      log.mouse.push_back(now());
      devices.mouse({{EV_REL, REL_X, tick % 2 == 0 ? 1 : -1}});
      if (touchFrames * 1000 <= tick * 120) {
        log.touch.push_back(now());
        devices.touch(fingersFrame(touchFrames++, trackingId, log.fingersDown));
      }
    }
    if (tick % 50 == 0) {
      log.presses.push_back(now());
      devices.button({{EV_KEY, KEY_POWER, 1}});
    } else if (tick % 50 == 25) {
      devices.button({{EV_KEY, KEY_POWER, 0}});
    }
  }
  if (!busy) return log;
  while (touchFrames % kFramesDown != 0) {  // to the frame that lifts them all
    std::this_thread::sleep_for(std::chrono::milliseconds(8));
    log.touch.push_back(now());
    devices.touch(fingersFrame(touchFrames++, trackingId, log.fingersDown));
  }
  log.touch.push_back(now());
  devices.touch({{EV_ABS, ABS_MT_SLOT, kLastSlot},
                 {EV_ABS, ABS_MT_TRACKING_ID, 60001},
                 {EV_ABS, ABS_MT_POSITION_X, kLastX},
                 {EV_ABS, ABS_MT_POSITION_Y, kLastY}});
  ++log.fingersDown;
  log.mouse.push_back(now());
  devices.mouse({{EV_REL, REL_X, 5}});
  return log;
}

}  // namespace lucarne::test
