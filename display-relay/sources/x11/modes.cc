// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/x11/modes.h"

#include <algorithm>
#include <utility>

namespace lucarne::relay::x11 {

namespace {

// A machine has a few; more is a mistake or a lie.
constexpr std::size_t kMostOutputs = 16;

// Whether the lists that a reply counts up are in it: XCB counts on that.
template <typename Reply>
bool holds(const Reply& reply, std::size_t listBytes) {
  constexpr std::size_t kShortestReply = 32;
  return sizeof(Reply) + listBytes <= kShortestReply + std::size_t{reply.length} * 4;
}

}  // namespace

void Modes::want(surface::Size size) {
  if (wish_) {
    next_ = size;
    return;
  }
  wish_ = size;
  server_.expect<xcb_randr_get_screen_resources_current_reply_t>(
      xcb_randr_get_screen_resources_current(server_.get(), root_),
      [this](const xcb_randr_get_screen_resources_current_reply_t* reply) {
        if (reply) return askOutputs(*reply);
        over("the X server does not tell its modes");
      });
  server_.flush();
}

void Modes::askOutputs(const xcb_randr_get_screen_resources_current_reply_t& resources) {
  if (!holds(resources, std::size_t{resources.num_crtcs} * 4 + std::size_t{resources.num_outputs} * 4 +
                            std::size_t{resources.num_modes} * sizeof(xcb_randr_mode_info_t))) {
    return over("the X server's list of modes is damaged");
  }
  configured_ = resources.config_timestamp;
  modes_.clear();
  const xcb_randr_mode_info_t* modes = xcb_randr_get_screen_resources_current_modes(&resources);
  for (int i = 0; i < resources.num_modes; ++i) {
    modes_.push_back({modes[i].id, {modes[i].width, modes[i].height}});
  }
  inUse_ = 0;
  unanswered_ = std::min<std::size_t>(resources.num_outputs, kMostOutputs);
  if (unanswered_ == 0) return over("the X server has no output");
  const xcb_randr_output_t* outputs = xcb_randr_get_screen_resources_current_outputs(&resources);
  for (std::size_t i = 0; i < unanswered_; ++i) {
    server_.expect<xcb_randr_get_output_info_reply_t>(
        xcb_randr_get_output_info(server_.get(), outputs[i], configured_),
        [this, output = outputs[i]](const xcb_randr_get_output_info_reply_t* reply) {
          onOutput(output, reply);
        });
  }
  server_.flush();
}

void Modes::onOutput(xcb_randr_output_t output, const xcb_randr_get_output_info_reply_t* reply) {
  if (reply && reply->crtc != XCB_NONE &&
      holds(*reply, std::size_t{reply->num_crtcs} * 4 + std::size_t{reply->num_modes} * 4)) {
    ++inUse_;
    output_ = output;
    crtc_ = reply->crtc;
    const xcb_randr_mode_t* modes = xcb_randr_get_output_info_modes(reply);
    itsModes_.assign(modes, modes + reply->num_modes);
  }
  if (--unanswered_ > 0) return;
  if (inUse_ != 1) return over("the X server's outputs in use are not one");
  askPresent();
}

void Modes::askPresent() {
  server_.expect<xcb_randr_get_crtc_info_reply_t>(
      xcb_randr_get_crtc_info(server_.get(), crtc_, configured_),
      [this](const xcb_randr_get_crtc_info_reply_t* reply) {
        if (reply) return choose(*reply);
        over("the X server does not tell its mode");
      });
  server_.flush();
}

void Modes::choose(const xcb_randr_get_crtc_info_reply_t& present) {
  constexpr std::uint16_t kOnItsSide = XCB_RANDR_ROTATION_ROTATE_90 | XCB_RANDR_ROTATION_ROTATE_270;
  surface::Size size = *wish_;
  if (present.rotation & kOnItsSide) std::swap(size.width, size.height);
  const auto fits = [&](const Mode& mode) {
    return mode.size == size &&
           std::find(itsModes_.begin(), itsModes_.end(), mode.id) != itsModes_.end();
  };
  const auto mode = std::find_if(modes_.begin(), modes_.end(), fits);
  if (mode == modes_.end()) return over("the X server has no mode of that size");
  if (mode->id != present.mode) setMode(*mode, present.rotation);
  over(nullptr);
}

// A mode must fit into the screen: the output is off while that changes. The mode is one that the output
// has, so that it comes on again.
void Modes::setMode(const Mode& mode, std::uint16_t rotation) {
  xcb_connection_t* c = server_.get();
  constexpr int kDotsPerInch = 96;
  const auto millimetres = [](int pixels) {
    return static_cast<std::uint32_t>(pixels * 254 / (10 * kDotsPerInch));
  };
  const auto configure = [&](xcb_randr_mode_t to, std::uint32_t outputs) {
    const auto cookie = xcb_randr_set_crtc_config(c, crtc_, XCB_CURRENT_TIME, configured_, 0, 0, to,
                                                  rotation, outputs, &output_);
    xcb_discard_reply(c, cookie.sequence);
  };
  xcb_grab_server(c);  // nobody sees what is between
  configure(XCB_NONE, 0);
  xcb_randr_set_screen_size(c, root_, static_cast<std::uint16_t>(wish_->width),
                            static_cast<std::uint16_t>(wish_->height), millimetres(wish_->width),
                            millimetres(wish_->height));
  configure(mode.id, 1);
  xcb_ungrab_server(c);
  server_.flush();
}

// Words: why the size stays as it is; null: it changes.
void Modes::over(const char* words) {
  const surface::Size wish = *std::exchange(wish_, std::nullopt);
  if (words) log_.warning("{}: no picture of {}x{}", words, wish.width, wish.height);
  if (const auto next = std::exchange(next_, std::nullopt)) {
    if (*next != wish) want(*next);
  }
}

}  // namespace lucarne::relay::x11
