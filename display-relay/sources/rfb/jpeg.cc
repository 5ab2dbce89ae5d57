// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/rfb/jpeg.h"

#include <csetjmp>
#include <cstdio>

#include <fmt/format.h>

extern "C" {
#include <jpeglib.h>
}

namespace lucarne::relay::rfb {

namespace {

// Baseline pictures have one scan, progressive ones about ten.
constexpr int kMaxScans = 64;

/// libjpeg reports errors by not returning; this is where it lands instead.
struct Escape {
  jpeg_error_mgr errors;
  std::jmp_buf back;
  char words[JMSG_LENGTH_MAX];
};

void onError(j_common_ptr info) {
  auto* escape = reinterpret_cast<Escape*>(info->err);
  info->err->format_message(info, escape->words);
  std::longjmp(escape->back, 1);
}

// A warning is damage that libjpeg would paint over in grey. Level -1 is the warning, 0 and above
// are traces.
void onMessage(j_common_ptr info, int level) {
  if (level < 0) onError(info);
}

void onProgress(j_common_ptr info) {
  auto* decompress = reinterpret_cast<j_decompress_ptr>(info);
  if (decompress->input_scan_number <= kMaxScans) return;
  auto* escape = reinterpret_cast<Escape*>(info->err);
  std::snprintf(escape->words, sizeof escape->words, "more than %d scans", kMaxScans);
  std::longjmp(escape->back, 1);
}

/// Plain C inside: nothing here may need a destructor, since errors jump out of it. False with
/// `escape.words` set when the picture is not good.
bool decode(jpeg_decompress_struct& info, Escape& escape, const unsigned char* data,
            unsigned long bytes, surface::Frame frame, surface::Rect rect) {
  if (setjmp(escape.back)) return false;
  jpeg_create_decompress(&info);
  jpeg_progress_mgr progress{};
  progress.progress_monitor = onProgress;
  info.progress = &progress;
  jpeg_mem_src(&info, data, bytes);
  jpeg_read_header(&info, TRUE);
  if (info.image_width != static_cast<JDIMENSION>(rect.width) ||
      info.image_height != static_cast<JDIMENSION>(rect.height)) {
    std::snprintf(escape.words, sizeof escape.words, "%ux%u in a rectangle of %dx%d",
                  info.image_width, info.image_height, rect.width, rect.height);
    return false;
  }
  info.out_color_space = JCS_EXT_BGRX;
  jpeg_start_decompress(&info);
  while (info.output_scanline < info.output_height) {
    auto* row = reinterpret_cast<JSAMPROW>(
        frame.row(rect.y + static_cast<int>(info.output_scanline)) + rect.x);
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_finish_decompress(&info);
  return true;
}

}  // namespace

base::Result<void> decodeJpeg(base::Bytes jpeg, surface::Frame frame, const surface::Rect& rect) {
  jpeg_decompress_struct info{};
  Escape escape{};
  info.err = jpeg_std_error(&escape.errors);
  escape.errors.error_exit = onError;
  escape.errors.emit_message = onMessage;
  const bool good = decode(info, escape, jpeg.data(), jpeg.size(), frame, rect);
  info.progress = nullptr;
  jpeg_destroy_decompress(&info);
  if (good) return {};
  return base::unexpected(fmt::format("JPEG: {}", escape.words));
}

}  // namespace lucarne::relay::rfb
