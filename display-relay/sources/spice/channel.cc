// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/spice/channel.h"

#include <utility>

namespace lucarne::relay::spice {

Signals::~Signals() {
  for (const gulong handler : handlers_) g_signal_handler_disconnect(object_.get(), handler);
}

Channel::Channel(const Library& library, SpiceChannel* channel, const std::string& transport,
                 const base::Context& context, OnEvent onEvent)
    : library_(library),
      channel_(static_cast<SpiceChannel*>(g_object_ref(channel))),
      transport_(link::createTransport(transport, context)),
      onEvent_(std::move(onEvent)),
      signals_(channel, context) {
  signals_.on<gint>("channel-event",
                    [this](gint event) { onState(static_cast<SpiceChannelEvent>(event)); });
}

Channel::~Channel() {
  if (flush_) *flush_ = nullptr;
  library_.channelDisconnect(channel_.get(), SPICE_CHANNEL_NONE);
}

bool Channel::isSending() {
  if (flushed_ || state_ != State::Open) return false;
  if (!flush_) {
    flush_ = std::make_shared<Channel*>(this);
    library_.channelFlushAsync(channel_.get(), nullptr, onFlushed,
                               new std::shared_ptr<Channel*>(flush_));
  }
  return true;
}

void Channel::onFlushed(GObject* channel, GAsyncResult* result, gpointer data) {
  const std::unique_ptr<std::shared_ptr<Channel*>> flush(
      static_cast<std::shared_ptr<Channel*>*>(data));
  Channel* self = **flush;
  if (!self) return;
  self->library_.channelFlushFinish(reinterpret_cast<SpiceChannel*>(channel), result, nullptr);
  self->flush_.reset();
  self->flushed_ = true;
}

void Channel::open() {
  wanted_ = true;
  if (state_ == State::Closed) dial();
}

void Channel::close() {
  wanted_ = false;
  if (state_ == State::Dialling) {
    transport_->cancel();
    state_ = State::Closed;
  } else if (state_ == State::Open) {
    state_ = State::Closing;
    library_.channelDisconnect(channel_.get(), SPICE_CHANNEL_NONE);
  }
}

void Channel::dial() {
  state_ = State::Dialling;
  transport_->open([this](base::Result<link::Stream> opened) {
    state_ = State::Opening;
    if (!opened) return onState(SPICE_CHANNEL_ERROR_CONNECT);
    kind_ = opened->kind;
    restore_ = std::move(opened->restore);
    // The library owns the descriptor from here on, whatever it answers.
    if (!library_.channelOpenFd(channel_.get(), opened->fd.release())) {
      onState(SPICE_CHANNEL_ERROR_CONNECT);
    }
  });
}

void Channel::onState(SpiceChannelEvent event) {
  if (event == SPICE_CHANNEL_NONE || event == SPICE_CHANNEL_SWITCHING) return;
  const State before =
      std::exchange(state_, event == SPICE_CHANNEL_OPENED ? State::Open : State::Closed);
  if (before == State::Closing) {
    if (wanted_) dial();
  } else if (!wanted_) {
    close();
  } else {
    onEvent_(event);
  }
}

}  // namespace lucarne::relay::spice
