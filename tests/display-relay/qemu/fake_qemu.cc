// SPDX-License-Identifier: Apache-2.0
#include "tests/display-relay/qemu/fake_qemu.h"

#include <sys/socket.h>

#include <optional>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

namespace lucarne::relay::qemu::test {

namespace {

constexpr const char* kConsolePath = "/org/qemu/Display1/Console_0";
constexpr const char* kClipboardPath = "/org/qemu/Display1/Clipboard";
constexpr const char* kListenerPath = "/org/qemu/Display1/Listener";

constexpr const char* kIntrospection = R"(<node>
<interface name="org.qemu.Display1.Console">
 <method name="RegisterListener"><arg type="h"/></method>
 <method name="SetUIInfo"><arg type="q"/><arg type="q"/><arg type="i"/><arg type="i"/><arg type="u"/><arg type="u"/></method>
 <property name="Label" type="s" access="read"/>
 <property name="Interfaces" type="as" access="read"/>
</interface>
<interface name="org.qemu.Display1.Keyboard">
 <method name="Press"><arg type="u"/></method>
 <method name="Release"><arg type="u"/></method>
 <property name="Modifiers" type="u" access="read"/>
</interface>
<interface name="org.qemu.Display1.Mouse">
 <method name="Press"><arg type="u"/></method>
 <method name="Release"><arg type="u"/></method>
 <method name="SetAbsPosition"><arg type="u"/><arg type="u"/></method>
 <method name="RelMotion"><arg type="i"/><arg type="i"/></method>
 <property name="IsAbsolute" type="b" access="read"/>
</interface>
<interface name="org.qemu.Display1.MultiTouch">
 <method name="SendEvent"><arg type="u"/><arg type="t"/><arg type="d"/><arg type="d"/></method>
 <property name="MaxSlots" type="i" access="read"/>
</interface>
<interface name="org.qemu.Display1.Clipboard">
 <method name="Register"/>
 <method name="Unregister"/>
 <method name="Grab"><arg type="u"/><arg type="u"/><arg type="as"/></method>
 <method name="Release"><arg type="u"/></method>
 <method name="Request"><arg type="u"/><arg type="as"/><arg type="s" direction="out"/><arg type="ay" direction="out"/></method>
</interface>
</node>)";

GDBusInterfaceInfo* interfaceInfo(const char* name) {
  static GDBusNodeInfo* const info = g_dbus_node_info_new_for_xml(kIntrospection, nullptr);
  return g_dbus_node_info_lookup_interface(info, name);
}

std::string printed(GVariant* value) {
  gchar* text = g_variant_print(value, FALSE);
  std::string words = text;
  g_free(text);
  return words;
}

}  // namespace

FakeQemu::FakeQemu(base::Loop& loop, Touch touch, bool taken)
    : clipboardTaken(taken), loop_(loop), touch_(touch) {
  int ends[2];
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  serve(base::UniqueFd::adopt(ends[1]), server_);
  openDbus(base::UniqueFd::adopt(ends[0]), Messages::Processed, cancel_, [this](auto opened) {
    ASSERT_TRUE(opened) << opened.error().message;
    client_ = std::move(*opened);
  });
  EXPECT_TRUE(turnUntil([this] { return server_ && client_; }));
  static const GDBusInterfaceVTable table = {onCall, onGetProperty, nullptr, {}};
  const auto serveInterface = [this](const char* path, const char* name) {
    g_dbus_connection_register_object(server_.get(), path, interfaceInfo(name), &table, this, nullptr,
                                      nullptr);
  };
  for (const char* name : {"Console", "Keyboard", "Mouse"}) {
    serveInterface(kConsolePath, (std::string("org.qemu.Display1.") + name).c_str());
  }
  if (touch == Touch::Fingers) serveInterface(kConsolePath, "org.qemu.Display1.MultiTouch");
  serveInterface(kClipboardPath, "org.qemu.Display1.Clipboard");
}

FakeQemu::~FakeQemu() {
  answerKept();
  for (auto* connection : {&listener_, &server_}) {
    if (*connection) g_dbus_connection_close_sync(connection->get(), nullptr, nullptr);
  }
  while (loop_.turn(false)) {
  }
}

void FakeQemu::serve(base::UniqueFd socket, Object<GDBusConnection>& connection) {
  const Object<GSocket> gsocket(g_socket_new_from_fd(socket.release(), nullptr));
  const Object<GSocketConnection> stream(g_socket_connection_factory_create_connection(gsocket.get()));
  gchar* guid = g_dbus_generate_guid();
  g_dbus_connection_new(
      G_IO_STREAM(stream.get()), guid, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER, nullptr,
      cancel_.get(),
      [](GObject*, GAsyncResult* result, gpointer place) {
        Object<GDBusConnection> opened(g_dbus_connection_new_finish(result, nullptr));
        if (opened) *static_cast<Object<GDBusConnection>*>(place) = std::move(opened);
      },
      &connection);
  g_free(guid);
}

std::vector<std::string> FakeQemu::callsOf(const std::string& beginning) const {
  std::vector<std::string> found;
  for (const std::string& words : calls) {
    if (words.starts_with(beginning)) found.push_back(words);
  }
  return found;
}

void FakeQemu::answerKept() {
  for (GDBusMethodInvocation* invocation : std::exchange(kept_, {})) {
    g_dbus_method_invocation_return_value(invocation, nullptr);
  }
}

void FakeQemu::onCall(GDBusConnection*, const char*, const char*, const char* interface,
                      const char* method, GVariant* arguments, GDBusMethodInvocation* invocation,
                      gpointer data) {
  auto* self = static_cast<FakeQemu*>(data);
  const std::string_view name = method;
  const std::string_view of = std::string_view(interface).substr(sizeof "org.qemu.Display1." - 1);
  self->calls.push_back(std::string(of) + "." + method + " " + printed(arguments));
  if (name == "Request") return self->answerRequest(invocation);
  if (name == "Unregister") self->clipboardTaken = false;
  if (name == "Register" && self->clipboardTaken) {
    g_dbus_method_invocation_return_dbus_error(invocation, "org.qemu.Display1.Error.Failed",
                                               "Clipboard peer already registered!");
    return;
  }
  if (name == "RegisterListener") {
    GUnixFDList* fds = g_dbus_message_get_unix_fd_list(g_dbus_method_invocation_get_message(invocation));
    ++self->listeners;
    self->serve(base::UniqueFd::adopt(g_unix_fd_list_get(fds, 0, nullptr)), self->listener_);
  }
  if (self->keepAnswers && of != "Console" && of != "Clipboard") {
    self->kept_.push_back(invocation);
    return;
  }
  g_dbus_method_invocation_return_value(invocation, nullptr);
}

void FakeQemu::answerRequest(GDBusMethodInvocation* invocation) {
  if (wrongAnswer) {
    // Straight to the line: GDBus would not let a wrong type out.
    const Object<GDBusMessage> reply(
        g_dbus_message_new_method_reply(g_dbus_method_invocation_get_message(invocation)));
    g_dbus_message_set_body(reply.get(), g_variant_new("(ii)", 1, 2));
    g_dbus_connection_send_message(server_.get(), reply.get(), G_DBUS_SEND_MESSAGE_FLAGS_NONE, nullptr,
                                   nullptr);
    g_object_unref(invocation);
  } else if (clipboardText.empty()) {
    g_dbus_method_invocation_return_dbus_error(invocation, "org.qemu.Display1.Error.Failed",
                                               "Empty clipboard");
  } else {
    g_dbus_method_invocation_return_value(
        invocation, g_variant_new("(s@ay)", "text/plain;charset=utf-8",
                                  g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, clipboardText.data(),
                                                            clipboardText.size(), 1)));
  }
}

GVariant* FakeQemu::onGetProperty(GDBusConnection*, const char*, const char*, const char*,
                                  const char* property, GError**, gpointer data) {
  auto* self = static_cast<FakeQemu*>(data);
  const std::string_view name = property;
  self->calls.push_back("Get " + std::string(name));
  if (name == "Label") return g_variant_new_string("a guest");
  if (name == "Modifiers") return g_variant_new_uint32(0);
  if (name == "IsAbsolute") return g_variant_new_boolean(TRUE);
  if (name == "MaxSlots") return g_variant_new_int32(10);
  const char* const with[] = {"org.qemu.Display1.Keyboard", "org.qemu.Display1.Mouse",
                              "org.qemu.Display1.MultiTouch"};
  return g_variant_new_strv(with, self->touch_ == Touch::Fingers ? 3 : 2);
}

std::string FakeQemu::call(const char* path, const char* interface, const char* method,
                           GVariant* arguments) {
  std::optional<std::string> answer;
  GDBusConnection* to =
      std::string_view(path) == kListenerPath ? listener_.get() : server_.get();
  callDbus(to, nullptr, path, interface, method, arguments, nullptr, cancel_,
           [&answer](base::Result<Variant> result) {
             answer = result ? printed(result->get()) : "error: " + result.error().message;
           });
  EXPECT_TRUE(turnUntil([&answer] { return answer.has_value(); }));
  return answer.value_or("no answer");
}

void FakeQemu::scanout(guint32 width, guint32 height) {
  EXPECT_TRUE(turnUntil([this] { return listener_ != nullptr; }));
  const std::vector<std::uint8_t> pixels(std::size_t{4} * width * height, 0x55);
  EXPECT_EQ(call(kListenerPath, "org.qemu.Display1.Listener", "Scanout",
                 g_variant_new("(uuuu@ay)", width, height, 4 * width, guint32{0x20020888},
                               g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, pixels.data(),
                                                         pixels.size(), 1))),
            "()");
}

}  // namespace lucarne::relay::qemu::test
