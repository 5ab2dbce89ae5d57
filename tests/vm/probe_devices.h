// SPDX-License-Identifier: Apache-2.0
// Real evdev devices for tests in a virtual machine: made with uinput, played, and read again.
// Errors end the program: there is nobody to handle them.
#pragma once

#include <fcntl.h>
#include <libevdev/libevdev-uinput.h>
#include <libevdev/libevdev.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace lucarne::test {

struct Event {
  int type, code, value;
  bool operator==(const Event&) const = default;
};

/// Between frames: an emulated machine cannot read as fast as it can write, and the kernel keeps 64
/// events of a device.
inline std::chrono::milliseconds pace{3};

class Source {
 public:
  Source(const std::string& name, const std::vector<int>& properties,
         const std::vector<std::pair<int, int>>& codes,
         const std::map<int, input_absinfo>& axes = {}) {
    libevdev* device = libevdev_new();
    libevdev_set_name(device, name.c_str());
    libevdev_set_id_bustype(device, BUS_USB);
    libevdev_set_id_vendor(device, 0x1209);
    libevdev_set_id_product(device, static_cast<int>(name.size()));
    for (const int property : properties) {
      libevdev_enable_property(device, static_cast<unsigned>(property));
    }
    for (const auto& [type, code] : codes) {
      libevdev_enable_event_code(device, static_cast<unsigned>(type), static_cast<unsigned>(code),
                                 nullptr);
    }
    for (const auto& [code, info] : axes) {
      libevdev_enable_event_code(device, EV_ABS, static_cast<unsigned>(code), &info);
    }
    if (libevdev_uinput_create_from_device(device, LIBEVDEV_UINPUT_OPEN_MANAGED, &uinput_) != 0) {
      std::perror("uinput");
      std::exit(1);
    }
    libevdev_free(device);
  }
  ~Source() { libevdev_uinput_destroy(uinput_); }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  void emit(const std::vector<Event>& frame) {
    for (const Event& e : frame) {
      libevdev_uinput_write_event(uinput_, static_cast<unsigned>(e.type),
                                  static_cast<unsigned>(e.code), e.value);
    }
    libevdev_uinput_write_event(uinput_, EV_SYN, SYN_REPORT, 0);
    std::this_thread::sleep_for(pace);
  }

 private:
  libevdev_uinput* uinput_ = nullptr;
};

struct Sources {
  Source touch{"Probe Touch", {INPUT_PROP_DIRECT}, {{EV_KEY, BTN_TOUCH}},
               {{ABS_X, {.maximum = 1279, .resolution = 8}},
                {ABS_Y, {.maximum = 799, .resolution = 8}},
                {ABS_MT_SLOT, {.maximum = 9}},
                {ABS_MT_POSITION_X, {.maximum = 1279, .resolution = 8}},
                {ABS_MT_POSITION_Y, {.maximum = 799, .resolution = 8}},
                {ABS_MT_TRACKING_ID, {.maximum = 65535}}}};
  Source mouse{"Probe Mouse", {INPUT_PROP_POINTER},
               {{EV_KEY, BTN_LEFT}, {EV_KEY, BTN_RIGHT}, {EV_REL, REL_X}, {EV_REL, REL_Y},
                {EV_REL, REL_WHEEL}, {EV_REL, REL_WHEEL_HI_RES}}};
  Source keyboard{"Probe Keyboard", {}, letters()};
  Source pen{"Probe Pen", {INPUT_PROP_DIRECT},
             {{EV_KEY, BTN_TOOL_PEN}, {EV_KEY, BTN_TOUCH}, {EV_KEY, BTN_STYLUS}},
             {{ABS_X, {.maximum = 12799, .resolution = 40}},
              {ABS_Y, {.maximum = 7999, .resolution = 40}},
              {ABS_PRESSURE, {.maximum = 4095}}}};
  Source buttons{"Probe Buttons", {}, {{EV_KEY, KEY_POWER}, {EV_KEY, KEY_VOLUMEUP}, {EV_SW, SW_TABLET_MODE}}};

  static std::vector<std::pair<int, int>> letters() {
    std::vector<std::pair<int, int>> codes;
    for (int code = KEY_ESC; code <= KEY_F10; ++code) codes.emplace_back(EV_KEY, code);
    return codes;
  }
};

inline const std::vector<std::string> kNames = {"Probe Touch", "Probe Mouse", "Probe Keyboard", "Probe Pen",
                                         "Probe Buttons"};

inline std::string nodeOf(const std::string& name) {
  for (const auto& entry : std::filesystem::directory_iterator("/sys/class/input")) {
    if (!entry.path().filename().string().starts_with("event")) continue;
    std::ifstream file(entry.path() / "device/name");
    std::string found;
    if (std::getline(file, found) && found == name) {
      return "/dev/input/" + entry.path().filename().string();
    }
  }
  return {};
}

struct Reported {
  std::vector<Event> events;
  std::vector<std::int64_t> times;  // microseconds, of each event
};

class Reader {
 public:
  explicit Reader(const std::string& name) {
    fd_ = ::open(nodeOf(name).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    int clock = CLOCK_MONOTONIC;
    ::ioctl(fd_, EVIOCSCLOCKID, &clock);
  }
  ~Reader() { ::close(fd_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  void read() {
    input_event e;
    while (::read(fd_, &e, sizeof e) == sizeof e) {
      dropped += e.type == EV_SYN && e.code == SYN_DROPPED;
      reported.events.push_back({e.type, e.code, e.value});
      reported.times.push_back(std::int64_t{e.input_event_sec} * 1'000'000 + e.input_event_usec);
    }
  }
  bool anyKeyDown() const {
    std::vector<unsigned char> keys(KEY_CNT / 8);
    ::ioctl(fd_, EVIOCGKEY(KEY_CNT / 8), keys.data());
    return std::any_of(keys.begin(), keys.end(), [](unsigned char c) { return c != 0; });
  }
  bool anyFinger() const {
    std::int32_t slots[11] = {ABS_MT_TRACKING_ID};
    if (::ioctl(fd_, EVIOCGMTSLOTS(sizeof slots), slots) < 0) return false;
    return std::any_of(slots + 1, slots + 11, [](std::int32_t id) { return id >= 0; });
  }
  bool good() const { return fd_ >= 0; }
  int descriptor() const { return fd_; }

  Reported reported;
  int dropped = 0;  // times that we were too slow to read

 private:
  int fd_;
};

/// Something a person might do, different each time.
inline void playScene(Sources& s, std::minstd_rand& random, int tracking) {
  const auto up = [&](int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); };
  for (int slot = 0; slot < 10; ++slot) {
    s.touch.emit({{EV_ABS, ABS_MT_SLOT, slot}, {EV_ABS, ABS_MT_TRACKING_ID, tracking + slot},
                  {EV_ABS, ABS_MT_POSITION_X, up(1280)}, {EV_ABS, ABS_MT_POSITION_Y, up(800)},
                  {EV_KEY, BTN_TOUCH, 1}});
    s.mouse.emit({{EV_REL, REL_X, up(20) - 10}, {EV_REL, REL_Y, up(20) - 9}});
  }
  for (int i = 0; i < 10; ++i) {
    std::vector<Event> frame;
    for (int slot = 0; slot < 10; ++slot) {
      frame.push_back({EV_ABS, ABS_MT_SLOT, slot});
      frame.push_back({EV_ABS, ABS_MT_POSITION_X, up(1280)});
    }
    s.touch.emit(frame);
    const int key = KEY_Q + up(10);
    s.keyboard.emit({{EV_KEY, key, 1}});
    s.keyboard.emit({{EV_KEY, key, 0}});
    s.mouse.emit({{EV_REL, REL_WHEEL_HI_RES, 30}});
  }
  s.pen.emit({{EV_KEY, BTN_TOOL_PEN, 1}, {EV_ABS, ABS_X, up(12800)}, {EV_ABS, ABS_Y, up(8000)}});
  s.pen.emit({{EV_KEY, BTN_TOUCH, 1}, {EV_ABS, ABS_PRESSURE, 1 + up(4000)}});
  s.pen.emit({{EV_KEY, BTN_TOUCH, 0}, {EV_KEY, BTN_TOOL_PEN, 0}, {EV_ABS, ABS_PRESSURE, 0}});
  for (const int down : {1, 0}) {
    s.buttons.emit({{EV_KEY, KEY_POWER, down}});
    s.buttons.emit({{EV_SW, SW_TABLET_MODE, down}});
    s.mouse.emit({{EV_KEY, BTN_LEFT, down}});
  }
  std::vector<Event> lifted;
  for (int slot = 0; slot < 10; ++slot) {
    lifted.push_back({EV_ABS, ABS_MT_SLOT, slot});
    lifted.push_back({EV_ABS, ABS_MT_TRACKING_ID, -1});
  }
  lifted.push_back({EV_KEY, BTN_TOUCH, 0});
  s.touch.emit(lifted);
}

}  // namespace lucarne::test
