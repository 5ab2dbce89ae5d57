// SPDX-License-Identifier: Apache-2.0
// fd:N: a descriptor that whoever started us left open.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "link/transports/basic_transport.h"
#include "link/transports/raw_line.h"

namespace lucarne::link {

namespace {

using base::UniqueFd;

class FdTransport final : public BasicTransport {
 public:
  FdTransport(int number, LineKind kind, const base::Context& context)
      : BasicTransport(fmt::format("fd:{}", number), kind, context), number_(number) {}

  void prepare() override {
    if (::fcntl(number_, F_GETFD) < 0) {
      throw base::SetupError(
          fmt::format("fd:{}: {}; the program that starts this one must leave it open", number_,
                      std::strerror(errno)));
    }
  }

  void open(OnOpened onOpened) override {
    expect(std::move(onOpened));
    // A stream that ended cannot be opened again. (A terminal does not end.)
    if (opened_ && kind() != LineKind::Serial) {
      answer(base::unexpected(fmt::format("fd:{}: the other side closed it", number_)));
      return;
    }
    opened_ = true;
    Stream stream{.fd = UniqueFd::adopt(::fcntl(number_, F_DUPFD_CLOEXEC, 3)), .kind = kind()};
    if (!stream.fd) {
      answer(base::unexpected(fmt::format("fd:{}: {}", number_, std::strerror(errno))));
      return;
    }
    try {
      base::setNonBlocking(stream.fd);
      if (::isatty(number_)) stream.restore = setRawForAWhile(stream.fd, 0);
    } catch (const base::SetupError& failure) {
      answer(base::unexpected(fmt::format("fd:{}: {}", number_, failure.what())));
      return;
    }
    if (!::isatty(number_)) vacate();
    answer(std::move(stream));
  }

 private:
  // The peer must see the end when we close ours. The number stays taken: the next file of this
  // program would get it, and who makes this transport again would be handed that.
  void vacate() const {
    const auto nothing = UniqueFd::adopt(::open("/dev/null", O_RDWR | O_CLOEXEC));
    if (!nothing || ::dup3(nothing.get(), number_, O_CLOEXEC) < 0) ::close(number_);
  }

  const int number_;
  bool opened_ = false;
};

std::unique_ptr<Transport> create(std::string_view rest, const base::Context& context) {
  const auto number = parseNumber(rest, 1 << 20);
  if (!number) throw base::UsageError(fmt::format("fd:{}: is no descriptor's number", rest));
  const int fd = static_cast<int>(*number);
  return std::make_unique<FdTransport>(fd, ::isatty(fd) ? LineKind::Serial : LineKind::Local,
                                       context);
}

}  // namespace

extern const TransportRow fdTransport;
const TransportRow fdTransport = {"fd", "fd:N", "a descriptor that is open already", create};

}  // namespace lucarne::link
