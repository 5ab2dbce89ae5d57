// SPDX-License-Identifier: Apache-2.0
#include "demo/driver/performer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/input-event-codes.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstring>
#include <numbers>

#include "base/result.h"

namespace lucarne::demo {

using surface::GuestPoint;

namespace {

constexpr int kStepMs = 16;  // a mouse moves about once a refresh
constexpr int kKeyMs = 60;   // between keys, a fast typist
constexpr const char* kSentence = "a small window in a roof ";

/// The place of a letter on a US keyboard; the guest's layout makes the letter again.
int keyCode(char letter) {
  static constexpr const char* kRows[] = {"qwertyuiop", "asdfghjkl", "zxcvbnm"};
  static constexpr int kFirst[] = {KEY_Q, KEY_A, KEY_Z};
  for (int row = 0; row < 3; ++row) {
    if (const char* at = std::strchr(kRows[row], letter)) {
      return kFirst[row] + static_cast<int>(at - kRows[row]);
    }
  }
  return KEY_SPACE;
}

class Script {
 public:
  explicit Script(const surface::Placement& placement) : placement_(placement) {}

  void move(GuestPoint at) { step("move", at); }
  void button(const char* transition) { text_ += fmt::format("button left {}\n", transition); }
  void tap(int code) { text_ += fmt::format("tap {}\n", code); }
  void sleep(int ms) {
    text_ += fmt::format("sleep {}\n", ms);
    totalMs_ += ms;
  }
  void glide(GuestPoint from, GuestPoint to, int steps) {
    for (int i = 1; i <= steps; ++i) {
      move({from.x + (to.x - from.x) * i / steps, from.y + (to.y - from.y) * i / steps});
      sleep(kStepMs);
    }
  }
  int totalMs() const { return totalMs_; }
  std::string take() { return std::move(text_); }

 private:
  void step(const char* verb, GuestPoint at) {
    const surface::PanelPoint p = placement_.toPanel(at);
    text_ += fmt::format("{} {} {}\n", verb, p.x, p.y);
  }

  surface::Placement placement_;
  std::string text_;
  int totalMs_ = 0;
};

}  // namespace

std::string performance(const surface::Placement& placement) {
  Script script(placement);
  for (const char* letter = kSentence; *letter; ++letter) {
    script.tap(keyCode(*letter));
    script.sleep(kKeyMs);
  }
  // The notes window is taken by its title, carried away and brought back.
  const GuestPoint title{320, 137};
  const GuestPoint away{420, 380};
  script.glide({640, 700}, title, 20);
  script.button("down");
  script.glide(title, away, 45);
  script.glide(away, title, 45);
  script.button("up");
  // Then a loop of light.
  for (int i = 0; i <= 150; ++i) {
    const double turn = i * 2 * std::numbers::pi / 75;
    script.move({560 + static_cast<int>(180 * std::sin(turn)),
                 560 + static_cast<int>(110 * std::sin(2 * turn))});
    if (i % 50 == 10) script.button("down");
    if (i % 50 == 40) script.button("up");
    script.sleep(kStepMs);
  }
  const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(kPerformanceTime);
  script.sleep(std::max(0, static_cast<int>(whole.count()) - script.totalMs()));
  return script.take();
}

Performer::Performer(const std::string& pipe, const surface::Placement& placement,
                     const base::Context& context)
    : context_(context), placement_(placement) {
  // Read and write: opening does not wait for the kiosk, and the pipe never ends.
  pipe_ = base::UniqueFd::adopt(::open(pipe.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  if (!pipe_) {
    throw base::SetupError(fmt::format("open {}: {}", pipe, std::strerror(errno)));
  }
}

void Performer::start() {
  perform();
  again_ = context_.loop.every(kPerformanceTime, [this] { perform(); });
}

void Performer::perform() {
  const std::string script = performance(placement_);
  // A pipe holds 64 KiB; when the kiosk plays more slowly than we write, this round is left out.
  if (::write(pipe_.get(), script.data(), script.size()) < 0) {
    context_.log.debug("the kiosk is still playing the last round");
  }
}

}  // namespace lucarne::demo
