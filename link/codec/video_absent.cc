// SPDX-License-Identifier: Apache-2.0
// In place of the video_av_*.cc files where libavcodec's headers were not installed.
#include "link/codec/video_library.h"

namespace lucarne::link {

base::Result<std::shared_ptr<const VideoLibrary>> VideoLibrary::load() {
  return base::unexpected("this was built without libavcodec");
}

}  // namespace lucarne::link
