// SPDX-License-Identifier: Apache-2.0
#include "link/transports/vchan/vchan_pump.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace lucarne::link {

namespace {

// One turn of the loop carries at most so many buffers each way, so that nobody else starves.
constexpr int kTurnRounds = 8;
// A look is one request to XenStore, and what it finds out about is rare.
constexpr base::Duration kLookEvery = std::chrono::seconds(2);

}  // namespace

VchanPump::VchanPump(std::unique_ptr<Vchan> vchan, base::UniqueFd inner,
                     std::function<bool()> domainLives, const base::Context& context)
    : context_(context),
      vchan_(std::move(vchan)),
      inner_(std::move(inner)),
      domainLives_(std::move(domainLives)) {
  event_ = context_.loop.watchBorrowed(vchan_->eventFd(), base::Interest::Read,
                                       [this](base::Readiness) { turn(); });
  socket_ = context_.loop.watch(inner_, base::Interest::Read, [this](base::Readiness) { turn(); });
  look_ = context_.loop.every(kLookEvery, [this] {
    if (!domainLives_()) end();
  });
  more_ = context_.loop.after({}, [this] { turn(); });  // it may have spoken before we looked
}

VchanPump::~VchanPump() {
  for (int round = 0; round < kTurnRounds && inner_ && !innerEnded_; ++round) outward();
}

void VchanPump::turn() {
  if (!inner_) return;
  more_.cancel();
  vchan_->clearEvent();
  bool moved = true;
  for (int round = 0; moved && round < kTurnRounds; ++round) {
    moved = inward();
    moved = outward() || moved;
  }
  // Asked before the last reading: whoever wrote and left was Open while there was something to
  // read.
  if (!moved && in_.empty() && vchan_->state() == Vchan::State::Closed) {
    moved = inward();
    if (!moved && in_.empty()) {
      end();
      return;
    }
  }
  if (moved) more_ = context_.loop.after({}, [this] { turn(); });
  const bool reading = out_.empty() && !innerEnded_;
  socket_.want(in_.empty() ? (reading ? base::Interest::Read : base::Interest::None)
                           : (reading ? base::Interest::ReadWrite : base::Interest::Write));
}

bool VchanPump::inward() {
  if (in_.empty()) {
    in_.from = 0;
    in_.to = vchan_->read(in_.bytes);
  }
  if (in_.empty()) return false;
  const ssize_t taken =
      ::send(inner_.get(), in_.bytes.data() + in_.from, in_.to - in_.from, MSG_NOSIGNAL);
  if (taken > 0) {
    in_.from += static_cast<std::size_t>(taken);
    return true;
  }
  if (taken < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  in_.from = in_.to;  // nobody wants it any more
  return true;
}

bool VchanPump::outward() {
  if (out_.empty() && !innerEnded_) {
    const ssize_t got = ::recv(inner_.get(), out_.bytes.data(), out_.bytes.size(), 0);
    innerEnded_ = got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR);
    out_.from = 0;
    out_.to = got > 0 ? static_cast<std::size_t>(got) : 0;
  }
  if (out_.empty()) return false;
  const std::size_t taken =
      vchan_->write(base::Bytes(out_.bytes).subspan(out_.from, out_.to - out_.from));
  out_.from += taken;
  return taken > 0;
}

void VchanPump::end() {
  event_.cancel();
  socket_.cancel();
  look_.cancel();
  more_.cancel();
  inner_.reset();  // the Stream reads what is under way, and then its end
}

}  // namespace lucarne::link
