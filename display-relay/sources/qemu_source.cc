// SPDX-License-Identifier: Apache-2.0
// qemu+unix:PATH, qemu+qmp:PATH: QEMU's D-Bus display, the shortest way to a guest on this machine.
//
// qmp: asks the monitor for a connection of our own (-display dbus,p2p=yes -qmp unix:PATH,server=on).
// unix: a D-Bus at that socket; a bus when it says hello (-display dbus,addr=unix:path=PATH), else
// QEMU itself. ",console=N" picks another console than the first.
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>

#include <fmt/format.h>

#include "base/late_gio.h"
#include "display-relay/endpoint.h"
#include "display-relay/sources/qemu/display_client.h"
#include "display-relay/sources/qemu/qmp.h"
#include "link/redial.h"

namespace lucarne::relay {

namespace {

enum class Way { Dbus, Qmp };

struct Address {
  Way way = Way::Dbus;
  std::string socket;
  int console = 0;
};

Address parseAddress(const Endpoint& endpoint) {
  const auto malformed = [&endpoint](std::string_view why) {
    return base::UsageError(fmt::format(
        "'{}': {}; write qemu+qmp:PATH or qemu+unix:PATH, then ,console=N for another console",
        endpoint.text, why));
  };
  constexpr std::string_view kOption = ",console=";
  Address address;
  std::string_view rest = endpoint.transport;
  if (const auto comma = rest.rfind(kOption); comma != std::string_view::npos) {
    const std::string_view number = rest.substr(comma + kOption.size());
    const auto [end, error] =
        std::from_chars(number.data(), number.data() + number.size(), address.console);
    if (error != std::errc() || end != number.data() + number.size() || address.console < 0) {
      throw malformed("the console is not a number");
    }
    rest = rest.substr(0, comma);
  }
  const auto colon = rest.find(':');
  const std::string_view scheme = rest.substr(0, colon);
  if (scheme != "qmp" && scheme != "unix") throw malformed("neither qmp: nor unix:");
  address.way = scheme == "qmp" ? Way::Qmp : Way::Dbus;
  if (colon != std::string_view::npos) address.socket = rest.substr(colon + 1);
  if (address.socket.empty()) throw malformed("no path");
  return address;
}

class QemuSource final : public Source {
 public:
  QemuSource(Address address, surface::Screen& screen, const base::Context& context)
      : address_(std::move(address)),
        screen_(screen),
        context_{context.loop, context.clock, context.log.named("qemu")},
        transport_(link::createTransport("unix:" + address_.socket, context)),
        limitedLog_(context_.log, context_.clock),
        redial_(context.loop, context.clock, [this] { dial(); }) {
    base::requireGio("QEMU's D-Bus display");
  }

  ~QemuSource() override { screen_.setControls(nullptr); }

  void start() override {
    screen_.setControls(this);
    screen_.setPhase(surface::Phase::Waiting, fmt::format("connecting to {}", address_.socket));
    dial();
  }

  bool isSending() override { return client_ && client_->isSending(); }
  std::string_view pathWords() const override {
    return client_ ? client_->words() : std::string_view();
  }

  void onInput(const surface::InputEvent& event) override {
    if (client_) client_->input(event);
  }
  void onWantedSize(surface::Size size) override {
    wantedSize_ = size;
    if (client_) client_->wantSize(size);
  }
  void onAttention(bool watched) override {
    watched_ = watched;
    if (client_) client_->watch(watched);
  }
  void onClipboard(const std::string& text) override {
    if (client_) client_->offerClipboard(text);
  }
  void onPixelsNeeded() override {
    if (client_) client_->paintPixels();
  }

 private:
  void dial() {
    // What is left of the last connection goes here, where none of its callbacks is running.
    client_.reset();
    qmp_.reset();
    cancel_ = std::make_unique<qemu::Cancel>();
    transport_->open([this](base::Result<link::Stream> opened) {
      if (!opened) return failed(opened.error().message);
      if (address_.way == Way::Dbus) return greet(std::move(opened->fd));
      askMonitor(std::move(opened->fd));
    });
  }

  void askMonitor(base::UniqueFd monitor) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0) {
      return failed(fmt::format("no socket for QEMU: {}", std::strerror(errno)));
    }
    ours_ = base::UniqueFd::adopt(ends[0]);
    qmp_ = std::make_unique<qemu::QmpRequest>(
        std::move(monitor), base::UniqueFd::adopt(ends[1]), context_.loop,
        [this](base::Result<void> done) {
          if (!done) return failed(done.error().message);
          greet(std::move(ours_));
        });
  }

  void greet(base::UniqueFd socket) {
    qemu::openDbus(std::move(socket), qemu::Messages::Processed, *cancel_, [this](auto opened) {
      if (!opened) return failed(opened.error().message);
      connection_ = std::move(*opened);
      if (address_.way == Way::Qmp) return begin("");
      qemu::callDbus(connection_.get(), "org.freedesktop.DBus", "/org/freedesktop/DBus",
                     "org.freedesktop.DBus", "Hello", nullptr, nullptr, *cancel_,
                     [this](base::Result<qemu::Variant> bus) { begin(bus ? "org.qemu" : ""); });
    });
  }

  void begin(std::string busName) {
    redial_.connected();
    context_.log.info("connected to {}", transport_->name());
    client_ = std::make_unique<qemu::DisplayClient>(
        std::move(connection_), std::move(busName), address_.console, screen_, context_,
        [this](const std::string& words) { failed(words); });
    if (wantedSize_) client_->wantSize(*wantedSize_);
    if (!watched_) client_->watch(false);
  }

  void failed(const std::string& words) {
    screen_.setPhase(screen_.hasPicture() ? surface::Phase::Lost : surface::Phase::Waiting,
                     fmt::format("{}; trying again", words));
    limitedLog_.warning("{}: {}; trying again", transport_->name(), words);
    redial_.again();
  }

  Address address_;
  surface::Screen& screen_;
  base::Context context_;
  std::unique_ptr<link::Transport> transport_;
  base::LimitedLog limitedLog_;
  std::unique_ptr<qemu::Cancel> cancel_;  // of the attempt under way
  std::unique_ptr<qemu::QmpRequest> qmp_;
  base::UniqueFd ours_;  // our end of the socket that QEMU is being handed
  qemu::Object<GDBusConnection> connection_;
  std::unique_ptr<qemu::DisplayClient> client_;
  link::Redial redial_;
  std::optional<surface::Size> wantedSize_;
  bool watched_ = true;
};

std::unique_ptr<Source> createQemuSource(const Endpoint& endpoint, const RelayOptions&,
                                         surface::Screen& screen, const base::Context& context) {
  return std::make_unique<QemuSource>(parseAddress(endpoint), screen, context);
}

}  // namespace

extern const SourceRow kQemuSource = {
    "qemu", "qemu+unix:PATH|qmp:PATH", "QEMU's D-Bus display, on a bus or asked for over QMP",
    createQemuSource};

}  // namespace lucarne::relay
