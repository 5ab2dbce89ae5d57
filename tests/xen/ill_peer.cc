// SPDX-License-Identifier: Apache-2.0
// A domain that means ill, at its end of a pv channel (hostile/guest.sh).
//
//   ill_peer panel DEVICE SECONDS    speaks to `lucarne-input inject` as if it were a broker
//   ill_peer guest DEVICE SECONDS    speaks to `lucarne-input run` as if it were an injector
//
// Garbage without a session; in a session a device that claims 65535 slots, garbage inside messages,
// and a flood for so long; goes in the middle of a frame, and comes again. As a panel it ends with an
// honest mouse that moves by 5. Status 0 when all of it could be said.
#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cstdlib>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/loop.h"
#include "input-broker/messages.h"
#include "link/link_end.h"

namespace {

using namespace lucarne;  // NOLINT: a program of one file
using input::RawEvent;
namespace message = input::message;

constexpr int kVisits = 3;
constexpr base::Duration kPatience = std::chrono::seconds(120);  // emulated twice

std::vector<std::uint8_t> bytesOf(const message::Message& message) {
  std::vector<std::uint8_t> bytes;
  message::encode(message, bytes);
  return bytes;
}

/// Raw bytes on the line, as a getty or a broken driver might leave there.
bool writeGarbage(const std::string& device, std::size_t count, std::minstd_rand& random) {
  const auto fd = base::UniqueFd::adopt(::open(device.c_str(), O_WRONLY | O_NOCTTY | O_NONBLOCK));
  if (!fd) return false;
  termios raw{};
  ::tcgetattr(fd.get(), &raw);
  ::cfmakeraw(&raw);
  ::tcsetattr(fd.get(), TCSANOW, &raw);
  std::vector<std::uint8_t> bytes(count);
  for (std::uint8_t& b : bytes) b = static_cast<std::uint8_t>(random());
  std::size_t done = 0;
  for (int tries = 0; done < count && tries < 2000; ++tries) {
    const ssize_t put = ::write(fd.get(), bytes.data() + done, count - done);
    if (put > 0) done += static_cast<std::size_t>(put);
    if (put <= 0) ::usleep(10'000);
  }
  return done == count;
}

input::Description mouse() {
  input::Description d;
  d.name = "Honest mouse";
  d.keys.set(BTN_LEFT);
  d.relatives.set(REL_X);
  d.relatives.set(REL_Y);
  return d;
}

input::Description lie() {
  input::Description d;
  d.name = "A lie";
  d.properties.set(INPUT_PROP_DIRECT);
  d.keys.set(BTN_TOUCH);
  d.axes = {{ABS_X, 0, 100}, {ABS_Y, 0, 100}, {ABS_MT_SLOT, 0, 65534},
            {ABS_MT_POSITION_X, 0, 100}, {ABS_MT_POSITION_Y, 0, 100}};
  return d;
}

/// One session; the line is let go with it.
class Visit : private link::LinkListener {
 public:
  Visit(const std::string& device, link::Role role, const base::Context& context, base::Loop& loop)
      : loop_(loop),
        end_(link::createTransport("serial:" + device, context), {.role = role, .name = "ill"}, *this,
             context) {
    end_.start();
  }
  bool until(const std::function<bool()>& so, base::Duration patience = kPatience) {
    bool late = false;
    const auto limit = loop_.after(patience, [&late] { late = true; });
    while (!so() && !late) loop_.turn(true);
    return so();
  }
  bool isUp() const { return end_.isUp(); }
  /// False while the line takes no more.
  bool say(const std::vector<std::uint8_t>& bytes) {
    const bool said = end_.send(link::Channel::Input, bytes);
    said_ += said;
    return said;
  }
  bool sayPatiently(const std::vector<std::uint8_t>& bytes) {
    return until([&] { return say(bytes); });
  }
  bool drained() {
    return until([this] { return end_.queuedBytes(link::Channel::Input) == 0; });
  }
  std::uint64_t said() const { return said_; }

 private:
  void onUp(const link::Peer&) override {}
  void onDown(const std::string&) override {}
  void onMessage(link::Channel, base::Bytes) override {}

  base::Loop& loop_;
  link::LinkEnd end_;
  std::uint64_t said_ = 0;
};

void flood(Visit& visit, link::Role role, std::chrono::seconds time, base::Loop& loop,
           std::minstd_rand& random) {
  bool over = false;
  const auto end = loop.after(time, [&over] { over = true; });
  const auto frame = bytesOf(message::Frame{
      9, 0, std::vector<RawEvent>(message::kMaxFrameEvents, RawEvent{EV_REL, REL_X, 1})});
  while (!over) {
    std::vector<std::uint8_t> garbage(1 + random() % 60);
    for (std::uint8_t& b : garbage) b = static_cast<std::uint8_t>(random());
    garbage[0] = static_cast<std::uint8_t>(random() % 8);
    const bool room =
        role == link::Role::Panel
            ? visit.say(bytesOf(message::Device{static_cast<std::uint8_t>(random() % 256), mouse()})) &&
                  visit.say(frame) && visit.say(garbage)
            : visit.say(bytesOf(message::Leds{static_cast<std::uint8_t>(random()),
                                              static_cast<std::uint16_t>(random())})) &&
                  visit.say(garbage);
    loop.turn(!room);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const link::Role role = std::string(argv[1]) == "panel" ? link::Role::Panel : link::Role::Guest;
  const std::string device = argv[2];
  base::Loop loop;
  const base::RealClock clock;
  const base::Context context{loop, clock, base::Log::discard()};
  std::minstd_rand random(4);
  for (int number = 0; number < kVisits; ++number) {
    if (!writeGarbage(device, 4096, random)) return fmt::print("no garbage went\n"), 1;
    Visit visit(device, role, context, loop);
    if (!visit.until([&] { return visit.isUp(); })) return fmt::print("no session\n"), 1;
    if (!visit.sayPatiently(bytesOf(message::Device{3, lie()})) || !visit.drained()) {
      return fmt::print("the lie was not heard\n"), 1;
    }
    flood(visit, role, std::chrono::seconds(std::atoi(argv[3])), loop, random);
    fmt::print("visit {}: {} messages, and gone in the middle\n", number, visit.said());
  }
  if (role == link::Role::Guest) return 0;
  Visit visit(device, role, context, loop);
  const bool up = visit.until([&] { return visit.isUp(); });
  const bool said = up && visit.sayPatiently(bytesOf(message::Hello{})) &&
                    visit.sayPatiently(bytesOf(message::Device{4, mouse()})) &&
                    visit.sayPatiently(bytesOf(message::Ready{})) &&
                    visit.sayPatiently(bytesOf(message::Frame{4, 0, {{EV_REL, REL_X, 5}}})) &&
                    visit.drained();
  visit.until([] { return false; }, std::chrono::seconds(5));  // whoever reads it is slow
  fmt::print("honest at last: {}\n", said ? "heard" : "NOT HEARD");
  return said ? 0 : 1;
}
