// SPDX-License-Identifier: Apache-2.0
#include "kiosk/guests.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cstdint>

namespace lucarne::kiosk {

Guest& Guests::arrive(const std::string& name, base::TimePoint now) {
  Guest* guest = find(name);
  if (!guest) {
    if (guests_.size() >= kMaxRemembered) forgetOne();
    guests_.push_back(std::make_unique<Guest>());
    guest = guests_.back().get();
    guest->name = name;
  }
  guest->connected = true;
  guest->phase = surface::Phase::Waiting;
  guest->phaseWords.clear();
  guest->toldFocus.reset();
  guest->toldAttention.reset();
  guest->toldSize.reset();
  const bool abandoned = shown_ && !shown_->connected && now - shown_->leftAt > kPatience;
  if (!shown_ || abandoned || name == preferred_) shown_ = guest;
  return *guest;
}

void Guests::leave(Guest& guest, std::string words, base::TimePoint now) {
  guest.connected = false;
  guest.connection = nullptr;
  guest.leftWords = std::move(words);
  guest.leftAt = now;
}

void Guests::showNext(int step) {
  const auto at = std::find_if(guests_.begin(), guests_.end(),
                               [this](const auto& guest) { return guest.get() == shown_; });
  if (at == guests_.end()) return;
  const auto count = static_cast<std::ptrdiff_t>(guests_.size());
  const std::ptrdiff_t next = ((at - guests_.begin() + step) % count + count) % count;
  shown_ = guests_[static_cast<std::size_t>(next)].get();
}

Guest* Guests::find(const std::string& name) const {
  for (const auto& guest : guests_) {
    if (guest->name == name) return guest.get();
  }
  return nullptr;
}

void Guests::forgetOne() {
  auto oldest = guests_.end();
  for (auto it = guests_.begin(); it != guests_.end(); ++it) {
    if ((*it)->connected || it->get() == shown_) continue;
    if (oldest == guests_.end() || (*it)->leftAt < (*oldest)->leftAt) oldest = it;
  }
  if (oldest != guests_.end()) guests_.erase(oldest);
}

surface::Pixel colourOf(const std::string& name) {
  // Far apart from each other on bad panels and for colour-blind eyes.
  constexpr std::array<surface::Pixel, 8> kColours = {0xe6194b, 0x3cb44b, 0xffe119, 0x4363d8,
                                                      0xf58231, 0x911eb4, 0x46f0f0, 0xf032e6};
  std::uint32_t hash = 2166136261U;  // FNV-1a
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return kColours[hash % kColours.size()];
}

}  // namespace lucarne::kiosk
