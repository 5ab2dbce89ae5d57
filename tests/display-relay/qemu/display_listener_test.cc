// SPDX-License-Identifier: Apache-2.0
// The listener behind a real D-Bus connection, called by a peer that plays QEMU.
#include "display-relay/sources/qemu/display_listener.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/dmabuf.h"

namespace lucarne::relay::qemu {
namespace {

constexpr const char* kPath = "/org/qemu/Display1/Listener";
constexpr const char* kListener = "org.qemu.Display1.Listener";
constexpr const char* kMap = "org.qemu.Display1.Listener.Unix.Map";
constexpr const char* kPlanes = "org.qemu.Display1.Listener.Unix.ScanoutDMABUF2";
constexpr std::uint32_t kXr24 = 0x34325258;  // DRM_FORMAT_XRGB8888

// Memfds stand in for dma-bufs where those are only handed on.
base::Result<std::uint64_t> sizeOfFile(const base::UniqueFd& fd) {
  return static_cast<std::uint64_t>(::lseek(fd.get(), 0, SEEK_END));
}

// A kiosk whose GPU reads the guest's buffer, as long as it likes.
struct Taker : surface::ScreenObserver {
  bool takesDmabuf(const surface::Dmabuf&) override { return true; }
  void onDmabufDamage(const surface::Damage&, const surface::DmabufRead& read) override {
    if (read) reads.push_back(read);
  }
  std::vector<surface::DmabufRead> reads;
};

struct DisplayListenerTest : testing::Test {
  DisplayListenerTest() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    openDbus(base::UniqueFd::adopt(ends[0]), Messages::Delayed, cancel, [this](auto opened) {
      ASSERT_TRUE(opened) << opened.error().message;
      listener.emplace(std::move(*opened), painter, complaints,
                       DisplayListener::Events{[this] { ++disabled; }, [this] { ++incomplete; },
                                               [this] { ++closed; }});
    });
    const Object<GSocket> socket(g_socket_new_from_fd(ends[1], nullptr));
    const Object<GSocketConnection> stream(
        g_socket_connection_factory_create_connection(socket.get()));
    gchar* guid = g_dbus_generate_guid();
    g_dbus_connection_new(
        G_IO_STREAM(stream.get()), guid,
        static_cast<GDBusConnectionFlags>(G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_SERVER |
                                          G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_ALLOW_ANONYMOUS),
        nullptr, nullptr,
        [](GObject*, GAsyncResult* result, gpointer self) {
          static_cast<DisplayListenerTest*>(self)->qemu.reset(
              g_dbus_connection_new_finish(result, nullptr));
        },
        this);
    g_free(guid);
    turnUntil([this] { return qemu && listener; });
  }

  ~DisplayListenerTest() override {
    listener.reset();
    qemu.reset();
    while (loop.turn(false)) {
    }
  }

  template <typename Condition>
  void turnUntil(Condition condition) {
    bool late = false;
    const auto patience = loop.after(std::chrono::seconds(20), [&late] { late = true; });
    while (!late && !condition()) loop.turn(true);
    ASSERT_FALSE(late);
  }

  // The error's words; empty when the call was answered.
  std::string call(const char* interface, const char* method, GVariant* arguments,
                   const base::UniqueFd* fd = nullptr) {
    std::optional<std::string> answer;
    const Object<GUnixFDList> fds = fd ? listOf(*fd) : nullptr;
    callDbus(
        qemu.get(), nullptr, kPath, interface, method, arguments, fds.get(), cancel,
        [&answer](base::Result<Variant> result) { answer = result ? "" : result.error().message; });
    turnUntil([&answer] { return answer.has_value(); });
    return answer.value_or("no answer");
  }

  static GVariant* bytes(const std::vector<std::uint8_t>& data) {
    return g_variant_new_fixed_array(G_VARIANT_TYPE_BYTE, data.data(), data.size(), 1);
  }
  std::string scanout(guint32 width, guint32 height, guint32 stride, std::size_t size,
                      std::uint8_t value) {
    return call(kListener, "Scanout",
                g_variant_new("(uuuu@ay)", width, height, stride, guint32{kPixmanX8R8G8B8},
                              bytes(std::vector<std::uint8_t>(size, value))));
  }

  base::Loop loop;
  base::RealClock clock;
  base::LimitedLog complaints{base::Log::discard(), clock};
  Cancel cancel;
  surface::Screen screen;
  DisplayPainter painter{screen, sizeOfFile};
  std::optional<DisplayListener> listener;
  Object<GDBusConnection> qemu;
  int disabled = 0;
  int incomplete = 0;
  int closed = 0;
};

TEST_F(DisplayListenerTest, ShowsWhatItIsCalledWith) {
  EXPECT_EQ(scanout(4, 2, 16, 32, 0x22), "");
  EXPECT_EQ(call(kListener, "Update",
                 g_variant_new("(iiiiuu@ay)", 1, 1, 1, 1, 4, guint32{kPixmanX8R8G8B8},
                               bytes({7, 0, 0, 0}))),
            "");

  EXPECT_EQ(screen.size(), (surface::Size{4, 2}));
  EXPECT_EQ(screen.picture().at(1, 1), 7u);
  EXPECT_EQ(screen.picture().at(0, 0) & surface::kColourMask, 0x222222u);
  EXPECT_EQ(incomplete, 0);
}

TEST_F(DisplayListenerTest, TellsWhatElseItUnderstands) {
  std::optional<std::string> told;
  callDbus(qemu.get(), nullptr, kPath, "org.freedesktop.DBus.Properties", "Get",
           g_variant_new("(ss)", kListener, "Interfaces"), nullptr, cancel,
           [&told](base::Result<Variant> answer) {
             gchar* text = answer ? g_variant_print(answer->get(), FALSE) : nullptr;
             told = text ? text : "";
             g_free(text);
           });
  turnUntil([&told] { return told.has_value(); });

  EXPECT_NE(told->find(kMap), std::string::npos);
  EXPECT_NE(told->find(kPlanes), std::string::npos);
}

TEST_F(DisplayListenerTest, AnswersNonsenseAndGoesOn) {
  ASSERT_EQ(scanout(2, 2, 8, 16, 1), "");

  EXPECT_EQ(scanout(0xffffffff, 0xffffffff, 0xffffffff, 4, 9), "") << "answered, not obeyed";
  EXPECT_EQ(scanout(2, 2, 8, 15, 9), "");
  EXPECT_EQ(call(kListener, "UpdateDMABUF", g_variant_new("(iiii)", -1, -1, INT32_MAX, INT32_MAX)),
            "");
  EXPECT_EQ(
      call(kListener, "CursorDefine", g_variant_new("(iiii@ay)", -1, 1 << 30, 0, 0, bytes({}))),
      "");
  EXPECT_EQ(call(kListener, "MouseSet", g_variant_new("(iii)", INT32_MIN, INT32_MAX, 1)), "");
  EXPECT_NE(call(kListener, "Scanout", g_variant_new("(s)", "x")), "") << "not its arguments";
  EXPECT_NE(call(kListener, "Nothing", nullptr), "");

  EXPECT_EQ(screen.size(), (surface::Size{2, 2}));
  EXPECT_EQ(scanout(3, 1, 12, 12, 5), "") << "goes on";
  EXPECT_EQ(screen.size(), (surface::Size{3, 1}));
}

TEST_F(DisplayListenerTest, TakesDescriptorsOnlyWhereThereAreSome) {
  EXPECT_EQ(call(kListener, "ScanoutDMABUF",
                 g_variant_new("(huuuutb)", 0, 2, 2, 8, kXr24, guint64{0}, TRUE)),
            "");
  const auto memory = base::createMemfd("no dma-buf", 4096);
  EXPECT_EQ(call(kListener, "ScanoutDMABUF",
                 g_variant_new("(huuuutb)", 0, 2, 2, 8, kXr24, guint64{0}, TRUE), &memory),
            "");
  EXPECT_EQ(call(kListener, "ScanoutDMABUF",
                 g_variant_new("(huuuutb)", 5, 2, 2, 8, kXr24, guint64{0}, TRUE), &memory),
            "");

  EXPECT_FALSE(screen.hasPicture());
}

TEST_F(DisplayListenerTest, ShowsSharedMemory) {
  const auto memory = base::createMemfd("picture", 4096);
  ASSERT_EQ(::fcntl(memory.get(), F_ADD_SEALS, F_SEAL_SHRINK), 0);
  const surface::Pixel pixel = 0x345678;
  ASSERT_EQ(::pwrite(memory.get(), &pixel, 4, 64), 4);

  EXPECT_EQ(call(kMap, "ScanoutMap",
                 g_variant_new("(huuuuu)", 0, 64, 2, 2, 8, guint32{kPixmanX8R8G8B8}), &memory),
            "");

  ASSERT_TRUE(screen.hasPicture());
  EXPECT_EQ(screen.picture().at(0, 0), pixel);
  EXPECT_EQ(painter.words(), "shared memory, mapped and copied");
}

TEST_F(DisplayListenerTest, ShowsSharedMemoryThatIsNotSealedAsQemuMakesIt) {
  const auto memory = base::createMemfd("picture", 4096);
  const surface::Pixel pixel = 0x345678;
  ASSERT_EQ(::pwrite(memory.get(), &pixel, 4, 12), 4);
  ASSERT_EQ(call(kMap, "ScanoutMap",
                 g_variant_new("(huuuuu)", 0, 0, 2, 2, 8, guint32{kPixmanX8R8G8B8}), &memory),
            "");
  ASSERT_TRUE(screen.hasPicture());
  EXPECT_EQ(screen.picture().at(1, 1), pixel);

  const surface::Pixel later = 0x876543;
  ASSERT_EQ(::pwrite(memory.get(), &later, 4, 12), 4);
  EXPECT_EQ(call(kMap, "UpdateMap", g_variant_new("(iiii)", 1, 1, 1, 1)), "");

  EXPECT_EQ(screen.picture().at(1, 1), later);
  EXPECT_EQ(painter.words(), "shared memory, read");
}

// QEMU takes the error for a "no" and sends bytes from then on.
TEST_F(DisplayListenerTest, SaysNoToSharedMemoryThatItCannotRead) {
  const auto memory = base::createMemfd("picture", 4096);
  const auto map = [&](guint32 offset, guint32 width, guint32 height, guint32 stride, guint32 format) {
    return call(kMap, "ScanoutMap",
                g_variant_new("(huuuuu)", 0, offset, width, height, stride, format), &memory);
  };

  EXPECT_NE(map(0, 2, 2, 8, 0x12345678), "") << "an unknown format";
  EXPECT_NE(map(4096 - 15, 2, 2, 8, kPixmanX8R8G8B8), "") << "beyond its end";
  EXPECT_NE(map(0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, kPixmanX8R8G8B8), "");
  EXPECT_NE(call(kMap, "ScanoutMap",
                 g_variant_new("(huuuuu)", 0, 0, 2, 2, 8, guint32{kPixmanX8R8G8B8})),
            "")
      << "no descriptor";

  EXPECT_FALSE(screen.hasPicture());
  EXPECT_EQ(scanout(2, 2, 8, 16, 1), "");
  EXPECT_TRUE(screen.hasPicture());
}

TEST_F(DisplayListenerTest, AnswersAnUpdateOfADmabufWhenNobodyReadsItAnyMore) {
  Taker kiosk;
  screen.addObserver(kiosk);
  const auto memory = base::createMemfd("test", 4096);
  ASSERT_EQ(call(kListener, "ScanoutDMABUF",
                 g_variant_new("(huuuutb)", 0, 16, 8, 64, kXr24, guint64{0}, TRUE), &memory),
            "");
  EXPECT_EQ(painter.words(), "dma-buf import");
  std::optional<std::string> answer;

  callDbus(qemu.get(), nullptr, kPath, kListener, "UpdateDMABUF", g_variant_new("(iiii)", 0, 0, 4, 4),
           nullptr, cancel, [&answer](base::Result<Variant> result) {
             answer = result ? "" : result.error().message;
           });
  ASSERT_EQ(call(kListener, "MouseSet", g_variant_new("(iii)", 1, 1, 1)), "") << "not held up by it";
  ASSERT_EQ(kiosk.reads.size(), 1u);
  EXPECT_FALSE(answer) << "the kiosk still reads";
  kiosk.reads.clear();

  turnUntil([&answer] { return answer.has_value(); });
  EXPECT_EQ(answer, "");
  screen.removeObserver(kiosk);
}

TEST_F(DisplayListenerTest, ShowsADmabuf) {
  auto guest = test::Dmabuf::create(4096);
  if (!guest) GTEST_SKIP() << test::kNoDmabuf;
  const auto dmabuf = guest->fd();
  guest->draw(0, 0x345678);

  ASSERT_EQ(call(kListener, "ScanoutDMABUF",
                 g_variant_new("(huuuutb)", 0, 16, 8, 64, kXr24, guint64{0}, TRUE), &dmabuf),
            "");
  ASSERT_TRUE(screen.hasPicture());
  EXPECT_EQ(screen.picture().at(0, 0), 0x345678u);
  EXPECT_EQ(painter.words(), "dma-buf copy");

  guest->draw(64, 0xabcdef);
  ASSERT_EQ(call(kListener, "UpdateDMABUF", g_variant_new("(iiii)", 0, 1, 1, 1)), "");

  EXPECT_EQ(screen.picture().at(0, 1), 0xabcdefu);
}

// As QEMU 10 calls it; 7.2, which is here, does not know it.
GVariant* planes(guint32 count, std::vector<guint32> offsets, std::vector<guint32> strides,
                 guint32 x, guint32 y, guint32 height, guint64 modifier, bool topDown) {
  GVariantBuilder fds;
  g_variant_builder_init(&fds, G_VARIANT_TYPE("ah"));
  for (guint32 i = 0; i < count; ++i) g_variant_builder_add(&fds, "h", 0);
  const auto numbers = [](const std::vector<guint32>& list) {
    return g_variant_new_fixed_array(G_VARIANT_TYPE_UINT32, list.data(), list.size(), 4);
  };
  return g_variant_new("(ahuuuu@au@auuuuutb)", &fds, x, y, guint32{4}, height, numbers(offsets),
                       numbers(strides), count, kXr24, guint32{16}, guint32{8}, modifier,
                       gboolean{topDown});
}

TEST_F(DisplayListenerTest, ShowsAPartOfADmabufFromAnOffset) {
  auto guest = test::Dmabuf::create(8192);
  if (!guest) GTEST_SKIP() << test::kNoDmabuf;
  const auto dmabuf = guest->fd();
  guest->draw(4096 + 2 * 64 + 3 * 4, 0x345678);           // row 2, column 3
  guest->draw(4096 + (8 - 1 - 2) * 64 + 3 * 4, 0xabcdef);  // the same, upside down

  ASSERT_EQ(call(kPlanes, "ScanoutDMABUF2", planes(1, {4096}, {64}, 3, 2, 2, 0, true), &dmabuf), "");
  ASSERT_TRUE(screen.hasPicture());
  EXPECT_EQ(screen.size(), (surface::Size{4, 2}));
  EXPECT_EQ(screen.picture().at(0, 0), 0x345678u);
  EXPECT_EQ(painter.words(), "dma-buf copy");

  ASSERT_EQ(call(kPlanes, "ScanoutDMABUF2", planes(1, {4096}, {64}, 3, 2, 2, 0, false), &dmabuf),
            "");
  EXPECT_EQ(screen.picture().at(0, 0), 0xabcdefu);
}

TEST_F(DisplayListenerTest, RefusesPlanesThatItCannotReadAndGoesOn) {
  const auto memory = base::createMemfd("no dma-buf", 4096);
  const guint64 tiled = 0x0100000000000002;  // I915_FORMAT_MOD_Y_TILED
  for (GVariant* arguments :
       {planes(0, {}, {}, 0, 0, 2, 0, true), planes(1, {}, {}, 0, 0, 2, 0, true),
        planes(2, {0, 0}, {64, 64}, 0, 0, 2, tiled, true), planes(1, {0}, {64}, 0, 0, 2, tiled, true),
        planes(1, {0}, {64}, 0, 7, 2, 0, true), planes(4, {0}, {64}, 0, 0, 2, 0, true),
        planes(1, {0xffffffff}, {0xffffffff}, 0xffffffff, 0, 2, 0, true)}) {
    EXPECT_EQ(call(kPlanes, "ScanoutDMABUF2", arguments, &memory), "") << "answered, not obeyed";
  }
  EXPECT_EQ(call(kPlanes, "ScanoutDMABUF2", planes(1, {0}, {64}, 0, 0, 2, 0, true)), "");

  EXPECT_FALSE(screen.hasPicture());
  EXPECT_EQ(scanout(3, 1, 12, 12, 5), "");
}

TEST_F(DisplayListenerTest, AsksForThePictureWhenAnUpdateComesBeforeIt) {
  EXPECT_EQ(call(kListener, "Update",
                 g_variant_new("(iiiiuu@ay)", 0, 0, 1, 1, 4, guint32{kPixmanX8R8G8B8},
                               bytes({7, 0, 0, 0}))),
            "");

  EXPECT_EQ(incomplete, 1);
}

TEST_F(DisplayListenerTest, TellsThatQemuHasGone) {
  g_dbus_connection_close_sync(qemu.get(), nullptr, nullptr);

  turnUntil([this] { return closed > 0; });

  EXPECT_EQ(closed, 1);
}

TEST_F(DisplayListenerTest, TellsThatTheScreenWasSwitchedOff) {
  EXPECT_EQ(call(kListener, "Disable", nullptr), "");

  EXPECT_EQ(disabled, 1);
}

}  // namespace
}  // namespace lucarne::relay::qemu
