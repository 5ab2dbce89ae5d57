// SPDX-License-Identifier: Apache-2.0
// A panel that really paints, and remembers what it was asked for.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "kiosk/panel_painter.h"

namespace lucarne::kiosk {

/// As a GPU would take a dma-buf: with one colour for all that changed, or not at all.
class ImportingPicture final : public MemoryPicture {
 public:
  static constexpr surface::Pixel kImported = 0x00c0ffee;

  ImportingPicture(surface::Size size, const bool& refuses) : MemoryPicture(size), refuses_(refuses) {}
  base::Result<void> import(const std::shared_ptr<const surface::Dmabuf>&,
                            const surface::Damage& damage) override {
    if (refuses_) return base::unexpected("another card's memory");
    const Image colour(size(), kImported);
    upload(colour.frame(), damage);
    return {};
  }

 private:
  const bool& refuses_;
};

class FakeOutput final : public Output {
 public:
  explicit FakeOutput(surface::Size size) : panel(size) {}

  surface::Size size() const override { return panel.size; }
  std::string words() const override { return "fake"; }
  base::Duration refreshPeriod() const override { return std::chrono::milliseconds(10); }
  std::unique_ptr<StoredPicture> store(surface::Size size) override {
    if (refusesPictures) return nullptr;
    return std::make_unique<ImportingPicture>(size, refusesDmabufs);
  }
  std::vector<surface::DmabufFormat> imports() const override { return formats; }
  void present(const Scene& scene, const surface::Damage& changed) override {
    ++presents;
    lastChanged = changed;
    paintScene(scene, panel.frame(), changed);
  }
  Image capture(const Scene&) override { return panel; }
  bool drawsPointer() const override { return hasPointer; }
  void setPointer(const Image& shape, surface::PanelPoint) override { pointer = shape; }
  void listen(PanelEvents& to) override { events = &to; }
  std::string clipboard() override { return desktopText; }
  void setClipboard(const std::string& text) override { desktopText = text; }

  Image panel;
  int presents = 0;
  surface::Damage lastChanged;
  bool hasPointer = false;
  bool refusesPictures = false;
  bool refusesDmabufs = false;
  std::vector<surface::DmabufFormat> formats;  // none: it has no GPU
  Image pointer;
  PanelEvents* events = nullptr;
  std::string desktopText;
};

}  // namespace lucarne::kiosk
