// SPDX-License-Identifier: Apache-2.0
// Any sizes, any turn, any point: what Placement promises holds.
#include <cstdint>
#include <cstdlib>

#include "base/byte_reader.h"
#include "surface/frame.h"
#include "surface/placement.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace lucarne::surface;
  lucarne::base::ByteReader in({data, size});
  const auto side = [&in] { return in.u16() % (kMaxSide + 1); };
  const int panelWidth = side();
  const Size panel{panelWidth, side()};
  const int guestWidth = side();
  const Size guest{guestWidth, side()};
  const auto rotation = static_cast<Rotation>(in.u8() % 4);
  const auto mode = static_cast<ScaleMode>(in.u8() % 4);
  const Placement placement(panel, guest, rotation, mode);
  const Rect& picture = placement.picture();
  while (in.left() >= 8) {
    const int x = in.i32();
    const int y = in.i32();
    const auto hit = placement.toGuest({x, y});
    if (picture.empty()) {
      if (hit.inside) std::abort();
      continue;
    }
    if (!Rect::of(guest).contains(hit.at.x, hit.at.y)) std::abort();
    if (hit.inside != picture.contains(x, y)) std::abort();
    const PanelPoint back = placement.toPanel(hit.at);
    if (!picture.contains(back.x, back.y)) std::abort();
    placement.toPanel(GuestPoint{x, y});
    const Rect around = placement.toPanel(Rect{hit.at.x, hit.at.y, 1, 1});
    if (!picture.contains(around)) std::abort();
    if (hit.inside && !around.contains(x, y)) std::abort();
  }
  return 0;
}
