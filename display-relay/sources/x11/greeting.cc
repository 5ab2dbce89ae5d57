// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/x11/greeting.h"

#include <X11/Xauth.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <xcb/damage.h>
#include <xcb/randr.h>
#include <xcb/shm.h>
#include <xcb/xfixes.h>
#include <xcb/xtest.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <system_error>

#include <fmt/format.h>

#include "display-relay/sources/x11/xkb_protocol.h"
#include "surface/frame.h"

namespace lucarne::relay::x11 {

namespace {

template <typename T>
using Reply = base::CHandle<T, std::free>;

template <typename T>
Reply<T> own(T* reply) {
  return Reply<T>(reply);
}

const xcb_query_extension_reply_t* present(xcb_connection_t* c, xcb_extension_t& extension) {
  const xcb_query_extension_reply_t* data = xcb_get_extension_data(c, &extension);
  return data && data->present ? data : nullptr;
}

// 32 bits a pixel, in memory B, G, R: what everything of ours is made of.
bool hasOurPixels(const xcb_setup_t* setup, const xcb_screen_t* screen) {
  if (setup->image_byte_order != XCB_IMAGE_ORDER_LSB_FIRST || screen->root_depth != 24) return false;
  const xcb_format_t* formats = xcb_setup_pixmap_formats(setup);
  bool wide = false;
  for (int i = 0; i < xcb_setup_pixmap_formats_length(setup); ++i) {
    if (formats[i].depth == screen->root_depth) wide = formats[i].bits_per_pixel == 32;
  }
  for (auto depth = xcb_screen_allowed_depths_iterator(screen); depth.rem; xcb_depth_next(&depth)) {
    const xcb_visualtype_t* visuals = xcb_depth_visuals(depth.data);
    for (int i = 0; i < xcb_depth_visuals_length(depth.data); ++i) {
      if (visuals[i].visual_id == screen->root_visual) {
        return wide && visuals[i].red_mask == 0xff0000 && visuals[i].blue_mask == 0xff;
      }
    }
  }
  return false;
}

bool askExtensions(Acquaintance& x) {
  xcb_connection_t* c = x.connection.get();
  const auto* damage = present(c, xcb_damage_id);
  const auto* fixes = present(c, xcb_xfixes_id);
  if (!damage || !fixes) return false;
  x.damageEvents = damage->first_event;
  x.fixesEvents = fixes->first_event;
  const auto damageCookie = xcb_damage_query_version(c, 1, 1);
  const auto fixesCookie = xcb_xfixes_query_version(c, 2, 0);  // regions, cursor shapes
  const auto damageVersion = own(xcb_damage_query_version_reply(c, damageCookie, nullptr));
  const auto fixesVersion = own(xcb_xfixes_query_version_reply(c, fixesCookie, nullptr));
  if (!damageVersion || !fixesVersion) return false;
  if (x.sharesMemory && present(c, xcb_shm_id)) {
    const auto version = own(xcb_shm_query_version_reply(c, xcb_shm_query_version(c), nullptr));
    // 1.2 has AttachFd.
    x.sharesMemory = version && (version->major_version > 1 || version->minor_version >= 2);
  } else {
    x.sharesMemory = false;
  }
  if (const auto* randr = present(c, xcb_randr_id)) {
    if (own(xcb_randr_query_version_reply(c, xcb_randr_query_version(c, 1, 3), nullptr))) {
      x.randrEvents = randr->first_event;
    }
  }
  if (present(c, xcb_test_id)) {
    x.takesInput = own(xcb_test_get_version_reply(c, xcb_test_get_version(c, 2, 2), nullptr)) != nullptr;
  }
  return true;
}

// A relay before this one may have been killed with a key held: XTEST's keyboard outlives its clients.
void askHeld(Acquaintance& x) {
  xcb_connection_t* c = x.connection.get();
  const auto keymapCookie = xcb_query_keymap(c);
  const auto pointerCookie = xcb_query_pointer(c, x.root);
  if (const auto keymap = own(xcb_query_keymap_reply(c, keymapCookie, nullptr))) {
    for (int keycode = 8; keycode < 256; ++keycode) {
      if (keymap->keys[keycode / 8] & (1 << keycode % 8)) {
        x.keysDown.push_back(static_cast<std::uint8_t>(keycode));
      }
    }
  }
  if (const auto pointer = own(xcb_query_pointer_reply(c, pointerCookie, nullptr))) {
    x.buttonsDown = static_cast<std::uint8_t>(pointer->mask >> 8);  // Button1Mask and on
  }
}

// In one go, because each waits for its answer.
Atoms askAtoms(xcb_connection_t* c) {
  constexpr std::string_view kNames[] = {"CLIPBOARD",         "TARGETS", "TIMESTAMP",
                                         "UTF8_STRING",       "INCR",    "LUCARNE_RECEIVED_1",
                                         "LUCARNE_RECEIVED_2"};
  xcb_intern_atom_cookie_t cookies[std::size(kNames)];
  xcb_atom_t atoms[std::size(kNames)] = {};
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    cookies[i] = xcb_intern_atom(c, false, static_cast<std::uint16_t>(kNames[i].size()),
                                 kNames[i].data());
  }
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    const auto reply = own(xcb_intern_atom_reply(c, cookies[i], nullptr));
    if (reply) atoms[i] = reply->atom;
  }
  return {atoms[0], atoms[1], atoms[2], atoms[3], atoms[4], {atoms[5], atoms[6]}};
}

bool isUnix(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  return ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0 &&
         address.ss_family == AF_UNIX;
}

}  // namespace

base::Result<Acquaintance> greet(base::UniqueFd socket, Cookie cookie) {
  xcb_auth_info_t auth{static_cast<int>(cookie.name.size()), cookie.name.data(),
                       static_cast<int>(cookie.bytes.size()), cookie.bytes.data()};
  // A quarter is for what Server::flush lets wait. The kernel takes twice as much for its own accounts, and
  // by default gives no more than this.
  constexpr int kRoom = 208 * 1024;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &kRoom, sizeof kRoom);
  Acquaintance x;
  x.sharesMemory = isUnix(socket.get());  // others carry no descriptors
  x.connection.reset(xcb_connect_to_fd(socket.release(), cookie.name.empty() ? nullptr : &auth));
  xcb_connection_t* c = x.connection.get();
  if (xcb_connection_has_error(c)) {
    return base::unexpected(cookie.name.empty()
                                ? "it does not let us in, or is no X server: does XAUTHORITY name the "
                                  "file with its cookie?"
                                : "it does not let us in, or is no X server");
  }
  const xcb_setup_t* setup = xcb_get_setup(c);
  const xcb_screen_t* screen = xcb_setup_roots_iterator(setup).data;
  if (!screen) return base::unexpected("the X server has no screen");
  x.root = screen->root;
  if (!hasOurPixels(setup, screen)) {
    return base::unexpected(fmt::format("the X server's screen has depth {}; start it with -depth 24",
                                        screen->root_depth));
  }
  // In words of four bytes: 64 KiB of text with its header. What is longer XCB would have to ask about.
  constexpr std::uint32_t kLongestRequest = 16 * 1024 + 16;
  if (xcb_get_maximum_request_length(c) < kLongestRequest) {
    return base::unexpected("the X server takes short requests only");
  }
  if (!askExtensions(x)) return base::unexpected("the X server has no DAMAGE and XFIXES extensions");
  const auto geometry = own(xcb_get_geometry_reply(c, xcb_get_geometry(c, x.root), nullptr));
  if (!geometry || !surface::isAcceptable(geometry->width, geometry->height)) {
    return base::unexpected("the X server's screen has no size that a picture can have");
  }
  x.size = {geometry->width, geometry->height};
  x.keys = KeyTable::ask(c);
  // After KeyTable, which says hello to the extension.
  if (const auto* xkb = present(c, xcb_xkb_id)) x.xkbEvents = xkb->first_event;
  askHeld(x);
  x.atoms = askAtoms(c);
  x.ids = {xcb_generate_id(c), xcb_generate_id(c), xcb_generate_id(c), xcb_generate_id(c)};
  if (xcb_connection_has_error(c)) return base::unexpected("the X server closed the connection");
  return x;
}

Cookie Cookie::forDisplay(const std::string& number) {
  // Sized like struct utsname's name; a longer host name has no entry.
  char host[256] = "";
  ::gethostname(host, sizeof host - 1);
  static char name[] = "MIT-MAGIC-COOKIE-1";
  char* names[] = {name};
  const int lengths[] = {static_cast<int>(std::strlen(name))};
  const base::CHandle<Xauth, XauDisposeAuth> entry(XauGetBestAuthByAddr(
      FamilyLocal, static_cast<unsigned short>(std::strlen(host)), host,
      static_cast<unsigned short>(number.size()), number.c_str(), 1, names, lengths));
  if (!entry) return {};
  return {std::string(entry->name, entry->name_length), std::string(entry->data, entry->data_length)};
}

Greeting::Greeting(base::UniqueFd socket, Cookie cookie, base::Loop& loop,
                   std::function<void(base::Result<Acquaintance>)> done)
    : hook_(base::duplicate(socket)),
      done_(base::UniqueFd::adopt(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK))),
      tell_(std::move(done)) {
  if (!hook_ || !done_) throw base::SetupError("no descriptor is left for an X server");
  int type = 0;
  socklen_t size = sizeof type;
  // What is none could not be shut down, and the thread would wait for ever.
  if (::getsockopt(hook_.get(), SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
    throw base::SetupError("an X server is reached through a socket only");
  }
  watch_ = loop.watch(done_, base::Interest::Read, [this](base::Readiness) { onDone(); });
  try {
    thread_ = std::thread([this, theirs = std::move(socket), cookie = std::move(cookie)]() mutable {
      result_ = std::make_unique<base::Result<Acquaintance>>(
          greet(std::move(theirs), std::move(cookie)));
      const std::uint64_t one = 1;
      (void)!::write(done_.get(), &one, sizeof one);
    });
  } catch (const std::system_error&) {
    throw base::SetupError("no thread is left for an X server");
  }
}

Greeting::~Greeting() {
  if (!thread_.joinable()) return;
  ::shutdown(hook_.get(), SHUT_RDWR);
  thread_.join();
}

void Greeting::onDone() {
  watch_.cancel();
  thread_.join();
  // The callback may destroy this.
  const auto tell = std::move(tell_);
  tell(std::move(*result_));
}

}  // namespace lucarne::relay::x11
