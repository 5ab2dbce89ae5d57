// SPDX-License-Identifier: Apache-2.0
// serial:DEV[@BAUD]: a serial port, a Xen pv channel (/dev/hvc1), a PTY's slave, a virtio port.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "link/transports/basic_transport.h"
#include "link/transports/raw_line.h"

namespace lucarne::link {

namespace {

using base::SetupError;
using base::UniqueFd;

// Exclusive use ends, terminal settings return (in this order).
struct SerialRestore {
  std::shared_ptr<void> settings;
  UniqueFd exclusive;
  ~SerialRestore() {
    if (exclusive) ::ioctl(exclusive.get(), TIOCNXCL);
  }
};

// Unix98 PTY slaves have the majors 136 to 143 (Linux Documentation/admin-guide/devices.txt).
bool isPty(const struct stat& info) {
  const unsigned major = ::major(info.st_rdev);
  return major >= 136 && major <= 143;
}

// A PTY as it was found under a symbolic link: who kills the PTY's maker leaves the link behind, and
// the kernel gives the number to the next that asks, a login for example.
struct NamedPty {
  ino_t link = 0;
  timespec linked{};
  timespec made{};

  static bool same(const timespec& a, const timespec& b) {
    return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
  }
  bool isSameLink(const NamedPty& other) const {
    return link == other.link && same(linked, other.linked);
  }
  bool isSamePty(const NamedPty& other) const { return same(made, other.made); }
};

std::optional<NamedPty> namedPty(const std::string& path, const struct stat& device) {
  struct stat link {};
  if (!isPty(device) || ::lstat(path.c_str(), &link) < 0 || !S_ISLNK(link.st_mode)) return {};
  return NamedPty{link.st_ino, link.st_mtim, device.st_ctim};
}

class SerialTransport final : public BasicTransport {
 public:
  SerialTransport(std::string device, unsigned baud, const base::Context& context)
      : BasicTransport("serial:" + device + (baud ? fmt::format("@{}", baud) : ""),
                       LineKind::Serial, context),
        device_(std::move(device)),
        baud_(baud) {}

  void prepare() override {
    auto stream = openLine();
    if (stream) {
      ready_ = std::make_unique<Stream>(std::move(*stream));
    } else if (errno_ != ENODEV && errno_ != ENXIO) {
      // Those two come right by themselves: the backend of a pv channel is not connected yet.
      throw SetupError(stream.error().message);
    }
  }

  void open(OnOpened onOpened) override {
    expect(std::move(onOpened));
    if (ready_) {
      answer(std::move(*ready_));
      ready_.reset();
    } else {
      answer(openLine());
    }
  }

 private:
  base::Unexpected<base::Error> refuse(int error) {
    errno_ = error;
    return base::unexpected(
        fmt::format("open {}: {}{}", device_, std::strerror(error), advice(error)));
  }

  std::string advice(int error) const {
    switch (error) {
      case ENOENT:
        return "; look at the name (ls /dev/hvc* /dev/tty* /dev/virtio-ports/*)";
      case EACCES:
      case EPERM:
        return fmt::format("; add this user to the group that owns it ({}), or run as root",
                           owner());
      case EBUSY:
      case EWOULDBLOCK:
        return "; another program is using it (fuser -v shows which: often a getty)";
      case ENODEV:
      case ENXIO:
        return "; its other side is not connected yet";
      default:
        return "";
    }
  }

  std::string owner() const {
    struct stat info {};
    if (::stat(device_.c_str(), &info) < 0) return "see ls -l";
    return fmt::format("group {}, see ls -l {}", info.st_gid, device_);
  }

  base::Result<Stream> openLine() {
    errno_ = 0;
    auto fd = UniqueFd::adopt(::open(device_.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC));
    if (!fd) return refuse(errno);
    struct stat info {};
    if (::fstat(fd.get(), &info) < 0) return refuse(errno);
    if (!S_ISCHR(info.st_mode)) {
      return base::unexpected(fmt::format("{} is no serial device", device_));
    }
    const std::optional<NamedPty> pty = namedPty(device_, info);
    if (pty && had_ && had_->isSameLink(*pty) && !had_->isSamePty(*pty)) {
      return base::unexpected(fmt::format(
          "open {}: the terminal behind that name is gone, and another has its number", device_));
    }
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) < 0) return refuse(EBUSY);
    Stream stream{.kind = LineKind::Serial, .heldBack = isHvc()};
    if (::isatty(fd.get())) {
      try {
        stream.restore = takeLine(fd, info);
      } catch (const SetupError& failure) {
        errno_ = EIO;
        return base::unexpected(fmt::format("{}: {}", device_, failure.what()));
      }
    }
    stream.fd = std::move(fd);
    had_ = pty;
    return stream;
  }

  std::shared_ptr<void> takeLine(const UniqueFd& fd, const struct stat& info) {
    auto restore = std::make_shared<SerialRestore>();
    restore->settings = setRawForAWhile(fd, baud_);
    // A PTY's exclusive mode would outlive a killed program while the master's side holds it open.
    if (!isPty(info) && ::ioctl(fd.get(), TIOCEXCL) == 0) restore->exclusive = base::duplicate(fd);
    return restore;
  }

  bool isHvc() const {
    char resolved[PATH_MAX];
    const char* path = ::realpath(device_.c_str(), resolved);
    const std::string real = path ? path : device_;
    return real.compare(real.rfind('/') + 1, 3, "hvc") == 0;
  }

  const std::string device_;
  const unsigned baud_;
  int errno_ = 0;                  // of the last attempt
  std::optional<NamedPty> had_;    // what was opened last
  std::unique_ptr<Stream> ready_;  // opened by prepare: a line should not be closed in between
};

std::unique_ptr<Transport> create(std::string_view rest, const base::Context& context) {
  unsigned baud = 0;
  if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
    const auto number = parseNumber(rest.substr(at + 1), 10'000'000);
    if (!number || !isKnownBaud(*number)) {
      throw base::UsageError(
          fmt::format("serial:{}: '{}' is no usual baud rate (9600, 115200, 921600, …)", rest,
                      rest.substr(at + 1)));
    }
    baud = *number;
    rest = rest.substr(0, at);
  }
  if (rest.empty() || rest.find('\0') != std::string_view::npos) {
    throw base::UsageError("serial: names no device; serial:DEV[@BAUD], as in serial:/dev/hvc1");
  }
  return std::make_unique<SerialTransport>(std::string(rest), baud, context);
}

}  // namespace

extern const TransportRow serialTransport;
const TransportRow serialTransport = {
    "serial", "serial:DEV[@BAUD]", "a serial line, a Xen pv channel, a PTY, a virtio port", create};

}  // namespace lucarne::link
