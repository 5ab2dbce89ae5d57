// SPDX-License-Identifier: Apache-2.0
// Copied text between a program in the guest and us, through a real server.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "tests/display-relay/x11/x11_bench.h"

namespace lucarne::relay {
namespace {

using std::chrono::milliseconds;
using surface::ClipboardWays;
using testing::ElementsAre;
using testing::IsEmpty;

// A program that copies and pastes as toolkits do (ICCCM, 2).
class Copier {
 public:
  explicit Copier(test::XGuest& guest)
      : guest_(guest),
        clipboard_(guest.atom("CLIPBOARD")),
        utf8_(guest.atom("UTF8_STRING")),
        targets_(guest.atom("TARGETS")),
        incr_(guest.atom("INCR")),
        place_(guest.atom("COPIER_PLACE")) {
    guest_.openWindow({0, 0, 10, 10});
  }
  ~Copier() { guest_.closeWindow(); }

  /// `piece`: bytes sent at once; 0: all of it.
  void copy(std::string text, std::size_t piece = 0) {
    text_ = std::move(text);
    piece_ = piece;
    xcb_set_selection_owner(guest_.get(), guest_.window(), clipboard_, XCB_CURRENT_TIME);
    guest_.sync();
  }
  void paste(bool asksWhatThereIs = false) {
    pasted_.clear();
    answered_ = false;
    xcb_convert_selection(guest_.get(), guest_.window(), clipboard_, asksWhatThereIs ? targets_ : utf8_,
                          place_, XCB_CURRENT_TIME);
    guest_.sync();
  }
  /// Does what is to be done by now.
  void turn() {
    for (const auto& event : guest_.events()) {
      const int type = event->response_type & 0x7f;
      if (type == XCB_SELECTION_REQUEST) {
        give(reinterpret_cast<const xcb_selection_request_event_t&>(*event));
      } else if (type == XCB_PROPERTY_NOTIFY) {
        goOn(reinterpret_cast<const xcb_property_notify_event_t&>(*event));
      } else if (type == XCB_SELECTION_NOTIFY) {
        take(reinterpret_cast<const xcb_selection_notify_event_t&>(*event));
      }
    }
  }

  bool answered_ = false;
  bool refused_ = false;
  std::string pasted_;  // as bytes, whatever it is
  int requests_ = 0;    // for what we copied

 private:
  void give(const xcb_selection_request_event_t& request) {
    ++requests_;
    if (piece_ == 0) {
      put(request.requestor, request.property, text_);
    } else {
      const auto size = static_cast<std::uint32_t>(text_.size());
      const std::uint32_t events = XCB_EVENT_MASK_PROPERTY_CHANGE;
      xcb_change_window_attributes(guest_.get(), request.requestor, XCB_CW_EVENT_MASK, &events);
      xcb_change_property(guest_.get(), XCB_PROP_MODE_REPLACE, request.requestor, request.property,
                          incr_, 32, 1, &size);
      receiver_ = request.requestor;
      receiverPlace_ = request.property;
    }
    char bytes[32] = {};
    xcb_selection_notify_event_t answer{};
    answer.response_type = XCB_SELECTION_NOTIFY;
    answer.requestor = request.requestor;
    answer.selection = request.selection;
    answer.target = request.target;
    answer.property = request.property;
    std::memcpy(bytes, &answer, sizeof answer);
    xcb_send_event(guest_.get(), false, request.requestor, 0, bytes);
    guest_.sync();
  }
  // The last piece was taken: the next one, and an empty one at the end.
  void goOn(const xcb_property_notify_event_t& event) {
    if (event.window != receiver_ || event.state != XCB_PROPERTY_DELETE) return;
    const std::string next = text_.substr(0, piece_);
    text_.erase(0, next.size());
    put(receiver_, receiverPlace_, next);
    if (next.empty()) receiver_ = XCB_NONE;
    guest_.sync();
  }
  void put(xcb_window_t window, xcb_atom_t property, const std::string& text) {
    xcb_change_property(guest_.get(), XCB_PROP_MODE_REPLACE, window, property, utf8_, 8,
                        static_cast<std::uint32_t>(text.size()), text.data());
  }
  void take(const xcb_selection_notify_event_t& event) {
    answered_ = true;
    refused_ = event.property == XCB_NONE;
    if (refused_) return;
    const test::XReply<xcb_get_property_reply_t> reply(xcb_get_property_reply(
        guest_.get(),
        xcb_get_property(guest_.get(), true, guest_.window(), place_, XCB_GET_PROPERTY_TYPE_ANY, 0, 1 << 20),
        nullptr));
    if (!reply) return;
    pasted_.assign(static_cast<const char*>(xcb_get_property_value(reply.get())),
                   static_cast<std::size_t>(xcb_get_property_value_length(reply.get())));
  }

  test::XGuest& guest_;
  const xcb_atom_t clipboard_;
  const xcb_atom_t utf8_;
  const xcb_atom_t targets_;
  const xcb_atom_t incr_;
  const xcb_atom_t place_;
  std::string text_;
  std::size_t piece_ = 0;
  xcb_window_t receiver_ = XCB_NONE;
  xcb_atom_t receiverPlace_ = XCB_NONE;
};

class X11Clipboard : public test::WithXvfb {
 protected:
  void SetUp() override {
    WithXvfb::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    copier_.emplace(*guest_);
  }
  void TearDown() override { copier_.reset(); }
  void beginAllowing(ClipboardWays ways) {
    screen_.allowClipboard(ways);
    begin();
  }
  xcb_window_t owner() {
    const test::XReply<xcb_get_selection_owner_reply_t> reply(xcb_get_selection_owner_reply(
        guest_->get(), xcb_get_selection_owner(guest_->get(), guest_->atom("CLIPBOARD")), nullptr));
    return reply->owner;
  }
  bool offered(const std::string& text) {
    screen_.offerClipboard(text);
    return until([&] { return owner() != XCB_NONE && owner() != guest_->window(); });
  }
  bool copied(std::size_t count) {
    return until([&] {
      copier_->turn();
      return sink_.copied.size() >= count;
    });
  }
  bool pasted() {
    return until([&] {
      copier_->turn();
      return copier_->answered_;
    });
  }

  std::optional<Copier> copier_;
};

TEST_F(X11Clipboard, PassesWhatIsCopiedInTheGuest) {
  beginAllowing(ClipboardWays::GuestToKiosk);

  copier_->copy("Grüße aus dem Dach");
  ASSERT_TRUE(copied(1));
  copier_->copy("two\r\nlines");
  ASSERT_TRUE(copied(2));

  EXPECT_THAT(sink_.copied, ElementsAre("Grüße aus dem Dach", "two\nlines"));
}

TEST_F(X11Clipboard, PassesWhatComesInPieces) {
  beginAllowing(ClipboardWays::Both);
  std::string text;
  while (text.size() < surface::kMaxClipboardBytes) text += static_cast<char>('a' + text.size() % 23);

  copier_->copy(text, 5000);

  ASSERT_TRUE(copied(1));
  EXPECT_EQ(sink_.copied.at(0), text);
}

TEST_F(X11Clipboard, TakesTooMuchToItsEndAndPassesNothingOfIt) {
  beginAllowing(ClipboardWays::Both);

  copier_->copy(std::string(1'000'000, 'x'), 100'000);
  pass(milliseconds(20));
  copier_->copy(std::string(600'000, 'y'));
  copier_->copy("small again");

  ASSERT_TRUE(copied(1));
  EXPECT_THAT(sink_.copied, ElementsAre("small again"));
}

TEST_F(X11Clipboard, GivesTheGuestWhatWasCopiedOutside) {
  beginAllowing(ClipboardWays::KioskToGuest);
  const std::string text(surface::kMaxClipboardBytes, 'k');

  ASSERT_TRUE(offered(text));
  copier_->paste();

  ASSERT_TRUE(pasted());
  EXPECT_EQ(copier_->pasted_, text);
}

TEST_F(X11Clipboard, SaysWhatItHas) {
  beginAllowing(ClipboardWays::KioskToGuest);
  ASSERT_TRUE(offered("text"));

  copier_->paste(true);

  ASSERT_TRUE(pasted());
  std::vector<xcb_atom_t> targets(copier_->pasted_.size() / 4);
  std::memcpy(targets.data(), copier_->pasted_.data(), targets.size() * 4);
  EXPECT_THAT(targets, testing::IsSupersetOf({guest_->atom("TARGETS"), guest_->atom("UTF8_STRING")}));
}

TEST_F(X11Clipboard, TheNewestCounts) {
  beginAllowing(ClipboardWays::Both);
  ASSERT_TRUE(offered("outside"));

  copier_->copy("inside");

  ASSERT_TRUE(copied(1));
  EXPECT_THAT(sink_.copied, ElementsAre("inside"));
}

TEST_F(X11Clipboard, AsksForNothingThatMayNotPass) {
  beginAllowing(ClipboardWays::KioskToGuest);
  copier_->copy("secret");
  ASSERT_TRUE(offered("outside"));
  copier_->paste();
  ASSERT_TRUE(pasted());

  EXPECT_EQ(copier_->pasted_, "outside");
  EXPECT_EQ(copier_->requests_, 0);
  EXPECT_THAT(sink_.copied, IsEmpty());
}

TEST_F(X11Clipboard, OwnsNothingWhereNothingMayPass) {
  beginAllowing(ClipboardWays::None);
  copier_->copy("secret");
  screen_.offerClipboard("outside");
  pass(milliseconds(30));
  copier_->turn();

  EXPECT_EQ(owner(), guest_->window());
  EXPECT_EQ(copier_->requests_, 0);
  EXPECT_THAT(sink_.copied, IsEmpty());
}

}  // namespace
}  // namespace lucarne::relay
