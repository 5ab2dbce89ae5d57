// SPDX-License-Identifier: Apache-2.0
// `lucarne-input inject`: the devices of another machine, made again on this one.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <cstdint>

#include "base/program.h"
#include "input-broker/inject/virtual_device.h"
#include "input-broker/messages.h"
#include "link/link_end.h"

namespace lucarne::input {

struct InjectorOptions {
  Kinds allowed;
  bool leds = false;  ///< the lights of a keyboard may be switched from here
  std::string suffix;  ///< added to the devices' names, to tell them from others
};

class Injector final : private link::LinkListener {
 public:
  /// How long a new device waits to be opened before it is used by state.
  static constexpr base::Duration kOpenWait = std::chrono::seconds(2);
  /// Devices stay that long after their link has gone, everything lifted: programs here do not see
  /// them unplugged by a restart at the other end.
  static constexpr base::Duration kKeep = std::chrono::seconds(30);

  /// Throws UsageError for a malformed transport.
  Injector(std::string_view transport, InjectorOptions options, MakeSink make,
           const base::Context& context);
  ~Injector() override;

  void start();
  /// Lifts everything, for an orderly end.
  void liftAll();
  std::size_t devices() const { return devices_.size(); }
  std::uint64_t frames() const { return frames_; }
  std::uint64_t refused() const { return refused_; }

 private:
  struct Made {
    std::unique_ptr<VirtualDevice> device;  // empty: refused, its frames are dropped
    Description told;                       // as the other end described it
    bool confirmed = false;                 // in this session
    base::Timer openTimer;
  };

  void onUp(const link::Peer& peer) override;
  void onDown(const std::string& words) override;
  void onQuiet(bool quiet) override;
  void onRefused(const std::string& words) override;
  void onMessage(link::Channel channel, base::Bytes untrusted) override;
  void on(const message::Device& device);
  void on(const message::Gone& gone);
  void on(const message::Frame& frame);
  void on(const message::Ready& ready);
  void dropUnconfirmed();

  base::Context context_;
  base::Log log_;
  base::LimitedLog limited_;
  InjectorOptions options_;
  MakeSink make_;
  std::map<std::uint8_t, Made> devices_;
  base::Timer keepTimer_;
  std::uint64_t frames_ = 0;
  std::uint64_t refused_ = 0;
  link::LinkEnd end_;
};

}  // namespace lucarne::input
