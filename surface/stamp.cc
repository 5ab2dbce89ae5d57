// SPDX-License-Identifier: Apache-2.0
#include "surface/stamp.h"

#include <array>

namespace lucarne::surface {

namespace {

constexpr std::uint64_t k48Bits = (std::uint64_t{1} << 48) - 1;

// CRC-16/CCITT over counter and time, most significant byte first.
std::uint16_t checksum(std::uint32_t counter, std::uint64_t drawnUs) {
  std::uint16_t crc = 0xffff;
  const auto feed = [&crc](std::uint64_t value, int bytes) {
    for (int i = bytes; i-- > 0;) {
      crc ^= static_cast<std::uint16_t>((value >> (8 * i) & 0xff) << 8);
      for (int bit = 0; bit < 8; ++bit) {
        crc = static_cast<std::uint16_t>(crc & 0x8000 ? crc << 1 ^ 0x1021 : crc << 1);
      }
    }
  };
  feed(counter, 4);
  feed(drawnUs, 6);
  return crc;
}

}  // namespace

void drawStamp(Frame frame, GuestPoint at, const Stamp& stamp) {
  const std::uint64_t drawn = stamp.drawnUs & k48Bits;
  const std::array<std::uint64_t, 2> rows = {
      std::uint64_t{stamp.counter} << 16 | checksum(stamp.counter, drawn), drawn};
  for (int row = 0; row < 2; ++row) {
    for (int column = 0; column < Stamp::kColumns; ++column) {
      const bool one = rows[static_cast<std::size_t>(row)] >> (Stamp::kColumns - 1 - column) & 1;
      fillPixels(frame,
                 {at.x + column * Stamp::kCell, at.y + row * Stamp::kCell, Stamp::kCell,
                  Stamp::kCell},
                 one ? 0xffffff : 0);
    }
  }
}

std::optional<Stamp> readStamp(ConstFrame frame, GuestPoint at) {
  if (!Rect::of(frame.size).contains(Rect{at.x, at.y, Stamp::kSize.width, Stamp::kSize.height})) {
    return std::nullopt;
  }
  std::array<std::uint64_t, 2> rows{};
  for (int row = 0; row < 2; ++row) {
    for (int column = 0; column < Stamp::kColumns; ++column) {
      const Pixel p = frame.at(at.x + column * Stamp::kCell + Stamp::kCell / 2,
                               at.y + row * Stamp::kCell + Stamp::kCell / 2);
      const bool one = (p >> 8 & 0xff) >= 128;  // green: what lossy codecs keep best
      auto& bits = rows[static_cast<std::size_t>(row)];
      bits = bits << 1 | (one ? 1 : 0);
    }
  }
  const Stamp stamp{static_cast<std::uint32_t>(rows[0] >> 16), rows[1]};
  if (checksum(stamp.counter, stamp.drawnUs) != (rows[0] & 0xffff)) return std::nullopt;
  return stamp;
}

}  // namespace lucarne::surface
