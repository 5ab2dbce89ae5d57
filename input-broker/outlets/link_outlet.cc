// SPDX-License-Identifier: Apache-2.0
// link+TRANSPORT — every device with its own events to `lucarne-input inject` at the other end.
//
// Frames are pulled when the line has room. As long as it drains, each goes out as it was; when
// more than kMostWaiting are waiting, they are all forgotten and the other end is brought up to date
// by the difference between what it was told and what is.
#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "input-broker/messages.h"
#include "input-broker/outlet.h"
#include "link/link_end.h"

namespace lucarne::input {

namespace {

/// A burst of a second of a 1000 Hz mouse and ten fingers passes whole; a line that has stood for
/// longer has nothing to say about the past.
constexpr std::size_t kMostWaiting = 4096;

class LinkOutlet final : public Outlet, private link::LinkListener, private link::Feed {
 public:
  LinkOutlet(const OutletRule& rule, std::string_view transport, Broker& broker,
             const base::Context& context)
      : rule_(rule),
        broker_(broker),
        context_(context),
        log_(context.log.named("link")),
        limited_(log_, context.clock),
        end_(link::createTransport(transport, context),
             {.role = link::Role::Panel, .name = "lucarne-input"}, *this, context) {}
  ~LinkOutlet() override { end_.setFeed(link::Channel::Input, nullptr); }

  // The other outlets do not wait for a line that is not there yet.
  void start() override { end_.startPatiently(); }

  void onAdded(const Device& device) override {
    if (!device.kinds.any(rule_.kinds)) return;
    Told told{.description = device.description, .told = DeviceState(device.description)};
    told.lastFrame = context_.clock.now();
    devices_.insert_or_assign(device.id, std::move(told));
    if (end_.isUp()) queue(message::Device{static_cast<std::uint8_t>(device.id), device.description});
  }

  void onRemoved(const Device& device) override {
    if (devices_.erase(device.id) == 0 || !end_.isUp()) return;
    // Frames of it that wait are before this; a device that takes its number comes after.
    queue(message::Gone{static_cast<std::uint8_t>(device.id)});
  }

  void onFrame(const Device& device, const RawFrame& frame) override {
    const auto found = devices_.find(device.id);
    if (found == devices_.end() || !end_.isUp()) return;
    Told& told = found->second;
    unsent_ = true;
    if (behind_) return;
    const std::int64_t us = base::toMicroseconds(frame.time - told.lastFrame);
    told.lastFrame = frame.time;
    message::Frame out{static_cast<std::uint8_t>(device.id),
                       static_cast<std::uint32_t>(std::clamp<std::int64_t>(us, 0, UINT32_MAX)), {}};
    out.events.assign(frame.events.begin(),
                      frame.events.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                 frame.events.size(), message::kMaxFrameEvents)));
    waiting_.push_back(std::move(out));
    bound();
  }

  void onRead() override {
    if (std::exchange(unsent_, false)) end_.flushFeed(link::Channel::Input);
  }

  std::string stats() const override {
    return fmt::format("\"outlet\":\"link\",\"line\":\"{}\",\"up\":{},\"frames\":{},\"catchups\":{},"
                       "\"waiting\":{},\"resent\":{}",
                       end_.name(), end_.isUp(), frames_, catchups_, waiting_.size(),
                       end_.stats().framesResent);
  }

 private:
  struct Told {
    Description description;
    DeviceState told;  // what the other end knows
    base::TimePoint lastFrame{};
  };

  void queue(message::Message message) {
    waiting_.push_back(std::move(message));
    bound();
    end_.feedReady(link::Channel::Input);
  }

  void bound() {
    if (waiting_.size() <= kMostWaiting) return;
    behind_ = true;
    ++catchups_;
    keepStructure();
  }

  // Devices that came and went are told in any case; what they reported meanwhile is not.
  void keepStructure() {
    std::erase_if(waiting_, [](const message::Message& m) {
      return std::holds_alternative<message::Frame>(m);
    });
    if (waiting_.size() <= kMostWaiting / 2) return;
    // Somebody plugs devices faster than the line tells: say anew what there is.
    waiting_.clear();
    tellAll();
  }

  void tellAll() {
    waiting_.push_back(message::Hello{});
    for (auto& [id, told] : devices_) {
      told.told = DeviceState(told.description);
      waiting_.push_back(message::Device{static_cast<std::uint8_t>(id), told.description});
    }
    waiting_.push_back(message::Ready{});
    behind_ = true;  // and then what is held
  }

  // ---- the line ---------------------------------------------------------------------------------

  void onUp(const link::Peer& peer) override {
    log_.info("{} is at the other end of {}", peer.name, end_.name());
    waiting_.clear();
    tellAll();
    end_.setFeed(link::Channel::Input, this);
    end_.feedReady(link::Channel::Input);
  }
  void onDown(const std::string& words) override {
    log_.info("{}: {}", end_.name(), words);
    waiting_.clear();
    behind_ = false;
  }
  void onRefused(const std::string& words) override { log_.warning("{}: {}", end_.name(), words); }

  void onMessage(link::Channel channel, base::Bytes untrusted) override {
    if (channel != link::Channel::Input) return;
    const auto message = message::parse(untrusted);
    if (!message) {
      limited_.warning("{}: {}", end_.name(), message.error().message);
      return;
    }
    const auto* leds = std::get_if<message::Leds>(&*message);
    if (leds && rule_.leds && devices_.contains(leds->id)) broker_.setLeds(leds->id, leds->lights);
  }

  // ---- what goes next ---------------------------------------------------------------------------

  bool nextPiece(std::size_t maxBytes, std::vector<std::uint8_t>& out) override {
    if (waiting_.empty() && behind_) catchUp();
    if (waiting_.empty()) return false;
    // A frame that is larger than this line's pieces goes in parts: the other end sees several
    // frames, in order.
    if (auto* frame = std::get_if<message::Frame>(&waiting_.front())) {
      const std::size_t most = (maxBytes - 8) / 7;
      if (frame->events.size() > most) return partOf(*frame, most, out);
      note(*frame);
      ++frames_;
    } else if (descriptionBytes(waiting_.front()) > maxBytes) {
      // Too long for a piece: as a message, which the session takes apart and sends before it asks
      // again.
      std::vector<std::uint8_t> whole;
      message::encode(waiting_.front(), whole);
      if (end_.send(link::Channel::Input, whole)) waiting_.pop_front();
      again_ = context_.loop.after({}, [this] { end_.feedReady(link::Channel::Input); });
      return false;
    }
    message::encode(waiting_.front(), out);
    waiting_.pop_front();
    return true;
  }

  static std::size_t descriptionBytes(const message::Message& message) {
    std::vector<std::uint8_t> bytes;
    message::encode(message, bytes);
    return bytes.size();
  }

  bool partOf(message::Frame& frame, std::size_t most, std::vector<std::uint8_t>& out) {
    message::Frame part{frame.id, frame.sinceLastUs, {}};
    const auto end = frame.events.begin() + static_cast<std::ptrdiff_t>(most);
    part.events.assign(frame.events.begin(), end);
    frame.events.erase(frame.events.begin(), end);
    frame.sinceLastUs = 0;
    note(part);
    message::encode(part, out);
    return true;
  }

  void note(const message::Frame& frame) {
    const auto found = devices_.find(frame.id);
    if (found != devices_.end()) found->second.told.note(frame.events);
  }

  void catchUp() {
    behind_ = false;
    for (const Device* device : broker_.devices()) {
      const auto found = devices_.find(device->id);
      if (found == devices_.end()) continue;
      for (auto& events : found->second.told.eventsTo(broker_.stateOf(*device))) {
        waiting_.push_back(message::Frame{static_cast<std::uint8_t>(device->id), 0, std::move(events)});
      }
      found->second.lastFrame = context_.clock.now();
    }
  }

  OutletRule rule_;
  Broker& broker_;
  base::Context context_;
  base::Log log_;
  base::LimitedLog limited_;
  std::map<int, Told> devices_;
  std::deque<message::Message> waiting_;
  bool behind_ = false;  // after what waits, tell the difference
  bool unsent_ = false;  // frames of the read that is going on
  std::uint64_t frames_ = 0;
  std::uint64_t catchups_ = 0;
  base::Timer again_;
  link::LinkEnd end_;
};

std::unique_ptr<Outlet> create(const OutletRule& rule, std::string_view rest, Broker& broker,
                               const base::Context& context) {
  return std::make_unique<LinkOutlet>(rule, rest, broker, context);
}

}  // namespace

extern const OutletRow linkOutlet;
const OutletRow linkOutlet{"link", "link+TRANSPORT",
                           "every device's own events, to lucarne-input inject", create};

}  // namespace lucarne::input
