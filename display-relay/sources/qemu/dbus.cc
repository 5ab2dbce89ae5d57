// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/qemu/dbus.h"

#include <utility>

namespace lucarne::relay::qemu {

namespace {

// QEMU answers in milliseconds; one that is stopped must not leave calls behind for long.
constexpr int kAnswerTimeoutMs = 5000;

// What waits for an answer: lives until GIO calls back, which it always does.
template <typename Answer>
struct Waiting {
  Object<GCancellable> cancel;
  std::function<void(Answer)> callback;

  Waiting(const Cancel& c, std::function<void(Answer)> f)
      : cancel(static_cast<GCancellable*>(g_object_ref(c.get()))), callback(std::move(f)) {}
  bool wanted() const { return !g_cancellable_is_cancelled(cancel.get()); }
};

std::string wordsOf(GError* error) {
  g_dbus_error_strip_remote_error(error);
  std::string words = error->message;
  g_error_free(error);
  return words;
}

void onConnection(GObject*, GAsyncResult* result, gpointer data) {
  using Answer = base::Result<Object<GDBusConnection>>;
  const std::unique_ptr<Waiting<Answer>> waiting(static_cast<Waiting<Answer>*>(data));
  GError* error = nullptr;
  Object<GDBusConnection> connection(g_dbus_connection_new_finish(result, &error));
  Answer answer = connection ? Answer(std::move(connection))
                             : Answer(base::unexpected(wordsOf(error)));
  if (waiting->wanted()) waiting->callback(std::move(answer));
}

void onReply(GObject* source, GAsyncResult* result, gpointer data) {
  using Answer = base::Result<Variant>;
  const std::unique_ptr<Waiting<Answer>> waiting(static_cast<Waiting<Answer>*>(data));
  GError* error = nullptr;
  Variant value(g_dbus_connection_call_with_unix_fd_list_finish(
      reinterpret_cast<GDBusConnection*>(source), nullptr, result, &error));
  Answer answer = value ? Answer(std::move(value)) : Answer(base::unexpected(wordsOf(error)));
  if (waiting->wanted()) waiting->callback(std::move(answer));
}

}  // namespace

void openDbus(base::UniqueFd socket, Messages messages, const Cancel& cancel,
              std::function<void(base::Result<Object<GDBusConnection>>)> onOpened) {
  GError* error = nullptr;
  const Object<GSocket> gsocket(g_socket_new_from_fd(socket.get(), &error));
  if (!gsocket) return onOpened(base::unexpected(wordsOf(error)));
  socket.release();  // GSocket closes it
  const Object<GSocketConnection> stream(
      g_socket_connection_factory_create_connection(gsocket.get()));
  const auto flags = static_cast<GDBusConnectionFlags>(
      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
      (messages == Messages::Delayed ? G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING : 0));
  g_dbus_connection_new(
      reinterpret_cast<GIOStream*>(stream.get()), nullptr, flags, nullptr, cancel.get(), onConnection,
      new Waiting<base::Result<Object<GDBusConnection>>>(cancel, std::move(onOpened)));
}

void callDbus(GDBusConnection* connection, const char* busName, const char* path,
              const char* interface, const char* method, GVariant* arguments, GUnixFDList* fds,
              const Cancel& cancel, std::function<void(base::Result<Variant>)> onAnswer) {
  g_dbus_connection_call_with_unix_fd_list(
      connection, busName, path, interface, method, arguments, nullptr, G_DBUS_CALL_FLAGS_NONE,
      kAnswerTimeoutMs, fds, cancel.get(), onReply,
      new Waiting<base::Result<Variant>>(cancel, std::move(onAnswer)));
}

Object<GUnixFDList> listOf(const base::UniqueFd& fd) {
  Object<GUnixFDList> list(g_unix_fd_list_new());
  g_unix_fd_list_append(list.get(), fd.get(), nullptr);
  return list;
}

}  // namespace lucarne::relay::qemu
