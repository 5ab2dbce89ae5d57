// SPDX-License-Identifier: Apache-2.0
#include "kiosk/outputs/drm/drm_output.h"

#include <fmt/format.h>

#include "base/result.h"
#include "kiosk/outputs/no_display.h"

namespace lucarne::kiosk {

using surface::Damage;
using surface::Rect;
using surface::Size;

namespace {

// How long after a refusal (another program has the display) we try again.
constexpr auto kRetryAfter = std::chrono::seconds(1);

std::unique_ptr<DrmCard> openCard() {
  auto card = DrmCard::open();
  if (!card) throw base::SetupError(noDisplay(card.error().message));
  return std::move(*card);
}

}  // namespace

DrmOutput::DrmOutput(const base::Context& context)
    : context_(context),
      complaints_(context.log, context.clock),
      card_(openCard()),
      panel_(card_->size()),
      owed_(Rect::of(panel_.size)),
      behind_(Rect::of(panel_.size)),
      monitor_(context, [this] { onDisplaysChanged(); }) {
  context.log.debug("{}", console_.words());
  flips_ = context.loop.watch(card_->fd(), base::Interest::Read,
                              [this](base::Readiness) { onCardReadable(); });
}

std::string DrmOutput::words() const { return fmt::format("KMS, software ({})", card_->words()); }

std::unique_ptr<StoredPicture> DrmOutput::store(Size size) {
  return std::make_unique<MemoryPicture>(size);
}

void DrmOutput::present(const Scene& scene, const Damage& changed) {
  Damage part = changed;
  part.clip(panel_.size);
  paintScene(scene, panel_.frame(), part);
  owed_.add(part);
  if (!card_->isFlipping()) show();
}

void DrmOutput::show() {
  if (owed_.empty()) return;
  behind_.add(owed_);
  for (const Rect& r : behind_.rects()) surface::copyPixels(panel_.frame(), card_->back(), r);
  behind_ = owed_;
  if (const auto flipped = card_->flip(); flipped) {
    owed_.clear();
  } else {
    complaints_.warning("{}", flipped.error().message);
    owed_ = behind_ = Damage(Rect::of(panel_.size));
    retry_ = context_.loop.after(kRetryAfter, [this] { show(); });
  }
}

void DrmOutput::onCardReadable() {
  card_->readEvents();
  if (!card_->isFlipping()) show();
}

void DrmOutput::onDisplaysChanged() {
  const auto changed = card_->reprobe();
  if (!changed) {
    complaints_.warning("{}", changed.error().message);
    return;
  }
  if (*changed == DrmCard::Change::None) return;
  context_.log.info("panel {}", words());
  panel_ = Image(card_->size());
  owed_ = behind_ = Damage(Rect::of(panel_.size));
  if (devices_) devices_->setPanel(panel_.size);
  if (events_) events_->onPanelResized();
}

Image DrmOutput::capture(const Scene& scene) { return paintedScene(scene, panel_.size); }

void DrmOutput::listen(PanelEvents& events) {
  events_ = &events;
  devices_.emplace(panel_.size, events, context_);
}

}  // namespace lucarne::kiosk
