// SPDX-License-Identifier: Apache-2.0
// What the screen codec costs and what it makes of a line: lucarne-bench codec
//
//   --lines             the scenes of docs/codec.md over simulated lines, as a table
//   --lines=SCENE       only that scene, or recording:FILE
//   --lines=SCENE@RATE  only on a line of so many bytes a second
//   --lines… --video    the same with a panel that takes H.264
//   (Google Benchmark's options)  each method on a tile: ns and bytes
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "bench/codec_command.h"
#include "bench/codec_line.h"
#include "bench/scenes/scene.h"
#include "link/codec/coders.h"
#include "link/codec/jpeg_strip.h"
#include "link/codec/methods.h"
#include "link/codec/palette.h"
#include "link/codec/pixel_kernels.h"
#include "surface/stamp.h"

namespace lucarne::bench {
namespace {

using bench::Canvas;
using surface::Damage;
using surface::Frame;
using surface::Rect;
using surface::Size;

constexpr Size kScreen{1280, 800};
constexpr base::Duration kFrame = std::chrono::microseconds(16667);

// ---- scenes over lines --------------------------------------------------------------------------

struct LineScene {
  const char* name;
  std::function<void(Frame)> first;
  std::function<Rect(Frame, int)> next;  // draws frame n, answers what changed
  int frames = 0;                        // how many are drawn; 0: enough for what is always the same
};

Rect dragAt(int n) { return {100 + n * 7 % 600, 120 + n * 3 % 200, 480, 320}; }

// A wallpaper that is drawn once: windows over it need what is under them.
const Canvas& wallpaper() {
  static const Canvas made = [] {
    Canvas c(kScreen);
    bench::drawPhoto(c.frame(), Rect::of(kScreen), 3);
    return c;
  }();
  return made;
}

std::vector<LineScene> scenes() {
  const auto photo = [](Frame f) { copyPixels(wallpaper().view(), f, Rect::of(f.size)); };
  const auto page = [](Frame f) { bench::drawText(f, Rect::of(f.size), 1); };
  return {
      {"typing", page,
       [](Frame f, int n) {
         const surface::GuestPoint at{40 + n % 120 * 8, 400 + n / 120 % 10 * 16};
         bench::drawLetter(f, at, static_cast<std::uint32_t>(n * 7 + 1));
         return Rect{at.x, at.y, 8, 16};
       }},
      {"scrolling", page,
       [](Frame f, int n) {
         const Rect r{100, 60, 900, 640};
         bench::drawText(f, r, 2, n * 3);
         return r;
       }},
      {"dragging", photo,
       [](Frame f, int n) {
         const Rect before = dragAt(n - 1);
         const Rect now = dragAt(n);
         copyPixels(wallpaper().view(), f, before);
         bench::drawWindow(f, now, 5);
         return bounding(before, now);
       }},
      {"video", page,
       [](Frame f, int n) {
         const Rect r{320, 200, 640, 400};
         bench::drawPhoto(f, r, 9, n * 2);
         return r;
       }},
      {"full", photo,
       [](Frame f, int n) {
         bench::drawPhoto(f, Rect::of(f.size), 11, n * 2);
         return Rect::of(f.size);
       }},
  };
}

using Video = std::shared_ptr<const link::VideoLibrary>;

void runScene(const LineScene& scene, double rate, const Video& video) {
  CodecLine line(rate, kScreen, video);
  scene.first(line.canvas().frame());
  scene.next(line.canvas().frame(), 0);
  drawStamp(line.canvas().frame(), {0, 0}, {1, 1});
  line.drawn(1, Damage(Rect::of(kScreen)));
  const double first = base::toSeconds(line.runUntilExact());
  line.runFor(std::chrono::milliseconds(400));
  line.forgetFigures();
  const int frames = scene.frames > 0 ? scene.frames : rate < 1e5 ? 240 : 150;
  for (int n = 1; n <= frames; ++n) {
    line.beforeDrawing();
    const Rect changed = scene.next(line.canvas().frame(), n);
    drawStamp(line.canvas().frame(), {0, 0}, {static_cast<std::uint32_t>(n + 1), 1});
    Damage damage(changed);
    damage.add({{}, {}, surface::Stamp::kSize.width, surface::Stamp::kSize.height});
    line.drawn(static_cast<std::uint32_t>(n + 1), damage);
    line.runFor(kFrame);
  }
  const CodecFigures f = line.figures();
  const std::uint64_t before = line.bytes();
  const double exact = base::toSeconds(line.runUntilExact());
  std::printf("%-10s %9.1f %7.1f %8.1f %8.1f %9.0f %8.2f %8.2f %8.2f %9.0f %8.2f\n", scene.name,
              rate / 1e3, f.framesPerSecond, f.latencyP50, f.latencyP95, f.bytesPerFrame, f.encodeMs,
              f.decodeMs, exact, static_cast<double>(line.bytes() - before), first);
  std::fflush(stdout);
}

// A recording's frames, as if it were one of ours.
LineScene playback(const std::string& name) {
  const std::shared_ptr<Scene> recorded = createScene(name, kScreen);
  return {"recording", [recorded](Frame f) { recorded->paintFirst(f); },
          [recorded](Frame f, int n) { return recorded->paintNext(f, n).bounds(); }, 2400};
}

int runLines(const char* only, const Video& video) {
  std::printf("%-10s %9s %7s %8s %8s %9s %8s %8s %8s %9s %8s\n", "scene", "kB/s", "fps", "p50 ms",
              "p95 ms", "B/frame", "enc ms", "dec ms", "exact s", "exact B", "first s");
  const std::string_view wanted(only);
  const std::string_view name = wanted.substr(0, wanted.find('@'));
  const double one = name.size() < wanted.size() ? std::atof(only + name.size() + 1) : 0;
  const bool recorded = name.starts_with(kRecordingPrefix);
  // Any rate can be asked for.
  std::vector<double> rates = {11.5e3, 300e3, 5e6, 84e6, 2e9};
  if (one > 0) rates = {one};
  for (const LineScene& scene : recorded ? std::vector{playback(std::string(name))} : scenes()) {
    if (!recorded && !name.empty() && name != scene.name) continue;
    for (const double rate : rates) runScene(scene, rate, video);
  }
  return 0;
}

// ---- methods on tiles ---------------------------------------------------------------------------

enum Content { kText, kPhoto, kNoise };

Canvas tileOf(Content content, int shift = 0) {
  Canvas c({link::kTile, link::kTile});
  const Rect r = Rect::of(c.size());
  if (content == kText) bench::drawText(c.frame(), r, 1, shift);
  if (content == kPhoto) bench::drawPhoto(c.frame(), r, 1, shift);
  if (content == kNoise) bench::drawNoise(c.frame(), r, 1 + static_cast<unsigned>(shift));
  return c;
}

void writeTile(benchmark::State& state, link::MethodId method, link::CoderId coder,
               Content content) {
  const Canvas now = tileOf(content, 1);
  const Canvas before = tileOf(content, 0);
  link::Methods methods = link::createMethods();
  link::Squeezer squeezer;
  squeezer.setLevel(1);
  std::vector<std::uint8_t> body;
  std::vector<std::uint8_t> out;
  for (auto _ : state) {
    body.clear();
    out.clear();
    methods[static_cast<std::size_t>(method)]->forward(now.view(), before.view(), body);
    squeezer.squeeze(coder, body, out);
    squeezer.reset(coder);  // else zstd would find the last tile in its history
    benchmark::DoNotOptimize(out.data());
  }
  state.counters["bytes"] = static_cast<double>(out.size());
}

void readTile(benchmark::State& state, link::MethodId method, link::CoderId coder,
              Content content) {
  const Canvas now = tileOf(content, 1);
  Canvas before = tileOf(content, 0);
  link::Methods methods = link::createMethods();
  link::TileMethod& how = *methods[static_cast<std::size_t>(method)];
  link::Squeezer squeezer;
  link::Unsqueezer unsqueezer;
  std::vector<std::uint8_t> body;
  std::vector<std::uint8_t> out;
  how.forward(now.view(), before.view(), body);
  squeezer.squeeze(coder, body, out);
  for (auto _ : state) {
    const auto unpacked = unsqueezer.unsqueeze(coder, out, how.longestBody(now.size()));
    benchmark::DoNotOptimize(how.inverse(*unpacked, before.frame()));
    unsqueezer.reset(coder);
  }
}

void compareTile(benchmark::State& state) {
  const Canvas now = tileOf(kPhoto, 0);
  const Canvas before = tileOf(kPhoto, 0);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        link::differingBox(now.view(), before.view(), Rect::of(now.size())));
  }
}

void compareTilePlainly(benchmark::State& state) {
  const Canvas now = tileOf(kPhoto, 0);
  const Canvas before = tileOf(kPhoto, 0);
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        link::reference::differingBox(now.view(), before.view(), Rect::of(now.size())));
  }
}

// ---- a region that moves -------------------------------------------------------------------------

constexpr Size kRegion{640, 400};
// A sixtieth of a second of 300 kB/s, less a third.
constexpr std::size_t kRegionBytes = 3300;
constexpr int kRegionPictures = 60;

Video videoLibrary() {
  auto library = link::VideoLibrary::load();
  if (library) return *std::move(library);
  std::fprintf(stderr, "%s\n", library.error().message.c_str());
  return nullptr;
}

double psnr(surface::ConstFrame a, surface::ConstFrame b) {
  double squares = 0;
  for (int y = 0; y < a.size.height; ++y) {
    for (int x = 0; x < a.size.width; ++x) {
      for (const int shift : {0, 8, 16}) {
        const double off = (a.at(x, y) >> shift & 255) - static_cast<double>(b.at(x, y) >> shift & 255);
        squares += off * off;
      }
    }
  }
  return 10 * std::log10(255.0 * 255.0 * 3 * static_cast<double>(a.size.pixels()) / std::max(squares, 1.0));
}

std::vector<Canvas> film() {
  std::vector<Canvas> pictures(kRegionPictures, Canvas(kRegion));
  for (int n = 0; n < kRegionPictures; ++n) {
    bench::drawPhoto(pictures[static_cast<std::size_t>(n)].frame(), Rect::of(kRegion), 9, n * 2);
  }
  return pictures;
}

// One picture after the other, as a line of 300 kB/s would get them.
void writeRegionAsVideo(benchmark::State& state) {
  const Video library = videoLibrary();
  const std::vector<Canvas> pictures = film();
  std::unique_ptr<link::VideoEncoder> encoder;
  std::vector<std::uint8_t> out;
  std::size_t n = 0;
  std::size_t bytes = 0;
  for (auto _ : state) {
    if (n % kRegionPictures == 0) encoder = library->createEncoder(kRegion);
    out.clear();
    if (!encoder->encode(pictures[n++ % kRegionPictures].view(), kRegionBytes, out)) std::abort();
    bytes += out.size();
  }
  state.counters["bytes"] = static_cast<double>(bytes) / static_cast<double>(n);
}

void readRegionAsVideo(benchmark::State& state) {
  const Video library = videoLibrary();
  const std::vector<Canvas> pictures = film();
  std::vector<std::vector<std::uint8_t>> bodies(kRegionPictures);
  const auto encoder = library->createEncoder(kRegion);
  for (std::size_t i = 0; i < bodies.size(); ++i) {
    if (!encoder->encode(pictures[i].view(), kRegionBytes, bodies[i])) std::abort();
  }
  Canvas shown(kRegion);
  double sum = 0;
  std::size_t n = 0;
  std::unique_ptr<link::VideoDecoder> decoder;
  for (auto _ : state) {
    const std::size_t i = n++ % kRegionPictures;
    if (i == 0) decoder = library->createDecoder(kRegion);
    if (!decoder->decode(bodies[i], shown.frame())) std::abort();
    if (n > kRegionPictures) continue;
    state.PauseTiming();
    sum += psnr(shown.view(), pictures[i].view());
    state.ResumeTiming();
  }
  state.counters["psnr"] = sum / static_cast<double>(std::min<std::size_t>(n, kRegionPictures));
}

// The same region in strips of the tallest height that one op takes.
void writeRegionAsJpeg(benchmark::State& state) {
  const std::vector<Canvas> pictures = film();
  link::JpegStrip jpeg;
  jpeg.setQuality(static_cast<int>(state.range(0)), link::JpegStrip::Sampling::Half);
  std::vector<std::uint8_t> out;
  std::size_t n = 0;
  for (auto _ : state) {
    out.clear();
    const auto picture = pictures[n++ % kRegionPictures].view();
    for (int y = 0; y < kRegion.height; y += link::kTile) {
      jpeg.forward(picture.part({0, y, kRegion.width, std::min(link::kTile, kRegion.height - y)}), {}, out);
    }
  }
  state.counters["bytes"] = static_cast<double>(out.size());
}

void readRegionAsJpeg(benchmark::State& state) {
  const std::vector<Canvas> pictures = film();
  link::JpegStrip jpeg;
  jpeg.setQuality(static_cast<int>(state.range(0)), link::JpegStrip::Sampling::Half);
  std::vector<std::pair<Rect, std::vector<std::uint8_t>>> strips;
  for (int y = 0; y < kRegion.height; y += link::kTile) {
    const Rect r{0, y, kRegion.width, std::min(link::kTile, kRegion.height - y)};
    jpeg.forward(pictures[0].view().part(r), {}, strips.emplace_back(r, std::vector<std::uint8_t>()).second);
  }
  Canvas shown(kRegion);
  for (auto _ : state) {
    for (const auto& [r, body] : strips) jpeg.inverse(body, shown.frame().part(r));
  }
  state.counters["psnr"] = psnr(shown.view(), pictures[0].view());
}

void registerRegion() {
  benchmark::RegisterBenchmark("write_region/jpeg", writeRegionAsJpeg)->Arg(20)->Arg(60);
  benchmark::RegisterBenchmark("read_region/jpeg", readRegionAsJpeg)->Arg(20)->Arg(60);
  const Video library = videoLibrary();
  if (!library || !library->createEncoder(kRegion)) return;
  benchmark::RegisterBenchmark("write_region/h264", writeRegionAsVideo);
  benchmark::RegisterBenchmark("read_region/h264", readRegionAsVideo);
}

void registerTiles() {
  using link::CoderId;
  using link::MethodId;
  struct Way {
    const char* name;
    MethodId method;
    CoderId coder;
  };
  constexpr Way kWays[] = {
      {"plain32", MethodId::Plain32, CoderId::Stored},
      {"plain24", MethodId::Plain24, CoderId::Stored},
      {"plain32_lz4", MethodId::Plain32, CoderId::Lz4},
      {"plain24_zstd", MethodId::Plain24, CoderId::ZstdFresh},
      {"palette", MethodId::Palette, CoderId::Stored},
      {"palette_lz4", MethodId::Palette, CoderId::Lz4},
      {"palette_zstd", MethodId::Palette, CoderId::ZstdFresh},
      {"delta_zstd", MethodId::Delta, CoderId::ZstdFresh},
      {"gradient_zstd", MethodId::Gradient, CoderId::ZstdFresh},
      {"jpeg", MethodId::Jpeg, CoderId::Stored},
  };
  constexpr const char* kContents[] = {"text", "photo", "noise"};
  for (const Way& way : kWays) {
    for (const Content content : {kText, kPhoto, kNoise}) {
      if (way.method == MethodId::Palette && content != kText) continue;
      const std::string name = std::string(way.name) + "/" + kContents[content];
      benchmark::RegisterBenchmark(("write/" + name).c_str(), writeTile, way.method, way.coder,
                                   content);
      benchmark::RegisterBenchmark(("read/" + name).c_str(), readTile, way.method, way.coder,
                                   content);
    }
  }
  benchmark::RegisterBenchmark("compare", compareTile);
  benchmark::RegisterBenchmark("compare_reference", compareTilePlainly);
}

}  // namespace

int runCodecBench(std::vector<std::string> arguments) {
  if (!arguments.empty() && arguments[0].starts_with("--lines")) {
    const std::string& lines = arguments[0];
    Video video;
    if (arguments.size() > 1 && arguments[1] == "--video" && !(video = videoLibrary())) return 1;
    return runLines(lines.size() > 7 && lines[7] == '=' ? lines.c_str() + 8 : "", video);
  }
  registerTiles();
  registerRegion();
  arguments.insert(arguments.begin(), "lucarne-bench codec");
  std::vector<char*> argv;
  for (std::string& each : arguments) argv.push_back(each.data());
  int argc = static_cast<int>(argv.size());
  benchmark::Initialize(&argc, argv.data());
  if (benchmark::ReportUnrecognizedArguments(argc, argv.data())) return 2;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}

}  // namespace lucarne::bench
