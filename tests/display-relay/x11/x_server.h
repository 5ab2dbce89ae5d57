// SPDX-License-Identifier: Apache-2.0
// A real X server that a test starts on a display of its own, and a program that talks to it: the guest.
#pragma once

#include <unistd.h>
#include <xcb/xcb.h>
#include <xcb/xfixes.h>
#include <xcb/xtest.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/c_handle.h"
#include "surface/frame.h"
#include "surface/geometry.h"
#include "tests/support/child_program.h"

namespace lucarne::test {

/// Xvfb, or Xvnc with the same words; it tells its number when it listens.
class XServer {
 public:
  enum class Number { FirstFree, OfThisProcess };

  /// `words`: "Xvfb -screen 0 640x480x24". One that is to come back takes a number that nobody else does
  /// while it is away.
  explicit XServer(std::string words, Number number = Number::FirstFree) : words_(std::move(words)) {
    // Above those of other tests, below what a port of TCP could be.
    constexpr int kFirst = 21'000;
    start(number == Number::FirstFree ? "" : ":" + std::to_string(kFirst + ::getpid() % 30'000) + " ");
  }

  bool runs() const { return !number_.empty(); }
  const std::string& number() const { return number_; }
  std::string display() const { return ":" + number_; }
  void signal(int which) const { program_->signal(which); }
  void kill() {
    program_->signal(SIGKILL);
    program_->wait();
    program_.reset();
    ::unlink(("/tmp/.X11-unix/X" + number_).c_str());
    ::unlink(("/tmp/.X" + number_ + "-lock").c_str());
  }
  /// Again with the same number, after `kill`.
  void restart() { start(display() + " "); }

  ~XServer() {
    if (!program_) return;
    program_->signal(SIGCONT);
    program_->signal(SIGTERM);  // it removes its socket
    program_->wait();
  }

 private:
  void start(const std::string& display) {
    const auto space = words_.find(' ');
    program_ = std::make_unique<ChildProgram>(std::vector<std::string>{
        "sh", "-c",
        "exec " + words_.substr(0, space) + " " + display + words_.substr(space) +
            " -displayfd 1 -nolisten tcp -noreset 2>/dev/null"});
    constexpr int kPatience = 30'000;  // milliseconds, on a busy machine
    number_ = program_->line(kPatience);
  }

  std::string words_;
  std::unique_ptr<ChildProgram> program_;
  std::string number_;
};

template <typename T>
using XReply = base::CHandle<T, std::free>;

/// A program in the guest: a window, drawing, events.
class XGuest {
 public:
  explicit XGuest(const XServer& server)
      : connection_(xcb_connect(server.display().c_str(), nullptr)) {
    const xcb_screen_t* screen = xcb_setup_roots_iterator(xcb_get_setup(get())).data;
    root_ = screen->root;
    gc_ = xcb_generate_id(get());
    xcb_create_gc(get(), gc_, root_, 0, nullptr);
  }

  xcb_connection_t* get() const { return connection_.get(); }
  xcb_window_t root() const { return root_; }
  xcb_window_t window() const { return window_; }

  void fill(const surface::Rect& r, std::uint32_t colour, xcb_drawable_t where = XCB_NONE) {
    const xcb_rectangle_t rectangle{static_cast<std::int16_t>(r.x), static_cast<std::int16_t>(r.y),
                                    static_cast<std::uint16_t>(r.width),
                                    static_cast<std::uint16_t>(r.height)};
    xcb_change_gc(get(), gc_, XCB_GC_FOREGROUND, &colour);
    xcb_poly_fill_rectangle(get(), where ? where : root_, gc_, 1, &rectangle);
    sync();
  }
  /// A window that hears keys, buttons and motion, with the focus.
  void openWindow(const surface::Rect& r) {
    window_ = xcb_generate_id(get());
    const std::uint32_t values[] = {
        1, XCB_EVENT_MASK_KEY_PRESS | XCB_EVENT_MASK_KEY_RELEASE | XCB_EVENT_MASK_BUTTON_PRESS |
               XCB_EVENT_MASK_BUTTON_RELEASE | XCB_EVENT_MASK_POINTER_MOTION |
               XCB_EVENT_MASK_PROPERTY_CHANGE};
    xcb_create_window(get(), XCB_COPY_FROM_PARENT, window_, root_, static_cast<std::int16_t>(r.x),
                      static_cast<std::int16_t>(r.y), static_cast<std::uint16_t>(r.width),
                      static_cast<std::uint16_t>(r.height), 0, XCB_WINDOW_CLASS_INPUT_OUTPUT,
                      XCB_COPY_FROM_PARENT, XCB_CW_OVERRIDE_REDIRECT | XCB_CW_EVENT_MASK, values);
    xcb_map_window(get(), window_);
    xcb_set_input_focus(get(), XCB_INPUT_FOCUS_NONE, window_, XCB_CURRENT_TIME);
    sync();
  }
  void closeWindow() {
    xcb_destroy_window(get(), window_);
    sync();
  }
  /// All that was heard by now.
  std::vector<XReply<xcb_generic_event_t>> events() {
    std::vector<XReply<xcb_generic_event_t>> all;
    while (auto* event = xcb_poll_for_event(get())) all.emplace_back(event);
    return all;
  }
  /// The server has done everything.
  void sync() {
    XReply<xcb_get_input_focus_reply_t>(
        xcb_get_input_focus_reply(get(), xcb_get_input_focus(get()), nullptr));
  }
  /// What the server shows: rows without gaps.
  std::vector<std::uint32_t> screenshot(surface::Size size) {
    const XReply<xcb_get_image_reply_t> image(xcb_get_image_reply(
        get(),
        xcb_get_image(get(), XCB_IMAGE_FORMAT_Z_PIXMAP, root_, 0, 0,
                      static_cast<std::uint16_t>(size.width),
                      static_cast<std::uint16_t>(size.height), ~0U),
        nullptr));
    if (!image) return {};
    const auto* pixels = reinterpret_cast<const std::uint32_t*>(xcb_get_image_data(image.get()));
    return {pixels, pixels + xcb_get_image_data_length(image.get()) / 4};
  }
  surface::GuestPoint pointer() {
    const XReply<xcb_query_pointer_reply_t> reply(
        xcb_query_pointer_reply(get(), xcb_query_pointer(get(), root_), nullptr));
    return {reply->root_x, reply->root_y};
  }
  bool somethingIsHeld() {
    const XReply<xcb_query_keymap_reply_t> keys(
        xcb_query_keymap_reply(get(), xcb_query_keymap(get()), nullptr));
    const XReply<xcb_query_pointer_reply_t> reply(
        xcb_query_pointer_reply(get(), xcb_query_pointer(get(), root_), nullptr));
    for (const std::uint8_t byte : keys->keys) {
      if (byte) return true;
    }
    return (reply->mask & 0x1f00) != 0;
  }
  xcb_atom_t atom(const std::string& name) {
    const XReply<xcb_intern_atom_reply_t> reply(xcb_intern_atom_reply(
        get(),
        xcb_intern_atom(get(), false, static_cast<std::uint16_t>(name.size()), name.data()), nullptr));
    return reply->atom;
  }

 private:
  base::CHandle<xcb_connection_t, xcb_disconnect> connection_;
  xcb_window_t root_ = XCB_NONE;
  xcb_window_t window_ = XCB_NONE;
  xcb_gcontext_t gc_ = XCB_NONE;
};

}  // namespace lucarne::test
