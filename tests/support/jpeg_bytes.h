// SPDX-License-Identifier: Apache-2.0
// JPEG pictures of one colour, as a Tight server would send them.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

extern "C" {
#include <jpeglib.h>
}

namespace lucarne::relay::rfb::testing {

inline std::vector<std::uint8_t> jpegOf(int width, int height, std::uint32_t colour) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors;
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* data = nullptr;
  unsigned long bytes = 0;
  jpeg_mem_dest(&info, &data, &bytes);
  info.image_width = static_cast<JDIMENSION>(width);
  info.image_height = static_cast<JDIMENSION>(height);
  info.input_components = 4;
  info.in_color_space = JCS_EXT_BGRX;
  jpeg_set_defaults(&info);
  jpeg_set_quality(&info, 100, TRUE);
  jpeg_start_compress(&info, TRUE);
  std::vector<std::uint32_t> row(static_cast<std::size_t>(width), colour);
  while (info.next_scanline < info.image_height) {
    auto* line = reinterpret_cast<JSAMPROW>(row.data());
    jpeg_write_scanlines(&info, &line, 1);
  }
  jpeg_finish_compress(&info);
  std::vector<std::uint8_t> jpeg(data, data + bytes);
  jpeg_destroy_compress(&info);
  std::free(data);
  return jpeg;
}

}  // namespace lucarne::relay::rfb::testing
