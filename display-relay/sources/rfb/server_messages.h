// SPDX-License-Identifier: Apache-2.0
// What a server says after the handshake, read from a stream of bytes (RFC 6143, 7.6-7.8, and
// rfbproto.rst's extensions).
//
// A state machine without sockets: bytes go in as they arrive, in pieces of any size, and come out
// as calls on ServerEvents and as pixels in the canvas that it lends. Every number is checked
// before it is used and nothing is reserved for a claim: memory stays below about half a MiB
// (the largest pointer shape, one JPEG) plus zlib's windows. An error ends the connection.
#pragma once

#include <sys/uio.h>

#include <optional>
#include <string>
#include <vector>

#include "base/byte_reader.h"
#include "base/result.h"
#include "display-relay/sources/rfb/client_messages.h"
#include "display-relay/sources/rfb/cursor_image.h"
#include "display-relay/sources/rfb/decoder.h"
#include "surface/screen.h"

namespace lucarne::relay::rfb {

/// DesktopSize or ExtendedDesktopSize.
struct SizeReport {
  enum class Cause { Server, Us, OtherClient };

  surface::Size size;  ///< acceptable
  bool extended = false;
  Cause cause = Cause::Server;
  int status = 0;                  ///< of our own request: 0 is granted
  std::optional<ScreenId> screen;  ///< the first of the layout
};

/// Something the server announced by an empty rectangle.
enum class Feature { QemuExtendedKey, ExtendedMouseButtons, LedState };

enum class PointerMode { Absolute, Relative };

class ServerEvents {
 public:
  virtual ~ServerEvents() = default;

  virtual surface::Size pictureSize() = 0;
  /// The picture to paint into, of pictureSize(); nothing when that is not possible now. Asked for
  /// anew whenever bytes are about to be painted.
  virtual std::optional<surface::Frame> canvas() = 0;

  virtual void onUpdateBegan() = 0;
  virtual void onPainted(const surface::Rect& rect) = 0;
  virtual void onUpdateEnded() = 0;
  virtual void onSize(const SizeReport& report) = 0;
  virtual void onCursor(surface::Cursor cursor) = 0;
  virtual void onCursorMoved(surface::GuestPoint at) = 0;
  virtual void onName(std::string name) = 0;
  virtual void onLeds(surface::Leds leds) = 0;
  virtual void onFeature(Feature feature) = 0;
  virtual void onPointerMode(PointerMode mode) = 0;
  virtual void onContinuousUpdatesEnded() = 0;
  /// Text that was copied in the guest: Latin-1, as it came.
  virtual void onCutText(base::Bytes latin1) = 0;
  /// A message of the extended clipboard, without its header: see ExtendedClipboard.
  virtual void onExtendedCutText(base::Bytes untrusted) = 0;
  virtual void onFence(std::uint32_t flags, base::Bytes payload) = 0;
  /// A message is complete, whatever it was.
  virtual void onMessageEnded() = 0;
};

class ServerMessages {
 public:
  /// `events` outlives it.
  explicit ServerMessages(ServerEvents& events) : events_(events) {}

  /// Eats from the front of what has arrived; answers how much. It stops where a piece is not
  /// whole, or where `blocked` becomes true. Given kMaxPiece bytes it always eats something unless
  /// blocked.
  base::Result<std::size_t> take(base::Bytes available);

  /// The canvas was refused: call `take` again (with what is left) when it can be had.
  bool blocked() const { return blocked_; }

  /// Where the pixels that come next may be read to without a copy; see RectDecoder::direct. Call
  /// only when nothing is left unread before them.
  std::size_t direct(std::size_t maxPieces, std::vector<iovec>& pieces);
  void landed(std::size_t bytes);

  /// How many bytes are worth reading beyond those that `direct` places: while rectangles are Raw,
  /// only up to where their pixels begin, since pixels that come along would be copied once more.
  std::size_t readAhead() const;
  static constexpr std::size_t kUnlimited = static_cast<std::size_t>(-1);

  /// The rectangle whose pixels have arrived in part.
  std::optional<surface::Rect> halfPainted() const;

 private:
  enum class State { Message, RectHeader, Pixels, Gather, Skip };
  struct Header {
    surface::Rect rect;  // as claimed: not yet checked
    Encoding encoding = Encoding::Raw;
  };

  base::Result<std::size_t> step(base::Bytes available);
  base::Result<std::size_t> takeMessage(base::Bytes available);
  base::Result<std::size_t> takeUpdateHeader(base::ByteReader& reader);
  base::Result<std::size_t> takeFence(base::ByteReader& reader);
  base::Result<std::size_t> takeCutText(base::ByteReader& reader);
  std::size_t skipAfter(std::size_t fixedBytes, const base::ByteReader& reader, std::uint64_t bytes);
  base::Result<std::size_t> takeRectHeader(base::Bytes available);
  base::Result<void> beginRect();
  base::Result<void> beginPixels(RectDecoder& decoder);
  base::Result<void> beginPseudo();
  base::Result<void> beginCursor();
  base::Result<std::size_t> takePixels(base::Bytes available);
  base::Result<std::size_t> takeGathered(base::Bytes available);
  base::Result<void> finishGathered();
  base::Result<void> finishSize();
  base::Result<void> reportSize(SizeReport report);
  void gather(std::size_t bytes);
  void skip(std::uint64_t bytes);
  void endRect();
  void endPixels();
  void endUpdate();
  void endMessage();

  ServerEvents& events_;
  Decoders decoders_;
  State state_ = State::Message;
  bool inUpdate_ = false;
  bool blocked_ = false;
  bool directly_ = true;  // the last pixels were Raw

  unsigned rectsLeft_ = 0;
  unsigned rectsIdle_ = 0;       // of this update, that painted nothing
  std::int64_t painted_ = 0;     // pixels of this update
  Header header_;
  RectDecoder* decoder_ = nullptr;

  std::vector<std::uint8_t> gathered_;
  std::size_t gatherBytes_ = 0;
  bool extendedText_ = false;  // what is gathered outside of an update
  std::uint64_t skipLeft_ = 0;
  AlphaOrder alphaOrder_ = AlphaOrder::Rgba;
};

}  // namespace lucarne::relay::rfb
