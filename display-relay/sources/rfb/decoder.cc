// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/rfb/decoder.h"

namespace lucarne::relay::rfb {

RectDecoder* Decoders::find(Encoding encoding) {
  for (Entry& entry : entries_) {
    if (entry.encoding != encoding) continue;
    if (!entry.decoder) entry.decoder = entry.create();
    return entry.decoder.get();
  }
  return nullptr;
}

}  // namespace lucarne::relay::rfb
