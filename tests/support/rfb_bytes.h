// SPDX-License-Identifier: Apache-2.0
// What a VNC server would send, written by hand: for tests of the RFB client.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "base/byte_reader.h"
#include "display-relay/sources/rfb/protocol.h"
#include "surface/geometry.h"

namespace lucarne::relay::rfb::testing {

using Octets = std::vector<std::uint8_t>;

/// Builds a message by chaining; `bytes` is what has been written.
class ServerBytes {
 public:
  ServerBytes& u8(unsigned v) { return w([v](auto& out) { out.u8(static_cast<std::uint8_t>(v)); }); }
  ServerBytes& u16(unsigned v) {
    return w([v](auto& out) { out.u16be(static_cast<std::uint16_t>(v)); });
  }
  ServerBytes& u32(std::uint32_t v) { return w([v](auto& out) { out.u32be(v); }); }
  /// A pixel in the client's format: little-endian 0x00RRGGBB.
  ServerBytes& pixel(std::uint32_t v) { return w([v](auto& out) { out.u32(v); }); }
  /// ZRLE's three bytes.
  ServerBytes& bgr(std::uint32_t v) { return u8(v & 255).u8(v >> 8 & 255).u8(v >> 16 & 255); }
  /// Tight's three bytes.
  ServerBytes& rgb(std::uint32_t v) { return u8(v >> 16 & 255).u8(v >> 8 & 255).u8(v & 255); }
  ServerBytes& text(std::string_view t) { return w([t](auto& out) { out.text(t); }); }
  ServerBytes& raw(const Octets& b) { return w([&b](auto& out) { out.bytes(b); }); }
  ServerBytes& zeros(std::size_t count) { return raw(Octets(count)); }

  ServerBytes& version(std::string_view v = "003.008") { return text("RFB ").text(v).text("\n"); }
  ServerBytes& serverInit(unsigned width, unsigned height, std::string_view name) {
    return u16(width).u16(height).zeros(16).u32(static_cast<std::uint32_t>(name.size())).text(name);
  }
  /// Protocol 3.8 without a password, up to the end of the handshake.
  ServerBytes& greeting(unsigned width, unsigned height, std::string_view name = "guest") {
    return version().u8(1).u8(1).u32(0).serverInit(width, height, name);
  }
  ServerBytes& update(unsigned rects) { return u8(0).u8(0).u16(rects); }
  ServerBytes& rect(unsigned x, unsigned y, unsigned width, unsigned height, Encoding encoding) {
    return u16(x).u16(y).u16(width).u16(height).u32(static_cast<std::uint32_t>(encoding));
  }
  ServerBytes& fence(std::uint32_t flags, std::string_view payload) {
    return u8(248).zeros(3).u32(flags).u8(static_cast<unsigned>(payload.size())).text(payload);
  }

  Octets bytes;

 private:
  template <typename Write>
  ServerBytes& w(Write write) {
    base::ByteWriter out(bytes);
    write(out);
    return *this;
  }
};

/// A server's end of one zlib stream.
class Deflater {
 public:
  Deflater() {
    if (::deflateInit(&stream_, Z_DEFAULT_COMPRESSION) != Z_OK) throw std::bad_alloc();
  }
  ~Deflater() { ::deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  Octets run(const Octets& plain) {
    Octets packed(::deflateBound(&stream_, plain.size()) + 64);
    stream_.next_in = const_cast<Bytef*>(plain.data());
    stream_.avail_in = static_cast<uInt>(plain.size());
    stream_.next_out = packed.data();
    stream_.avail_out = static_cast<uInt>(packed.size());
    ::deflate(&stream_, Z_SYNC_FLUSH);
    packed.erase(packed.end() - static_cast<std::ptrdiff_t>(stream_.avail_out), packed.end());
    return packed;
  }

 private:
  z_stream stream_{};
};

/// Tight's length in one to three bytes.
inline Octets compactLength(std::size_t length) {
  Octets out;
  out.push_back(static_cast<std::uint8_t>((length & 127) | (length > 127 ? 128 : 0)));
  if (length > 127) {
    out.push_back(static_cast<std::uint8_t>((length >> 7 & 127) | (length > 16383 ? 128 : 0)));
  }
  if (length > 16383) out.push_back(static_cast<std::uint8_t>(length >> 14));
  return out;
}

}  // namespace lucarne::relay::rfb::testing
