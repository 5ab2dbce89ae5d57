// SPDX-License-Identifier: Apache-2.0
// Records a guest's screen from any source that the relay has: it stands where the kiosk would.
#pragma once

#include <memory>
#include <string>

#include "base/program.h"
#include "bench/child.h"
#include "bench/recording.h"
#include "bench/temporary_folder.h"
#include "surface/surface_server.h"

namespace lucarne::bench {

struct RecorderPlan {
  std::string source;  ///< as lucarne-relay takes it: vnc+tcp:HOST:PORT, spice+unix:PATH, …
  std::string file;
  std::string passwordFile;  ///< the source's; empty: none
  double seconds = 60;
  int changes = 0;                   ///< then the recording ends; 0: it does not
  std::size_t mostBytes = 16 << 20;  ///< then the recording ends
};

/// Records from its construction on and ends the loop when the time is over, there are enough
/// changes, the file is full, the guest changes its size or the relay ends.
class Recorder final : private surface::GuestObserver {
 public:
  /// `programs`: where lucarne-relay is. Throws SetupError.
  Recorder(const RecorderPlan& plan, const std::string& programs, const base::Context& context);

  /// Completes the file; call after the loop. Throws SetupError when nothing was ever shown.
  void finish();
  /// Why it ended and what there is, for a person.
  std::string words() const;

 private:
  void onGuestArrived(surface::SurfaceConnection& guest) override;
  void onGuestLeft(surface::SurfaceConnection&, const std::string&) override {}
  void onCommit(surface::SurfaceConnection& guest) override;
  void take(surface::SurfaceConnection& guest);
  void end(const std::string& why);
  void tellProgress();

  RecorderPlan plan_;
  const base::Context context_;
  TemporaryFolder folder_;
  surface::SurfaceServer server_;
  Child relay_;
  std::unique_ptr<RecordingWriter> writer_;
  surface::Size size_;
  std::string why_ = "stopped";
  base::Timer end_;
  base::Timer progress_;
};

}  // namespace lucarne::bench
