// SPDX-License-Identifier: Apache-2.0
// One connection to an MQTT broker: libmosquitto in the loop, no thread of the library's.
//
// Only connecting runs elsewhere (side_thread.h): looking up a name and waiting for a host that does
// not answer take as long as they like. It connects again by itself, with growing pauses.
//
// What was published with QoS 1 or 2 and not acknowledged is sent again by the library after a
// reconnect. The session is a clean one: with QoS 2 that still delivers exactly once, because an
// unfinished handshake is taken up where it stopped (PUBREL again, not PUBLISH), and a broker that
// remembers a killed predecessor of ours cannot take a new message for an old one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/program.h"
#include "sensors/settings.h"
#include "sensors/side_thread.h"

struct mosquitto;

namespace lucarne::sensors {

enum class Retain { No, Yes };

struct MqttWill {
  std::string topic;
  std::string text;  ///< retained, QoS 1
};

class MqttLine {
 public:
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void onConnected() = 0;
    virtual void onDisconnected(const std::string& words) = 0;
    /// The broker has taken the message with this number (QoS 1, 2).
    virtual void onTaken(int number) = 0;
  };

  static constexpr base::Duration kFirstPause = std::chrono::seconds(1);
  static constexpr base::Duration kLongestPause = std::chrono::seconds(60);

  /// Starts to connect at once. The listener outlives the line. Throws SetupError (TLS files,
  /// password).
  MqttLine(const base::Context& context, const MqttSettings& settings, const std::string& clientId,
           const MqttWill& will, Listener& listener);
  ~MqttLine();

  bool connected() const { return connected_; }
  /// A number for onTaken, or -1 when it was not accepted (no connection, too large).
  int publish(const std::string& topic, const std::string& text, int qos, Retain retain);
  /// Says goodbye, so that the broker does not send the will.
  void disconnect();

 private:
  void connect();
  void onSocket(base::Readiness ready);
  void attach();
  void lost(const std::string& words);
  void deliverSoon();
  void deliver();
  void wantWrite();

  const base::Context& context_;
  base::Log log_;
  Listener& listener_;
  MqttSettings settings_;
  std::shared_ptr<mosquitto> handle_;  // owned by this and by a connect under way
  bool connected_ = false;
  bool attached_ = false;
  bool leaving_ = false;
  bool greeted_ = false;     // the broker has; to be delivered
  std::vector<int> taken_;   // numbers; to be delivered
  std::string trouble_;
  base::Duration pause_ = kFirstPause;
  base::Watch watch_;
  base::Timer retry_;
  base::Timer misc_;
  base::Timer delivery_;
  SideThread thread_;
};

}  // namespace lucarne::sensors
