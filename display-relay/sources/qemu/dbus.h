// SPDX-License-Identifier: Apache-2.0
// GDBus, as far as the display needs it: connections over sockets, calls with an answer.
//
// A callback is never called once its Cancel has been dropped, so an owner keeps one Cancel and is
// safe. Everything is called from the loop's thread (GDBus parses in a thread of its own and hands
// messages over through the main context).
#pragma once

#include <functional>
#include <memory>
#include <string>

#include <gio/gio.h>
#include <gio/gunixfdlist.h>

#include "base/c_handle.h"
#include "base/result.h"
#include "base/unique_fd.h"

namespace lucarne::relay::qemu {

struct ObjectDeleter {
  void operator()(void* object) const { g_object_unref(object); }
};
template <typename T>
using Object = std::unique_ptr<T, ObjectDeleter>;
using Variant = base::CHandle<GVariant, g_variant_unref>;

/// Cancels what was started with it when it is dropped.
class Cancel {
 public:
  Cancel() : cancellable_(g_cancellable_new()) {}
  ~Cancel() { g_cancellable_cancel(cancellable_.get()); }
  Cancel(const Cancel&) = delete;
  Cancel& operator=(const Cancel&) = delete;
  GCancellable* get() const { return cancellable_.get(); }

 private:
  Object<GCancellable> cancellable_;
};

enum class Messages { Processed, Delayed };

/// Opens D-Bus, as the authenticating client, over a connected socket. With Messages::Delayed
/// nothing is dispatched before g_dbus_connection_start_message_processing.
void openDbus(base::UniqueFd socket, Messages messages, const Cancel& cancel,
              std::function<void(base::Result<Object<GDBusConnection>>)> onOpened);

/// Calls a method. `arguments` may be floating or null. `busName` is null between two peers.
void callDbus(GDBusConnection* connection, const char* busName, const char* path,
              const char* interface, const char* method, GVariant* arguments, GUnixFDList* fds,
              const Cancel& cancel, std::function<void(base::Result<Variant>)> onAnswer);

/// A list with one descriptor in it (a duplicate), as handle 0.
Object<GUnixFDList> listOf(const base::UniqueFd& fd);

}  // namespace lucarne::relay::qemu
