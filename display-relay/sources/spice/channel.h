// SPDX-License-Identifier: Apache-2.0
// One channel of a SPICE session as an object of ours: it opens a line for the channel and hears
// its signals until it is dropped.
//
// Signals are emitted on the loop's thread, outside the library's coroutines. What a callback
// throws cannot pass through GLib's C frames, so it is thrown again in the loop's next turn.
#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <vector>

#include "base/program.h"
#include "display-relay/sources/spice/library.h"
#include "link/transport.h"

namespace lucarne::relay::spice {

struct ObjectDeleter {
  void operator()(void* object) const { g_object_unref(object); }
};
template <typename T>
using Object = std::unique_ptr<T, ObjectDeleter>;

/// Handlers of one GObject's signals; disconnected when dropped.
class Signals {
 public:
  Signals(gpointer object, const base::Context& context)
      : object_(static_cast<GObject*>(g_object_ref(object))), context_(context) {}
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  /// `call` gets the signal's arguments after the object. The types of `Arguments` must be those
  /// with which the signal was declared.
  template <typename... Arguments>
  void on(const char* signal, std::type_identity_t<std::function<void(Arguments...)>> call);
  /// The same for a signal that asks whether somebody takes care of it: answered with yes.
  template <typename... Arguments>
  void onAsked(const char* signal, std::type_identity_t<std::function<void(Arguments...)>> call);

 private:
  template <typename... Arguments>
  struct Handler {
    std::function<void(Arguments...)> call;
    const base::Context* context;

    static void run(gpointer, Arguments... arguments, gpointer data) {
      auto* self = static_cast<Handler*>(data);
      try {
        self->call(arguments...);
      } catch (...) {
        self->context->loop.post([e = std::current_exception()] { std::rethrow_exception(e); });
      }
    }
    static gboolean answer(gpointer object, Arguments... arguments, gpointer data) {
      run(object, arguments..., data);
      return TRUE;
    }
    static void destroy(gpointer data, GClosure*) { delete static_cast<Handler*>(data); }
  };

  Object<GObject> object_;
  const base::Context& context_;
  std::vector<gulong> handlers_;
};

class Channel {
 public:
  using OnEvent = std::function<void(SpiceChannelEvent event)>;

  /// `transport`: where the server is; each channel has a line of its own. `onEvent` hears of the
  /// channel's state, with SPICE_CHANNEL_ERROR_CONNECT when there is no line, but not of what it
  /// was told to do by `close`. Nothing happens before `open`. Everything borrowed outlives it.
  Channel(const Library& library, SpiceChannel* channel, const std::string& transport,
          const base::Context& context, OnEvent onEvent);
  ~Channel();
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  /// Opens, and closes again, as often as one likes; at the server one follows the other.
  void open();
  void close();
  /// The server has taken the channel.
  bool isOpen() const { return state_ == State::Open; }
  link::LineKind lineKind() const { return kind_; }
  /// Something was put into the channel's queue.
  void noteSent() { flushed_ = false; }
  /// What was put there is not all on the line yet.
  bool isSending();

  template <typename T>
  T* as() const {
    return reinterpret_cast<T*>(channel_.get());
  }
  SpiceChannel* get() const { return channel_.get(); }
  Signals& signals() { return signals_; }

 private:
  // The library tells nothing of a channel that is closed before it was open, so such a one is
  // closed when it has opened.
  enum class State { Closed, Dialling, Opening, Open, Closing };

  void dial();
  void onState(SpiceChannelEvent event);
  static void onFlushed(GObject* channel, GAsyncResult* result, gpointer flush);

  const Library& library_;
  Object<SpiceChannel> channel_;
  std::unique_ptr<link::Transport> transport_;
  OnEvent onEvent_;
  Signals signals_;
  link::LineKind kind_ = link::LineKind::Network;
  std::shared_ptr<void> restore_;  // of the line
  // Of the flush that is going on, which may outlive the channel: then what it points to is null.
  std::shared_ptr<Channel*> flush_;  // shared with the library's callback
  bool flushed_ = true;
  State state_ = State::Closed;
  bool wanted_ = false;
};

template <typename... Arguments>
void Signals::on(const char* signal, std::type_identity_t<std::function<void(Arguments...)>> call) {
  using H = Handler<Arguments...>;
  void (*run)(gpointer, Arguments..., gpointer) = H::run;
  handlers_.push_back(g_signal_connect_data(object_.get(), signal, reinterpret_cast<GCallback>(run),
                                            new H{std::move(call), &context_}, H::destroy,
                                            static_cast<GConnectFlags>(0)));
}

template <typename... Arguments>
void Signals::onAsked(const char* signal,
                      std::type_identity_t<std::function<void(Arguments...)>> call) {
  using H = Handler<Arguments...>;
  gboolean (*answer)(gpointer, Arguments..., gpointer) = H::answer;
  handlers_.push_back(g_signal_connect_data(
      object_.get(), signal, reinterpret_cast<GCallback>(answer),
      new H{std::move(call), &context_}, H::destroy, static_cast<GConnectFlags>(0)));
}

}  // namespace lucarne::relay::spice
