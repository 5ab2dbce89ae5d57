// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "sensors/dashboard/http_server_state.h"

namespace lucarne::sensors {

void HttpServer::State::openStream(const Route& route, SoupServerMessage* message) {
  if (streams.size() >= kMaxStreams) {
    return refuse(message, HttpResponse::error(503, "too many streams are open"));
  }
  Connection* connection = connectionOf(message);
  if (!connection) return refuse(message, HttpResponse::error(503, "one stream a connection"));
  connection->patience.cancel();  // from here on `beat` watches it
  writeHeaders(message);
  SoupMessageHeaders* headers = soup_server_message_get_response_headers(message);
  soup_message_headers_set_content_type(headers, "text/event-stream", nullptr);
  soup_message_headers_set_encoding(headers, SOUP_ENCODING_CHUNKED);
  soup_server_message_set_status(message, SOUP_STATUS_OK, nullptr);
  soup_message_body_set_accumulate(soup_server_message_get_response_body(message), FALSE);

  auto stream = std::make_unique<Stream>();
  stream->owner = this;
  stream->message.reset(SOUP_SERVER_MESSAGE(g_object_ref(message)));
  stream->route = &route;
  // A reader has said all it may say: whatever comes now, an end of file most of all, ends it.
  stream->leaving = context.loop.watchBorrowed(
      g_socket_get_fd(socketOf(message)), base::Interest::Read, [this, message](base::Readiness) {
        for (auto& one : streams) {
          if (one->message.get() != message) continue;
          one->leaving.cancel();
          drop(socketOf(message));
          // Something to send, so that the library notices.
          if (!one->busy) push(*one);
          return;
        }
      });
  g_signal_connect(message, "finished",
                   G_CALLBACK(+[](SoupServerMessage* done, gpointer data) {
                     static_cast<State*>(data)->closeStream(done);
                   }),
                   this);
  g_signal_connect(message, "wrote-chunk",
                   G_CALLBACK(+[](SoupServerMessage*, gpointer data) {
                     auto* taken = static_cast<Stream*>(data);
                     taken->busy = false;
                     taken->taken = taken->owner->context.clock.now();
                     if (taken->fresh) taken->owner->push(*taken);
                   }),
                   stream.get());
  streams.push_back(std::move(stream));
  push(*streams.back());
  if (!heartbeat) heartbeat = context.loop.every(kHeartbeat, [this] { beat(); });
}

void HttpServer::State::push(Stream& stream) {
  const std::string text =
      fmt::format("retry: 1000\nevent: state\ndata: {}\n\n", stream.route->state());
  SoupMessageBody* body = soup_server_message_get_response_body(stream.message.get());
  soup_message_body_append(body, SOUP_MEMORY_COPY, text.data(), text.size());
  stream.busy = true;
  stream.fresh = false;
  stream.taken = context.clock.now();
  soup_server_message_unpause(stream.message.get());
}

void HttpServer::State::closeStream(SoupServerMessage* message) {
  std::erase_if(streams, [&](const auto& stream) {
    if (stream->message.get() != message) return false;
    g_signal_handlers_disconnect_by_data(message, stream.get());
    g_signal_handlers_disconnect_by_data(message, this);
    return true;
  });
  if (streams.empty()) heartbeat.cancel();
}

void HttpServer::State::beat() {
  const base::TimePoint now = context.clock.now();
  std::vector<GSocket*> stuck;
  for (auto& stream : streams) {
    if (!stream->busy) {
      push(*stream);
    } else if (now - stream->taken > kPatience) {
      stuck.push_back(socketOf(stream->message.get()));
    } else {
      stream->fresh = true;
    }
  }
  counters.slow += stuck.size();
  for (GSocket* socket : stuck) drop(socket);
}

}  // namespace lucarne::sensors
