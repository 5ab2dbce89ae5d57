// SPDX-License-Identifier: Apache-2.0
// A tunnel's local end as the user names it.
//
//   listeners (each connection becomes a stream)   tcp-listen: unix-listen: vsock-listen:
//   diallers (each stream becomes a connection)    tcp: unix: vsock: exec: exec-tty:
//   single lines (one stream at a time)            pty: serial: fd: stdio:
//
// A single line opens a stream as soon as the link is there, and again when that is over; with
// `answer:` in front of it, it waits for the other end's.
#pragma once

#include <string>
#include <string_view>

namespace lucarne::tunnel {

struct LocalSpec {
  enum class Kind { Listener, Dialler, Child, ChildOnTerminal, Line, StandardIo };

  Kind kind = Kind::Dialler;
  bool answers = false;  ///< the other end opens the streams
  std::string name;      ///< of the service: "default", or what stands before the '='
  std::string uri;       ///< of the transport, or the child's command
  std::string text;      ///< as the user wrote it, for messages

  /// Starts programs on this machine for the other end.
  bool runsPrograms() const { return kind == Kind::Child || kind == Kind::ChildOnTerminal; }
};

inline constexpr const char* kDefaultName = "default";

/// Throws UsageError for what cannot be an end. Addresses are checked when the end is made.
LocalSpec parseLocal(std::string_view name, std::string_view text);
/// NAME=LOCAL. Throws UsageError.
LocalSpec parseNamedLocal(std::string_view text);

}  // namespace lucarne::tunnel
