// SPDX-License-Identifier: Apache-2.0
#include "input-broker/input_broker.h"

#include <glib.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/result.h"

namespace lucarne::input {

struct InputBroker::Used {
  Device device;
  std::unique_ptr<EvdevDevice> evdev;  // empty for touchpads
  DeviceState state;
  Interpreter interpreter;
  std::vector<RawEvent> atStart;
};

InputBroker::InputBroker(Config config, const base::Context& context)
    : config_(std::move(config)),
      context_(context),
      log_(context.log.named("broker")),
      limitedLog_(log_, context.clock),
      finder_(context, config_.seats,
              {[this](const FoundDevice& found) { onFound(found); },
               [this](const std::string& node) { onGone(node); },
               [this](const std::string& node, const RawFrame& frame) {
                 for (auto& [id, used] : used_) {
                   if (used->device.node != node) continue;
                   onFrame(*used, frame);
                   return tellRead();
                 }
               }}) {
  for (const std::string& seat : config_.seats) {
    seats_.emplace(seat, SeatState(config_.panel, config_.rotation));
  }
  for (const OutletRule& rule : config_.outlets) {
    outlets_.push_back(createOutlet(rule, *this, context_));
  }
  std::stable_partition(outlets_.begin(), outlets_.end(),
                        [](const auto& outlet) { return !outlet->tellsStates(); });
  for (const ButtonRule& rule : config_.buttons) {
    if (rule.action != ActionKind::Keyboard) continue;
    toggled_.try_emplace(rule.command, rule.name, rule.command, rule.signal, log_);
  }
}

InputBroker::~InputBroker() = default;

void InputBroker::addOutlet(std::unique_ptr<Outlet> outlet) {
  outlets_.push_back(std::move(outlet));
}

void InputBroker::start() {
  for (const auto& outlet : outlets_) outlet->start();
  finder_.start();
}

// ---- devices --------------------------------------------------------------------------------------

int InputBroker::freeId() const {
  for (int id = 0; id < message::kMaxDevices; ++id) {
    if (!used_.contains(id)) return id;
  }
  return -1;
}

void InputBroker::onFound(const FoundDevice& found) {
  bool use = true;
  Grab grab = Grab::Shared;
  Calibration calibration = found.calibration;
  const auto apply = [&](const DeviceRule& rule, Kinds kinds) {
    if (!rule.name.empty() && !matches(rule.name, found.name)) return;
    if (rule.kind && !kinds.has(*rule.kind)) return;
    use = rule.use.value_or(use);
    grab = rule.grab.value_or(grab);
    calibration = rule.calibration.value_or(calibration);
  };
  // What kind it is shows only when it is open.
  Kinds kinds = Kind::Touchpad;
  std::unique_ptr<EvdevDevice> evdev;
  std::string failure;
  if (!found.touchpad) {
    auto opened = EvdevDevice::open(found.node);
    if (opened) evdev = std::move(*opened);
    if (!opened) failure = opened.error().message;
    kinds = evdev ? kindsOf(evdev->description()) : Kinds();
  }
  for (const DeviceRule& rule : config_.devices) apply(rule, kinds);
  if (!use) {
    refusals_.push_back(fmt::format("{} ({}): not used, says the configuration", found.name, found.node));
    return;
  }
  if (!failure.empty()) return refuse(failure);
  if (evdev && grab == Grab::Exclusive && !evdev->grab()) {
    return refuse(fmt::format("grab {}: another program has it for itself; end it, or set grab = false",
                              found.node));
  }
  auto used = make(found, std::move(evdev), calibration);
  if (!used) return;
  const int id = used->device.id;
  Used& added = *used_.emplace(id, std::move(used)).first->second;
  log_.info("{} ({}): {}", added.device.description.name, found.node, wordsFor(added.device.kinds));
  for (const auto& outlet : outlets_) outlet->onAdded(added.device);
  if (!added.evdev) return;
  // What is held already (a finger, the lid) is told as if it happened now.
  if (!added.atStart.empty()) {
    onFrame(added, {context_.clock.now(), std::exchange(added.atStart, {})});
    tellRead();
  }
  added.evdev->start(context_.loop,
                     {[this, &added](const RawFrame& frame) { onFrame(added, frame); },
                      [this] { tellRead(); },
                      [this, &added] {
                        ++overruns_;
                        limitedLog_.warning("{}: the kernel has dropped events, since nobody read "
                                            "them in time; its state is told",
                                            added.device.description.name);
                      },
                      [this, node = found.node](const std::string& words) {
                        if (!words.empty()) log_.warning("{}: {}", node, words);
                        onGone(node);
                      }});
}

void InputBroker::refuse(const std::string& why) {
  log_.warning("{}", why);
  refusals_.push_back(why);
}

std::unique_ptr<InputBroker::Used> InputBroker::make(const FoundDevice& found,
                                                     std::unique_ptr<EvdevDevice> evdev,
                                                     Calibration calibration) {
  Device device{.id = freeId(), .seat = found.seat, .node = found.node};
  if (device.id < 0) {
    refuse(fmt::format("{}: too many devices", found.name));
    return nullptr;
  }
  std::vector<RawEvent> atStart;
  if (evdev) {
    device.description = evdev->description();
    device.kinds = kindsOf(device.description);
    atStart = evdev->present();
  } else {
    device.description = touchpadAsMouse(found.name, 0, 0);
    device.kinds = Kind::Touchpad;
    device.kinds |= Kind::Pointer;
  }
  DeviceState state(device.description);
  Interpreter interpreter(device.description, calibration, config_.panel);
  return std::unique_ptr<Used>(new Used{std::move(device), std::move(evdev), std::move(state),
                                        std::move(interpreter), std::move(atStart)});
}

void InputBroker::onGone(const std::string& node) {
  for (auto found = used_.begin(); found != used_.end(); ++found) {
    if (found->second->device.node != node) continue;
    const std::unique_ptr<Used> gone = std::move(found->second);
    used_.erase(found);
    log_.info("{} ({}): gone", gone->device.description.name, node);
    lift(*gone);
    for (const auto& outlet : outlets_) outlet->onRemoved(gone->device);
    return;
  }
}

// ---- events ---------------------------------------------------------------------------------------

bool InputBroker::keepsBack(const RawEvent& event) const {
  if (event.type != EV_KEY) return false;
  const ButtonRule* rule = config_.button(event.code);
  return rule && !rule->pass;
}

void InputBroker::onFrame(Used& used, const RawFrame& frame) {
  ++frames_;
  passed_.time = frame.time;
  passed_.events.clear();
  for (const RawEvent& event : frame.events) {
    if (!keepsBack(event)) passed_.events.push_back(event);
  }
  used.state.note(passed_.events);
  if (!passed_.events.empty()) {
    for (const auto& outlet : outlets_) outlet->onFrame(used.device, passed_);
  }
  tellEvents(used, used.interpreter.read(frame.events), frame.time);
}

void InputBroker::tellEvents(Used& used, const std::vector<Event>& events, base::TimePoint time) {
  if (events.empty()) return;
  SeatState& seat = seats_.find(used.device.seat)->second;
  for (const Event& event : events) {
    seat.note(used.device, event);
    if (const auto* key = std::get_if<KeyChanged>(&event)) act(*key);
    for (const auto& outlet : outlets_) outlet->onEvent(used.device, event, time);
  }
  for (const auto& outlet : outlets_) outlet->onFrameEnd(used.device, time);
}

void InputBroker::lift(Used& used) {
  const RawFrame lifting{context_.clock.now(), used.state.lifting()};
  used.state.note(lifting.events);
  if (!lifting.events.empty()) {
    for (const auto& outlet : outlets_) outlet->onFrame(used.device, lifting);
  }
  tellEvents(used, used.interpreter.lift(), lifting.time);
  tellRead();
}

void InputBroker::tellRead() {
  for (const auto& outlet : outlets_) outlet->onRead();
}

// ---- actions --------------------------------------------------------------------------------------

void InputBroker::act(const KeyChanged& key) {
  const ButtonRule* rule = config_.button(key.code);
  if (!rule || rule->action == ActionKind::None || key.transition != Transition::Pressed) return;
  if (rule->action == ActionKind::Run) return runOnce(*rule);
  if (rule->action == ActionKind::Keyboard) return toggled_.find(rule->command)->second.toggle();
  for (const auto& outlet : outlets_) outlet->onAction(rule->action);
}

void InputBroker::runOnce(const ButtonRule& rule) {
  const char* command[] = {"/bin/sh", "-c", rule.command.c_str(), nullptr};
  GError* error = nullptr;
  // GLib reaps it.
  if (!g_spawn_async(nullptr, const_cast<char**>(command), nullptr, G_SPAWN_DEFAULT, nullptr,
                     nullptr, nullptr, &error)) {
    log_.error("button {}: {}: {}", rule.name, rule.command, error->message);
    g_error_free(error);
  }
}

void InputBroker::setLeds(int device, std::uint16_t lights) {
  const auto found = used_.find(device);
  if (found != used_.end() && found->second->evdev) found->second->evdev->setLeds(lights);
}

void InputBroker::setRotation(surface::Rotation rotation) {
  if (std::exchange(config_.rotation, rotation) == rotation) return;
  log_.info("the picture is turned by {} degrees", surface::degrees(rotation));
  for (auto& [name, seat] : seats_) seat.turn(config_.panel, rotation);
  for (const auto& outlet : outlets_) outlet->onScreenChanged();
}

// ---- what outlets ask -----------------------------------------------------------------------------

std::vector<const Device*> InputBroker::devices() const {
  std::vector<const Device*> out;
  for (const auto& [id, used] : used_) out.push_back(&used->device);
  return out;
}

const DeviceState& InputBroker::stateOf(const Device& device) const {
  return used_.at(device.id)->state;
}

const SeatState& InputBroker::seat(std::string_view name) const {
  return seats_.find(std::string(name))->second;
}

// ---- the end --------------------------------------------------------------------------------------

void InputBroker::finish(std::function<void()> done) {
  onFinished_ = std::move(done);
  unfinished_ = outlets_.size() + 1;
  const auto ended = [this] {
    if (--unfinished_ > 0) return;
    if (const auto last = std::exchange(onFinished_, {})) last();
  };
  finishTimer_ = context_.loop.after(kFinishTime, [this] {
    if (const auto last = std::exchange(onFinished_, {})) last();
  });
  for (auto& [id, used] : used_) lift(*used);
  for (const auto& outlet : outlets_) outlet->finish(ended);
  context_.loop.post(ended);
}

std::string InputBroker::stats() const {
  std::string out = fmt::format("{{\"devices\":{},\"frames\":{},\"overruns\":{},\"outlets\":[",
                                used_.size(), frames_, overruns_);
  for (std::size_t i = 0; i < outlets_.size(); ++i) {
    out += fmt::format("{}{{{}}}", i ? "," : "", outlets_[i]->stats());
  }
  return out + "]}";
}

}  // namespace lucarne::input
