// SPDX-License-Identifier: Apache-2.0
// png: keeps a file with the newest picture, and leaves the last one behind.
#include <chrono>

#include <fmt/format.h>

#include "display-relay/endpoint.h"
#include "surface/png_file.h"

namespace lucarne::relay {

namespace {

// Writing takes some 20 ms, during which everything else waits: often enough to look at.
constexpr base::Duration kInterval = std::chrono::seconds(1);

class PngSink final : public Sink, private surface::ScreenObserver {
 public:
  PngSink(surface::Screen& screen, std::string path, const base::Context& context)
      : screen_(screen),
        path_(std::move(path)),
        context_(context),
        complaints_(context.log.named("png"), context.clock) {}

  ~PngSink() override {
    if (!started_) return;
    screen_.removeObserver(*this);
    if (due_) write();
  }

  void start() override {
    surface::requireWritableFolder(path_);
    started_ = true;
    screen_.addObserver(*this);
    due_ = screen_.hasPicture();
    writeWhenWhole();
  }

 private:
  void onPicture() override { due_ = true; }
  void onDamage(const surface::Damage&) override { due_ = true; }
  void onPainted() override { writeWhenWhole(); }

  void writeWhenWhole() {
    if (!due_ || resting_ || screen_.isPainting()) return;
    write();
    resting_ = context_.loop.after(kInterval, [this] {
      resting_.cancel();
      writeWhenWhole();
    });
  }

  void write() {
    due_ = false;
    if (const auto written = surface::writePng(path_, screen_.picture()); !written) {
      complaints_.warning("{}", written.error().message);
    }
  }

  surface::Screen& screen_;
  std::string path_;
  const base::Context& context_;
  base::LimitedLog complaints_;
  bool started_ = false;
  bool due_ = false;  // the file is older than the picture
  base::Timer resting_;
};

std::unique_ptr<Sink> createPngSink(const Endpoint& endpoint, const RelayOptions&,
                                    surface::Screen& screen, const base::Context& context) {
  if (endpoint.rest.empty()) {
    throw base::UsageError(
        fmt::format("'{}': name the file, as in png:/tmp/guest.png", endpoint.text));
  }
  return std::make_unique<PngSink>(screen, endpoint.rest, context);
}

}  // namespace

extern const SinkRow kPngSink = {"png", "png:PATH",
                                 "a file with the newest picture, at most one a second",
                                 createPngSink};

}  // namespace lucarne::relay
