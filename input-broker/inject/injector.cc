// SPDX-License-Identifier: Apache-2.0
#include "input-broker/inject/injector.h"

#include <algorithm>
#include <utility>

namespace lucarne::input {

Injector::Injector(std::string_view transport, InjectorOptions options, MakeSink make,
                   const base::Context& context)
    : context_(context),
      log_(context.log.named("inject")),
      limited_(log_, context.clock),
      options_(options),
      make_(std::move(make)),
      end_(link::createTransport(transport, context),
           {.role = link::Role::Guest, .name = "lucarne-input inject"}, *this, context) {}

Injector::~Injector() { liftAll(); }

void Injector::start() { end_.start(); }

void Injector::liftAll() {
  for (auto& [id, made] : devices_) {
    if (made.device) made.device->lift();
  }
}

void Injector::onUp(const link::Peer& peer) {
  log_.info("{} is at the other end of {}", peer.name, end_.name());
  keepTimer_.cancel();
  // It may be another machine, or the same after events that never came.
  liftAll();
  for (auto& [id, made] : devices_) {
    made.confirmed = false;
    if (made.device) made.device->resume();
  }
}

void Injector::onDown(const std::string& words) {
  log_.info("{}: {}", end_.name(), words);
  liftAll();
  for (auto& [id, made] : devices_) made.confirmed = false;
  keepTimer_ = context_.loop.after(kKeep, [this] { dropUnconfirmed(); });
}

// Nothing is lost when the line comes back: what is still held at the other end is held again then.
void Injector::onQuiet(bool quiet) {
  if (quiet) log_.info("{}: no sign of life, everything is lifted", end_.name());
  for (auto& [id, made] : devices_) {
    if (!made.device) continue;
    if (quiet) {
      made.device->pause();
    } else {
      made.device->resume();
    }
  }
}

void Injector::onRefused(const std::string& words) { log_.warning("{}: {}", end_.name(), words); }

void Injector::dropUnconfirmed() {
  std::erase_if(devices_, [](const auto& entry) { return !entry.second.confirmed; });
}

void Injector::onMessage(link::Channel channel, base::Bytes untrusted) {
  if (channel != link::Channel::Input) return;
  const auto parsed = message::parse(untrusted);
  if (!parsed) {
    ++refused_;
    limited_.warning("{}: {}", end_.name(), parsed.error().message);
    return;
  }
  if (const auto* frame = std::get_if<message::Frame>(&*parsed)) return on(*frame);
  if (const auto* device = std::get_if<message::Device>(&*parsed)) return on(*device);
  if (const auto* gone = std::get_if<message::Gone>(&*parsed)) return on(*gone);
  if (const auto* ready = std::get_if<message::Ready>(&*parsed)) return on(*ready);
}

void Injector::on(const message::Device& device) {
  Made& made = devices_[device.id];
  made.confirmed = true;
  if (made.device && made.told == device.description) {
    made.device->lift();
    return;
  }
  made.told = device.description;
  made.device.reset();
  made.openTimer.cancel();
  Description allowed = allowedPart(device.description, options_.allowed);
  allowed.name = allowed.name.substr(0, kMaxNameBytes - std::min(options_.suffix.size(), kMaxNameBytes)) +
                 options_.suffix.substr(0, kMaxNameBytes);
  if (kindsOf(allowed).empty()) {
    ++refused_;
    limited_.warning("\"{}\" ({}) is not allowed here", allowed.name,
                     wordsFor(kindsOf(device.description)));
    return;
  }
  auto created = VirtualDevice::create(
      allowed, make_, [this, id = device.id](std::uint16_t lights) {
        if (!options_.leds) return;
        std::vector<std::uint8_t> bytes;
        message::encode(message::Leds{id, lights}, bytes);
        end_.send(link::Channel::Input, bytes);
      });
  if (!created) {
    limited_.warning("{}", created.error().message);
    return;
  }
  log_.info("made \"{}\" ({})", allowed.name, wordsFor(kindsOf(allowed)));
  made.device = std::move(*created);
  made.openTimer = context_.loop.after(kOpenWait, [d = made.device.get()] { d->stopWaiting(); });
}

void Injector::on(const message::Gone& gone) { devices_.erase(gone.id); }

void Injector::on(const message::Frame& frame) {
  const auto found = devices_.find(frame.id);
  if (found == devices_.end() || !found->second.device || !found->second.confirmed) {
    ++refused_;
    return;
  }
  ++frames_;
  found->second.device->take(frame.events);
}

void Injector::on(const message::Ready&) { dropUnconfirmed(); }

}  // namespace lucarne::input
