// SPDX-License-Identifier: Apache-2.0
// The object org.qemu.Display1.Listener that QEMU calls with pictures, damage and cursors.
//
// QEMU's ui/dbus-display1.xml is the source of the interface. What comes in is a guest's: sizes,
// strides and rectangles are checked, an Update may name a size that no Scanout announced. Pictures
// come as bytes (Scanout, Update), as memory to map (ScanoutMap, QEMU 9.2 and later) or as a dma-buf
// (ScanoutDMABUF, or ScanoutDMABUF2 from QEMU 10 on, which knows a part of a larger buffer and buffers
// of several planes), which is handed on to a kiosk whose GPU reads it, else mapped when it is linear.
#pragma once

#include <optional>
#include <vector>

#include "base/log.h"
#include "base/program.h"
#include "display-relay/sources/pictures/dmabuf_picture.h"
#include "display-relay/sources/pictures/shared_picture.h"
#include "display-relay/sources/qemu/dbus.h"
#include "surface/screen.h"

namespace lucarne::relay::qemu {

/// What ScanoutDMABUF2 says, unchecked: a picture of `picture`'s size at (x, y) in a buffer.
struct UntrustedPlanes {
  std::vector<base::UniqueFd> buffers;  ///< one for each plane
  std::vector<std::uint32_t> offsets;
  std::vector<std::uint32_t> strides;
  std::uint32_t count = 0;
  std::uint32_t x = 0;
  std::uint32_t y = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t backingWidth = 0;
  std::uint32_t backingHeight = 0;
  std::uint32_t fourcc = 0;
  std::uint64_t modifier = 0;
  bool bottomUp = false;
};

/// What the listener's calls do to the screen; the part that a fuzzer can drive. Every method takes
/// what the peer said and answers what was wrong with it.
class DisplayPainter {
 public:
  /// `screen` outlives the painter. `sizeOf` finds out how large a dma-buf is.
  explicit DisplayPainter(surface::Screen& screen,
                          surface::DmabufSize sizeOf = surface::dmabufSize)
      : screen_(screen), dmabuf_(screen, std::move(sizeOf)) {}
  DisplayPainter(const DisplayPainter&) = delete;
  DisplayPainter& operator=(const DisplayPainter&) = delete;

  base::Result<void> scanout(const UntrustedPicture& picture);
  base::Result<void> update(std::int64_t x, std::int64_t y, const UntrustedPicture& part);
  /// A picture in shared memory from `offset` on; later `updateMemory` calls say what changed.
  base::Result<void> scanoutMemory(base::UniqueFd memory, std::uint64_t offset,
                                   UntrustedPicture picture);
  /// A dma-buf with one linear plane, `fourcc` as in drm_fourcc.h.
  base::Result<void> scanoutDmabuf(base::UniqueFd buffer, std::uint32_t fourcc,
                                   std::uint64_t modifier, bool bottomUp, UntrustedPicture picture);
  base::Result<void> scanoutPlanes(UntrustedPlanes planes);
  /// `read` is kept while somebody else reads the dma-buf.
  base::Result<void> updateMemory(std::int64_t x, std::int64_t y, std::int64_t width,
                                  std::int64_t height, const surface::DmabufRead& read = {});
  /// Somebody looks who cannot read the dma-buf (GuestControls::onPixelsNeeded).
  base::Result<void> paintDue() { return complete(dmabuf_.paintDue()); }
  base::Result<void> defineCursor(std::int64_t width, std::int64_t height, std::int64_t hotX,
                                  std::int64_t hotY, base::Bytes argb);
  void placeCursor(int x, int y, bool shown);

  /// Something could not be painted (every buffer was held, or a part fell outside): only a new
  /// Scanout makes the picture right again. Reading it clears it.
  bool takeIncomplete() { return std::exchange(incomplete_, false); }
  /// How pictures reach us, for people.
  std::string_view words() const {
    if (dmabuf_) return dmabuf_.words();
    return shared_ ? shared_.words() : "copied through D-Bus";
  }

 private:
  base::Result<void> showDmabuf(surface::DmabufLayout layout, std::vector<base::UniqueFd> fds);
  base::Result<void> complete(const base::Result<bool>& painted);
  base::Result<void> showShared(base::Result<void> adopted);
  void paintShared(const surface::Rect& part);

  surface::Screen& screen_;
  bool incomplete_ = false;
  SharedPicture shared_;  // the scanout, where it is in shared memory
  DmabufPicture dmabuf_;  // ... or in a dma-buf
};

class DisplayListener {
 public:
  /// What the listener's owner hears of; none may destroy the listener at once.
  struct Events {
    std::function<void()> onDisabled;    ///< the guest has switched its screen off
    std::function<void()> onIncomplete;  ///< the picture must be asked for again
    std::function<void()> onClosed;      ///< QEMU has gone: on a bus nothing else tells
  };

  /// Exports the listener on `connection` (made with Messages::Delayed) and lets messages in.
  /// `painter` and `log` outlive it.
  DisplayListener(Object<GDBusConnection> connection, DisplayPainter& painter,
                  base::LimitedLog& log, Events events);
  ~DisplayListener();
  DisplayListener(const DisplayListener&) = delete;
  DisplayListener& operator=(const DisplayListener&) = delete;

  GDBusConnection* connection() const { return connection_.get(); }

 private:
  static void onCall(GDBusConnection*, const char* sender, const char* path, const char* interface,
                     const char* method, GVariant* arguments, GDBusMethodInvocation* invocation,
                     gpointer self);
  static GVariant* onGetProperty(GDBusConnection*, const char* sender, const char* path,
                                 const char* interface, const char* property, GError** error,
                                 gpointer self);
  static void onClosed(GDBusConnection*, gboolean, GError* error, gpointer self);
  base::Result<void> dispatch(std::string_view method, GVariant* arguments, GUnixFDList* fds,
                              surface::DmabufRead answer);

  Object<GDBusConnection> connection_;
  DisplayPainter& painter_;
  base::LimitedLog& log_;
  Events events_;
  guint listenerId_ = 0;
  guint mapId_ = 0;
  guint planesId_ = 0;
  gulong closedHandler_ = 0;
};

}  // namespace lucarne::relay::qemu
