// SPDX-License-Identifier: Apache-2.0
#include "link/transports/raw_line.h"

#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <iterator>
#include <utility>

#include "base/result.h"

namespace lucarne::link {

namespace {

struct Baud {
  unsigned rate;
  speed_t code;
};

constexpr Baud kBauds[] = {
    {1200, B1200},       {2400, B2400},       {4800, B4800},       {9600, B9600},
    {19200, B19200},     {38400, B38400},     {57600, B57600},     {115200, B115200},
    {230400, B230400},   {460800, B460800},   {500000, B500000},   {576000, B576000},
    {921600, B921600},   {1000000, B1000000}, {1152000, B1152000}, {1500000, B1500000},
    {2000000, B2000000}, {2500000, B2500000}, {3000000, B3000000}, {3500000, B3500000},
    {4000000, B4000000},
};

const Baud* findBaud(unsigned rate) {
  const auto* found = std::find_if(std::begin(kBauds), std::end(kBauds),
                                   [rate](const Baud& baud) { return baud.rate == rate; });
  return found == std::end(kBauds) ? nullptr : found;
}

termios read(const base::UniqueFd& line) {
  termios settings{};
  if (::tcgetattr(line.get(), &settings) < 0) {
    throw base::SetupError(fmt::format("read terminal settings: {}", std::strerror(errno)));
  }
  return settings;
}

struct SavedLine {
  SavedLine(base::UniqueFd fd, const termios& settings) : line(std::move(fd)), before(settings) {}
  base::UniqueFd line;
  termios before;
  ~SavedLine() { ::tcsetattr(line.get(), TCSANOW, &before); }
};

}  // namespace

bool isKnownBaud(unsigned baud) { return findBaud(baud) != nullptr; }

void setRaw(const base::UniqueFd& line, unsigned baud) {
  termios settings = read(line);
  ::cfmakeraw(&settings);
  settings.c_iflag &= ~static_cast<tcflag_t>(IXON | IXOFF | IXANY);
  settings.c_cflag &= ~static_cast<tcflag_t>(CRTSCTS | CSTOPB | HUPCL);
  settings.c_cflag |= CLOCAL | CREAD | CS8;
  settings.c_cc[VMIN] = 1;
  settings.c_cc[VTIME] = 0;
  if (const Baud* known = findBaud(baud)) ::cfsetspeed(&settings, known->code);
  if (::tcsetattr(line.get(), TCSANOW, &settings) < 0) {
    throw base::SetupError(fmt::format("set raw mode: {}", std::strerror(errno)));
  }
}

std::shared_ptr<void> setRawForAWhile(const base::UniqueFd& line, unsigned baud) {
  auto saved = std::make_shared<SavedLine>(base::duplicate(line), read(line));
  setRaw(line, baud);
  return saved;
}

}  // namespace lucarne::link
