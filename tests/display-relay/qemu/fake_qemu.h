// SPDX-License-Identifier: Apache-2.0
// A peer that plays QEMU's D-Bus display to a DisplayClient: one console, with or without MultiTouch,
// and a clipboard. Notes what it is called with, and answers; or keeps the answers to itself for a while.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/loop.h"
#include "display-relay/sources/qemu/dbus.h"

namespace lucarne::relay::qemu::test {

class FakeQemu {
 public:
  enum class Touch { None, Fingers };

  explicit FakeQemu(base::Loop& loop, Touch touch = Touch::Fingers, bool taken = false);
  ~FakeQemu();
  FakeQemu(const FakeQemu&) = delete;
  FakeQemu& operator=(const FakeQemu&) = delete;

  /// The client's end of the connection; once.
  Object<GDBusConnection> takeClient() { return std::move(client_); }

  /// "Mouse.Press (0)": every call so far, in order.
  std::vector<std::string> calls;
  /// Calls of this beginning, in order.
  std::vector<std::string> callsOf(const std::string& beginning) const;

  /// Answers to input are kept until `answerKept`.
  bool keepAnswers = false;
  void answerKept();

  /// What Clipboard.Request is answered with; empty: an error.
  std::string clipboardText;
  /// Somebody is registered who has gone without a word.
  bool clipboardTaken = false;
  /// Instead of that, an answer of the wrong type.
  bool wrongAnswer = false;

  /// Calls the client's object; the answer's words or the error's.
  std::string call(const char* path, const char* interface, const char* method, GVariant* arguments);
  /// The last listener that was registered hears a picture of this size.
  void scanout(guint32 width, guint32 height);
  int listeners = 0;

  /// Turns the loop until the condition is true; false after 20 s.
  template <typename Condition>
  bool turnUntil(Condition condition) {
    bool late = false;
    const auto patience = loop_.after(std::chrono::seconds(20), [&late] { late = true; });
    while (!late && !condition()) loop_.turn(true);
    return !late;
  }

 private:
  static void onCall(GDBusConnection*, const char* sender, const char* path, const char* interface,
                     const char* method, GVariant* arguments, GDBusMethodInvocation* invocation,
                     gpointer self);
  static GVariant* onGetProperty(GDBusConnection*, const char* sender, const char* path,
                                 const char* interface, const char* property, GError** error,
                                 gpointer self);
  void serve(base::UniqueFd socket, Object<GDBusConnection>& connection);
  void answerRequest(GDBusMethodInvocation* invocation);

  base::Loop& loop_;
  Touch touch_;
  Cancel cancel_;
  Object<GDBusConnection> client_;
  Object<GDBusConnection> server_;
  Object<GDBusConnection> listener_;
  std::vector<GDBusMethodInvocation*> kept_;
};

}  // namespace lucarne::relay::qemu::test
