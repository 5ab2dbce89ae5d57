// SPDX-License-Identifier: Apache-2.0
// Still pictures that come at once over an empty screen, for measuring how long a slow line takes for
// them: a page of text, and a photograph with a note on it.
#include "bench/scenes/page.h"
#include "bench/scenes/photo.h"
#include "bench/scenes/scene.h"
#include "surface/stamp.h"

namespace lucarne::bench {

namespace {

constexpr surface::Pixel kEmpty = 0x404448;
constexpr surface::Pixel kPaper = 0xffffff;
constexpr surface::Pixel kInk = 0x101010;
constexpr int kMargin = 12;

void paintPage(surface::Frame frame, const surface::Rect& page) {
  const Glyphs glyphs(15);
  fillPixels(frame, page, kPaper);
  const int columns = (page.width - 2 * kMargin) / glyphs.cell().width;
  const int rows = (page.height - 2 * kMargin) / glyphs.cell().height;
  for (int row = 0; row < rows; ++row) {
    glyphs.draw(frame, {page.x + kMargin, page.y + kMargin + row * glyphs.cell().height},
                logLine(row, columns), kInk, kPaper);
  }
}

class StillScene : public Scene {
 public:
  StillScene(surface::Size size, const surface::Rect& text) : size_(size), text_(text) {}

  void paintFirst(surface::Frame frame) override {
    fillPixels(frame, surface::Rect::of(frame.size), kEmpty);
  }
  surface::Damage paintNext(surface::Frame frame, int number) override {
    if (number > 0) return {};
    paintBehind(frame, below(size_));
    paintPage(frame, text_);
    return surface::Damage(below(size_));
  }
  surface::Rect text() const override { return text_; }

 protected:
  // All but the stamp's row.
  static surface::Rect below(surface::Size size) {
    const int top = surface::Stamp::kSize.height;
    return {0, top, size.width, size.height - top};
  }

 private:
  virtual void paintBehind(surface::Frame, const surface::Rect&) {}

  surface::Size size_;
  surface::Rect text_;
};

class PageScene final : public StillScene {
 public:
  explicit PageScene(surface::Size size) : StillScene(size, below(size)) {}
};

class WallpaperScene final : public StillScene {
 public:
  explicit WallpaperScene(surface::Size size)
      : StillScene(size, {size.width / 3, size.height / 3, size.width / 3, size.height / 3}),
        wallpaper_(size, 5, 3) {}

 private:
  void paintBehind(surface::Frame frame, const surface::Rect& all) override {
    wallpaper_.paint(frame, all, {0, 0});
  }

  Photo wallpaper_;
};

std::unique_ptr<Scene> createPage(surface::Size size) { return std::make_unique<PageScene>(size); }
std::unique_ptr<Scene> createWallpaper(surface::Size size) {
  return std::make_unique<WallpaperScene>(size);
}

}  // namespace

extern const SceneRow kPageScene = {"page", "a page of text that comes at once", createPage, true};
extern const SceneRow kWallpaperScene = {"wallpaper", "a photograph and a note that come at once",
                                         createWallpaper, true};

}  // namespace lucarne::bench
