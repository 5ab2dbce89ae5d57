// SPDX-License-Identifier: Apache-2.0
#include "sensors/outlets/mqtt_line.h"

#include <mosquitto.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/result.h"

namespace lucarne::sensors {

namespace {

/// How often the library gets the chance to send its pings.
constexpr base::Duration kMiscInterval = std::chrono::seconds(5);

const char* orNull(const std::string& text) { return text.empty() ? nullptr : text.c_str(); }

void check(int code, const char* what) {
  if (code == MOSQ_ERR_SUCCESS) return;
  throw base::SetupError(fmt::format("mqtt: {}: {}", what, mosquitto_strerror(code)));
}

}  // namespace

MqttLine::MqttLine(const base::Context& context, const MqttSettings& settings,
                   const std::string& clientId, const MqttWill& will, Listener& listener)
    : context_(context),
      log_(context.log.named("mqtt")),
      listener_(listener),
      settings_(settings),
      thread_(context.loop, "mqtt-connect", SideThread::AtEnd::Abandon) {
  mosquitto_lib_init();
  handle_.reset(mosquitto_new(clientId.c_str(), true, this), [](mosquitto* handle) {
    if (handle) mosquitto_destroy(handle);
  });
  if (!handle_) throw base::SetupError("mqtt: out of memory");
  mosquitto* handle = handle_.get();
  if (!settings_.user.empty()) {
    const std::string password =
        settings_.passwordFile.empty() ? "" : readSecret(settings_.passwordFile);
    check(mosquitto_username_pw_set(handle, settings_.user.c_str(), orNull(password)), "user");
  }
  if (!settings_.caFile.empty()) {
    check(mosquitto_tls_set(handle, settings_.caFile.c_str(), nullptr,
                            orNull(settings_.certificateFile), orNull(settings_.keyFile), nullptr),
          "ca_file, certificate_file or key_file");
  }
  check(mosquitto_will_set(handle, will.topic.c_str(), static_cast<int>(will.text.size()),
                           will.text.data(), 1, true), "will");
  mosquitto_connect_callback_set(handle, [](mosquitto*, void* data, int code) {
    auto* line = static_cast<MqttLine*>(data);
    if (code != 0) {
      line->trouble_ = mosquitto_connack_string(code);
      return;  // the broker closes
    }
    line->greeted_ = true;
    line->deliverSoon();
  });
  mosquitto_publish_callback_set(handle, [](mosquitto*, void* data, int number) {
    auto* line = static_cast<MqttLine*>(data);
    line->taken_.push_back(number);
    line->deliverSoon();
  });
  connect();
}

// Not from inside the library's callbacks, which come with its locks held: the listener publishes.
void MqttLine::deliverSoon() {
  if (delivery_) return;
  delivery_ = context_.loop.after({}, [this] { deliver(); });
}

void MqttLine::deliver() {
  delivery_.cancel();
  if (std::exchange(greeted_, false)) {
    connected_ = true;
    pause_ = kFirstPause;
    listener_.onConnected();
  }
  for (const int number : std::exchange(taken_, {})) listener_.onTaken(number);
}

MqttLine::~MqttLine() {
  // A connect under way may outlive us: it must find no callbacks.
  mosquitto_connect_callback_set(handle_.get(), nullptr);
  mosquitto_publish_callback_set(handle_.get(), nullptr);
  watch_.cancel();
}

void MqttLine::connect() {
  thread_.run([this, handle = handle_, host = settings_.host,
               port = static_cast<int>(settings_.port),
               keepAlive = static_cast<int>(settings_.keepAliveSeconds)] {
    const int code = mosquitto_connect(handle.get(), host.c_str(), port, keepAlive);
    const std::string words =
        code == MOSQ_ERR_ERRNO ? std::generic_category().message(errno) : mosquitto_strerror(code);
    return SideThread::Answer([this, code, words] {
      if (code == MOSQ_ERR_SUCCESS) {
        attach();
      } else {
        lost(words);
      }
    });
  });
}

void MqttLine::attach() {
  const int fd = mosquitto_socket(handle_.get());
  if (fd < 0) return lost("no connection");
  attached_ = true;
  trouble_.clear();
  watch_ = context_.loop.watchBorrowed(fd, base::Interest::Read,
                                       [this](base::Readiness ready) { onSocket(ready); });
  misc_ = context_.loop.every(kMiscInterval, [this] {
    const int code = mosquitto_loop_misc(handle_.get());
    if (code != MOSQ_ERR_SUCCESS) lost(mosquitto_strerror(code));
  });
  wantWrite();
}

void MqttLine::onSocket(base::Readiness ready) {
  int code = MOSQ_ERR_SUCCESS;
  if (ready.readable) code = mosquitto_loop_read(handle_.get(), 1);
  if (code == MOSQ_ERR_SUCCESS && ready.writable) code = mosquitto_loop_write(handle_.get(), 1);
  if (code != MOSQ_ERR_SUCCESS) return lost(trouble_.empty() ? mosquitto_strerror(code) : trouble_);
  wantWrite();
}

void MqttLine::wantWrite() {
  if (!attached_) return;
  watch_.want(mosquitto_want_write(handle_.get()) ? base::Interest::ReadWrite
                                                  : base::Interest::Read);
}

void MqttLine::lost(const std::string& words) {
  greeted_ = false;
  deliver();  // what the broker has taken is taken
  watch_.cancel();
  misc_.cancel();
  attached_ = false;
  const bool was = std::exchange(connected_, false);
  if (leaving_) return;
  // Told once; the pauses between further attempts are nobody's news.
  if (was || pause_ == kFirstPause) {
    log_.warning("{}:{}: {}; trying again", settings_.host, settings_.port, words);
  }
  listener_.onDisconnected(words);
  retry_ = context_.loop.after(pause_, [this] { connect(); });
  pause_ = std::min<base::Duration>(pause_ * 2, kLongestPause);
}

int MqttLine::publish(const std::string& topic, const std::string& text, int qos, Retain retain) {
  if (!connected_) return -1;
  int number = -1;
  const int code = mosquitto_publish(handle_.get(), &number, topic.c_str(),
                                     static_cast<int>(text.size()), text.data(), qos,
                                     retain == Retain::Yes);
  wantWrite();
  return code == MOSQ_ERR_SUCCESS ? number : -1;
}

void MqttLine::disconnect() {
  leaving_ = true;
  retry_.cancel();
  if (connected_) mosquitto_disconnect(handle_.get());
  wantWrite();
}

}  // namespace lucarne::sensors
