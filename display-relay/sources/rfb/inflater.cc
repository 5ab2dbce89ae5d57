// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/rfb/inflater.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

namespace lucarne::relay::rfb {

Inflater::~Inflater() {
  if (open_) ::inflateEnd(&stream_);
}

void Inflater::reset() {
  if (open_) ::inflateReset(&stream_);
}

base::Result<std::size_t> Inflater::run(base::Bytes& in, std::span<std::uint8_t> out) {
  constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
  if (!open_) {
    if (::inflateInit(&stream_) != Z_OK) return base::unexpected("zlib: out of memory");
    open_ = true;
  }
  stream_.next_in = const_cast<Bytef*>(in.data());
  stream_.avail_in = static_cast<uInt>(std::min(in.size(), kMost));
  stream_.next_out = out.data();
  stream_.avail_out = static_cast<uInt>(std::min(out.size(), kMost));
  const uInt inBefore = stream_.avail_in;
  const uInt outBefore = stream_.avail_out;
  const int result = ::inflate(&stream_, Z_SYNC_FLUSH);
  in = in.subspan(inBefore - stream_.avail_in);
  // Z_BUF_ERROR only says that there was nothing to do. A stream that ends is an error too: an RFB
  // server flushes its streams and never finishes them.
  if (result == Z_OK || result == Z_BUF_ERROR) return std::size_t{outBefore - stream_.avail_out};
  return base::unexpected(fmt::format(
      "the compressed pixels are damaged ({})",
      result == Z_STREAM_END ? "the stream ended" : stream_.msg ? stream_.msg : "zlib error"));
}

}  // namespace lucarne::relay::rfb
