// SPDX-License-Identifier: Apache-2.0
// The clipboard on a main channel of the real library that is connected to nothing: the agent's part
// is played by emitting its signals, what is said to the agent is noted.
#include "display-relay/sources/spice/clipboard.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <spice/vd_agent.h>

#include <string>
#include <vector>

#include "base/loop.h"

namespace lucarne::relay::spice {
namespace {

std::vector<std::string> said;  // to the agent
bool agentTakesPart = true;

gboolean testCapability(SpiceMainChannel*, guint32) { return agentTakesPart; }
void grab(SpiceMainChannel*, guint selection, guint32* types, int count) {
  said.push_back("grab " + std::to_string(selection) + " " + std::to_string(types[0]) + " " +
                 std::to_string(count));
}
void request(SpiceMainChannel*, guint selection, guint32 type) {
  said.push_back("request " + std::to_string(selection) + " " + std::to_string(type));
}
void notify(SpiceMainChannel*, guint selection, guint32 type, const guchar* data, size_t size) {
  said.push_back("notify " + std::to_string(selection) + " " + std::to_string(type) + " '" +
                 std::string(reinterpret_cast<const char*>(data), size) + "'");
}

struct Copied : surface::ScreenObserver {
  void onClipboard(const std::string& text) override { texts.push_back(text); }
  std::vector<std::string> texts;
};

class SpiceClipboardTest : public testing::Test {
 protected:
  SpiceClipboardTest() {
    said.clear();
    agentTakesPart = true;
    library_.mainAgentTestCapability = testCapability;
    library_.mainClipboardGrab = grab;
    library_.mainClipboardRequest = request;
    library_.mainClipboardNotify = notify;
    screen_.allowClipboard(surface::ClipboardWays::Both);
    screen_.addObserver(copied_);
    void* loaded = ::dlopen("libspice-client-glib-2.0.so.8", RTLD_NOW | RTLD_NOLOAD);
    const auto newChannel =
        reinterpret_cast<decltype(&spice_channel_new)>(::dlsym(loaded, "spice_channel_new"));
    channel_ = newChannel(session_.get(), SPICE_CHANNEL_MAIN, 0);
    signals_.emplace(channel_, context_);
    clipboard_.emplace(library_, reinterpret_cast<SpiceMainChannel*>(channel_), *signals_, screen_);
    ::dlclose(loaded);
  }
  ~SpiceClipboardTest() override {
    clipboard_.reset();
    signals_.reset();
    library_.channelDisconnect(channel_, SPICE_CHANNEL_NONE);
    library_.sessionDisconnect(session_.get());
    while (loop_.turn(false)) {
    }
    screen_.removeObserver(copied_);
  }

  void agentGrabs(guint selection, std::vector<guint32> types) {
    gboolean taken = FALSE;
    g_signal_emit_by_name(channel_, "main-clipboard-selection-grab", selection, types.data(),
                          static_cast<guint>(types.size()), &taken);
    EXPECT_TRUE(taken);
  }
  void agentSends(guint selection, guint type, const std::string& text) {
    g_signal_emit_by_name(channel_, "main-clipboard-selection", selection, type, text.data(),
                          static_cast<guint>(text.size()));
  }
  void agentAsks(guint selection, guint type) {
    gboolean taken = FALSE;
    g_signal_emit_by_name(channel_, "main-clipboard-selection-request", selection, type, &taken);
    EXPECT_TRUE(taken);
  }

  base::Loop loop_;
  base::RealClock clock_;
  base::Context context_{loop_, clock_, base::Log::discard()};
  Library library_ = Library::load();
  Object<SpiceSession> session_{library_.sessionNew()};
  SpiceChannel* channel_ = nullptr;  // the session's
  surface::Screen screen_;
  Copied copied_;
  std::optional<Signals> signals_;
  std::optional<Clipboard> clipboard_;
};

TEST_F(SpiceClipboardTest, AsksForTextThatTheGuestHasCopied) {
  agentGrabs(0, {VD_AGENT_CLIPBOARD_IMAGE_PNG, VD_AGENT_CLIPBOARD_UTF8_TEXT});
  agentSends(0, VD_AGENT_CLIPBOARD_UTF8_TEXT, "größer\r\nж漢");

  EXPECT_EQ(said, std::vector<std::string>{"request 0 1"});
  EXPECT_EQ(copied_.texts, std::vector<std::string>{"größer\nж漢"});
}

TEST_F(SpiceClipboardTest, TakesNeitherPicturesNorOtherSelectionsNorEndlessText) {
  agentGrabs(0, {VD_AGENT_CLIPBOARD_IMAGE_PNG});
  agentGrabs(VD_AGENT_CLIPBOARD_SELECTION_PRIMARY, {VD_AGENT_CLIPBOARD_UTF8_TEXT});
  agentSends(VD_AGENT_CLIPBOARD_SELECTION_PRIMARY, VD_AGENT_CLIPBOARD_UTF8_TEXT, "marked");
  agentSends(0, VD_AGENT_CLIPBOARD_IMAGE_PNG, "png");
  agentSends(0, VD_AGENT_CLIPBOARD_UTF8_TEXT, std::string(1 << 20, 'x'));
  agentSends(0, VD_AGENT_CLIPBOARD_UTF8_TEXT, "\xff\xfe no text");

  EXPECT_TRUE(said.empty());
  EXPECT_TRUE(copied_.texts.empty());
}

TEST_F(SpiceClipboardTest, GivesWhatWasOfferedWhenTheGuestPastes) {
  clipboard_->offer("from outside");
  agentAsks(0, VD_AGENT_CLIPBOARD_UTF8_TEXT);
  agentAsks(0, VD_AGENT_CLIPBOARD_IMAGE_PNG);

  EXPECT_EQ(said, (std::vector<std::string>{"grab 0 1 1", "notify 0 1 'from outside'",
                                            "notify 0 0 ''"}));
}

TEST_F(SpiceClipboardTest, GivesNothingThatTheGuestHasReplaced) {
  clipboard_->offer("a secret");
  agentGrabs(0, {VD_AGENT_CLIPBOARD_UTF8_TEXT});
  said.clear();
  agentAsks(0, VD_AGENT_CLIPBOARD_UTF8_TEXT);

  EXPECT_EQ(said, std::vector<std::string>{"notify 0 1 ''"});
}

TEST_F(SpiceClipboardTest, SaysNothingToAnAgentThatTakesNoPart) {
  agentTakesPart = false;
  clipboard_->offer("from outside");

  EXPECT_TRUE(said.empty());
}

}  // namespace
}  // namespace lucarne::relay::spice
