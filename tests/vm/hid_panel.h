// SPDX-License-Identifier: Apache-2.0
// A touch panel for two fingers, made with uhid: the kernel's own HID drivers make the evdev device
// of its reports. Errors end the program: there is nobody to handle them.
#pragma once

#include <fcntl.h>
#include <linux/uhid.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

namespace lucarne::test {

class HidPanel {
 public:
  static constexpr int kWidth = 1280;
  static constexpr int kHeight = 800;
  struct Finger {
    bool down = false;
    int x = 0, y = 0;
  };

  explicit HidPanel(const std::string& name) : fd_(::open("/dev/uhid", O_RDWR | O_CLOEXEC)) {
    const std::vector<std::uint8_t> descriptor = describe();
    uhid_event event{};
    event.type = UHID_CREATE2;
    std::snprintf(reinterpret_cast<char*>(event.u.create2.name), sizeof event.u.create2.name, "%s",
                  name.c_str());
    event.u.create2.bus = 0x18;  // BUS_I2C
    event.u.create2.vendor = 0x1209;
    event.u.create2.product = 0x0100;
    event.u.create2.rd_size = static_cast<std::uint16_t>(descriptor.size());
    std::memcpy(event.u.create2.rd_data, descriptor.data(), descriptor.size());
    say(event);
    answering_ = std::thread([this] { answer(); });
  }
  ~HidPanel() {
    ended_ = true;
    answering_.join();
    ::close(fd_);  // takes the device away
  }
  HidPanel(const HidPanel&) = delete;
  HidPanel& operator=(const HidPanel&) = delete;

  /// One report: where both fingers are.
  void report(const std::array<Finger, 2>& fingers) {
    std::vector<std::uint8_t> report{kTouchReport};
    for (std::size_t i = 0; i < fingers.size(); ++i) {
      const auto low = [](int number) { return static_cast<std::uint8_t>(number & 0xff); };
      const Finger& f = fingers[i];
      report.insert(report.end(), {std::uint8_t{f.down}, static_cast<std::uint8_t>(i), low(f.x),
                                   low(f.x >> 8), low(f.y), low(f.y >> 8)});
    }
    report.push_back(static_cast<std::uint8_t>(fingers.size()));  // contacts in this report
    uhid_event event{};
    event.type = UHID_INPUT2;
    event.u.input2.size = static_cast<std::uint16_t>(report.size());
    std::memcpy(event.u.input2.data, report.data(), report.size());
    say(event);
  }

 private:
  static constexpr std::uint8_t kTouchReport = 1;
  static constexpr std::uint8_t kCountReport = 2;

  void say(const uhid_event& event) {
    if (::write(fd_, &event, sizeof event) == sizeof event) return;
    std::perror("uhid");
    std::exit(1);
  }

  // The driver asks how many fingers there can be, and waits five seconds for the answer.
  void answer() {
    while (!ended_) {
      pollfd asked{fd_, POLLIN, 0};
      uhid_event event{};
      if (::poll(&asked, 1, 50) <= 0 || ::read(fd_, &event, sizeof event) <= 0) continue;
      if (event.type != UHID_GET_REPORT) continue;
      uhid_event reply{};
      reply.type = UHID_GET_REPORT_REPLY;
      reply.u.get_report_reply.id = event.u.get_report.id;
      reply.u.get_report_reply.size = 2;
      reply.u.get_report_reply.data[0] = kCountReport;
      reply.u.get_report_reply.data[1] = 2;
      say(reply);
    }
  }

  // Short items of the HID specification (6.2.2): a byte of tag and size, then the value. Usages are of
  // the Digitizers page (0x0d) and Generic Desktop (0x01) in the HID usage tables.
  static std::vector<std::uint8_t> describe() {
    std::vector<std::uint8_t> out;
    const auto item = [&out](int tag, int value) {
      out.push_back(static_cast<std::uint8_t>(tag | 2));  // two bytes of value
      out.push_back(static_cast<std::uint8_t>(value & 0xff));
      out.push_back(static_cast<std::uint8_t>(value >> 8));
    };
    constexpr int kUsagePage = 0x04, kUsage = 0x08, kCollection = 0xa0, kEnd = 0xc0, kReportId = 0x84;
    constexpr int kLeast = 0x14, kMost = 0x24, kBits = 0x74, kCount = 0x94, kInput = 0x80;
    constexpr int kFeature = 0xb0, kVariable = 2, kConstant = 3;
    const auto field = [&](int usage, int most, int bits) {
      item(kUsage, usage);
      item(kMost, most);
      item(kBits, bits);
      item(kInput, kVariable);
    };
    item(kUsagePage, 0x0d);
    item(kUsage, 0x04);  // touch screen
    item(kCollection, 1);
    item(kReportId, kTouchReport);
    item(kLeast, 0);
    item(kCount, 1);
    for (int finger = 0; finger < 2; ++finger) {
      item(kUsage, 0x22);
      item(kCollection, 2);
      field(0x42, 1, 1);  // tip switch
      item(kBits, 7);
      item(kInput, kConstant);
      field(0x51, 10, 8);  // contact identifier
      item(kUsagePage, 0x01);
      field(0x30, kWidth - 1, 16);   // X
      field(0x31, kHeight - 1, 16);  // Y
      item(kUsagePage, 0x0d);
      out.push_back(kEnd);
    }
    field(0x54, 10, 8);  // contact count
    item(kReportId, kCountReport);
    item(kUsage, 0x55);  // contact count maximum
    item(kFeature, kVariable);
    out.push_back(kEnd);
    return out;
  }

  int fd_;
  std::atomic<bool> ended_ = false;
  std::thread answering_;
};

}  // namespace lucarne::test
