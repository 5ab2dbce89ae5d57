// SPDX-License-Identifier: Apache-2.0
#include "input-broker/inject/uinput_device.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/uinput.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/c_handle.h"

namespace lucarne::input {

namespace {

class UinputDevice final : public DeviceSink {
 public:
  UinputDevice(base::UniqueFd fd, SinkCallbacks callbacks, const base::Context& context)
      : fd_(std::move(fd)), callbacks_(std::move(callbacks)) {
    watch_ = context.loop.watch(fd_, base::Interest::Read, [this](base::Readiness) { onLeds(); });
    watchForOpening(context);
  }
  ~UinputDevice() override { ::ioctl(fd_.get(), UI_DEV_DESTROY); }

  void emit(const std::vector<RawEvent>& events) override {
    out_.clear();
    for (const RawEvent& event : events) push(event.type, event.code, event.value);
    push(EV_SYN, SYN_REPORT, 0);
    // uinput takes all or fails; nothing is left over.
    (void)!::write(fd_.get(), out_.data(), out_.size() * sizeof(input_event));
  }
  bool open() const override { return opened_; }

 private:
  void push(std::uint16_t type, std::uint16_t code, std::int32_t value) {
    input_event event{};  // the kernel sets the time
    event.type = type;
    event.code = code;
    event.value = value;
    out_.push_back(event);
  }

  // An event before anybody has opened the node is lost. The kernel does not say when that happens,
  // inotify does.
  void watchForOpening(const base::Context& context) {
    const std::string node = nodeName();
    inotify_ = base::UniqueFd::adopt(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (node.empty() || !inotify_ ||
        ::inotify_add_watch(inotify_.get(), node.c_str(), IN_OPEN) < 0) {
      opened_ = true;  // nothing to wait for
      return;
    }
    openWatch_ = context.loop.watch(inotify_, base::Interest::Read, [this](base::Readiness) {
      openWatch_.cancel();
      opened_ = true;
      callbacks_.onOpened();
    });
  }

  std::string nodeName() const {
    std::array<char, 64> name{};
    if (::ioctl(fd_.get(), UI_GET_SYSNAME(name.size() - 1), name.data()) < 0) return {};
    const std::string folder = std::string("/sys/devices/virtual/input/") + name.data();
    const base::CHandle<DIR, ::closedir> entries{::opendir(folder.c_str())};
    if (!entries) return {};
    while (const dirent* entry = ::readdir(entries.get())) {
      if (std::strncmp(entry->d_name, "event", 5) == 0) return std::string("/dev/input/") + entry->d_name;
    }
    return {};
  }

  void onLeds() {
    input_event event;
    bool changed = false;
    while (::read(fd_.get(), &event, sizeof event) == sizeof event) {
      if (event.type != EV_LED || event.code >= LED_CNT) continue;
      const auto bit = static_cast<std::uint16_t>(1U << event.code);
      lights_ = static_cast<std::uint16_t>(event.value != 0 ? lights_ | bit : lights_ & ~bit);
      changed = true;
    }
    if (changed) callbacks_.onLeds(lights_);
  }

  base::UniqueFd fd_;
  SinkCallbacks callbacks_;
  base::Watch watch_;
  base::UniqueFd inotify_;
  base::Watch openWatch_;
  bool opened_ = false;
  std::uint16_t lights_ = 0;
  std::vector<input_event> out_;
};

/// Asks for one thing after the other; remembers the first refusal.
class Setup {
 public:
  explicit Setup(int fd) : fd_(fd) {}

  template <typename Argument>
  void ask(unsigned long request, Argument argument) {
    if (error_ == 0 && ::ioctl(fd_, request, argument) < 0) error_ = errno;
  }
  template <std::size_t size>
  void askAll(int type, unsigned long request, const std::bitset<size>& codes) {
    if (codes.none()) return;
    if (type >= 0) ask(UI_SET_EVBIT, type);
    for (std::size_t code = 0; code < size; ++code) {
      if (codes.test(code)) ask(request, static_cast<int>(code));
    }
  }
  int error() const { return error_; }

 private:
  int fd_;
  int error_ = 0;
};

int describe(int fd, const Description& d) {
  Setup setup(fd);
  setup.askAll(EV_KEY, UI_SET_KEYBIT, d.keys);
  setup.askAll(EV_REL, UI_SET_RELBIT, d.relatives);
  setup.askAll(EV_SW, UI_SET_SWBIT, d.switches);
  setup.askAll(EV_LED, UI_SET_LEDBIT, d.leds);
  setup.askAll(EV_MSC, UI_SET_MSCBIT, d.misc);
  setup.askAll(-1, UI_SET_PROPBIT, d.properties);
  if (!d.axes.empty()) setup.ask(UI_SET_EVBIT, EV_ABS);
  for (const Axis& axis : d.axes) {
    uinput_abs_setup absolute{};
    absolute.code = axis.code;
    absolute.absinfo.minimum = axis.minimum;
    absolute.absinfo.maximum = axis.maximum;
    absolute.absinfo.fuzz = axis.fuzz;
    absolute.absinfo.flat = axis.flat;
    absolute.absinfo.resolution = axis.resolution;
    setup.ask(UI_ABS_SETUP, &absolute);
  }
  uinput_setup device{};
  device.id = {d.bus, d.vendor, d.product, d.version};
  d.name.copy(device.name, sizeof device.name - 1);
  setup.ask(UI_DEV_SETUP, &device);
  setup.ask(UI_DEV_CREATE, 0);
  return setup.error();
}

}  // namespace

base::Result<std::unique_ptr<DeviceSink>> makeUinputDevice(const Description& description,
                                                           SinkCallbacks callbacks,
                                                           const base::Context& context) {
  auto fd = base::UniqueFd::adopt(::open("/dev/uinput", O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!fd) {
    return base::unexpected(fmt::format(
        "open /dev/uinput: {}; load the module uinput and run as root or give the user access",
        std::strerror(errno)));
  }
  Description named = description;
  if (named.name.empty()) named.name = "Lucarne device";  // the kernel refuses one without
  if (const int error = describe(fd.get(), named); error != 0) {
    return base::unexpected(fmt::format("make \"{}\": {}", named.name, std::strerror(error)));
  }
  return std::unique_ptr<DeviceSink>(
      new UinputDevice(std::move(fd), std::move(callbacks), context));
}

}  // namespace lucarne::input
