// SPDX-License-Identifier: Apache-2.0
// The panel: something that keeps guests' pictures and draws scenes.
//
// Loop's thread only. What fails at run time (a present that the display server refuses) is logged
// by the output; the next present draws everything anew. A new kind of output is one file in
// outputs/ and one line in outputs/open_output.cc; outputs/headless_output.cc is the tutorial.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kiosk/panel_event.h"
#include "kiosk/scene.h"
#include "surface/damage.h"
#include "surface/dmabuf.h"

namespace lucarne::kiosk {

/// One guest's picture in the output's own memory (a texture, or plain memory).
class StoredPicture {
 public:
  virtual ~StoredPicture() = default;
  virtual surface::Size size() const = 0;
  /// Copies the damaged parts of `picture`, which has this size and may change while it is read.
  virtual void upload(surface::ConstFrame picture, const surface::Damage& damage) = 0;
  /// Has the GPU copy the damaged parts (all of it, where it sees fit) from a guest's dma-buf, whose
  /// picture has this size, and waits until that is done. Failure: nothing was taken, this picture is
  /// what it was.
  virtual base::Result<void> import(const std::shared_ptr<const surface::Dmabuf>& /*dmabuf*/,
                                    const surface::Damage& /*damage*/) {
    return base::unexpected("this panel has no GPU");
  }
  /// The part inside `r` as it is now, from a picture that was imported; empty when it cannot be read.
  virtual Image read(const surface::Rect& /*r*/) { return {}; }
};

class Output {
 public:
  virtual ~Output() = default;

  /// The panel in pixels, before any rotation. Changes only before PanelResized is told.
  virtual surface::Size size() const = 0;
  /// For the log and --stats: "x11, opengl (GeForce …)".
  virtual std::string words() const = 0;
  /// The panel's refresh: no two presents are asked for in less.
  virtual base::Duration refreshPeriod() const = 0;

  /// Room for a picture; nullptr when the renderer takes none of that size. Must not outlive the
  /// output.
  virtual std::unique_ptr<StoredPicture> store(surface::Size size) = 0;

  /// What its pictures can import; empty: nothing.
  virtual std::vector<surface::DmabufFormat> imports() const { return {}; }

  /// Draws and shows. `changed` says where the scene differs from the last one presented; a
  /// renderer that keeps no picture of its own draws everything.
  virtual void present(const Scene& scene, const surface::Damage& changed) = 0;

  /// What present would show, as pixels of the panel (without a pointer that the display draws).
  virtual Image capture(const Scene& scene) = 0;

  /// True when the display draws the pointer itself, at its own pace: then the scene has none and
  /// setPointer says what it looks like.
  virtual bool drawsPointer() const = 0;
  /// `shape` is turned and scaled already; an empty one hides the pointer.
  virtual void setPointer(const Image& /*shape*/, surface::PanelPoint /*hotspot*/) {}

  /// The desktop's clipboard, if it is text; empty: there is none. May wait for up to a second for the
  /// program that holds it: ask only when it is wanted.
  virtual std::string clipboard() { return {}; }
  virtual void setClipboard(const std::string& /*text*/) {}

  /// Where events go that the display delivers; called from the loop once `listen` has been. An
  /// output without input never calls.
  virtual void listen(PanelEvents& /*events*/) {}
};

}  // namespace lucarne::kiosk
