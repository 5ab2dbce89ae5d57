// SPDX-License-Identifier: Apache-2.0
// A machine whose graphics card draws into dma-bufs, seen over D-Bus as QEMU with gl=on would be: real
// buffers of a real DRM card, a played QEMU.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/loop.h"
#include "display-relay/sources/qemu/dbus.h"
#include "surface/frame.h"

namespace lucarne::test {

/// A buffer of one card, mapped, that may be handed out as a dma-buf.
class CardBuffer {
 public:
  /// `driver` as the kernel names it ("virtio_gpu", "vgem"). Nothing when there is no such card.
  static std::unique_ptr<CardBuffer> create(const std::string& driver, surface::Size size);
  ~CardBuffer();
  CardBuffer(const CardBuffer&) = delete;
  CardBuffer& operator=(const CardBuffer&) = delete;

  surface::Frame frame() const { return frame_; }
  const base::UniqueFd& fd() const { return fd_; }

 private:
  CardBuffer(base::UniqueFd card, base::UniqueFd fd, surface::Frame frame, std::size_t bytes);

  base::UniqueFd card_;  // the buffer's memory is its
  base::UniqueFd fd_;
  surface::Frame frame_;
  std::size_t bytes_;
};

/// Colours that differ from pixel to pixel.
void drawNoise(surface::Frame frame, const surface::Rect& r, std::uint32_t seed);

class DmabufGuest {
 public:
  /// Listens at `path`, where `lucarne-relay qemu+unix:PATH` finds it. Shows whoever comes what was
  /// shown last.
  DmabufGuest(base::Loop& loop, const std::string& path);
  ~DmabufGuest();
  DmabufGuest(const DmabufGuest&) = delete;
  DmabufGuest& operator=(const DmabufGuest&) = delete;

  enum class Rows { TopDown, BottomUp };
  /// The whole buffer (ScanoutDMABUF).
  void scanout(const CardBuffer& buffer, Rows rows = Rows::TopDown);
  /// A part of it (ScanoutDMABUF2).
  void scanoutPart(const CardBuffer& buffer, const surface::Rect& part);
  /// UpdateDMABUF, and turns the loop until it is answered: how long that took; nothing within 20 s.
  std::optional<std::chrono::milliseconds> update(const surface::Rect& r);

  int listeners() const { return listeners_; }
  bool isWatched() const { return listener_ != nullptr; }
  /// Turns the loop until it is so; false when it is not within a minute.
  bool until(const std::function<bool()>& isSo);

 private:
  struct Call {
    const char* interface;
    const char* method;
    base::CHandle<GVariant, g_variant_unref> arguments;
    base::UniqueFd buffer;
  };

  void show(Call call);
  void sendLast();
  static gboolean onConnection(GDBusServer*, GDBusConnection* connection, gpointer self);
  static void onCall(GDBusConnection*, const char* sender, const char* path, const char* interface,
                     const char* method, GVariant* arguments, GDBusMethodInvocation* invocation,
                     gpointer self);
  static void onListener(GObject*, GAsyncResult* result, gpointer self);
  static void onListenerClosed(GDBusConnection* connection, gboolean, GError*, gpointer self);

  base::Loop& loop_;
  relay::qemu::Object<GDBusServer> server_;
  relay::qemu::Object<GDBusConnection> client_;
  relay::qemu::Object<GDBusConnection> listener_;
  relay::qemu::Cancel cancel_;
  std::optional<Call> last_;
  int listeners_ = 0;
};

}  // namespace lucarne::test
