// SPDX-License-Identifier: Apache-2.0
#include "bench/recorder.h"

#include <fmt/format.h>

#include <cstdio>

#include "base/result.h"
#include "bench/folder_watch.h"
#include "bench/statistics.h"

namespace lucarne::bench {

namespace {

Command relayCommand(const RecorderPlan& plan, const std::string& programs,
                     const TemporaryFolder& folder) {
  Command command{
      .arguments = {programs + "/lucarne-relay", plan.source, "kiosk:" + folder.file("kiosk.sock")},
      .errors = folder.file("relay.log")};
  if (!plan.passwordFile.empty()) {
    command.arguments.push_back("--password-file=" + plan.passwordFile);
  }
  return command;
}

}  // namespace

Recorder::Recorder(const RecorderPlan& plan, const std::string& programs,
                   const base::Context& context)
    : plan_(plan),
      context_(context),
      folder_("record"),
      server_(folder_.file("kiosk.sock"), *this, context_),
      relay_(relayCommand(plan_, programs, folder_)) {
  relay_.onEnd(context_.loop, [this](int status) {
    end(fmt::format("the relay ended ({}): {}", endInWords(status),
                    lastLine(folder_.file("relay.log"))));
  });
  end_ = context_.loop.after(ofSeconds(plan_.seconds), [this] { end("the time is over"); });
  progress_ = context_.loop.every(std::chrono::seconds(1), [this] { tellProgress(); });
}

void Recorder::onGuestArrived(surface::SurfaceConnection& guest) { guest.setAttention(true); }

void Recorder::onCommit(surface::SurfaceConnection& guest) {
  take(guest);
  guest.release();
}

void Recorder::take(surface::SurfaceConnection& guest) {
  const surface::ConstFrame picture = guest.picture();
  if (!writer_) {
    size_ = picture.size;
    writer_ = std::make_unique<RecordingWriter>(plan_.file, size_);
  }
  if (picture.size != size_) return end("the guest changed its size");
  if (writer_->bytes() >= plan_.mostBytes) return end("the file is full");
  writer_->add(picture, guest.damage(), context_.clock.now());
  if (plan_.changes > 0 && writer_->steps() >= plan_.changes) end("the changes are there");
}

void Recorder::end(const std::string& why) {
  why_ = why;
  context_.loop.quit();
}

void Recorder::tellProgress() {
  if (!writer_) return;
  std::fprintf(stderr, "\r%d changes, %zu KiB ", writer_->steps(), writer_->bytes() >> 10);
}

void Recorder::finish() {
  if (!writer_) throw base::SetupError("nothing was shown: " + why_);
  writer_->finish();
}

std::string Recorder::words() const {
  return fmt::format("{} changes of {}x{} in {} bytes; {}", writer_ ? writer_->steps() : 0,
                     size_.width, size_.height, writer_ ? writer_->bytes() : 0, why_);
}

}  // namespace lucarne::bench
