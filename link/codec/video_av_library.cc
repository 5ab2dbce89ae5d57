// SPDX-License-Identifier: Apache-2.0
#include <dlfcn.h>
#include <fmt/format.h>

#include "link/codec/video_av.h"

namespace lucarne::link {

namespace {

// The ABI of the headers that this was built with: structs of both are used.
constexpr const char* kCodecSoname = "libavcodec.so." AV_STRINGIFY(LIBAVCODEC_VERSION_MAJOR);
constexpr const char* kUtilSoname = "libavutil.so." AV_STRINGIFY(LIBAVUTIL_VERSION_MAJOR);

template <typename Function>
bool resolve(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(::dlsym(library, name));
  return function != nullptr;
}

bool resolveAll(void* codec, void* util, AvFunctions& av) {
  return resolve(codec, "avcodec_find_encoder_by_name", av.findEncoder) &&
         resolve(codec, "avcodec_find_decoder", av.findDecoder) &&
         resolve(codec, "avcodec_alloc_context3", av.allocContext) &&
         resolve(codec, "avcodec_free_context", av.freeContext) &&
         resolve(codec, "avcodec_open2", av.open) &&
         resolve(codec, "avcodec_send_frame", av.sendFrame) &&
         resolve(codec, "avcodec_receive_packet", av.receivePacket) &&
         resolve(codec, "avcodec_send_packet", av.sendPacket) &&
         resolve(codec, "avcodec_receive_frame", av.receiveFrame) &&
         resolve(codec, "avcodec_align_dimensions2", av.alignDimensions) &&
         resolve(codec, "av_packet_alloc", av.allocPacket) &&
         resolve(codec, "av_packet_unref", av.unrefPacket) &&
         resolve(codec, "av_packet_free", av.freePacket) &&
         resolve(util, "av_frame_alloc", av.allocFrame) &&
         resolve(util, "av_frame_get_buffer", av.getFrameBuffer) &&
         resolve(util, "av_frame_make_writable", av.makeFrameWritable) &&
         resolve(util, "av_frame_unref", av.unrefFrame) &&
         resolve(util, "av_frame_free", av.freeFrame) &&
         resolve(util, "av_dict_set", av.setOption) && resolve(util, "av_dict_free", av.freeOptions) &&
         resolve(util, "av_buffer_create", av.createBuffer) &&
         resolve(util, "av_log_set_level", av.setLogLevel);
}

class AvLibrary final : public VideoLibrary {
 public:
  explicit AvLibrary(const AvFunctions& av) : av_(av) {}

  std::unique_ptr<VideoEncoder> createEncoder(surface::Size size) const override {
    return isVideoSize(size) ? createAvEncoder(av_, size) : nullptr;
  }
  std::unique_ptr<VideoDecoder> createDecoder(surface::Size size) const override {
    return isVideoSize(size) ? createAvDecoder(av_, size) : nullptr;
  }

 private:
  AvFunctions av_;
};

}  // namespace

base::Result<std::shared_ptr<const VideoLibrary>> VideoLibrary::load() {
  // Lazily: of what these libraries bring little is ever called.
  void* util = ::dlopen(kUtilSoname, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
  void* codec = util ? ::dlopen(kCodecSoname, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE) : nullptr;
  if (!codec) {
    return base::unexpected(fmt::format(
        "H.264 needs {}: {}; install libavcodec{} (Debian) or ffmpeg-libavcodec (Alpine)",
        kCodecSoname, ::dlerror(), LIBAVCODEC_VERSION_MAJOR));
  }
  AvFunctions av;
  if (!resolveAll(codec, util, av)) {
    return base::unexpected(fmt::format("{} lacks a function that is needed", kCodecSoname));
  }
  av.setLogLevel(AV_LOG_QUIET);  // what a peer provokes is told by our own words
  return std::shared_ptr<const VideoLibrary>(std::make_shared<AvLibrary>(av));
}

}  // namespace lucarne::link
