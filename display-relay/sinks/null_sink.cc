// SPDX-License-Identifier: Apache-2.0
// null: looks at every picture and shows it to nobody. The smallest complete sink: copy this file
// to start a new one (docs/adding-a-source.md).
#include <fmt/format.h>

#include "display-relay/endpoint.h"

namespace lucarne::relay {

namespace {

class NullSink final : public Sink, private surface::ScreenObserver {
 public:
  NullSink(surface::Screen& screen, const base::Context& context)
      : screen_(screen), log_(context.log.named("null")) {}

  ~NullSink() override {
    if (!started_) return;
    screen_.removeObserver(*this);
    log_.info("{} updates, {} pixels, last size {}x{}", updates_, pixels_, screen_.size().width,
              screen_.size().height);
  }

  void start() override {
    started_ = true;
    screen_.addObserver(*this);
    if (screen_.hasPicture()) onPicture();  // observers hear of later changes only
  }

 private:
  void onPicture() override { count(surface::Damage(surface::Rect::of(screen_.size()))); }
  void onDamage(const surface::Damage& damage) override { count(damage); }
  void onPhase(surface::Phase, const std::string& words) override { log_.debug("{}", words); }

  void count(const surface::Damage& damage) {
    ++updates_;
    for (const surface::Rect& r : damage.rects()) pixels_ += r.pixels();
  }

  surface::Screen& screen_;
  base::Log log_;
  bool started_ = false;
  std::int64_t updates_ = 0;
  std::int64_t pixels_ = 0;
};

std::unique_ptr<Sink> createNullSink(const Endpoint& endpoint, const RelayOptions&,
                                     surface::Screen& screen, const base::Context& context) {
  if (!endpoint.rest.empty()) {
    throw base::UsageError(fmt::format("'{}': null: takes nothing", endpoint.text));
  }
  return std::make_unique<NullSink>(screen, context);
}

}  // namespace

extern const SinkRow kNullSink = {"null", "null:", "shows pictures to nobody; counts them",
                                  createNullSink};

}  // namespace lucarne::relay
