// SPDX-License-Identifier: Apache-2.0
// Any bytes, in any pieces, into the frame parser: every byte ends up in a frame, as garbage, or
// held, and no more than one frame is held.
#include <cstdint>
#include <cstdlib>

#include "link/framing.h"

namespace {

using namespace lucarne;

struct Counter : link::FrameParser::Receiver {
  void onFrame(const link::FrameView& frame) override {
    bytes += frame.payload.size() + link::kFrameOverhead;
  }
  void onDamagedFrame() override {}
  std::uint64_t bytes = 0;
};

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::size_t piece = data[0] == 0 ? size : data[0];
  base::Bytes bytes(data + 1, size - 1);
  const std::uint64_t total = bytes.size();
  link::FrameParser parser;
  parser.setSalts(0, 1);
  Counter counter;
  while (!bytes.empty()) {
    const std::size_t count = std::min(piece, bytes.size());
    parser.feed(bytes.first(count), counter);
    bytes = bytes.subspan(count);
  }
  require(counter.bytes + parser.garbageBytes() <= total);
  for (std::uint64_t i = 0; i <= total && parser.waiting(); ++i) parser.giveUp(counter);
  require(!parser.waiting());
  require(counter.bytes + parser.garbageBytes() == total);
  return 0;
}
