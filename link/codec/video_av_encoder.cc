// SPDX-License-Identifier: Apache-2.0
// libx264 by way of libavcodec. Rate control is a cap: quality as good as is worth it, but no picture
// larger than the line takes in its time. One picture that is whole by itself begins the stream.
#include <algorithm>

#include <fmt/format.h>

#include "link/codec/video_av.h"
#include "link/codec/video_colours.h"
#include "link/codec/video_headers.h"

namespace lucarne::link {

namespace {

// Pictures a second that rate control believes in; what it is told of rates is by picture.
constexpr int kPictures = 60;
// Better than this is not seen in motion, and it will be exact at rest.
constexpr const char* kBestQuality = "24";
// What pays most for its time: arithmetic coding and the deblocking filter save two fifths of the
// bytes that the fastest preset needs, and cost a tenth more time.
constexpr const char* kPreset = "ultrafast";
constexpr const char* kTools = "cabac=1:deblock=0,0:scenecut=0:weightp=0:threads=1:sliced-threads=0";
// The first picture may take this many times the target: it is seen for long.
constexpr std::size_t kFirstShare = 3;
// Libavcodec counts bits by the thousand; below this nothing is left to control.
constexpr std::size_t kLeastTarget = 150;  // bytes
// A target that differs by less than this part is the same: each change costs rate control its past.
constexpr std::size_t kSameTarget = 10;

class AvEncoder final : public VideoEncoder {
 public:
  AvEncoder(const AvFunctions& av, surface::Size size)
      : av_(av),
        size_(size),
        frame_(owned(av.allocFrame(), av.freeFrame)),
        packet_(owned(av.allocPacket(), av.freePacket)) {}

  bool isUsable() const { return frame_ && packet_ && av_.findEncoder("libx264"); }

  bool encode(surface::ConstFrame picture, std::size_t targetBytes,
              std::vector<std::uint8_t>& out) override {
    if (broken_) return false;
    const std::size_t begin = out.size();
    broken_ = !tryEncode(picture, std::max(targetBytes, kLeastTarget), out);
    if (broken_) out.resize(begin);
    return !broken_;
  }

 private:
  bool tryEncode(surface::ConstFrame picture, std::size_t targetBytes,
                 std::vector<std::uint8_t>& out) {
    if (!context_ && !open(targetBytes)) return false;
    aim(targetBytes);
    if (av_.makeFrameWritable(frame_.get()) < 0) return false;
    Planes planes;
    for (int i = 0; i < 3; ++i) {
      planes.rows[i] = frame_->data[i];
      planes.strideBytes[i] = frame_->linesize[i];
    }
    toPlanes(picture, planes);
    frame_->pts = number_;
    if (av_.sendFrame(context_.get(), frame_.get()) < 0) return false;
    if (av_.receivePacket(context_.get(), packet_.get()) < 0) return false;
    const bool good = takeOut({packet_->data, static_cast<std::size_t>(packet_->size)}, out);
    av_.unrefPacket(packet_.get());
    ++number_;
    return good;
  }

  bool open(std::size_t targetBytes) {
    const AVCodec* codec = av_.findEncoder("libx264");
    context_ = owned(av_.allocContext(codec), av_.freeContext);
    if (!context_) return false;
    AVCodecContext& c = *context_;
    c.width = size_.width;
    c.height = size_.height;
    c.pix_fmt = AV_PIX_FMT_YUV420P;
    c.color_range = AVCOL_RANGE_JPEG;
    c.time_base = {1, kPictures};
    c.framerate = {kPictures, 1};
    c.gop_size = 1 << 30;  // what x264 calls infinite: nothing is lost on the way
    c.max_b_frames = 0;
    c.refs = 1;
    c.thread_count = 1;
    c.flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    setRates(targetBytes, kFirstShare);
    AVDictionary* options = nullptr;
    av_.setOption(&options, "preset", kPreset, 0);
    av_.setOption(&options, "tune", "zerolatency", 0);
    av_.setOption(&options, "crf", kBestQuality, 0);
    av_.setOption(&options, "x264-params", kTools, 0);
    const int opened = av_.open(&c, codec, &options);
    av_.freeOptions(&options);
    if (opened < 0) return false;
    const auto headers = VideoHeaders::ofParameterSets(
        {c.extradata, static_cast<std::size_t>(std::max(c.extradata_size, 0))}, size_);
    if (!headers) return false;
    headers_ = *headers;
    frame_->format = c.pix_fmt;
    frame_->width = size_.width;
    frame_->height = size_.height;
    return av_.getFrameBuffer(frame_.get(), 0) >= 0;
  }

  void setRates(std::size_t targetBytes, std::size_t share) {
    context_->rc_max_rate = static_cast<std::int64_t>(targetBytes) * 8 * kPictures;
    context_->rc_buffer_size = static_cast<int>(targetBytes * share * 8);
    target_ = targetBytes;
  }

  void aim(std::size_t targetBytes) {
    if (number_ == 0) return;
    const std::size_t off = targetBytes > target_ ? targetBytes - target_ : target_ - targetBytes;
    if (number_ > 1 && off * kSameTarget < target_) return;
    setRates(targetBytes, 1);
  }

  // The slice, without its start code; in front of it, for the first one, the stream's headers.
  bool takeOut(base::Bytes packet, std::vector<std::uint8_t>& out) {
    const NalKind wanted = number_ == 0 ? NalKind::KeySlice : NalKind::Slice;
    int slices = 0;
    bool other = false;
    visitNals(packet, [&](base::Bytes nal) {
      const NalKind kind = nalKind(nal[0]);
      if (kind != NalKind::Slice && kind != NalKind::KeySlice) return;
      other = other || kind != wanted || !isOneNal(nal);
      if (++slices > 1) return;
      if (number_ == 0) headers_.encode(out);
      out.insert(out.end(), nal.begin(), nal.end());
    });
    return slices == 1 && !other;
  }

  const AvFunctions& av_;
  const surface::Size size_;
  AvHandle<AVFrame> frame_;
  AvHandle<AVPacket> packet_;
  AvHandle<AVCodecContext> context_;
  VideoHeaders headers_;
  std::int64_t number_ = 0;
  std::size_t target_ = 0;
  bool broken_ = false;
};

}  // namespace

std::unique_ptr<VideoEncoder> createAvEncoder(const AvFunctions& av, surface::Size size) {
  auto encoder = std::make_unique<AvEncoder>(av, size);
  if (!encoder->isUsable()) return nullptr;
  return encoder;
}

}  // namespace lucarne::link
