// SPDX-License-Identifier: Apache-2.0
// Turns the newest picture into pieces for a peer that gets every piece, in order.
//
//   owner ──damage()──▶ ScreenEncoder ──encode(newest picture)──▶ piece ──the link──▶ ScreenDecoder
//
// State, not queue: nothing is encoded before the line has room for it, and always from the newest
// picture. The encoder keeps the peer's picture (PeerModel) and sends the difference.
//
// A frame is what differed when it began. What was not sent when the guest paints again is copied
// aside (`beforePaint`), so that the peer sees all of one moment, until the frame is older than
// kFrameAge: then newer pixels replace what was not sent yet, and the peer sees parts as they come.
// What is small and new goes at once, in the middle of a frame; what was sent lossy is made exact when
// it rests, after everything new.
//
// Pure computation; call from one thread. Exactness: once `encode` answers false and `deadline` is
// TimePoint::max(), the peer shows exactly the last picture (colours; X bytes are undefined).
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "base/c_handle.h"
#include "base/clock.h"
#include "link/codec/coders.h"
#include "link/codec/copy_finder.h"
#include "link/codec/line_plan.h"
#include "link/codec/methods.h"
#include "link/codec/outbox.h"
#include "link/codec/peer_model.h"
#include "link/codec/picture_digest.h"
#include "link/codec/tile_map.h"
#include "link/codec/video_library.h"
#include "link/codec/video_regions.h"
#include "surface/damage.h"

namespace lucarne::link {

class ScreenEncoder {
 public:
  /// `encode` with less room than this answers false.
  static constexpr std::size_t kLeastPiece = 64;

  /// The clock outlives the encoder.
  explicit ScreenEncoder(const base::Clock& clock);

  /// A fresh session: the peer has nothing but what its digest says.
  void reset(PictureDigest have = {});

  /// This part of the picture may differ from before. A picture of another size needs no damage.
  void damage(const surface::Damage& damage);

  /// The picture that `encode` was given last is about to change: what of the frame under way was not
  /// sent yet is kept. Without this the peer may see two moments in one frame; at rest all the same.
  void beforePaint(surface::ConstFrame picture);

  /// Answers the library, loaded if need be; nullptr: there is none.
  using VideoLoader = std::function<std::shared_ptr<const VideoLibrary>()>;
  /// The peer takes videos; `loader` is called when there is one to send. Empty: it does not. To be
  /// said before `reset`.
  void offerVideo(VideoLoader loader);

  /// The peer takes JPEG strips of samplings 2 and 3, or does not (as at first). They are used where this
  /// machine can write them too.
  void offerSketches(bool taken) { takesSketches_ = taken && JpegStrip::hasArithmetic(); }

  /// The line's measured rate, 0 while unknown. Cheap; call before `encode`.
  void setLine(double bytesPerSecond);
  /// Where the person points: repairs begin there.
  void setPointer(surface::GuestPoint at) { pointer_ = at; }

  /// Appends a piece of at most `maxBytes` to `out`, which may hold bytes already. False: nothing to
  /// say now, nothing was appended. `picture` is borrowed for the call and must not be smaller than
  /// what `damage` spoke of.
  bool encode(surface::ConstFrame picture, std::size_t maxBytes, std::vector<std::uint8_t>& out);

  /// When `encode` will have something to say again without further damage: the next repair. The
  /// present or past when it has now; TimePoint::max() when everything is exact.
  base::TimePoint deadline() const;

  /// Whether a newer picture than the last one that was damaged would be of use about now. While a
  /// frame takes long on the line, all pictures but the last before its end are drawn in vain.
  bool wantsPicture() const;

  /// Bytes and tile ops so far, by method; for the bench and for --stats.
  struct Counts {
    std::array<std::uint64_t, kMethods> ops{};
    std::array<std::uint64_t, kMethods> bytes{};
    std::uint64_t solids = 0;
    std::uint64_t copies = 0;
    std::uint64_t recalls = 0;
    std::uint64_t videos = 0;      ///< pictures of videos …
    std::uint64_t videoBytes = 0;  ///< … and their bytes
    std::uint64_t frames = 0;
  };
  const Counts& counts() const { return counts_; }

 private:
  struct Piece;
  struct Target;  // what one tile op writes: a rectangle and where its pixels are
  struct Video {
    surface::Rect rect;
    std::unique_ptr<VideoEncoder> encoder;  // nullptr: there is none
    bool fresh = false;                     // nothing was sent yet
    bool wanted = false;                    // its next picture is to be sent
    base::TimePoint begunAt{};
    base::TimePoint changedAt{};
    base::Duration interval{};              // before that
    base::TimePoint seenAt{};               // when most of it was last found moving
  };

  // taking in
  void startPicture(Piece& piece);
  void adoptDigest();
  void takeDamage(Piece& piece);
  void takeSmallDamage(Piece& piece);
  bool isSmall(const surface::Rect& r) const;
  bool isHot(const surface::Rect& r) const;
  bool sendAtOnce(Piece& piece, const surface::Rect& r);
  void absorb(Piece& piece, const surface::Rect& r);
  bool yieldOutbox(Piece& piece, const surface::Rect& part);
  void abort(Piece& piece, Lane lane, CoderId coder);
  void makeWay(Piece& piece, const surface::Rect& r);
  void unsnap();
  void storeOld(Piece& piece);
  void findCopies(Piece& piece);
  void emitCopy(Piece& piece, const Move& move);
  void enqueueFresh();
  void findTexts();
  bool isSparse(const surface::Rect& changed) const;
  void planFrame();
  void followLine(Piece& piece);
  bool frameUnderWay();
  std::size_t tilesWaiting() const;

  // videos
  void forgetVideos();
  void endVideo(Video& video);
  void restVideos();
  base::TimePoint restsAt(const Video& video) const;
  bool isVideo(const surface::Rect& r) const;
  bool videoWaits() const;
  surface::Rect besides(const surface::Rect& changed, const surface::Rect& video) const;
  void takeVideos();
  void findVideos();
  bool considerVideo(const surface::Rect& r);
  void beginVideo(Video& video, const surface::Rect& r);
  void emitVideo(Piece& piece);

  // giving out
  bool step(Piece& piece);
  bool advanceFrame(Piece& piece);
  bool advance(Piece& piece, Lane lane);
  struct Text;
  bool advanceText(Piece& piece);
  Target textTarget(const Text& text) const;
  surface::Rect besidesTexts(surface::Rect band) const;
  void settle(const surface::Rect& r);
  bool advanceRepair(Piece& piece, int share);
  bool emitRepair(Piece& piece);
  void noteDrawn();
  void endPiece(Piece& piece);
  void endFrame(Piece& piece);
  bool tryRecall(Piece& piece, Lane lane, std::size_t index);
  void emitRecall(Piece& piece, Lane lane, std::size_t slot, const surface::Rect& r);
  bool trySolid(Piece& piece, Lane lane, std::size_t index);
  bool tryBand(Piece& piece, Lane lane, std::size_t index);
  bool tryBeside(Piece& piece, Lane lane, std::size_t index, const Bands& bands);
  Target takeRun(Lane lane, std::size_t index, bool lossy);
  void emitLossy(Piece& piece, Lane lane, const Target& target);
  bool emitPlain(Piece& piece, Lane lane, const Target& target);
  void emitExact(Piece& piece, Lane lane, const Target& target);
  void emitOp(Piece& piece, Lane lane, const Target& target, MethodId method, CoderId coder,
              surface::Pixel mark);
  void writeOp(MethodId method, CoderId coder, const surface::Rect& r, base::Bytes body);
  void sendOp(Piece& piece, Lane lane, const Target& target, CoderId coder, Outbox::Base base,
              surface::Pixel mark);
  void emitPart(Piece& piece, Lane lane);
  CoderId coderFor(Lane lane, CoderId wanted) const;
  bool deltaPays(const Target& target) const;
  void landed(Piece& piece, Lane lane, const surface::Rect& r, surface::Pixel mark);
  surface::ConstFrame sourceOf(std::size_t index) const;
  bool mayRepair(std::size_t index, surface::Pixel least) const;
  bool nextRepair(std::size_t& index, surface::Pixel least) const;
  bool emitPass(Piece& piece);
  bool nextStrip(surface::Pixel least, std::int64_t most, surface::Rect& strip);
  void emitRough(Piece& piece, Target strip);
  bool compress(const Target& target, int quality);
  bool sketched(const Target& target);
  JpegStrip::Sampling lossySampling() const;
  std::vector<bool> poorTiles(const Target& strip);
  bool moves() const;
  base::TimePoint motionEnds() const;
  base::TimePoint restsFrom(const TileState& tile) const;
  void keepAside();
  surface::Frame aside() const { return {aside_.get(), size_, size_.width * 4}; }

  const base::Clock& clock_;
  base::TimePoint now_{};
  surface::ConstFrame live_;     // the picture, during encode() only
  surface::Size size_;
  bool started_ = false;         // Size was sent in this session
  PictureDigest have_;
  PeerModel peer_;
  TileMap tiles_;
  LinePlan plan_;
  int streamLevel_;              // zstd's, of the streams under way
  base::TimePoint levelSince_{};
  Methods methods_;
  Palette& palette_;
  JpegStrip& jpeg_;
  Squeezer squeezer_;
  CopyFinder finder_;
  VideoLoader videoLoader_;
  std::shared_ptr<const VideoLibrary> videoLibrary_;  // from the first video on
  VideoRegions regions_;
  std::array<Video, kVideos> videos_;
  bool copied_ = false;          // something of this frame moved
  std::array<Outbox, kLanes> outboxes_;
  // Parts of text, with whole lines, that go before the tiles under them. They only say where to look:
  // what they did not bring is still queued as tiles.
  struct Text {
    surface::Rect rect;
    bool snapped = false;  // as a tile's
  };
  std::deque<Text> texts_;
  std::vector<surface::Rect> textsSent_;  // since they were found
  bool textOnWay_ = false;       // what Lane::Large sends is one of them
  surface::Damage damage_;       // since the last look
  surface::Damage urgent_;       // small, for the next piece
  surface::Damage later_;        // for the next frame
  // Pixels of the frame under way that did not fit yet, a whole picture of which only what is kept is
  // written: zeroed pages take no memory before that.
  base::CHandle<surface::Pixel, std::free> aside_;
  base::TimePoint asideAt_{};     // when something was kept last
  base::TimePoint frameStart_{};
  std::size_t frameTiles_ = 0;    // of the frame under way, when it began
  base::Duration frameTook_{};    // the last one, on the line
  base::TimePoint damagedAt_{};   // when something large was damaged
  base::TimePoint movedAt_{};     // when the last frame began that was not small …
  base::Duration interval_{};     // … and how long after the one before; 0: it came alone
  base::TimePoint repairAt_{};    // while something moves, the next repair not before this
  std::vector<std::size_t> fresh_;   // tiles found changed in this look
  std::vector<std::size_t> rested_;  // those of them that had been still and exact
  std::int64_t hotDebt_ = 0;     // bytes that hot places are owed while a frame is under way
  bool drawn_ = false;           // something was drawn since the last FrameEnd …
  base::TimePoint drawnSince_{}; // … and when that began
  surface::GuestPoint pointer_;
  bool takesSketches_ = false;
  std::vector<surface::Pixel> seen_;  // what a strip will look like
  std::vector<std::uint8_t> body_;
  std::vector<std::uint8_t> squeezed_;
  std::vector<std::uint8_t> op_;
  Counts counts_;
};

}  // namespace lucarne::link
