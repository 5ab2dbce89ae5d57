// SPDX-License-Identifier: Apache-2.0
// A local connection in memory: what a program would send stands in `outgoing`, what it would
// receive comes into `received`, as fast as `room` says.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "tunnel/local_end.h"

namespace lucarne::test {

class FakeLocalEnd;

/// The program's side. One that is destroyed first counts as broken.
struct FakeProgram {
  FakeProgram() = default;
  FakeProgram(const FakeProgram&) = delete;
  FakeProgram& operator=(const FakeProgram&) = delete;
  ~FakeProgram();


  std::deque<std::uint8_t> outgoing;
  bool closesAfter = false;  ///< no more than `outgoing` will come
  bool broken = false;
  std::vector<std::uint8_t> received;
  std::size_t room = SIZE_MAX;  ///< bytes that it takes before it blocks
  bool halves = true;           ///< can be closed one way

  FakeLocalEnd* connected = nullptr;
  bool sawEnd = false;
  bool sawAbort = false;
  tunnel::LocalListener* listener = nullptr;
  tunnel::StreamId stream;

  void send(const std::vector<std::uint8_t>& bytes) {
    outgoing.insert(outgoing.end(), bytes.begin(), bytes.end());
    if (listener) listener->onReadable(stream);
  }
  void close() {
    closesAfter = true;
    if (listener) listener->onReadable(stream);
  }
  void take(std::size_t more) {
    room += more;
    if (listener) listener->onWritable(stream);
  }
};

class FakeLocalEnd final : public tunnel::LocalEnd {
 public:
  explicit FakeLocalEnd(FakeProgram& program) : program_(&program) { program.connected = this; }
  ~FakeLocalEnd() override {
    if (!program_) return;
    program_->connected = nullptr;
    program_->listener = nullptr;
  }

  void start(tunnel::LocalListener& listener, tunnel::StreamId stream) override {
    program_->listener = &listener;
    program_->stream = stream;
  }
  Moved read(std::size_t most, std::vector<std::uint8_t>& out) override {
    if (!program_ || program_->broken) return {Outcome::Broken};
    const std::size_t count = std::min(most, program_->outgoing.size());
    if (count == 0) return {program_->closesAfter ? Outcome::Ended : Outcome::Blocked};
    const auto end = program_->outgoing.begin() + static_cast<std::ptrdiff_t>(count);
    out.insert(out.end(), program_->outgoing.begin(), end);
    program_->outgoing.erase(program_->outgoing.begin(), end);
    return {Outcome::Moved, count};
  }
  Moved write(base::Bytes bytes) override {
    if (!program_ || program_->broken) return {Outcome::Broken};
    const std::size_t count = std::min(bytes.size(), program_->room);
    if (count == 0) return {Outcome::Blocked};
    program_->received.insert(program_->received.end(), bytes.begin(),
                             bytes.begin() + static_cast<std::ptrdiff_t>(count));
    program_->room -= count;
    return {Outcome::Moved, count};
  }
  AfterEnd endWriting() override {
    if (program_) program_->sawEnd = true;
    return program_ && program_->halves ? AfterEnd::HalfOpen : AfterEnd::Over;
  }
  void abort() override {
    if (program_) program_->sawAbort = true;
  }
  void forget() { program_ = nullptr; }

 private:
  FakeProgram* program_;
};

inline FakeProgram::~FakeProgram() {
  if (connected) connected->forget();
}

}  // namespace lucarne::test
