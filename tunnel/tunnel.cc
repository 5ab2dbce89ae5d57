// SPDX-License-Identifier: Apache-2.0
#include "tunnel/tunnel.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "tunnel/standard_io.h"

namespace lucarne::tunnel {

using Kind = LocalSpec::Kind;

struct Tunnel::End {
  explicit End(LocalSpec what) : spec(std::move(what)) {}

  bool single() const { return spec.kind == Kind::Line || spec.kind == Kind::StandardIo; }

  const LocalSpec spec;
  std::unique_ptr<link::Transport> transport;  // of listeners and lines
  bool opening = false;                        // transport->open is under way
  int streams = 0;                             // those of this end that are there
  bool done = false;                           // standard input and output are used once
  std::optional<link::Redial> again;           // a line whose stream is over, or did not open
};

Tunnel::Tunnel(Plan plan, const base::Context& context)
    : context_{context.loop, context.clock, context.log.named("tunnel")},
      hostile_(context_.log, context.clock),
      secret_(std::move(plan.secret)),
      children_(context_),
      mux_(*this, secret_ ? &*secret_ : nullptr, context.clock) {
  for (LocalSpec& spec : plan.ends) {
    if (endCalled(spec.name)) {
      throw base::UsageError(fmt::format("two local ends of the tunnel are called '{}'", spec.name));
    }
    auto end = std::make_unique<End>(std::move(spec));
    if (end->spec.kind == Kind::Listener || end->spec.kind == Kind::Line) {
      end->transport = link::createTransport(end->spec.uri, context_);
    } else if (end->spec.kind == Kind::Dialler) {
      link::createTransport(end->spec.uri, context_);  // says now what is wrong with the address
    }
    End& made = *end;
    made.again.emplace(context.loop, context.clock, [this, &made] { openFrom(made); });
    ends_.push_back(std::move(end));
  }
}

Tunnel::~Tunnel() {
  if (link_) detach();
}

void Tunnel::prepare() {
  for (const auto& end : ends_) {
    if (end->transport) end->transport->prepare();
  }
}

// ---- the link -----------------------------------------------------------------------------------

void Tunnel::attach(link::LinkEnd& link) {
  link_ = &link;
  link_->setFeed(link::Channel::Streams, &mux_);
}

void Tunnel::detach() {
  onDown("the link is given up");
  link_->setFeed(link::Channel::Streams, nullptr);
  link_ = nullptr;
}

void Tunnel::onUp(const link::Peer& peer) {
  if ((peer.capabilities & kStreams1) == 0) {
    context_.log.warning("the other end ({}) has no tunnel", peer.name);
    return;
  }
  mux_.up();
  openMore();
}

void Tunnel::onDown(const std::string& words) {
  for (const auto& end : ends_) {
    if (end->transport) end->transport->cancel();
    end->again->cancel();
    end->opening = false;
  }
  mux_.down(words);
}

void Tunnel::onMessage(base::Bytes untrusted) {
  if (const auto done = mux_.receive(untrusted); !done) {
    hostile_.warning("from the other end: {}", done.error().message);
  }
  armPatience();
}

void Tunnel::onOutput() {
  if (link_) link_->feedReady(link::Channel::Streams);
}

void Tunnel::armPatience() {
  const base::TimePoint deadline = mux_.deadline();
  if (patience_ || deadline == base::TimePoint::max()) return;
  patience_ = context_.loop.after(deadline - context_.clock.now(), [this] {
    patience_.cancel();
    mux_.tick();
    armPatience();
  });
}

// ---- streams that we open -----------------------------------------------------------------------

void Tunnel::openMore() {
  for (const auto& end : ends_) {
    if (!end->spec.answers) openFrom(*end);
  }
}

// A listener takes its next connection, a line begins its stream, if there may be one more.
void Tunnel::openFrom(End& end) {
  if (!mux_.isUp() || !mux_.hasRoom() || end.opening || end.done) return;
  if (end.single() && end.streams > 0) return;
  end.opening = true;
  if (end.transport) {
    end.transport->open([this, &end](base::Result<link::Stream> opened) {
      onLocal(end, std::move(opened));
    });
    return;
  }
  // Not from inside the link's callbacks.
  soon_ = context_.loop.after({}, [this, &end] {
    soon_.cancel();
    end.opening = false;
    if (!mux_.isUp()) return;
    auto local = std::make_unique<FdEnd>(openStandardIo(), context_.loop);
    ++end.streams;
    users_[mux_.open(end.spec.name, std::move(local))] = &end;
    armPatience();
  });
}

void Tunnel::onLocal(End& end, base::Result<link::Stream> opened) {
  end.opening = false;
  if (!opened) {
    hostile_.warning("{}", opened.error().message);
    end.again->again();
    return;
  }
  if (!mux_.isUp() || !mux_.hasRoom()) return;  // the connection is closed
  end.again->connected();
  ++end.streams;
  const StreamId stream = mux_.open(end.spec.name, endOf(std::move(*opened)));
  users_[stream] = &end;
  context_.log.debug("{}: stream {} begins", end.spec.text, stream.number);
  armPatience();
  openFrom(end);
}

// ---- streams that the other end opens -----------------------------------------------------------

bool Tunnel::offers(const std::string& name) {
  const End* end = endCalled(name);
  return end && end->spec.answers;
}

void Tunnel::onOpen(StreamId stream, const std::string& name) {
  End& end = *endCalled(name);
  ++end.streams;
  users_[stream] = &end;
  if (end.single() && (end.streams > 1 || end.done)) {
    mux_.refuse(stream, "it is in use");
    return;
  }
  context_.log.info("{}: stream {} begins", end.spec.text, stream.number);
  if (end.spec.runsPrograms()) {
    answerByChild(end, stream);
  } else if (end.spec.kind == Kind::StandardIo) {
    mux_.accept(stream, std::make_unique<FdEnd>(openStandardIo(), context_.loop));
  } else {
    answerByDialling(end, stream);
  }
}

void Tunnel::answerByChild(End& end, StreamId stream) {
  const bool terminal = end.spec.kind == Kind::ChildOnTerminal;
  auto parts = children_.start(end.spec.uri, terminal ? ChildLine::Terminal : ChildLine::Socket);
  if (!parts) {
    hostile_.warning("{}", parts.error().message);
    mux_.refuse(stream, "the program there cannot be started");
    return;
  }
  mux_.accept(stream, std::make_unique<FdEnd>(std::move(*parts), context_.loop));
}

void Tunnel::answerByDialling(End& end, StreamId stream) {
  const auto onOpened = [this, stream](base::Result<link::Stream> opened) {
    if (opened) {
      mux_.accept(stream, endOf(std::move(*opened)));
    } else {
      hostile_.warning("{}", opened.error().message);
      mux_.refuse(stream, opened.error().message);
    }
    dialling_.erase(stream);
  };
  if (end.transport) {
    end.transport->open(onOpened);
    return;
  }
  auto& transport = dialling_[stream];
  transport = link::createTransport(end.spec.uri, context_);
  transport->open(onOpened);
}

// ---- both ---------------------------------------------------------------------------------------

void Tunnel::onOver(StreamId stream, const std::string& words) {
  dialling_.erase(stream);
  const auto user = users_.find(stream);
  if (user == users_.end()) return;
  End& end = *user->second;
  users_.erase(user);
  --end.streams;
  const auto level = words.empty() ? base::LogLevel::Debug : base::LogLevel::Info;
  if (context_.log.enabled(level)) {
    context_.log.write(level, fmt::format("{}: stream {} is over{}{}", end.spec.text, stream.number,
                                          words.empty() ? "" : ": ", words));
  }
  if (end.spec.kind == Kind::StandardIo) {
    end.done = true;
    context_.loop.post([this, words] {
      if (standardIoOver_) standardIoOver_(words);
    });
  }
  if (end.spec.answers && end.transport) end.transport->cancel();
  if (end.spec.kind == Kind::Line && !end.spec.answers && mux_.isUp()) end.again->again();
  if (stream.opener == Opener::Us) acceptMore();
}

// There may be room again.
void Tunnel::acceptMore() {
  for (const auto& each : ends_) {
    if (each->spec.kind == Kind::Listener) openFrom(*each);
  }
}

Tunnel::End* Tunnel::endCalled(const std::string& name) {
  const auto found = std::find_if(ends_.begin(), ends_.end(),
                                  [&name](const auto& end) { return end->spec.name == name; });
  return found == ends_.end() ? nullptr : found->get();
}

std::unique_ptr<LocalEnd> Tunnel::endOf(link::Stream stream) {
  struct stat info {};
  const bool socket = ::fstat(stream.fd.get(), &info) == 0 && S_ISSOCK(info.st_mode);
  return std::make_unique<FdEnd>(FdParts{.input = std::move(stream.fd),
                                         .output = {},
                                         .ending = socket ? Ending::Shutdown : Ending::HangUp,
                                         .escape = {},
                                         .restore = std::move(stream.restore)},
                                 context_.loop);
}

}  // namespace lucarne::tunnel
