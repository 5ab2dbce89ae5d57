// SPDX-License-Identifier: Apache-2.0
#include "surface/screen.h"

#include <algorithm>
#include <cassert>

namespace lucarne::surface {

Screen::Screen() = default;
Screen::~Screen() = default;

template <typename Call>
void Screen::tell(Call call) {
  // An observer may add or remove observers from inside its callback.
  const std::vector<Attendance> present = observers_;
  for (const Attendance& a : present) {
    if (std::any_of(observers_.begin(), observers_.end(),
                    [&a](const Attendance& b) { return b.observer == a.observer; })) {
      call(*a.observer);
    }
  }
}

void Screen::resize(Size size) {
  if (current_ && current_->size() == size) return;
  auto fresh = std::make_shared<FrameBuffer>(FrameBuffer::create(size));
  if (current_) copyPixels(current_->frame(), fresh->frame(), Rect::of(size));
  buffers_.clear();  // sinks keep what they still hold
  buffers_.push_back({fresh, {}});
  current_ = std::move(fresh);
  moved_ = false;
  painting_ = false;
  tell([](ScreenObserver& o) { o.onPicture(); });
}

// A buffer is free when only the list (and, for the current one, `current_`) owns it.
Screen::Buffer* Screen::freeBuffer() {
  for (Buffer& b : buffers_) {
    if (b.pixels != current_ && b.pixels.use_count() == 1) return &b;
  }
  if (buffers_.size() < kBuffers) {
    buffers_.push_back({std::make_shared<FrameBuffer>(FrameBuffer::create(current_->size())),
                        Damage(Rect::of(current_->size()))});
    return &buffers_.back();
  }
  return nullptr;
}

std::optional<Frame> Screen::paint() {
  assert(current_);
  // In the middle of a paint the frame stays the same one, whoever took hold of it.
  if (painting_) return current_->frame();
  if (current_.use_count() == 2) {
    tell([](ScreenObserver& o) { o.onPainting(); });
    painting_ = true;
    return current_->frame();
  }
  Buffer* next = freeBuffer();
  if (!next) {
    refused_ = true;
    return std::nullopt;
  }
  tell([](ScreenObserver& o) { o.onPainting(); });
  for (const Rect& r : next->behind.rects()) {
    copyPixels(current_->frame(), next->pixels->frame(), r);
  }
  next->behind.clear();
  current_ = next->pixels;
  moved_ = true;
  painting_ = true;
  return current_->frame();
}

void Screen::damaged(Damage damage) {
  painting_ = false;
  damage.clip(size());
  for (Buffer& b : buffers_) {
    if (b.pixels != current_) b.behind.add(damage);
  }
  if (std::exchange(moved_, false)) {
    // Sinks that show the buffer itself learn that it is another one; the damage still holds.
    tell([](ScreenObserver& o) { o.onBufferChanged(); });
  }
  if (!damage.empty()) {
    tell([&damage](ScreenObserver& o) { o.onDamage(damage); });
  }
  tell([](ScreenObserver& o) { o.onPainted(); });
}

void Screen::onPaintable(std::function<void()> callback) { paintable_ = std::move(callback); }

void Screen::release(Hold hold) {
  hold.reset();
  if (std::exchange(refused_, false) && paintable_) paintable_();
}

void Screen::setDmabuf(std::shared_ptr<const Dmabuf> dmabuf) {
  if (dmabuf == dmabuf_) return;
  assert(!dmabuf || dmabuf->layout.picture.size() == size());
  dmabuf_ = std::move(dmabuf);
  tell([](ScreenObserver& o) { o.onDmabuf(); });
}

void Screen::dmabufDamaged(const Damage& damage, const DmabufRead& read) {
  tell([&](ScreenObserver& o) { o.onDmabufDamage(damage, read); });
}

bool Screen::needsPixelsOf(const Dmabuf& dmabuf) const {
  return observers_.empty() ||
         std::any_of(observers_.begin(), observers_.end(), [&dmabuf](const Attendance& a) {
           return a.watched && !a.observer->takesDmabuf(dmabuf);
         });
}

void Screen::reconsiderDmabuf() {
  if (dmabuf_ && controls_ && needsPixels()) controls_->onPixelsNeeded();
}

void Screen::setCursor(Cursor cursor) {
  if (cursor == cursor_) return;
  cursor_ = std::move(cursor);
  tell([this](ScreenObserver& o) { o.onCursor(cursor_); });
}

void Screen::moveCursor(GuestPoint at) {
  tell([at](ScreenObserver& o) { o.onCursorMoved(at); });
}

void Screen::setPhase(Phase phase, std::string words) {
  if (phase == phase_ && words == phaseWords_) return;
  phase_ = phase;
  phaseWords_ = std::move(words);
  tell([this](ScreenObserver& o) { o.onPhase(phase_, phaseWords_); });
}

void Screen::setTitle(std::string title) {
  if (title == title_) return;
  title_ = std::move(title);
  tell([this](ScreenObserver& o) { o.onTitle(title_); });
}

void Screen::setLeds(Leds leds) {
  if (leds == leds_) return;
  leds_ = leds;
  tell([this](ScreenObserver& o) { o.onLeds(leds_); });
}

void Screen::guestCopied(const std::string& untrustedText) {
  if (!mayPass(clipboardWays_, ClipboardWays::GuestToKiosk)) return;
  if (!isClipboardText(untrustedText)) return;
  tell([&untrustedText](ScreenObserver& o) { o.onClipboard(untrustedText); });
}

void Screen::offerClipboard(const std::string& untrustedText) {
  if (!mayPass(clipboardWays_, ClipboardWays::KioskToGuest)) return;
  if (controls_ && isClipboardText(untrustedText)) controls_->onClipboard(untrustedText);
}

void Screen::addObserver(ScreenObserver& observer) {
  observers_.push_back({&observer, true});
  tellAttention();
}

void Screen::removeObserver(ScreenObserver& observer) {
  std::erase_if(observers_, [&observer](const Attendance& a) { return a.observer == &observer; });
  if (!observers_.empty()) tellAttention();
}

Size Screen::size() const { return current_ ? current_->size() : Size{}; }

ConstFrame Screen::picture() const { return current_ ? ConstFrame(current_->frame()) : ConstFrame{}; }

void Screen::input(const InputEvent& event) {
  if (controls_) controls_->onInput(event);
}

void Screen::setControls(GuestControls* controls) {
  controls_ = controls;
  if (!controls_) return;
  if (!attention_) controls_->onAttention(false);
  if (!wanted_.empty()) controls_->onWantedSize(wanted_);
}

void Screen::wantSize(Size size) {
  wanted_ = size;
  if (controls_) controls_->onWantedSize(size);
}

void Screen::setAttention(const ScreenObserver& observer, bool watched) {
  for (Attendance& a : observers_) {
    if (a.observer == &observer) a.watched = watched;
  }
  tellAttention();
  reconsiderDmabuf();
}

void Screen::wantPicture(const ScreenObserver& observer) {
  for (Attendance& a : observers_) {
    if (a.observer == &observer) a.paced = true;
  }
  if (controls_) controls_->onPictureWanted();
}

bool Screen::isPaced() const {
  return std::all_of(observers_.begin(), observers_.end(),
                     [](const Attendance& a) { return a.paced || !a.watched; });
}

void Screen::tellAttention() {
  const bool watched = std::any_of(observers_.begin(), observers_.end(),
                                   [](const Attendance& a) { return a.watched; });
  if (watched == attention_) return;
  attention_ = watched;
  if (controls_) controls_->onAttention(watched);
}

}  // namespace lucarne::surface
