// SPDX-License-Identifier: Apache-2.0
// Who reads the files of a device for the probes.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sensors/attributes.h"

namespace lucarne::sensors {

enum class Listing { No, Yes };

struct ReadOrder {
  std::string folder;
  std::vector<std::string> files;  ///< names in the folder
  Listing listing = Listing::No;   ///< also the names of the folder's entries
  /// Not empty: instead of reading, write this to files[0] (a backlight's brightness). The answer
  /// then carries the errno of that file only.
  std::string text;
};

/// What became of an order that has not been answered yet.
struct ReadProgress {
  bool started = false;  ///< some thread is at it
  std::string file;      ///< …and reads this one
};

class Reader {
 public:
  using OnRead = std::function<void(const Attributes&)>;
  using Ticket = std::uint64_t;

  virtual ~Reader() = default;
  /// `done` is called once, on the loop's thread, from the loop or from inside this call; never once
  /// the Reader is gone.
  virtual Ticket read(ReadOrder order, OnRead done) = 0;
  virtual ReadProgress progress(Ticket ticket) const = 0;
  /// Others must not wait behind this order any longer. It stays open, its answer is still welcome.
  virtual void overtake(Ticket ticket) = 0;
};

/// Reads here and now. What Readers share, and a Reader for tests and one-shot listings.
Attributes readNow(const ReadOrder& order);

class DirectReader final : public Reader {
 public:
  Ticket read(ReadOrder order, OnRead done) override {
    done(readNow(order));
    return 0;
  }
  ReadProgress progress(Ticket) const override { return {}; }
  void overtake(Ticket) override {}
};

}  // namespace lucarne::sensors
