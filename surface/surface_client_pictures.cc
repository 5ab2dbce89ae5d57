// SPDX-License-Identifier: Apache-2.0
// The half of the client that hands pictures over: the Screen's own buffers and dma-bufs, one commit at
// a time, until the kiosk gives them back.
#include <utility>

#include "surface/surface_client.h"

namespace lucarne::surface {

using base::Result;

// ---- what the Screen says -------------------------------------------------------------------------

void SurfaceClient::onPicture() {
  if (state_ != State::Live) return;
  damage_ = Damage(Rect::of(screen_.size()));
  unpainted_ = true;
}

void SurfaceClient::onDamage(const Damage& damage) {
  if (state_ == State::Live && !handsOn()) damage_.add(damage);
}

void SurfaceClient::onPainted() {
  unpainted_ = false;
  if (!damage_.empty()) flush();
}

bool SurfaceClient::takesDmabuf(const Dmabuf& dmabuf) {
  return state_ == State::Live && canRead(formats_, dmabuf.layout.format);
}

// Until it is painted, the Screen's own picture may be older than what the kiosk shows.
void SurfaceClient::onDmabuf() {
  if (state_ != State::Live) return;
  damage_ = Damage(Rect::of(screen_.size()));
  unpainted_ = true;
}

void SurfaceClient::onDmabufDamage(const Damage& damage, const DmabufRead& read) {
  if (!handsOn()) return;
  damage_.add(damage);
  if (read && watched_) {
    readsDue_.push_back(read);
    if (!readTimer_) readTimer_ = context_.loop.after(readPatience_, [this] { dropReads(); });
  }
  flush();
}

// ---- what the kiosk says --------------------------------------------------------------------------

Result<void> SurfaceClient::obey(const message::Release& release) {
  // Of an earlier commit, or of none: nothing that is out comes back by it.
  if ((hold_ || dmabufOut_) && release.serial == serial_) {
    dropHold();
    flush();
  }
  return {};
}

Result<void> SurfaceClient::obey(const message::Unread& unread) {
  if (!dmabufOut_ || unread.serial != serial_) return {};
  log_.info("the kiosk cannot read the guest's dma-bufs ({}); copying them for it", unread.words);
  formats_.clear();
  damage_ = Damage(Rect::of(screen_.size()));
  unpainted_ = true;
  dropHold();
  dropReads();
  screen_.reconsiderDmabuf();
  return {};
}

// ---- what is out ----------------------------------------------------------------------------------

void SurfaceClient::dropHold() {
  if (hold_) screen_.release(std::exchange(hold_, nullptr));
  dmabufOut_ = false;
  // What waits for the next commit still waits.
  std::exchange(readsOut_, {}).clear();
  if (readsDue_.empty()) readTimer_.cancel();
}

void SurfaceClient::dropReads() {
  readTimer_.cancel();
  std::exchange(readsOut_, {}).clear();
  std::exchange(readsDue_, {}).clear();
}

// Whether the kiosk gets the dma-buf itself.
bool SurfaceClient::handsOn() const {
  return state_ == State::Live && screen_.dmabuf() &&
         canRead(formats_, screen_.dmabuf()->layout.format);
}

// ---- sending --------------------------------------------------------------------------------------

// One commit is out at a time; the next one has everything that changed meanwhile.
bool SurfaceClient::flushPicture() {
  if (hold_ || dmabufOut_ || damage_.empty()) return true;
  if (!handsOn() && (unpainted_ || screen_.isPainting())) return true;
  if (!forgetDeadSlots() || !flushPath()) return false;
  return handsOn() ? flushDmabuf() : flushFrame();
}

bool SurfaceClient::flushFrame() {
  Hold hold = screen_.hold();
  const int slot = slotThat([&hold](const Slot& s) { return s.buffer.lock() == hold; });
  if (slots_[slot].buffer.lock() != hold && !offer(slot, hold)) return false;
  damage_.clip(hold->size());
  if (!commit(slot)) return false;
  hold_ = std::move(hold);
  return true;
}

bool SurfaceClient::flushDmabuf() {
  const auto& dmabuf = screen_.dmabuf();
  const auto has = [&dmabuf](const Slot& s) {
    return s.dmabuf && (s.dmabuf == dmabuf || isSameBuffer(*s.dmabuf, *dmabuf));
  };
  const int slot = slotThat(has);
  if (!has(slots_[slot]) && !offer(slot, dmabuf)) return false;
  slots_[slot].dmabuf = dmabuf;
  damage_.clip(dmabuf->layout.picture.size());
  if (!commit(slot)) return false;
  dmabufOut_ = true;
  readsOut_ = std::exchange(readsDue_, {});
  return true;
}

bool SurfaceClient::commit(int slot) {
  if (!send(message::Commit{serial_ + 1, static_cast<std::uint8_t>(slot), damage_.rects()})) {
    return false;
  }
  ++serial_;
  ++commitCount_;
  damage_.clear();
  return true;
}

// Of what comes in our own buffers; that a commit is of a dma-buf, the kiosk sees.
bool SurfaceClient::flushPath() {
  const auto path = screen_.dmabuf() ? PicturePath::DmabufCopy : PicturePath::SharedMemory;
  if (handsOn() || path == toldPath_) return true;
  if (!send(message::PathChanged{path})) return false;
  toldPath_ = path;
  return true;
}

// Lets the kiosk unmap what the Screen no longer has, so that a guest that was once large does not
// keep the memory for ever. dma-bufs of the present size are kept: a guest takes them in turns.
bool SurfaceClient::forgetDeadSlots() {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    Slot& slot = slots_[i];
    const bool dead = slot.dmabuf ? !handsOn() || slot.dmabuf->layout.buffer !=
                                                      screen_.dmabuf()->layout.buffer
                                  : slot.buffer.expired();
    if (!slot.offered || !dead) continue;
    if (!send(message::Forget{static_cast<std::uint8_t>(i)})) return false;
    slot = {};
  }
  return true;
}

// The slot that has the buffer, else an empty one, else any: no other is being read now.
template <typename Has>
int SurfaceClient::slotThat(Has has) const {
  int empty = -1;
  for (int i = 0; i < message::kSlots; ++i) {
    if (slots_[i].offered && has(slots_[i])) return i;
    if (!slots_[i].offered) empty = i;
  }
  return empty >= 0 ? empty : static_cast<int>(serial_ % message::kSlots);
}

bool SurfaceClient::offer(int slot, const Hold& hold) {
  const message::Buffer buffer{static_cast<std::uint8_t>(slot), hold->size(),
                               static_cast<std::uint32_t>(hold->frame().strideBytes)};
  const int fd = hold->fd().get();
  if (!send(buffer, {&fd, 1})) return false;
  slots_[slot] = {hold, nullptr, true};
  return true;
}

bool SurfaceClient::offer(int slot, const std::shared_ptr<const Dmabuf>& dmabuf) {
  std::vector<int> fds;
  for (const base::UniqueFd& fd : dmabuf->fds) fds.push_back(fd.get());
  if (!send(message::DmabufBuffer{static_cast<std::uint8_t>(slot), dmabuf->layout}, fds)) {
    return false;
  }
  slots_[slot] = {{}, dmabuf, true};
  return true;
}

}  // namespace lucarne::surface
