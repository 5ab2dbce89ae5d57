// SPDX-License-Identifier: Apache-2.0
// libavcodec's own H.264 decoder, held short: one thread, no delay, no concealment of errors, and
// pictures only in buffers that are ours.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "link/codec/video_av.h"
#include "link/codec/video_colours.h"
#include "link/codec/video_headers.h"

namespace lucarne::link {

namespace {

constexpr int kMacroblock = 16;
// Buffers: the reference, the picture under way, the one that is given out, and what an error holds
// until the next picture. A decoder that wants more is being led astray.
constexpr int kBuffers = 5;
constexpr std::size_t kAlignment = 64;  // the widest vector's
// What libavcodec may read behind the last row (its own allocator leaves as much).
constexpr std::size_t kSlack = 64;

int padded(int pixels) { return (pixels + kMacroblock - 1) / kMacroblock * kMacroblock; }

std::size_t aligned(std::size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

class AvDecoder final : public VideoDecoder {
 public:
  AvDecoder(const AvFunctions& av, surface::Size size)
      : av_(av),
        size_(size),
        frame_(owned(av.allocFrame(), av.freeFrame)),
        packet_(owned(av.allocPacket(), av.freePacket)) {}

  ~AvDecoder() override {
    av_.unrefFrame(frame_.get());
    context_.reset();  // gives its buffers back
  }

  bool open() {
    const AVCodec* codec = av_.findDecoder(AV_CODEC_ID_H264);
    if (!codec || !frame_ || !packet_) return false;
    context_ = owned(av_.allocContext(codec), av_.freeContext);
    if (!context_) return false;
    AVCodecContext& c = *context_;
    c.opaque = this;
    c.get_buffer2 = getBuffer;
    c.get_format = getFormat;
    c.thread_count = 1;
    c.thread_type = 0;
    c.flags |= AV_CODEC_FLAG_LOW_DELAY;
    c.err_recognition = AV_EF_EXPLODE | AV_EF_BITSTREAM | AV_EF_BUFFER;
    c.error_concealment = 0;
    // Counted with rows as long as they are in memory.
    c.max_pixels = static_cast<std::int64_t>(aligned(static_cast<std::size_t>(padded(size_.width)))) *
                   padded(size_.height);
    return av_.open(&c, codec, nullptr) >= 0;
  }

  bool decode(base::Bytes untrusted, surface::Frame pixels) override {
    if (broken_) return false;
    broken_ = !tryDecode(untrusted, pixels);
    return !broken_;
  }

 private:
  bool tryDecode(base::Bytes untrusted, surface::Frame pixels) {
    if (!makeStream(untrusted)) return false;
    packet_->data = stream_.data();
    packet_->size = static_cast<int>(stream_.size() - AV_INPUT_BUFFER_PADDING_SIZE);
    const bool sent = av_.sendPacket(context_.get(), packet_.get()) >= 0;
    packet_->data = nullptr;
    packet_->size = 0;
    if (!sent || av_.receiveFrame(context_.get(), frame_.get()) < 0) return false;
    const AVFrame& f = *frame_;
    const bool good = f.width == size_.width && f.height == size_.height && isFormat(f.format) &&
                      f.decode_error_flags == 0 && (f.flags & AV_FRAME_FLAG_CORRUPT) == 0;
    if (good) {
      ConstPlanes planes;
      for (int i = 0; i < 3; ++i) {
        planes.rows[i] = f.data[i];
        planes.strideBytes[i] = f.linesize[i];
      }
      toPixels(planes, pixels);
    }
    av_.unrefFrame(frame_.get());
    return good;
  }

  // One slice as an Annex B stream, behind parameter sets of ours for the first one.
  bool makeStream(base::Bytes untrusted) {
    base::ByteReader reader(untrusted);
    stream_.clear();
    if (first_) {
      const auto headers = VideoHeaders::parse(reader);
      if (!headers) return false;
      headers->writeParameterSets(size_, stream_);
    }
    const base::Bytes nal = reader.take(reader.left());
    if (nal.empty() || !isOneNal(nal)) return false;
    if (nalKind(nal[0]) != (first_ ? NalKind::KeySlice : NalKind::Slice)) return false;
    first_ = false;
    stream_.insert(stream_.end(), {0, 0, 0, 1});
    stream_.insert(stream_.end(), nal.begin(), nal.end());
    stream_.insert(stream_.end(), AV_INPUT_BUFFER_PADDING_SIZE, 0);
    return true;
  }

  static bool isFormat(int format) {
    return format == AV_PIX_FMT_YUV420P || format == AV_PIX_FMT_YUVJ420P;
  }

  // No accelerator: only planes in memory.
  static AVPixelFormat getFormat(AVCodecContext*, const AVPixelFormat* formats) {
    for (; *formats != AV_PIX_FMT_NONE; ++formats) {
      if (isFormat(*formats)) return *formats;
    }
    return AV_PIX_FMT_NONE;
  }

  static int getBuffer(AVCodecContext* context, AVFrame* frame, int) {
    return static_cast<AvDecoder*>(context->opaque)->giveBuffer(*frame) ? 0 : AVERROR(ENOMEM);
  }

  struct Buffer {
    std::unique_ptr<std::uint8_t, decltype(&std::free)> bytes{nullptr, &std::free};
    bool used = false;
  };

  bool giveBuffer(AVFrame& frame) {
    if (!isFormat(frame.format) || frame.width > padded(size_.width) ||
        frame.height > padded(size_.height)) {
      return false;
    }
    const auto free = std::find_if(buffers_, buffers_ + kBuffers, [](const Buffer& b) { return !b.used; });
    if (free == buffers_ + kBuffers) return false;
    int width = padded(size_.width);
    int height = padded(size_.height);
    int strideAlignment[AV_NUM_DATA_POINTERS] = {};
    av_.alignDimensions(context_.get(), &width, &height, strideAlignment);
    // A chroma row is half as long and just as aligned.
    const std::size_t stride = 2 * aligned(static_cast<std::size_t>(width + 1) / 2);
    const std::size_t luma = aligned(stride * static_cast<std::size_t>(height) + kSlack);
    const std::size_t chroma = aligned(stride / 2 * static_cast<std::size_t>((height + 1) / 2) + kSlack);
    const std::size_t bytes = luma + 2 * chroma;
    if (!free->bytes) {
      free->bytes.reset(static_cast<std::uint8_t*>(std::aligned_alloc(kAlignment, bytes)));
      if (!free->bytes) return false;
      std::memset(free->bytes.get(), 0, bytes);
    }
    std::uint8_t* at = free->bytes.get();
    frame.buf[0] = av_.createBuffer(at, bytes, giveBack, &free->used, 0);
    if (!frame.buf[0]) return false;
    free->used = true;
    frame.data[0] = at;
    frame.data[1] = at + luma;
    frame.data[2] = at + luma + chroma;
    frame.linesize[0] = static_cast<int>(stride);
    frame.linesize[1] = frame.linesize[2] = static_cast<int>(stride / 2);
    frame.extended_data = frame.data;
    return true;
  }

  static void giveBack(void* used, std::uint8_t*) { *static_cast<bool*>(used) = false; }

  const AvFunctions& av_;
  const surface::Size size_;
  Buffer buffers_[kBuffers];
  AvHandle<AVFrame> frame_;
  AvHandle<AVPacket> packet_;
  AvHandle<AVCodecContext> context_;
  std::vector<std::uint8_t> stream_;
  bool first_ = true;
  bool broken_ = false;
};

}  // namespace

std::unique_ptr<VideoDecoder> createAvDecoder(const AvFunctions& av, surface::Size size) {
  auto decoder = std::make_unique<AvDecoder>(av, size);
  if (!decoder->open()) return nullptr;
  return decoder;
}

}  // namespace lucarne::link
