// SPDX-License-Identifier: Apache-2.0
#include "link/codec/jpeg_strip.h"

#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <new>

#include <jpeglib.h>

#include "link/codec/eighth.h"

namespace lucarne::link {

using surface::ConstFrame;
using surface::Frame;
using surface::Pixel;

namespace {

constexpr std::uint8_t kSof0 = 0xc0;
constexpr std::uint8_t kSof9 = 0xc9;  // arithmetic coding
constexpr int kLastSampling = static_cast<int>(JpegStrip::Sampling::Eighth);
constexpr std::uint8_t kEoi = 0xd9;
constexpr std::uint8_t kSos = 0xda;
constexpr std::size_t kOutputStep = 16 * 1024;

// libjpeg reports errors through a function that must not return.
struct Errors {
  jpeg_error_mgr manager{};
  std::jmp_buf escape{};
};

[[noreturn]] void onError(j_common_ptr info) {
  std::longjmp(reinterpret_cast<Errors*>(info->err)->escape, 1);
}

void beSilent(j_common_ptr info, int level) {
  if (level < 0) ++info->err->num_warnings;
}

jpeg_error_mgr* prepare(Errors& errors) {
  jpeg_error_mgr* manager = jpeg_std_error(&errors.manager);
  manager->error_exit = onError;
  manager->emit_message = beSilent;
  return manager;
}

// Writes into a vector.
struct Destination {
  jpeg_destination_mgr manager{};
  std::vector<std::uint8_t>* out = nullptr;
  std::size_t used = 0;

  static Destination& of(j_compress_ptr info) {
    return *reinterpret_cast<Destination*>(info->dest);
  }
  void grow() {
    out->resize(used + kOutputStep);
    manager.next_output_byte = out->data() + used;
    manager.free_in_buffer = kOutputStep;
    used += kOutputStep;
  }
};

struct Layout {
  std::size_t frameAt = 0;  // of the SOF segment's length field
  std::size_t dataAt = 0;   // behind the SOS segment
};

// Walks the segments that our own libjpeg wrote.
Layout layoutOf(base::Bytes stream) {
  Layout layout;
  for (std::size_t at = 2; at + 4 <= stream.size();) {
    const std::uint8_t marker = stream[at + 1];
    const std::size_t length = std::size_t{stream[at + 2]} << 8 | stream[at + 3];
    if (marker == kSof0 || marker == kSof9) layout.frameAt = at + 2;
    at += 2 + length;
    if (marker == kSos) {
      layout.dataAt = at;
      break;
    }
  }
  return layout;
}

}  // namespace

struct JpegStrip::Compressor {
  Errors errors;
  jpeg_compress_struct info{};
  Destination destination;

  Compressor() {
    info.err = prepare(errors);
    if (setjmp(errors.escape) != 0) throw std::bad_alloc();
    jpeg_create_compress(&info);
    destination.manager.init_destination = [](j_compress_ptr i) { Destination::of(i).grow(); };
    destination.manager.empty_output_buffer = [](j_compress_ptr i) -> boolean {
      Destination::of(i).grow();
      return TRUE;
    };
    destination.manager.term_destination = [](j_compress_ptr i) {
      Destination& d = Destination::of(i);
      d.used -= d.manager.free_in_buffer;
    };
    info.dest = &destination.manager;
  }
  ~Compressor() { jpeg_destroy_compress(&info); }

  // A whole JPEG stream without APP segments; an Eighth is one already. False when libjpeg refuses.
  bool compress(ConstFrame frame, int quality, Sampling sampling, std::vector<std::uint8_t>& out) {
    destination.out = &out;
    destination.used = 0;
    if (setjmp(errors.escape) != 0) {
      jpeg_abort_compress(&info);
      return false;
    }
    info.image_width = static_cast<JDIMENSION>(frame.size.width);
    info.image_height = static_cast<JDIMENSION>(frame.size.height);
    info.input_components = 4;
    info.in_color_space = JCS_EXT_BGRX;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    info.write_JFIF_header = FALSE;
    info.dct_method = JDCT_IFAST;
    info.arith_code = sampling == Sampling::HalfArithmetic || sampling == Sampling::Eighth;
    const int factor = sampling == Sampling::Full ? 1 : 2;
    info.comp_info[0].h_samp_factor = factor;
    info.comp_info[0].v_samp_factor = factor;
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < info.image_height) {
      auto* row = reinterpret_cast<JSAMPROW>(
          const_cast<Pixel*>(frame.row(static_cast<int>(info.next_scanline))));
      jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    out.resize(destination.used);
    return true;
  }
};

struct JpegStrip::Decompressor {
  Errors errors;
  jpeg_decompress_struct info{};

  Decompressor() {
    info.err = prepare(errors);
    if (setjmp(errors.escape) != 0) throw std::bad_alloc();
    jpeg_create_decompress(&info);
  }
  ~Decompressor() { jpeg_destroy_decompress(&info); }

  bool decompress(const std::vector<std::uint8_t>& stream, Frame frame) {
    if (setjmp(errors.escape) != 0) {
      jpeg_abort_decompress(&info);
      return false;
    }
    errors.manager.num_warnings = 0;
    jpeg_mem_src(&info, stream.data(), stream.size());
    jpeg_read_header(&info, TRUE);
    info.out_color_space = JCS_EXT_BGRX;
    info.dct_method = JDCT_IFAST;
    info.do_fancy_upsampling = FALSE;  // a third faster; what rests is sent exactly anyway
    jpeg_start_decompress(&info);
    if (info.output_width != static_cast<JDIMENSION>(frame.size.width) ||
        info.output_height != static_cast<JDIMENSION>(frame.size.height)) {
      jpeg_abort_decompress(&info);
      return false;
    }
    while (info.output_scanline < info.output_height) {
      auto* row =
          reinterpret_cast<JSAMPROW>(frame.row(static_cast<int>(info.output_scanline)));
      jpeg_read_scanlines(&info, &row, 1);
    }
    // Not jpeg_finish_decompress: it would read on through whatever the peer put behind the scan.
    jpeg_abort_decompress(&info);
    return errors.manager.num_warnings == 0;
  }
};

JpegStrip::JpegStrip() = default;
JpegStrip::~JpegStrip() = default;

void JpegStrip::setQuality(int quality, Sampling sampling) {
  quality_ = quality;
  sampling_ = sampling;
}

bool JpegStrip::forward(ConstFrame now, ConstFrame, std::vector<std::uint8_t>& out) {
  if (!compressor_) compressor_ = std::make_unique<Compressor>();
  if (sampling_ == Sampling::Eighth) {
    const surface::Size size = eighthOf(now.size);
    eighth_.resize(static_cast<std::size_t>(size.pixels()));
    const Frame small{eighth_.data(), size, size.width * 4};
    shrinkToEighth(now, small);
    now = small;
  }
  if (!compressor_->compress(now, quality_, sampling_, stream_)) return false;
  const std::size_t data = layoutOf(stream_).dataAt;
  out.push_back(static_cast<std::uint8_t>(quality_));
  out.push_back(static_cast<std::uint8_t>(sampling_));
  out.insert(out.end(), stream_.begin() + static_cast<std::ptrdiff_t>(data), stream_.end() - 2);
  return true;
}

// What our own libjpeg writes before the data of a picture of that quality; the size is patched in.
const std::vector<std::uint8_t>& JpegStrip::headerFor(int quality, Sampling sampling) {
  std::vector<std::uint8_t>& header = headers_[quality * (kLastSampling + 1) + static_cast<int>(sampling)];
  if (header.empty()) {
    const Pixel black[16 * 16] = {};
    if (!compressor_) compressor_ = std::make_unique<Compressor>();
    if (!compressor_->compress({black, {16, 16}, 16 * 4}, quality, sampling, header)) header.clear();
    header.resize(layoutOf(header).dataAt);
  }
  return header;
}

bool JpegStrip::inverse(base::Bytes untrustedBody, Frame pixels) {
  base::ByteReader reader(untrustedBody);
  const int quality = reader.u8();
  const int sampling = reader.u8();
  const base::Bytes data = reader.take(reader.left());
  if (!reader.ok() || quality < 1 || quality > 100 || sampling > kLastSampling) {
    return false;
  }
  if (static_cast<Sampling>(sampling) != Sampling::Eighth) {
    return decode(quality, static_cast<Sampling>(sampling), data, pixels);
  }
  const surface::Size size = eighthOf(pixels.size);
  eighth_.resize(static_cast<std::size_t>(size.pixels()));
  const Frame small{eighth_.data(), size, size.width * 4};
  if (!decode(quality, Sampling::Eighth, data, small)) return false;
  stretchEighth(small, pixels);
  return true;
}

bool JpegStrip::decode(int quality, Sampling sampling, base::Bytes untrustedData, Frame pixels) {
  stream_ = headerFor(quality, sampling);
  if (stream_.empty()) return false;  // arithmetic coding, which this libjpeg was built without
  // SOF: length, precision, height, width (T.81, B.2.2).
  const std::size_t at = layoutOf(stream_).frameAt + 3;
  stream_[at] = static_cast<std::uint8_t>(pixels.size.height >> 8);
  stream_[at + 1] = static_cast<std::uint8_t>(pixels.size.height);
  stream_[at + 2] = static_cast<std::uint8_t>(pixels.size.width >> 8);
  stream_[at + 3] = static_cast<std::uint8_t>(pixels.size.width);
  stream_.insert(stream_.end(), untrustedData.begin(), untrustedData.end());
  stream_.insert(stream_.end(), {0xff, kEoi});
  if (!decompressor_) decompressor_ = std::make_unique<Decompressor>();
  return decompressor_->decompress(stream_, pixels);
}

bool JpegStrip::hasArithmetic() {
  static const bool has = [] {
    const Pixel grey[16 * 16] = {};
    Pixel back[16 * 16];
    JpegStrip strip;
    strip.setQuality(50, Sampling::HalfArithmetic);
    std::vector<std::uint8_t> body;
    return strip.forward({grey, {16, 16}, 16 * 4}, {}, body) && strip.inverse(body, {back, {16, 16}, 16 * 4});
  }();
  return has;
}

std::size_t JpegStrip::longestBody(surface::Size size) const {
  return static_cast<std::size_t>(size.pixels()) * 4 + 64;
}

}  // namespace lucarne::link
