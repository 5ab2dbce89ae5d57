// SPDX-License-Identifier: Apache-2.0
// An X server that answers as the bytes say: capture, sizes, clipboards and pointer shapes must make
// something of it. Each packet is as long as it claims, because XCB waits for the rest otherwise
// (x11/patience.h); what is in it is not to be trusted.
//
// The input: a byte that chooses MIT-SHM, then for each packet a byte (0: reply to the next request, 1:
// event, 2: error to the next request, 3: the next request gets none, 4: the sink does something) and a
// byte that says how many more follow, in fours for a reply.
#include <poll.h>
#include <sys/socket.h>
#include <xcb/damage.h>
#include <xcb/randr.h>
#include <xcb/shm.h>
#include <xcb/xfixes.h>
#include <xcb/xtest.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <span>
#include <thread>
#include <vector>

#include "display-relay/sources/x11/capture.h"
#include "display-relay/sources/x11/clipboard.h"
#include "display-relay/sources/x11/modes.h"
#include "display-relay/sources/x11/person.h"
#include "display-relay/sources/x11/pointer_shape.h"
#include "display-relay/sources/x11/server.h"

namespace lucarne::relay::x11 {
namespace {

constexpr surface::Size kSize{64, 48};
constexpr unsigned kExtensions = 5;

class Liar {
 public:
  explicit Liar(base::UniqueFd socket) : socket_(std::move(socket)) {}

  // What XCB reads first: a server with one screen and no formats (X Window System Protocol, 8).
  void greet() {
    std::vector<std::uint8_t> setUp(8 + 32 + 40);
    setUp[0] = 1;
    setUp[2] = 11;
    setUp[6] = (32 + 40) / 4;
    setUp[13] = 0x40;                                    // ids from 0x4000, …
    setUp[16] = setUp[17] = 0xff;                        // … of which there are 65536
    setUp[17] = 0x3f;
    setUp[26] = setUp[27] = 0xff;                        // the longest request
    setUp[28] = 1;                                       // screens
    setUp[40] = 1;                                       // the root
    send(setUp);
  }
  // Waits until so many requests came behind the hello.
  void await(unsigned requests) {
    for (hear(); !isGreeted_ || asked_ < requests; hear()) {
      pollfd read{socket_.get(), POLLIN, 0};
      ::poll(&read, 1, -1);
    }
  }
  // Present: requests and events from these numbers on.
  void answerExtension(std::uint8_t major, std::uint8_t firstEvent) {
    std::vector<std::uint8_t> reply(32);
    reply[0] = 1;
    reply[8] = 1;
    reply[9] = major;
    reply[10] = firstEvent;
    stamp(reply, ++answered_);
    send(reply);
  }
  // Reads what it was asked, of which only the number counts.
  void hear() {
    std::uint8_t bytes[65536];
    for (ssize_t got; (got = ::recv(socket_.get(), bytes, sizeof bytes, MSG_DONTWAIT)) > 0;) {
      heard_.insert(heard_.end(), bytes, bytes + got);
    }
    if (!isGreeted_ && heard_.size() >= 12) {
      heard_.erase(heard_.begin(), heard_.begin() + 12);  // its hello, without a cookie
      isGreeted_ = true;
    }
    while (heard_.size() >= 4) {
      const std::size_t length = 4 * static_cast<std::size_t>(heard_[2] | heard_[3] << 8);
      if (length == 0 || heard_.size() < length) break;
      heard_.erase(heard_.begin(), heard_.begin() + static_cast<std::ptrdiff_t>(length));
      ++asked_;
    }
  }
  // `bytes` are the packet's; the header's length and number are put right.
  void tell(std::uint8_t kind, std::span<const std::uint8_t> bytes) {
    hear();
    if (kind == 1 ? answered_ > asked_ : answered_ >= asked_) return;
    if (kind == 3) {
      ++answered_;
      return;
    }
    std::vector<std::uint8_t> packet(bytes.begin(), bytes.end());
    packet.resize(kind == 0 ? std::max<std::size_t>((packet.size() + 3) / 4 * 4, 32) : 32);
    if (kind == 0) {
      packet[0] = 1;
      const auto words = static_cast<std::uint32_t>((packet.size() - 32) / 4);
      std::memcpy(&packet[4], &words, sizeof words);
    } else if (kind == 2) {
      packet[0] = 0;
    } else if (packet[0] < 2 || (packet[0] & 0x7f) == 35) {
      packet[0] = 2;  // no reply or error, and not of any length (GenericEvent)
    }
    if (kind != 1) ++answered_;
    stamp(packet, answered_);
    send(packet);
  }

 private:
  static void stamp(std::vector<std::uint8_t>& packet, unsigned number) {
    packet[2] = static_cast<std::uint8_t>(number);
    packet[3] = static_cast<std::uint8_t>(number >> 8);
  }
  void send(const std::vector<std::uint8_t>& bytes) {
    (void)!::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  base::UniqueFd socket_;
  std::vector<std::uint8_t> heard_;
  bool isGreeted_ = false;
  unsigned asked_ = 0;
  unsigned answered_ = 0;
};

struct Pair {
  base::UniqueFd ours;
  base::UniqueFd theirs;
};

Pair makePair() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
  return {base::UniqueFd::adopt(ends[0]), base::UniqueFd::adopt(ends[1])};
}

Acquaintance meet(Liar& liar, base::UniqueFd socket, bool sharesMemory) {
  xcb_extension_t* const extensions[kExtensions] = {&xcb_damage_id, &xcb_xfixes_id, &xcb_shm_id, &xcb_randr_id, &xcb_test_id};
  // XCB takes what comes before it has spoken for a reply, so this needs a second one who speaks.
  std::thread speaker([&liar] {
    liar.await(0);
    liar.greet();
    for (std::uint8_t i = 0; i < kExtensions; ++i) {
      liar.await(i + 1U);
      liar.answerExtension(static_cast<std::uint8_t>(130 + i), static_cast<std::uint8_t>(70 + 5 * i));
    }
  });
  Acquaintance x;
  x.connection.reset(xcb_connect_to_fd(socket.release(), nullptr));
  for (xcb_extension_t* extension : extensions) {
    if (!xcb_get_extension_data(x.connection.get(), extension)) std::abort();
  }
  speaker.join();
  x.root = 1;
  x.size = kSize;
  x.damageEvents = 70;
  x.fixesEvents = 75;
  x.randrEvents = 85;
  x.sharesMemory = sharesMemory;
  x.takesInput = true;
  x.ids = {0x4001, 0x4002, 0x4003, 0x4004};
  x.atoms = {100, 101, 102, 103, 104, {105, 106}};
  return x;
}

// What the source does with one connection (x11_source.cc), for ever live.
class Guest {
 public:
  Guest(Acquaintance known, surface::Screen& screen, const base::Context& context)
      : screen_(screen),
        log_(context.log, context.clock),
        x_(std::move(known)),
        server_(std::move(x_.connection), context.loop,
                [this](const xcb_generic_event_t& event) { onEvent(event); },
                [](const std::string&) {}),
        capture_(server_, x_, screen, context, [] {}),
        modes_(server_, x_.root, log_),
        clipboard_(server_, x_, screen) {
    screen_.onPaintable([this] {
      if (!server_.isLost()) capture_.onPaintable();
    });
    server_.flush();
  }
  ~Guest() { screen_.onPaintable(nullptr); }

  void act(std::uint8_t how) {
    if (server_.isLost()) return;
    if (how & 1) capture_.watch((how & 2) != 0);
    if (how & 4) modes_.want({800, 600});
    if (how & 8) clipboard_.offer("text");
    if (how & 16) capture_.wanted();
    if (how & 32) capture_.onSize({how, 32 + (how & 31)});
    if (how & 64) askShape();
  }

 private:
  void onEvent(const xcb_generic_event_t& event) {
    if (event.response_type == 0) {
      capture_.onRefused(reinterpret_cast<const xcb_generic_error_t&>(event));
      return;
    }
    const auto type = static_cast<std::uint8_t>(event.response_type & 0x7f);
    if (type == x_.damageEvents) return capture_.onDamaged();
    if (type == x_.fixesEvents + XCB_XFIXES_CURSOR_NOTIFY) return askShape();
    clipboard_.onEvent(event, type);
  }
  void askShape() {
    server_.expect<xcb_xfixes_get_cursor_image_reply_t>(
        xcb_xfixes_get_cursor_image(server_.get()),
        [this](const xcb_xfixes_get_cursor_image_reply_t* reply) {
          if (!reply) return;
          const auto shape =
              pointerShape({reply->width, reply->height}, {reply->xhot, reply->yhot},
                           {xcb_xfixes_get_cursor_image_cursor_image(reply), reply->length});
          if (shape) screen_.setCursor(*shape);
        });
    server_.flush();
  }

  surface::Screen& screen_;
  base::LimitedLog log_;
  Acquaintance x_;
  Server server_;
  Capture capture_;
  Modes modes_;
  Clipboard clipboard_;
};

}  // namespace
}  // namespace lucarne::relay::x11

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lucarne::relay::x11;
  namespace base = lucarne::base;
  ::signal(SIGPIPE, SIG_IGN);
  std::span<const std::uint8_t> rest(data, size);
  if (rest.empty()) return 0;
  base::Loop loop;
  base::ManualClock clock;
  const base::Context context{loop, clock, base::Log::discard()};
  lucarne::surface::Screen screen;
  screen.allowClipboard(lucarne::surface::ClipboardWays::Both);
  Pair pair = makePair();
  Liar liar(std::move(pair.theirs));
  Guest guest(meet(liar, std::move(pair.ours), (rest[0] & 1) != 0), screen, context);
  rest = rest.subspan(1);
  while (rest.size() >= 2) {
    const std::uint8_t kind = rest[0] % 5;
    const std::size_t claimed = kind == 0 ? 4 * std::size_t{rest[1]} : rest[1] % 33;
    rest = rest.subspan(2);
    const auto bytes = rest.first(std::min(claimed, rest.size()));
    rest = rest.subspan(bytes.size());
    if (kind == 4) {
      guest.act(bytes.empty() ? 127 : bytes[0]);
    } else {
      liar.tell(kind, bytes);
    }
    clock.advance(std::chrono::milliseconds(5));
    for (int turns = 0; turns < 8 && loop.turn(false); ++turns) {
    }
  }
  return 0;
}
