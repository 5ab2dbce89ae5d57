// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/qemu/display_listener.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace lucarne::relay::qemu {

namespace {

constexpr const char* kPath = "/org/qemu/Display1/Listener";
constexpr const char* kListener = "org.qemu.Display1.Listener";
constexpr const char* kMap = "org.qemu.Display1.Listener.Unix.Map";
constexpr const char* kPlanes = "org.qemu.Display1.Listener.Unix.ScanoutDMABUF2";
// As many planes as any format has (drm_fourcc.h); more are a mistake.
constexpr gsize kMostPlanes = 4;

// The methods that QEMU calls, in D-Bus's own notation.
constexpr const char* kIntrospection = R"(<node>
<interface name="org.qemu.Display1.Listener">
 <method name="Scanout"><arg type="u"/><arg type="u"/><arg type="u"/><arg type="u"/><arg type="ay"/></method>
 <method name="Update"><arg type="i"/><arg type="i"/><arg type="i"/><arg type="i"/><arg type="u"/><arg type="u"/><arg type="ay"/></method>
 <method name="ScanoutDMABUF"><arg type="h"/><arg type="u"/><arg type="u"/><arg type="u"/><arg type="u"/><arg type="t"/><arg type="b"/></method>
 <method name="UpdateDMABUF"><arg type="i"/><arg type="i"/><arg type="i"/><arg type="i"/></method>
 <method name="Disable"/>
 <method name="MouseSet"><arg type="i"/><arg type="i"/><arg type="i"/></method>
 <method name="CursorDefine"><arg type="i"/><arg type="i"/><arg type="i"/><arg type="i"/><arg type="ay"/></method>
 <property name="Interfaces" type="as" access="read"/>
</interface>
<interface name="org.qemu.Display1.Listener.Unix.Map">
 <method name="ScanoutMap"><arg type="h"/><arg type="u"/><arg type="u"/><arg type="u"/><arg type="u"/><arg type="u"/></method>
 <method name="UpdateMap"><arg type="i"/><arg type="i"/><arg type="i"/><arg type="i"/></method>
</interface>
<interface name="org.qemu.Display1.Listener.Unix.ScanoutDMABUF2">
 <method name="ScanoutDMABUF2"><arg type="ah"/><arg type="u"/><arg type="u"/><arg type="u"/><arg type="u"/><arg type="au"/><arg type="au"/><arg type="u"/><arg type="u"/><arg type="u"/><arg type="u"/><arg type="t"/><arg type="b"/></method>
</interface>
</node>)";

GDBusNodeInfo* introspection() {
  static GDBusNodeInfo* const info = g_dbus_node_info_new_for_xml(kIntrospection, nullptr);
  return info;
}

// Reads the arguments of one call in order. GDBus has checked their types against the
// introspection, so the index is all that can be wrong here.
class Arguments {
 public:
  /// `answer`: the call is answered when its last copy is dropped; empty: right after it.
  Arguments(GVariant* tuple, GUnixFDList* fds, surface::DmabufRead answer)
      : tuple_(tuple), fds_(fds), answer_(std::move(answer)) {}

  const surface::DmabufRead& answer() const { return answer_; }

  std::int64_t next() {
    const Variant v(g_variant_get_child_value(tuple_, index_++));
    switch (g_variant_classify(v.get())) {
      case G_VARIANT_CLASS_INT32:
        return g_variant_get_int32(v.get());
      case G_VARIANT_CLASS_UINT32:
        return g_variant_get_uint32(v.get());
      case G_VARIANT_CLASS_BOOLEAN:
        return g_variant_get_boolean(v.get());
      default:
        return 0;
    }
  }
  std::uint64_t next64() {
    const Variant v(g_variant_get_child_value(tuple_, index_++));
    return g_variant_get_uint64(v.get());
  }
  /// Borrowed until the Arguments are gone.
  base::Bytes nextBytes() {
    bytes_.reset(g_variant_get_child_value(tuple_, index_++));
    gsize count = 0;
    const void* data = g_variant_get_fixed_array(bytes_.get(), &count, 1);
    return {static_cast<const std::uint8_t*>(data), count};
  }
  /// Empty when the peer sent none.
  base::UniqueFd nextFd() {
    const Variant v(g_variant_get_child_value(tuple_, index_++));
    return fdOf(g_variant_get_handle(v.get()));
  }
  std::vector<base::UniqueFd> nextFds() {
    const Variant v(g_variant_get_child_value(tuple_, index_++));
    std::vector<base::UniqueFd> all;
    for (gsize i = 0; i < std::min(g_variant_n_children(v.get()), kMostPlanes); ++i) {
      const Variant handle(g_variant_get_child_value(v.get(), i));
      if (auto fd = fdOf(g_variant_get_handle(handle.get()))) all.push_back(std::move(fd));
    }
    return all;
  }
  std::vector<std::uint32_t> nextNumbers() {
    const Variant v(g_variant_get_child_value(tuple_, index_++));
    gsize count = 0;
    const auto* numbers = static_cast<const guint32*>(
        g_variant_get_fixed_array(v.get(), &count, sizeof(guint32)));
    return {numbers, numbers + std::min(count, kMostPlanes)};
  }

 private:
  base::UniqueFd fdOf(gint32 handle) {
    if (!fds_ || handle < 0 || handle >= g_unix_fd_list_get_length(fds_)) return {};
    return base::UniqueFd::adopt(g_unix_fd_list_get(fds_, handle, nullptr));
  }

  GVariant* tuple_;
  GUnixFDList* fds_;
  surface::DmabufRead answer_;
  gsize index_ = 0;
  Variant bytes_;
};

UntrustedPicture pictureOf(Arguments& in) {
  UntrustedPicture picture;
  picture.width = in.next();
  picture.height = in.next();
  picture.strideBytes = in.next();
  picture.format = static_cast<std::uint32_t>(in.next());
  return picture;
}

base::Result<void> scanout(DisplayPainter& painter, Arguments& in) {
  UntrustedPicture picture = pictureOf(in);
  picture.pixels = in.nextBytes();
  return painter.scanout(picture);
}

base::Result<void> update(DisplayPainter& painter, Arguments& in) {
  const std::int64_t x = in.next();
  const std::int64_t y = in.next();
  UntrustedPicture part = pictureOf(in);
  part.pixels = in.nextBytes();
  return painter.update(x, y, part);
}

base::Result<void> scanoutDmabuf(DisplayPainter& painter, Arguments& in) {
  base::UniqueFd buffer = in.nextFd();
  UntrustedPicture picture;
  picture.width = in.next();
  picture.height = in.next();
  picture.strideBytes = in.next();
  const auto fourcc = static_cast<std::uint32_t>(in.next());
  const std::uint64_t modifier = in.next64();
  const bool bottomUp = in.next() == 0;  // y0_top
  if (!buffer) return base::unexpected("a dma-buf without a descriptor");
  return painter.scanoutDmabuf(std::move(buffer), fourcc, modifier, bottomUp, picture);
}

base::Result<void> scanoutDmabuf2(DisplayPainter& painter, Arguments& in) {
  const auto number = [&in] { return static_cast<std::uint32_t>(in.next()); };
  UntrustedPlanes planes;
  planes.buffers = in.nextFds();
  planes.x = number();
  planes.y = number();
  planes.width = number();
  planes.height = number();
  planes.offsets = in.nextNumbers();
  planes.strides = in.nextNumbers();
  planes.count = number();
  planes.fourcc = number();
  planes.backingWidth = number();
  planes.backingHeight = number();
  planes.modifier = in.next64();
  planes.bottomUp = in.next() == 0;  // y0_top
  return painter.scanoutPlanes(std::move(planes));
}

base::Result<void> scanoutMap(DisplayPainter& painter, Arguments& in) {
  base::UniqueFd memory = in.nextFd();
  const auto offset = static_cast<std::uint64_t>(in.next());
  const UntrustedPicture picture = pictureOf(in);
  if (!memory) return base::unexpected("a shared picture without a descriptor");
  return painter.scanoutMemory(std::move(memory), offset, picture);
}

base::Result<void> updateMemory(DisplayPainter& painter, Arguments& in) {
  const std::int64_t x = in.next();
  const std::int64_t y = in.next();
  const std::int64_t width = in.next();
  return painter.updateMemory(x, y, width, in.next());
}

base::Result<void> updateDmabuf(DisplayPainter& painter, Arguments& in) {
  const std::int64_t x = in.next();
  const std::int64_t y = in.next();
  const std::int64_t width = in.next();
  return painter.updateMemory(x, y, width, in.next(), in.answer());
}

base::Result<void> mouseSet(DisplayPainter& painter, Arguments& in) {
  const std::int64_t x = in.next();
  const std::int64_t y = in.next();
  painter.placeCursor(static_cast<int>(x), static_cast<int>(y), in.next() != 0);
  return {};
}

base::Result<void> cursorDefine(DisplayPainter& painter, Arguments& in) {
  const std::int64_t width = in.next();
  const std::int64_t height = in.next();
  const std::int64_t hotX = in.next();
  const std::int64_t hotY = in.next();
  return painter.defineCursor(width, height, hotX, hotY, in.nextBytes());
}

struct Method {
  std::string_view name;
  base::Result<void> (*apply)(DisplayPainter&, Arguments&);
};
constexpr Method kMethods[] = {
    {"Scanout", scanout},           {"Update", update},
    {"ScanoutDMABUF", scanoutDmabuf}, {"UpdateDMABUF", updateDmabuf},
    {"ScanoutDMABUF2", scanoutDmabuf2},
    {"ScanoutMap", scanoutMap},     {"UpdateMap", updateMemory},
    {"MouseSet", mouseSet},         {"CursorDefine", cursorDefine},
};

}  // namespace

DisplayListener::DisplayListener(Object<GDBusConnection> connection, DisplayPainter& painter,
                                 base::LimitedLog& log, Events events)
    : connection_(std::move(connection)),
      painter_(painter),
      log_(log),
      events_(std::move(events)) {
  static const GDBusInterfaceVTable table = {onCall, onGetProperty, nullptr, {}};
  const auto exportInterface = [this](const char* name) {
    return g_dbus_connection_register_object(
        connection_.get(), kPath, g_dbus_node_info_lookup_interface(introspection(), name), &table,
        this, nullptr, nullptr);
  };
  closedHandler_ = g_signal_connect(connection_.get(), "closed", G_CALLBACK(onClosed), this);
  // QEMU calls at once: the object must be there before the first message is handled.
  listenerId_ = exportInterface(kListener);
  mapId_ = exportInterface(kMap);
  planesId_ = exportInterface(kPlanes);
  g_dbus_connection_start_message_processing(connection_.get());
}

DisplayListener::~DisplayListener() {
  g_signal_handler_disconnect(connection_.get(), closedHandler_);
  g_dbus_connection_unregister_object(connection_.get(), listenerId_);
  g_dbus_connection_unregister_object(connection_.get(), mapId_);
  g_dbus_connection_unregister_object(connection_.get(), planesId_);
  g_dbus_connection_close(connection_.get(), nullptr, nullptr, nullptr);
}

void DisplayListener::onClosed(GDBusConnection*, gboolean, GError*, gpointer self) {
  static_cast<DisplayListener*>(self)->events_.onClosed();
}

void DisplayListener::onCall(GDBusConnection*, const char*, const char*, const char*,
                             const char* method, GVariant* arguments,
                             GDBusMethodInvocation* invocation, gpointer data) {
  auto* self = static_cast<DisplayListener*>(data);
  GDBusMessage* message = g_dbus_method_invocation_get_message(invocation);
  // QEMU's GL is blocked until the answer to UpdateDMABUF: it comes when nobody reads the buffer any
  // more. Everything else is answered at once, whatever it was. Told that its shared memory is of no use,
  // QEMU sends bytes instead.
  std::shared_ptr<GDBusMethodInvocation> answer;
  const bool mayWait = std::string_view(method) == "UpdateDMABUF";
  if (mayWait) {
    answer.reset(invocation, [](GDBusMethodInvocation* call) {
      g_dbus_method_invocation_return_value(call, nullptr);
    });
  }
  const auto done = self->dispatch(method, arguments, g_dbus_message_get_unix_fd_list(message),
                                   std::move(answer));
  if (mayWait) {
    // Answered, or somebody reads.
  } else if (!done && std::string_view(method) == "ScanoutMap") {
    g_dbus_method_invocation_return_dbus_error(invocation, "org.freedesktop.DBus.Error.NotSupported",
                                               done.error().message.c_str());
  } else {
    g_dbus_method_invocation_return_value(invocation, nullptr);
  }
  if (!done) self->log_.warning("{}: {}", method, done.error().message);
  if (std::string_view(method) == "Disable") return self->events_.onDisabled();
  if (self->painter_.takeIncomplete()) self->events_.onIncomplete();
}

GVariant* DisplayListener::onGetProperty(GDBusConnection*, const char*, const char*, const char*,
                                         const char*, GError**, gpointer) {
  const char* const more[] = {kMap, kPlanes, nullptr};
  return g_variant_new_strv(more, -1);
}

base::Result<void> DisplayListener::dispatch(std::string_view method, GVariant* arguments,
                                             GUnixFDList* fds, surface::DmabufRead answer) {
  const auto* found = std::find_if(std::begin(kMethods), std::end(kMethods),
                                   [method](const Method& m) { return m.name == method; });
  if (found == std::end(kMethods)) return {};
  Arguments in(arguments, fds, std::move(answer));
  return found->apply(painter_, in);
}

}  // namespace lucarne::relay::qemu
