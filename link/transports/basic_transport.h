// SPDX-License-Identifier: Apache-2.0
// What all transports share: a name, and answers that come from the loop.
#pragma once

#include <charconv>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "link/transport.h"

namespace lucarne::link {

class BasicTransport : public Transport {
 public:
  void cancel() override {
    onOpened_ = nullptr;
    answer_.cancel();
  }
  const std::string& name() const override { return name_; }
  LineKind kind() const override { return kind_; }

 protected:
  BasicTransport(std::string name, LineKind kind, const base::Context& context)
      : context_(context), name_(std::move(name)), kind_(kind) {}

  void expect(OnOpened onOpened) { onOpened_ = std::move(onOpened); }
  bool expected() const { return onOpened_ != nullptr; }

  /// Calls the waiting callback from the loop's next turn.
  void answer(base::Result<Stream> result) {
    // std::function wants to copy what it holds; a Stream cannot be.
    auto kept = std::make_shared<std::optional<base::Result<Stream>>>(std::move(result));
    answer_ = context_.loop.after({}, [this, kept] {
      if (!onOpened_) return;
      const OnOpened call = std::exchange(onOpened_, nullptr);
      call(std::move(**kept));
    });
  }

  const base::Context context_;

 private:
  std::string name_;
  LineKind kind_;
  OnOpened onOpened_;
  base::Timer answer_;
};

/// A whole decimal number from 0 to `most`, nothing else.
inline std::optional<unsigned> parseNumber(std::string_view text, unsigned most) {
  unsigned value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || text.empty() || value > most) return std::nullopt;
  return value;
}

}  // namespace lucarne::link
