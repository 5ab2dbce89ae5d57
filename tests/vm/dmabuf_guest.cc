// SPDX-License-Identifier: Apache-2.0
#include "tests/vm/dmabuf_guest.h"

#include <drm.h>
#include <drm_mode.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <utility>

namespace lucarne::test {

using relay::qemu::Object;
using surface::Frame;
using surface::Rect;
using surface::Size;

namespace {

constexpr const char* kConsolePath = "/org/qemu/Display1/Console_0";
constexpr const char* kListenerPath = "/org/qemu/Display1/Listener";
constexpr const char* kListener = "org.qemu.Display1.Listener";
constexpr const char* kPlanes = "org.qemu.Display1.Listener.Unix.ScanoutDMABUF2";
constexpr guint32 kXr24 = 0x34325258;  // DRM_FORMAT_XRGB8888

constexpr const char* kIntrospection = R"(<node>
<interface name="org.qemu.Display1.Console">
 <method name="RegisterListener"><arg type="h"/></method>
 <method name="SetUIInfo"><arg type="q"/><arg type="q"/><arg type="i"/><arg type="i"/><arg type="u"/><arg type="u"/></method>
</interface>
</node>)";

std::string driverOf(const base::UniqueFd& card) {
  char name[32] = {};
  drm_version version{};
  version.name = name;
  version.name_len = sizeof name - 1;
  return ::ioctl(card.get(), DRM_IOCTL_VERSION, &version) == 0 ? name : "";
}

}  // namespace

std::unique_ptr<CardBuffer> CardBuffer::create(const std::string& driver, Size size) {
  for (int number = 0; number < 8; ++number) {
    const std::string path = "/dev/dri/card" + std::to_string(number);
    auto card = base::UniqueFd::adopt(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    if (!card) continue;
    // The first to open a card may set its modes: that is the kiosk's.
    (void)::ioctl(card.get(), DRM_IOCTL_DROP_MASTER, 0);
    if (driverOf(card) != driver) continue;
    drm_mode_create_dumb dumb{};
    dumb.width = static_cast<__u32>(size.width);
    dumb.height = static_cast<__u32>(size.height);
    dumb.bpp = 32;
    if (::ioctl(card.get(), DRM_IOCTL_MODE_CREATE_DUMB, &dumb) < 0) continue;
    drm_prime_handle prime{};
    prime.handle = dumb.handle;
    prime.flags = DRM_CLOEXEC | DRM_RDWR;
    if (::ioctl(card.get(), DRM_IOCTL_PRIME_HANDLE_TO_FD, &prime) < 0) continue;
    auto fd = base::UniqueFd::adopt(prime.fd);
    void* memory = ::mmap(nullptr, dumb.size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
    if (memory == MAP_FAILED) continue;
    const Frame frame{static_cast<surface::Pixel*>(memory), size, static_cast<int>(dumb.pitch)};
    return std::unique_ptr<CardBuffer>(
        new CardBuffer(std::move(card), std::move(fd), frame, dumb.size));
  }
  return nullptr;
}

CardBuffer::CardBuffer(base::UniqueFd card, base::UniqueFd fd, Frame frame, std::size_t bytes)
    : card_(std::move(card)), fd_(std::move(fd)), frame_(frame), bytes_(bytes) {}

CardBuffer::~CardBuffer() { ::munmap(frame_.pixels, bytes_); }

void drawNoise(Frame frame, const Rect& r, std::uint32_t seed) {
  for (int y = r.y; y < r.bottom(); ++y) {
    for (int x = r.x; x < r.right(); ++x) {
      std::uint32_t v = static_cast<std::uint32_t>(x) * 0x9e3779b1u ^
                        static_cast<std::uint32_t>(y) * 0x85ebca77u ^ seed * 0xc2b2ae3du;
      v ^= v >> 15;
      v *= 0x2c1b3c6du;
      frame.at(x, y) = v >> 7 & surface::kColourMask;
    }
  }
}

DmabufGuest::DmabufGuest(base::Loop& loop, const std::string& path) : loop_(loop) {
  gchar* guid = g_dbus_generate_guid();
  server_.reset(g_dbus_server_new_sync(("unix:path=" + path).c_str(),
                                       G_DBUS_SERVER_FLAGS_AUTHENTICATION_ALLOW_ANONYMOUS, guid,
                                       nullptr, nullptr, nullptr));
  g_free(guid);
  if (!server_) std::abort();
  g_signal_connect(server_.get(), "new-connection", G_CALLBACK(onConnection), this);
  g_dbus_server_start(server_.get());
}

DmabufGuest::~DmabufGuest() {
  if (listener_) g_signal_handlers_disconnect_by_data(listener_.get(), this);
  g_dbus_server_stop(server_.get());
}

gboolean DmabufGuest::onConnection(GDBusServer*, GDBusConnection* connection, gpointer data) {
  auto* self = static_cast<DmabufGuest*>(data);
  static const GDBusInterfaceVTable table = {onCall, nullptr, nullptr, {}};
  static GDBusNodeInfo* const info = g_dbus_node_info_new_for_xml(kIntrospection, nullptr);
  self->client_.reset(static_cast<GDBusConnection*>(g_object_ref(connection)));
  g_dbus_connection_register_object(connection, kConsolePath, info->interfaces[0], &table, self,
                                    nullptr, nullptr);
  return TRUE;
}

void DmabufGuest::onCall(GDBusConnection*, const char*, const char*, const char*, const char* method,
                         GVariant*, GDBusMethodInvocation* invocation, gpointer data) {
  auto* self = static_cast<DmabufGuest*>(data);
  GUnixFDList* fds = g_dbus_message_get_unix_fd_list(g_dbus_method_invocation_get_message(invocation));
  if (std::strcmp(method, "RegisterListener") == 0 && fds) {
    const Object<GSocket> socket(g_socket_new_from_fd(g_unix_fd_list_get(fds, 0, nullptr), nullptr));
    const Object<GSocketConnection> stream(
        g_socket_connection_factory_create_connection(socket.get()));
    gchar* guid = g_dbus_generate_guid();
    g_dbus_connection_new(
        G_IO_STREAM(stream.get()), guid,
        static_cast<GDBusConnectionFlags>(G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER |
                                          G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_ALLOW_ANONYMOUS),
        nullptr, self->cancel_.get(), onListener, self);
    g_free(guid);
  }
  g_dbus_method_invocation_return_value(invocation, nullptr);
}

void DmabufGuest::onListener(GObject*, GAsyncResult* result, gpointer data) {
  Object<GDBusConnection> opened(g_dbus_connection_new_finish(result, nullptr));
  if (!opened) return;
  auto* self = static_cast<DmabufGuest*>(data);
  if (self->listener_) g_signal_handlers_disconnect_by_data(self->listener_.get(), self);
  self->listener_ = std::move(opened);
  g_signal_connect(self->listener_.get(), "closed", G_CALLBACK(onListenerClosed), self);
  ++self->listeners_;
  self->sendLast();
}

void DmabufGuest::onListenerClosed(GDBusConnection* connection, gboolean, GError*, gpointer data) {
  auto* self = static_cast<DmabufGuest*>(data);
  if (self->listener_.get() != connection) return;
  g_signal_handlers_disconnect_by_data(connection, self);
  self->listener_.reset();
}

void DmabufGuest::scanout(const CardBuffer& buffer, Rows rows) {
  const Frame frame = buffer.frame();
  show({kListener, "ScanoutDMABUF",
        base::CHandle<GVariant, g_variant_unref>(g_variant_ref_sink(g_variant_new(
            "(huuuutb)", 0, guint32(frame.size.width), guint32(frame.size.height),
            guint32(frame.strideBytes), kXr24, guint64{0}, rows == Rows::TopDown))),
        base::duplicate(buffer.fd())});
}

void DmabufGuest::scanoutPart(const CardBuffer& buffer, const Rect& part) {
  const Frame frame = buffer.frame();
  const auto one = [](const char* type, guint32 number) {
    GVariantBuilder builder;
    g_variant_builder_init(&builder, G_VARIANT_TYPE(type));
    g_variant_builder_add(&builder, type + 1, number);
    return g_variant_builder_end(&builder);
  };
  show({kPlanes, "ScanoutDMABUF2",
        base::CHandle<GVariant, g_variant_unref>(g_variant_ref_sink(g_variant_new(
            "(@ahuuuu@au@auuuuutb)", one("ah", 0), guint32(part.x), guint32(part.y),
            guint32(part.width), guint32(part.height), one("au", 0),
            one("au", guint32(frame.strideBytes)), guint32{1}, kXr24, guint32(frame.size.width),
            guint32(frame.size.height), guint64{0}, TRUE))),
        base::duplicate(buffer.fd())});
}

void DmabufGuest::show(Call call) {
  last_.emplace(std::move(call));
  sendLast();
}

void DmabufGuest::sendLast() {
  if (!listener_ || !last_) return;
  relay::qemu::callDbus(listener_.get(), nullptr, kListenerPath, last_->interface, last_->method,
                        last_->arguments.get(), relay::qemu::listOf(last_->buffer).get(), cancel_,
                        [](const auto&) {});
}

std::optional<std::chrono::milliseconds> DmabufGuest::update(const Rect& r) {
  if (!listener_) return std::nullopt;
  const auto start = std::chrono::steady_clock::now();
  bool answered = false;
  relay::qemu::callDbus(listener_.get(), nullptr, kListenerPath, kListener, "UpdateDMABUF",
                        g_variant_new("(iiii)", r.x, r.y, r.width, r.height), nullptr, cancel_,
                        [&answered](const auto& answer) { answered = answer.has_value(); });
  if (!until([&answered] { return answered; })) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() -
                                                               start);
}

bool DmabufGuest::until(const std::function<bool()>& isSo) {
  bool late = false;
  const auto patience = loop_.after(std::chrono::seconds(60), [&late] { late = true; });
  const auto look = loop_.every(std::chrono::milliseconds(50), [] {});
  while (!late && !isSo()) loop_.turn(true);
  return !late;
}

}  // namespace lucarne::test
