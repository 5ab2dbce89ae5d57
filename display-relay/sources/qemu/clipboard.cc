// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/qemu/clipboard.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "surface/clipboard.h"

namespace lucarne::relay::qemu {

namespace {

constexpr const char* kPath = "/org/qemu/Display1/Clipboard";
constexpr const char* kInterface = "org.qemu.Display1.Clipboard";
constexpr const char* kText = "text/plain;charset=utf-8";
constexpr std::uint32_t kSelection = 0;  // 0 clipboard, 1 primary, 2 secondary

constexpr const char* kIntrospection = R"(<node>
<interface name="org.qemu.Display1.Clipboard">
 <method name="Register"/>
 <method name="Unregister"/>
 <method name="Grab"><arg type="u"/><arg type="u"/><arg type="as"/></method>
 <method name="Release"><arg type="u"/></method>
 <method name="Request"><arg type="u"/><arg type="as"/><arg type="s" direction="out"/><arg type="ay" direction="out"/></method>
 <property name="Interfaces" type="as" access="read"/>
</interface>
</node>)";

GDBusInterfaceInfo* introspection() {
  static GDBusNodeInfo* const info = g_dbus_node_info_new_for_xml(kIntrospection, nullptr);
  return info->interfaces[0];
}

GVariant* textOnly() {
  const char* const mimes[] = {kText};
  return g_variant_new_strv(mimes, 1);
}

// GDBus has checked the types against the introspection.
bool hasText(GVariant* arguments, gsize index) {
  const Variant mimes(g_variant_get_child_value(arguments, index));
  gsize count = 0;
  const char** names = g_variant_get_strv(mimes.get(), &count);
  const bool has =
      std::any_of(names, names + count, [](const char* n) { return std::strcmp(n, kText) == 0; });
  g_free(names);
  return has;
}

std::uint32_t numberAt(GVariant* arguments, gsize index) {
  const Variant number(g_variant_get_child_value(arguments, index));
  return g_variant_get_uint32(number.get());
}

std::string textOf(GVariant* answer) {
  const Variant data(g_variant_get_child_value(answer, 1));
  gsize count = 0;
  const auto* bytes = static_cast<const char*>(g_variant_get_fixed_array(data.get(), &count, 1));
  return surface::plainClipboardText({bytes, count});
}

}  // namespace

Clipboard::Clipboard(GDBusConnection* connection, std::string busName, surface::Screen& screen,
                     base::LimitedLog& complaints)
    : connection_(connection),
      busName_(std::move(busName)),
      screen_(screen),
      complaints_(complaints) {
  static const GDBusInterfaceVTable table = {onCall, onGetProperty, nullptr, {}};
  // Before registering: QEMU calls at once.
  objectId_ = g_dbus_connection_register_object(connection_, kPath, introspection(), &table, this,
                                                nullptr, nullptr);
  registerAt(Place::MayBeTaken);
}

void Clipboard::registerAt(Place place) {
  call("Register", nullptr, [this, place](base::Result<Variant> answer) {
    if (answer) return;
    if (place == Place::IsOurs || !busName_.empty()) {
      complaints_.warning("no clipboard: {}", answer.error().message);
      return;
    }
    call("Unregister", nullptr,
         [this](const base::Result<Variant>&) { registerAt(Place::IsOurs); });
  });
}

Clipboard::~Clipboard() {
  g_dbus_connection_unregister_object(connection_, objectId_);
  // Nobody waits for the answer.
  g_dbus_connection_call(connection_, busName_.empty() ? nullptr : busName_.c_str(), kPath,
                         kInterface, "Unregister", nullptr, nullptr, G_DBUS_CALL_FLAGS_NONE, -1,
                         nullptr, nullptr, nullptr);
}

void Clipboard::call(const char* method, GVariant* arguments,
                     std::function<void(base::Result<Variant>)> onAnswer) {
  callDbus(connection_, busName_.empty() ? nullptr : busName_.c_str(), kPath, kInterface, method,
           arguments, nullptr, cancel_, std::move(onAnswer));
}

void Clipboard::offer(const std::string& text) {
  offered_ = text;
  call("Grab", g_variant_new("(uu@as)", kSelection, ++serial_, textOnly()),
       [this](base::Result<Variant> answer) {
         if (!answer) complaints_.warning("clipboard refused: {}", answer.error().message);
       });
}

void Clipboard::onCall(GDBusConnection*, const char*, const char*, const char*, const char* method,
                       GVariant* arguments, GDBusMethodInvocation* invocation, gpointer data) {
  auto* self = static_cast<Clipboard*>(data);
  const std::string_view name = method;
  if (name == "Request") return self->onRequest(arguments, invocation);
  g_dbus_method_invocation_return_value(invocation, nullptr);
  if (name == "Grab") self->onGrab(arguments);
  if (name == "Register") self->serial_ = 0;
}

GVariant* Clipboard::onGetProperty(GDBusConnection*, const char*, const char*, const char*,
                                   const char*, GError**, gpointer) {
  return g_variant_new_strv(nullptr, 0);
}

void Clipboard::onGrab(GVariant* arguments) {
  if (numberAt(arguments, 0) != kSelection) return;
  const std::uint32_t serial = numberAt(arguments, 1);
  // The higher number is newer; of two alike, the client's (QEMU docs, "Serial counter").
  if (serial < serial_ || (serial == serial_ && !offered_.empty())) return;
  serial_ = serial;
  offered_.clear();
  if (!hasText(arguments, 2)) return;
  if (!mayPass(screen_.clipboardWays(), surface::ClipboardWays::GuestToKiosk)) return;
  call("Request", g_variant_new("(u@as)", kSelection, textOnly()),
       [this](base::Result<Variant> answer) {
         if (!answer) return;  // it changed again meanwhile, or the guest does not give it
         if (!g_variant_is_of_type(answer->get(), G_VARIANT_TYPE("(say)"))) return;
         screen_.guestCopied(textOf(answer->get()));
       });
}

void Clipboard::onRequest(GVariant* arguments, GDBusMethodInvocation* invocation) {
  if (numberAt(arguments, 0) != kSelection || offered_.empty() || !hasText(arguments, 1)) {
    g_dbus_method_invocation_return_dbus_error(invocation, "org.freedesktop.DBus.Error.Failed",
                                               "nothing of the kind is on the clipboard");
    return;
  }
  GVariant* bytes =
      g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, offered_.data(), offered_.size(), 1);
  g_dbus_method_invocation_return_value(invocation, g_variant_new("(s@ay)", kText, bytes));
}

}  // namespace lucarne::relay::qemu
