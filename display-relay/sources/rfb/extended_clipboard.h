// SPDX-License-Identifier: Apache-2.0
// Copied text in UTF-8, both ways: rfbproto's Extended Clipboard pseudo-encoding, which hides in cut
// text messages of negative length. Without it clipboards are Latin-1 (client_messages.h).
//
// Text is announced and then asked for, so what nobody pastes does not travel. Only text is taken,
// and at most surface::kMaxClipboardBytes of it, whatever the server claims or packs; a message that
// makes no sense is ignored.
//
//   u32 flags: bits 0-15 formats (0 text), bits 24-28 what this is: caps, request, peek, notify,
//   provide. caps: a u32 for each format, the most that may come unasked. provide: one zlib stream of
//   u32 size, bytes for each format; text has CRLF at line ends and a zero byte at its end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/byte_reader.h"
#include "display-relay/sources/rfb/client_messages.h"

namespace lucarne::relay::rfb {

class ExtendedClipboard {
 public:
  /// The longest message worth reading: the longest text, should it not compress.
  static constexpr std::size_t kMaxMessage = 2 * 64 * 1024 + 1024;

  /// The server has said that it knows these messages.
  bool isKnown() const { return serverActions_ != 0; }
  /// What followed the header. Appends what is to be answered; the text, if that is what came.
  std::optional<std::string> receive(base::Bytes untrusted, Outgoing& out);
  /// Text that was copied outside, isClipboardText. Only if isKnown().
  void offer(std::string text, Outgoing& out);

 private:
  void learn(std::uint32_t flags, base::ByteReader& reader, Outgoing& out);

  std::uint32_t serverActions_ = 0;
  std::uint32_t unaskedBytes_ = 0;  // so much text the server takes unasked
  std::string offered_;
};

}  // namespace lucarne::relay::rfb
