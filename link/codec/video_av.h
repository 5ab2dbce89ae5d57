// SPDX-License-Identifier: Apache-2.0
// libavcodec's functions as the three video_av_*.cc files use them. Nobody else includes this.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/avutil.h>
#include <libavutil/dict.h>
#include <libavutil/frame.h>
}

#include <memory>

#include "link/codec/video_library.h"

namespace lucarne::link {

/// Functions under their own names; never unloaded.
struct AvFunctions {
  decltype(&avcodec_find_encoder_by_name) findEncoder = nullptr;
  decltype(&avcodec_find_decoder) findDecoder = nullptr;
  decltype(&avcodec_alloc_context3) allocContext = nullptr;
  decltype(&avcodec_free_context) freeContext = nullptr;
  decltype(&avcodec_open2) open = nullptr;
  decltype(&avcodec_send_frame) sendFrame = nullptr;
  decltype(&avcodec_receive_packet) receivePacket = nullptr;
  decltype(&avcodec_send_packet) sendPacket = nullptr;
  decltype(&avcodec_receive_frame) receiveFrame = nullptr;
  decltype(&avcodec_align_dimensions2) alignDimensions = nullptr;
  decltype(&av_packet_alloc) allocPacket = nullptr;
  decltype(&av_packet_unref) unrefPacket = nullptr;
  decltype(&av_packet_free) freePacket = nullptr;
  decltype(&av_frame_alloc) allocFrame = nullptr;
  decltype(&av_frame_get_buffer) getFrameBuffer = nullptr;
  decltype(&av_frame_make_writable) makeFrameWritable = nullptr;
  decltype(&av_frame_unref) unrefFrame = nullptr;
  decltype(&av_frame_free) freeFrame = nullptr;
  decltype(&av_dict_set) setOption = nullptr;
  decltype(&av_dict_free) freeOptions = nullptr;
  decltype(&av_buffer_create) createBuffer = nullptr;
  decltype(&av_log_set_level) setLogLevel = nullptr;
};

/// Frees one of libavcodec's objects through the function that takes a pointer to the pointer.
template <typename T>
struct AvDeleter {
  void (*destroy)(T**) = nullptr;
  void operator()(T* object) const { destroy(&object); }
};
template <typename T>
using AvHandle = std::unique_ptr<T, AvDeleter<T>>;

template <typename T>
AvHandle<T> owned(T* object, void (*destroy)(T**)) {
  return AvHandle<T>(object, AvDeleter<T>{destroy});
}

/// Nothing when the library refuses: no such encoder, no memory.
std::unique_ptr<VideoEncoder> createAvEncoder(const AvFunctions& av, surface::Size size);
std::unique_ptr<VideoDecoder> createAvDecoder(const AvFunctions& av, surface::Size size);

}  // namespace lucarne::link
