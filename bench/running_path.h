// SPDX-License-Identifier: Apache-2.0
// One task's programs: the guest with its scene, the line, the path and the panel. All of them end
// with it.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/measurement.h"
#include "bench/panel.h"
#include "bench/runners.h"
#include "bench/shaped_line.h"
#include "bench/temporary_folder.h"
#include "bench/vnc_guest.h"

namespace lucarne::bench {

/// Blocks its thread in every call. All throw SetupError when a program does not do its part.
class RunningPath {
 public:
  /// Starts guest, panel and line, not yet the scene or the path. `programs`: where ours are.
  RunningPath(const Task& task, const std::string& programs);

  /// Starts lucarne-scene with the task's scene and these options more; until its first frame.
  void startScene(const std::vector<std::string>& options = {});
  void startPrograms();
  /// Until the guest's stamp is readable on the panel, and warm.
  void awaitPicture(base::Duration patience);
  /// Until the scene rests by itself (a scene with --frames).
  void awaitRest();
  /// One frame out of turn, of a scene that draws none by itself.
  void drawFrame();
  /// Ends the motion; the guest's last frame as the panel should show it.
  std::vector<surface::Pixel> endScene();
  /// Ends the motion and waits until the panel equals the guest's last frame: ms, -1 when that took
  /// longer than `patience`, and how many pixels differed in the end.
  double rest(base::Duration patience, double& differing);

  const std::string& panelDisplay() const { return panel_.display(); }
  const Panel& panel() const { return panel_; }
  /// Where and how the guest is shown, once `awaitPicture` has seen it.
  const Shown& shown() const { return shown_; }
  /// An order to the line, if it is a Terminal (bench/line_commands.h).
  void orderLine(const std::string& order);
  /// Bytes towards the panel since the line's start; 0 without a line.
  double lineBytes();

  void startCounting();
  /// What was used since `startCounting`, by shown frame.
  void addCosts(Outcome& outcome, double frames);

 private:
  Wiring wiring() const;
  std::string sceneWords() const { return folder_.file("scene.out"); }
  std::string lastFrame() const { return folder_.file("last-frame"); }
  std::vector<surface::Pixel> readLastFrame() const;

  const Task task_;
  const std::string programs_;
  TemporaryFolder folder_;
  FolderWatch changes_;
  VncGuest guest_;
  Panel panel_;
  Shown shown_;
  std::unique_ptr<ShapedLine> line_;
  Runners runners_;
  std::unique_ptr<Child> scene_;
  double serverCpuBefore_ = 0;
  double lineBytesBefore_ = 0;
};

}  // namespace lucarne::bench
