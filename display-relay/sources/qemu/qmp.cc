// SPDX-License-Identifier: Apache-2.0
#include "display-relay/sources/qemu/qmp.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace lucarne::relay::qemu {

base::Result<QmpAnswer> parseQmpLine(std::string_view untrustedLine) {
  const auto line = nlohmann::json::parse(untrustedLine, nullptr, /*allow_exceptions=*/false);
  if (!line.is_object()) return base::unexpected("what listens there does not speak QMP");
  if (const auto error = line.find("error"); error != line.end()) {
    const auto words = error->is_object() ? error->find("desc") : error->end();
    const bool worded = error->is_object() && words != error->end() && words->is_string();
    return base::unexpected(
        fmt::format("QEMU refuses: {}", worded ? words->get<std::string>().substr(0, 200) : "?"));
  }
  if (line.contains("QMP")) return QmpAnswer::Greeting;
  if (line.contains("return")) return QmpAnswer::Return;
  return QmpAnswer::Event;
}

QmpRequest::QmpRequest(base::UniqueFd monitor, base::UniqueFd display, base::Loop& loop,
                       OnDone onDone)
    : monitor_(std::move(monitor)),
      display_(std::move(display)),
      onDone_(std::move(onDone)),
      watch_(loop.watch(monitor_, base::Interest::Read, [this](base::Readiness) { onReadable(); })),
      patience_(loop.after(kPatience, [this] {
        finish(base::unexpected("the QMP monitor does not answer; is another client connected to it?"));
      })) {}

void QmpRequest::onReadable() {
  char chunk[4096];
  const ssize_t got = ::read(monitor_.get(), chunk, sizeof chunk);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (got <= 0) return finish(base::unexpected("the QMP monitor hung up"));
  buffer_.append(chunk, static_cast<std::size_t>(got));
  for (std::size_t end; (end = buffer_.find('\n')) != std::string::npos;) {
    const auto done = onLine(std::string_view(buffer_).substr(0, end));
    if (!done) return finish(base::unexpected(done.error().message));
    if (*done) return finish({});
    buffer_.erase(0, end + 1);
  }
  if (buffer_.size() > kMaxLine) finish(base::unexpected("the QMP monitor sends nonsense"));
}

base::Result<bool> QmpRequest::onLine(std::string_view untrustedLine) {
  const auto answer = parseQmpLine(untrustedLine);
  if (!answer) return base::unexpected(answer.error().message);
  const auto awaited = step_ == Step::Greeting ? QmpAnswer::Greeting : QmpAnswer::Return;
  if (*answer != awaited) return false;  // an event in between
  return advance();
}

base::Result<bool> QmpRequest::advance() {
  base::Result<void> sent;
  switch (step_) {
    case Step::Greeting:
      step_ = Step::Capabilities;
      sent = send(R"({"execute":"qmp_capabilities"})");
      break;
    case Step::Capabilities:
      step_ = Step::GetFd;
      sent = send(R"({"execute":"getfd","arguments":{"fdname":"lucarne"}})", &display_);
      break;
    case Step::GetFd:
      step_ = Step::AddClient;
      sent = send(
          R"({"execute":"add_client","arguments":{"protocol":"@dbus-display","fdname":"lucarne"}})");
      break;
    case Step::AddClient:
      return true;
  }
  if (!sent) return base::unexpected(sent.error().message);
  return false;
}

base::Result<void> QmpRequest::send(std::string_view command, const base::UniqueFd* fd) {
  const std::string line = fmt::format("{}\n", command);
  iovec part{const_cast<char*>(line.data()), line.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
  if (fd) {
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    const int number = fd->get();
    std::memcpy(CMSG_DATA(header), &number, sizeof number);
  }
  // A line is far smaller than a socket's buffer: a short write means that nobody reads.
  const ssize_t sent = ::sendmsg(monitor_.get(), &message, MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(line.size())) {
    return base::unexpected("the QMP monitor does not read");
  }
  return {};
}

void QmpRequest::finish(base::Result<void> result) {
  watch_.cancel();
  patience_.cancel();
  // The monitor is free for others; and only once QEMU has the last copy of its end of the display's
  // socket does ours tell that QEMU is gone.
  monitor_.reset();
  display_.reset();
  const OnDone done = std::move(onDone_);  // the callback may destroy this
  done(std::move(result));
}

}  // namespace lucarne::relay::qemu
