// SPDX-License-Identifier: Apache-2.0
#include "base/late_gio.h"

#include <dlfcn.h>
#include <gio/gio.h>
#include <gio/gunixfdlist.h>

#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <fmt/format.h>

#include "base/result.h"

namespace lucarne::base {

namespace {

// The ABI of every GIO 2; it brings GObject with it.
constexpr const char* kSoname = "libgio-2.0.so.0";

// Never unloaded: its GTypes cannot be taken back.
void* library() {
  static void* const loaded = ::dlopen(kSoname, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  return loaded;
}

// Our own bug or a broken installation: nothing can go on.
[[noreturn]] void failFor(const char* name) {
  std::fprintf(stderr, "%s has no %s\n", kSoname, name);
  std::abort();
}

// The library's own function: the handle's, not the one of the same name in this program.
template <typename Function>
Function* find(const char* name) {
  void* const found = library() ? ::dlsym(library(), name) : nullptr;
  if (!found) failFor(name);
  return reinterpret_cast<Function*>(found);
}

}  // namespace

void requireGio(std::string_view what) {
  if (library()) return;
  throw SetupError(fmt::format(
      "{} needs {}: {}; install libglib2.0-0 (Debian) or glib (Alpine)", what, kSoname, ::dlerror()));
}

}  // namespace lucarne::base

// In brackets because some of the names are macros too.
#define FORWARD(result, name, parameters, arguments)                     \
  result(name) parameters {                                              \
    static auto* const real = lucarne::base::find<decltype(name)>(#name); \
    return real arguments;                                               \
  }

extern "C" {

FORWARD(void, g_cancellable_cancel, (GCancellable* cancellable), (cancellable))
FORWARD(gboolean, g_cancellable_is_cancelled, (GCancellable* cancellable), (cancellable))
FORWARD(GCancellable*, g_cancellable_new, (), ())
FORWARD(void, g_dbus_connection_call,
        (GDBusConnection* connection, const char* busName, const char* objectPath,
         const char* interfaceName, const char* methodName, GVariant* parameters,
         const GVariantType* replyType, GDBusCallFlags flags, gint timeoutMsec,
         GCancellable* cancellable, GAsyncReadyCallback callback, gpointer userData),
        (connection, busName, objectPath, interfaceName, methodName, parameters, replyType, flags,
         timeoutMsec, cancellable, callback, userData))
FORWARD(void, g_dbus_connection_call_with_unix_fd_list,
        (GDBusConnection* connection, const char* busName, const char* objectPath,
         const char* interfaceName, const char* methodName, GVariant* parameters,
         const GVariantType* replyType, GDBusCallFlags flags, gint timeoutMsec,
         GUnixFDList* fdList, GCancellable* cancellable, GAsyncReadyCallback callback,
         gpointer userData),
        (connection, busName, objectPath, interfaceName, methodName, parameters, replyType, flags,
         timeoutMsec, fdList, cancellable, callback, userData))
FORWARD(GVariant*, g_dbus_connection_call_with_unix_fd_list_finish,
        (GDBusConnection* connection, GUnixFDList** outFdList, GAsyncResult* res, GError** error),
        (connection, outFdList, res, error))
FORWARD(void, g_dbus_connection_close,
        (GDBusConnection* connection, GCancellable* cancellable, GAsyncReadyCallback callback,
         gpointer userData),
        (connection, cancellable, callback, userData))
FORWARD(void, g_dbus_connection_new,
        (GIOStream* stream, const char* guid, GDBusConnectionFlags flags,
         GDBusAuthObserver* observer, GCancellable* cancellable, GAsyncReadyCallback callback,
         gpointer userData),
        (stream, guid, flags, observer, cancellable, callback, userData))
FORWARD(GDBusConnection*, g_dbus_connection_new_finish,
        (GAsyncResult* res, GError** error), (res, error))
FORWARD(guint, g_dbus_connection_register_object,
        (GDBusConnection* connection, const char* objectPath, GDBusInterfaceInfo* interfaceInfo,
         const GDBusInterfaceVTable* vtable, gpointer userData, GDestroyNotify userDataFreeFunc,
         GError** error),
        (connection, objectPath, interfaceInfo, vtable, userData, userDataFreeFunc, error))
FORWARD(guint, g_dbus_connection_signal_subscribe,
        (GDBusConnection* connection, const char* sender, const char* interfaceName,
         const char* member, const char* objectPath, const char* arg0, GDBusSignalFlags flags,
         GDBusSignalCallback callback, gpointer userData, GDestroyNotify userDataFreeFunc),
        (connection, sender, interfaceName, member, objectPath, arg0, flags, callback, userData,
         userDataFreeFunc))
FORWARD(void, g_dbus_connection_signal_unsubscribe,
        (GDBusConnection* connection, guint subscriptionId), (connection, subscriptionId))
FORWARD(void, g_dbus_connection_start_message_processing,
        (GDBusConnection* connection), (connection))
FORWARD(gboolean, g_dbus_connection_unregister_object,
        (GDBusConnection* connection, guint registrationId), (connection, registrationId))
FORWARD(gboolean, g_dbus_error_strip_remote_error, (GError* error), (error))
FORWARD(GUnixFDList*, g_dbus_message_get_unix_fd_list, (GDBusMessage* message), (message))
FORWARD(GDBusMessage*, g_dbus_method_invocation_get_message,
        (GDBusMethodInvocation* invocation), (invocation))
FORWARD(void, g_dbus_method_invocation_return_dbus_error,
        (GDBusMethodInvocation* invocation, const char* errorName, const char* errorMessage),
        (invocation, errorName, errorMessage))
FORWARD(void, g_dbus_method_invocation_return_value,
        (GDBusMethodInvocation* invocation, GVariant* parameters), (invocation, parameters))
FORWARD(GDBusInterfaceInfo*, g_dbus_node_info_lookup_interface,
        (GDBusNodeInfo* info, const char* name), (info, name))
FORWARD(GDBusNodeInfo*, g_dbus_node_info_new_for_xml,
        (const char* xmlData, GError** error), (xmlData, error))
FORWARD(gpointer, g_object_ref, (gpointer object), (object))
FORWARD(void, g_object_unref, (gpointer object), (object))
FORWARD(gulong, g_signal_connect_data,
        (gpointer instance, const char* detailedSignal, GCallback cHandler, gpointer data,
         GClosureNotify destroyData, GConnectFlags connectFlags),
        (instance, detailedSignal, cHandler, data, destroyData, connectFlags))
FORWARD(void, g_signal_handler_disconnect,
        (gpointer instance, gulong handlerId), (instance, handlerId))
FORWARD(void, g_socket_client_connect_to_host_async,
        (GSocketClient* client, const char* hostAndPort, guint16 defaultPort,
         GCancellable* cancellable, GAsyncReadyCallback callback, gpointer userData),
        (client, hostAndPort, defaultPort, cancellable, callback, userData))
FORWARD(GSocketConnection*, g_socket_client_connect_to_host_finish,
        (GSocketClient* client, GAsyncResult* result, GError** error), (client, result, error))
FORWARD(GSocketClient*, g_socket_client_new, (), ())
FORWARD(void, g_socket_client_set_enable_proxy,
        (GSocketClient* client, gboolean enable), (client, enable))
FORWARD(GSocketConnection*, g_socket_connection_factory_create_connection,
        (GSocket* socket), (socket))
FORWARD(GSocket*, g_socket_connection_get_socket, (GSocketConnection* connection), (connection))
FORWARD(int, g_socket_get_fd, (GSocket* socket), (socket))
FORWARD(GSocket*, g_socket_new_from_fd, (gint fd, GError** error), (fd, error))
FORWARD(gint, g_unix_fd_list_append,
        (GUnixFDList* list, gint fd, GError** error), (list, fd, error))
FORWARD(gint, g_unix_fd_list_get,
        (GUnixFDList* list, gint index, GError** error), (list, index, error))
FORWARD(gint, g_unix_fd_list_get_length, (GUnixFDList* list), (list))
FORWARD(GUnixFDList*, g_unix_fd_list_new, (), ())

void(g_object_get)(gpointer object, const char* firstPropertyName, ...) {
  static auto* const real =
      lucarne::base::find<decltype(g_object_get_valist)>("g_object_get_valist");
  va_list rest;
  va_start(rest, firstPropertyName);
  real(static_cast<GObject*>(object), firstPropertyName, rest);
  va_end(rest);
}

void(g_object_set)(gpointer object, const char* firstPropertyName, ...) {
  static auto* const real =
      lucarne::base::find<decltype(g_object_set_valist)>("g_object_set_valist");
  va_list rest;
  va_start(rest, firstPropertyName);
  real(static_cast<GObject*>(object), firstPropertyName, rest);
  va_end(rest);
}

}  // extern "C"

#undef FORWARD
