// SPDX-License-Identifier: Apache-2.0
// mock_devices: evdev devices in a plain process, for programs started with the same preloads.
//
// Started under libumockdev-preload, it prints "bed FOLDER" (the value of UMOCKDEV_DIR for the
// programs) and takes commands from standard input, answering each with "ok" or "error …":
//
//   plug N FILE          event node N appears, as FILE describes it (devices/*.device)
//   unplug N
//   emit N TYPE CODE VALUE [TYPE CODE VALUE]…    one frame, with its SYN_REPORT; names as in
//                        input-event-codes.h
//   moves N COUNT US     COUNT frames of REL_X 1, US microseconds apart (0: back to back)
//   load MOUSE TOUCH BUTTONS SECONDS busy|idle FILE   plays tests/vm/input_load.h on three devices
//                        and writes the times to FILE
#include <fcntl.h>
#include <libevdev/libevdev.h>
#include <linux/input.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <umockdev.h>
#include <unistd.h>

#include <array>
#include <bitset>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "tests/vm/input_load.h"

namespace {

using Bits = std::array<unsigned char, 96>;

void setBit(Bits& bits, int number) {
  bits[static_cast<std::size_t>(number / 8)] |= static_cast<unsigned char>(1 << (number % 8));
}

struct MockDevice {
  std::string name;
  int number = 0;
  std::string udevProperties;
  std::map<int, Bits> codes;  // by event type
  Bits types{};
  Bits properties{};
  std::map<int, input_absinfo> axes;
};

// ---- answering ioctls -----------------------------------------------------------------------------

struct MockNode {
  UMockdevIoctlBase parent;
  MockDevice* device;
};
struct MockNodeClass {
  UMockdevIoctlBaseClass parent;
};

// The kernel returns the number of bytes for names and bits, and 0 for structures of a fixed size and
// for slots: libevdev takes anything else for a failure.
enum class Answers { Bytes, Zero };

void reply(UMockdevIoctlClient* client, const void* from, std::size_t length,
           Answers answers = Answers::Bytes) {
  const std::size_t room = _IOC_SIZE(umockdev_ioctl_client_get_request(client));
  const std::size_t count = std::min(room, length);
  UMockdevIoctlData* out = umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(client), 0,
                                                       room, nullptr);
  if (!out) return umockdev_ioctl_client_complete(client, -1, EFAULT);
  umockdev_ioctl_data_update(out, 0, static_cast<guint8*>(const_cast<void*>(from)),
                             static_cast<int>(count));
  umockdev_ioctl_client_complete(client, answers == Answers::Bytes ? static_cast<glong>(count) : 0, 0);
}

// The buffer's first word names an axis, the others are one value a slot.
void replySlots(UMockdevIoctlClient* client) {
  const std::size_t size = _IOC_SIZE(umockdev_ioctl_client_get_request(client));
  UMockdevIoctlData* in = umockdev_ioctl_data_resolve(umockdev_ioctl_client_get_arg(client), 0,
                                                      size, nullptr);
  std::array<gint32, 64> values{};
  std::memcpy(values.data(), in->data, sizeof(gint32));
  if (values[0] == ABS_MT_TRACKING_ID) std::fill(values.begin() + 1, values.end(), -1);
  reply(client, values.data(), sizeof values, Answers::Zero);
}

gboolean onIoctl(UMockdevIoctlBase* base, UMockdevIoctlClient* client) {
  MockDevice& device = *reinterpret_cast<MockNode*>(base)->device;
  const gulong request = umockdev_ioctl_client_get_request(client);
  if (_IOC_TYPE(request) != 'E') return FALSE;
  const unsigned number = _IOC_NR(request);
  const bool reads = _IOC_DIR(request) == _IOC_READ;
  static const Bits kNothing{};
  if (request == EVIOCGVERSION) {
    const int version = EV_VERSION;
    reply(client, &version, sizeof version, Answers::Zero);
  } else if (request == EVIOCGID) {
    const input_id id{BUS_I2C, 0x1209, static_cast<__u16>(device.number), 1};
    reply(client, &id, sizeof id, Answers::Zero);
  } else if (request == EVIOCSCLOCKID || request == EVIOCGRAB || request == EVIOCREVOKE) {
    umockdev_ioctl_client_complete(client, 0, 0);
  } else if (number == _IOC_NR(EVIOCGNAME(0))) {
    reply(client, device.name.c_str(), device.name.size() + 1);
  } else if (number == _IOC_NR(EVIOCGPHYS(0)) || number == _IOC_NR(EVIOCGUNIQ(0))) {
    umockdev_ioctl_client_complete(client, -1, ENOENT);
  } else if (number == _IOC_NR(EVIOCGPROP(0))) {
    reply(client, device.properties.data(), 8);
  } else if (number == _IOC_NR(EVIOCGKEY(0)) || number == _IOC_NR(EVIOCGSW(0)) ||
             number == _IOC_NR(EVIOCGLED(0))) {
    reply(client, kNothing.data(), kNothing.size());
  } else if (number == _IOC_NR(EVIOCGMTSLOTS(0))) {
    replySlots(client);
  } else if (number == 0x20 && reads) {
    reply(client, device.types.data(), 8);
  } else if (number > 0x20 && number < 0x20 + EV_CNT && reads) {
    reply(client, device.codes[static_cast<int>(number) - 0x20].data(), 96);
  } else if (number >= 0x40 && number < 0x40 + ABS_CNT && reads) {
    reply(client, &device.axes[static_cast<int>(number) - 0x40], sizeof(input_absinfo), Answers::Zero);
  } else {
    umockdev_ioctl_client_complete(client, -1, EINVAL);
  }
  return TRUE;
}

G_DEFINE_TYPE(MockNode, mock_node, UMOCKDEV_TYPE_IOCTL_BASE)
void mock_node_class_init(MockNodeClass* type) { type->parent.handle_ioctl = onIoctl; }
void mock_node_init(MockNode*) {}

// ---- the bench of devices -------------------------------------------------------------------------

struct Refused {
  std::string words;
};

int codeOf(int type, const std::string& name) {
  const int code = libevdev_event_code_from_name(static_cast<unsigned>(type), name.c_str());
  if (code < 0) throw Refused{"no code " + name};
  return code;
}

MockDevice readDevice(const std::string& file, int number) {
  static const std::map<std::string, int> kTypes = {
      {"key", EV_KEY}, {"rel", EV_REL}, {"sw", EV_SW}, {"led", EV_LED}, {"msc", EV_MSC}};
  std::ifstream in(file);
  if (!in) throw Refused{"cannot read " + file};
  MockDevice device;
  device.number = number;
  setBit(device.types, EV_SYN);
  std::string line;
  while (std::getline(in, line)) {
    std::istringstream words(line);
    std::string what, name;
    words >> what;
    if (what == "name") {
      device.name = line.substr(5);
      continue;
    }
    words >> name;
    if (what == "udev") {
      device.udevProperties += "E: " + name + "=1\n";
    } else if (what == "seat") {
      device.udevProperties += "E: ID_SEAT=" + name + "\n";
    } else if (what == "prop") {
      setBit(device.properties, libevdev_property_from_name(name.c_str()));
    } else if (what == "abs") {
      const int code = codeOf(EV_ABS, name);
      input_absinfo& info = device.axes[code];
      words >> info.minimum >> info.maximum >> info.resolution;
      setBit(device.codes[EV_ABS], code);
      setBit(device.types, EV_ABS);
    } else {
      const int type = kTypes.at(what);
      setBit(device.codes[type], codeOf(type, name));
      setBit(device.types, type);
    }
  }
  return device;
}

class Bench {
 public:
  Bench() : bed_(umockdev_testbed_new()) {}

  std::string folder() const { return umockdev_testbed_get_root_dir(bed_); }

  void plug(int number, const std::string& file) {
    auto device = std::make_unique<MockDevice>(readDevice(file, number));
    const std::string n = std::to_string(number);
    const std::string minor = std::to_string(64 + number);
    const std::string text = "P: /devices/virtual/input/input" + n +
                             "\nE: SUBSYSTEM=input\nA: name=" + device->name +
                             "\\n\n\nP: /devices/virtual/input/input" + n + "/event" + n +
                             "\nN: input/event" + n + "\nE: DEVNAME=/dev/input/event" + n +
                             "\nE: MAJOR=13\nE: MINOR=" + minor +
                             "\nE: SUBSYSTEM=input\nE: ID_INPUT=1\n" + device->udevProperties +
                             "A: dev=13:" + minor + "\\n\n";
    GError* error = nullptr;
    if (!umockdev_testbed_add_from_string(bed_, text.c_str(), &error)) throw Refused{error->message};
    auto* node = static_cast<MockNode*>(g_object_new(mock_node_get_type(), nullptr));
    node->device = device.get();
    devices_.push_back(std::move(device));  // ioctls may come as long as we live
    if (!umockdev_testbed_attach_ioctl(bed_, nodeOf(number).c_str(), &node->parent, &error)) {
      throw Refused{error->message};
    }
    umockdev_testbed_uevent(bed_, sysOf(number).c_str(), "add");
  }

  void unplug(int number) {
    umockdev_testbed_uevent(bed_, sysOf(number).c_str(), "remove");
    umockdev_testbed_remove_device(bed_, sysOf(number).c_str());
    umockdev_testbed_remove_device(
        bed_, ("/sys/devices/virtual/input/input" + std::to_string(number)).c_str());
  }

  void emit(int number, std::istream& words) {
    std::vector<input_event> events;
    std::string type, code;
    int value = 0;
    while (words >> type >> code >> value) {
      const int t = libevdev_event_type_from_name(type.c_str());
      if (t < 0) throw Refused{"no type " + type};
      events.push_back(event(t, codeOf(t, code), value));
    }
    send(number, events);
  }

  void load(int mouse, int touch, int buttons, int seconds, bool busy, const std::string& file) {
    const auto to = [this](int number) {
      return [this, number](const lucarne::test::LoadFrame& frame) {
        std::vector<input_event> events;
        for (const auto& e : frame) events.push_back(event(e.type, e.code, e.value));
        send(number, events);
      };
    };
    std::ofstream out(file);
    lucarne::test::playLoad({to(mouse), to(touch), to(buttons)}, seconds, busy).write(out);
  }

  void moves(int number, int count, int intervalUs) {
    auto next = std::chrono::steady_clock::now();
    for (int i = 0; i < count; ++i) {
      std::vector<input_event> events{event(EV_REL, REL_X, 1)};
      send(number, events);
      next += std::chrono::microseconds(intervalUs);
      if (intervalUs > 0) std::this_thread::sleep_until(next);
    }
  }

 private:
  static std::string nodeOf(int number) { return "/dev/input/event" + std::to_string(number); }
  static std::string sysOf(int number) {
    const std::string n = std::to_string(number);
    return "/sys/devices/virtual/input/input" + n + "/event" + n;
  }

  static input_event event(int type, int code, int value) {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    input_event e{};
    e.input_event_sec = now.tv_sec;
    e.input_event_usec = now.tv_nsec / 1000;
    e.type = static_cast<__u16>(type);
    e.code = static_cast<__u16>(code);
    e.value = value;
    return e;
  }

  void send(int number, std::vector<input_event>& events) {
    events.push_back(event(EV_SYN, SYN_REPORT, 0));
    const int fd = umockdev_testbed_get_dev_fd(bed_, nodeOf(number).c_str());
    const std::size_t bytes = events.size() * sizeof(input_event);
    waitForReader(number, fd);
    for (std::size_t done = 0; done < bytes;) {
      const ssize_t put =
          ::write(fd, reinterpret_cast<const char*>(events.data()) + done, bytes - done);
      if (put < 0 && errno != EAGAIN) throw Refused{std::strerror(errno)};
      if (put < 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
      if (put > 0) done += static_cast<std::size_t>(put);
    }
  }

  // Between us is a pty, which passes on parts of events when it is full, as no kernel device does: a
  // frame goes in when the one before it has been read. Asking poll() makes the kernel move what it
  // still keeps on our side, so that its answer is the whole truth.
  void waitForReader(int number, int master) {
    int& slave = slaves_.try_emplace(number, -1).first->second;
    if (slave < 0) slave = ::open(::ptsname(master), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    pollfd unread{slave, POLLIN, 0};
    while (::poll(&unread, 1, 0) > 0 && (unread.revents & POLLIN) != 0) {
      std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
  }

  UMockdevTestbed* bed_;
  std::map<int, int> slaves_;
  std::vector<std::unique_ptr<MockDevice>> devices_;
};

void obey(Bench& bench, const std::string& line) {
  std::istringstream words(line);
  std::string command, file;
  int number = 0, count = 0, interval = 0;
  words >> command >> number;
  if (command == "plug" && words >> file) return bench.plug(number, file);
  if (command == "unplug") return bench.unplug(number);
  if (command == "emit") return bench.emit(number, words);
  if (command == "moves" && words >> count >> interval) return bench.moves(number, count, interval);
  if (command == "load") {
    int touch = 0, buttons = 0, seconds = 0;
    std::string how;
    if (words >> touch >> buttons >> seconds >> how >> file) {
      return bench.load(number, touch, buttons, seconds, how == "busy", file);
    }
  }
  throw Refused{"no such command: " + line};
}

}  // namespace

int main() {
  Bench bench;
  std::cout << "bed " << bench.folder() << std::endl;
  std::string line;
  while (std::getline(std::cin, line)) {
    try {
      obey(bench, line);
      std::cout << "ok" << std::endl;
    } catch (const Refused& refused) {
      std::cout << "error " << refused.words << std::endl;
    }
  }
  return 0;
}
