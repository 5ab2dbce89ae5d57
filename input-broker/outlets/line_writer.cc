// SPDX-License-Identifier: Apache-2.0
#include "input-broker/outlets/line_writer.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

namespace lucarne::input {

LineWriter::LineWriter(std::unique_ptr<link::Transport> transport, const base::Context& context,
                       Callbacks callbacks)
    : context_(context),
      log_(context.log.named("json")),
      callbacks_(std::move(callbacks)),
      transport_(std::move(transport)),
      redial_(context.loop, context.clock, [this] { open(); }) {}

LineWriter::~LineWriter() { transport_->cancel(); }

void LineWriter::start() { open(); }

void LineWriter::open() {
  transport_->open([this](base::Result<link::Stream> opened) {
    if (!opened) {
      // It is tried again for ever; the log need not follow it.
      if (std::exchange(trouble_, opened.error().message) != opened.error().message) {
        log_.warning("{}; trying again", trouble_);
      }
      redial_.again();
      return;
    }
    redial_.connected();
    trouble_.clear();
    stream_ = std::move(*opened);
    out_.clear();
    sent_ = 0;
    refused_ = false;
    watch_ = context_.loop.watch(stream_.fd, base::Interest::Read,
                                 [this](base::Readiness r) { onReady(r); });
    log_.info("somebody listens on {}", transport_->name());
    callbacks_.onConnected();
  });
}

bool LineWriter::write(std::string_view text) {
  if (!connected()) return false;
  if (out_.size() - sent_ + text.size() >= kMostWaiting) {
    refused_ = true;
    return false;
  }
  out_ += text;
  out_ += '\n';
  watch_.want(base::Interest::ReadWrite);
  return true;
}

void LineWriter::onReady(base::Readiness ready) {
  if (ready.readable) {
    // Nothing is said to us; reading shows that the listener is gone.
    std::array<char, 1024> ignored;
    const ssize_t got = ::read(stream_.fd.get(), ignored.data(), ignored.size());
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return lost();
  }
  if (ready.writable && !flush()) lost();
}

bool LineWriter::flush() {
  while (sent_ < out_.size()) {
    const ssize_t done = ::write(stream_.fd.get(), out_.data() + sent_, out_.size() - sent_);
    if (done < 0 && (errno == EAGAIN || errno == EINTR)) {
      // Memory does not grow with what was sent long ago.
      if (sent_ > kMostWaiting / 2) {
        out_.erase(0, sent_);
        sent_ = 0;
      }
      return true;
    }
    if (done <= 0) return false;
    sent_ += static_cast<std::size_t>(done);
  }
  out_.clear();
  sent_ = 0;
  watch_.want(base::Interest::Read);
  if (std::exchange(refused_, false)) callbacks_.onRoom();
  return true;
}

void LineWriter::lost() {
  log_.info("nobody listens on {} any more", transport_->name());
  watch_.cancel();
  stream_ = {};
  redial_.again();
}

}  // namespace lucarne::input
