// SPDX-License-Identifier: Apache-2.0
#include "tunnel/fd_end.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace lucarne::tunnel {

namespace {

constexpr std::uint8_t kEndOfText = 0x04;

bool wouldBlock() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

void FdEnd::start(LocalListener& listener, StreamId stream) {
  listener_ = &listener;
  stream_ = stream;
}

LocalEnd::Moved FdEnd::read(std::size_t most, std::vector<std::uint8_t>& out) {
  if (left_) return {Outcome::Ended};
  const std::size_t before = out.size();
  out.resize(before + most);
  const ssize_t got = ::read(parts_.input.get(), out.data() + before, most);
  out.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
  if (got < 0 && wouldBlock()) {
    waitReadable();
    return {Outcome::Blocked};
  }
  // A terminal whose other side is gone answers EIO.
  if (got == 0 || (got < 0 && errno == EIO)) return {Outcome::Ended};
  if (got < 0) return {Outcome::Broken};
  if (eotSent_) waitSilence();
  if (parts_.escape) {
    const auto found = std::find(out.begin() + static_cast<std::ptrdiff_t>(before), out.end(),
                                 *parts_.escape);
    left_ = found != out.end();
    out.erase(found, out.end());
    if (out.size() == before) return {Outcome::Ended};
  }
  return {Outcome::Moved, out.size() - before};
}

void FdEnd::waitReadable() {
  if (reading_) return;
  reading_ = loop_.watch(parts_.input, base::Interest::Read, [this](base::Readiness) {
    reading_.cancel();
    listener_->onReadable(stream_);  // last: may destroy this
  });
}

LocalEnd::Moved FdEnd::write(base::Bytes bytes) {
  ssize_t taken = 0;
  if (parts_.ending == Ending::Shutdown) {
    taken = ::send(outputFd(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  } else {
    taken = ::write(outputFd(), bytes.data(), bytes.size());
  }
  if (taken > 0) return {Outcome::Moved, static_cast<std::size_t>(taken)};
  if (taken < 0 && !wouldBlock()) return {Outcome::Broken};
  if (!writing_) {
    writing_ = loop_.watchBorrowed(outputFd(), base::Interest::Write, [this](base::Readiness) {
      writing_.cancel();
      listener_->onWritable(stream_);  // last: may destroy this
    });
  }
  return {Outcome::Blocked};
}

LocalEnd::AfterEnd FdEnd::endWriting() {
  switch (parts_.ending) {
    case Ending::Shutdown:
      ::shutdown(outputFd(), SHUT_WR);
      return AfterEnd::HalfOpen;
    case Ending::Close:
      writing_.cancel();
      parts_.output.reset();
      return AfterEnd::HalfOpen;
    case Ending::EndOfText:
      eotSent_ = ::write(outputFd(), &kEndOfText, 1) == 1;
      waitSilence();
      return AfterEnd::HalfOpen;
    case Ending::HangUp:
      break;
  }
  return AfterEnd::Over;
}

void FdEnd::waitSilence() {
  silence_ = loop_.after(kSilence, [this] {
    silence_.cancel();
    left_ = true;
    reading_.cancel();
    listener_->onReadable(stream_);  // last: may destroy this
  });
}

// A TCP peer then reads ECONNRESET: what came before was not all.
void FdEnd::abort() {
  if (parts_.ending != Ending::Shutdown) return;
  const linger now{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(parts_.input.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace lucarne::tunnel
