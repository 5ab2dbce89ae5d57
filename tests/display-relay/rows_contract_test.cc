// SPDX-License-Identifier: Apache-2.0
// What every source and every sink promises, tried on each row that was built in: nobody listens where
// they connect, or somebody who talks nonsense. A new row is tested by being in its table; its endpoint
// is made from its syntax. tests/README.md says which tests prove the rest.
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/result.h"
#include "display-relay/endpoint.h"
#include "tests/support/fd_leak_check.h"
#include "tests/support/temp_dir.h"

namespace lucarne::relay {
namespace {

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// An endpoint of this row that leads to nobody.
template <typename Row>
std::string endpointFor(const Row& row, const std::string& folder) {
  const std::string_view syntax = row.syntax;
  const std::string kind = row.kind;
  if (has(syntax, "+TRANSPORT") || has(syntax, "+unix:")) return kind + "+unix:" + folder + "/nobody.sock";
  if (has(syntax, "PATH")) return kind + ":" + folder + "/file";
  return kind + ":";
}

// The form that the row does not take.
template <typename Row>
std::string wrongFormFor(const Row& row) {
  const std::string kind = row.kind;
  return has(row.syntax, "+") ? kind + ":" : kind + "+unix:/nobody";
}

struct Words {
  template <typename Row>
  std::string operator()(const testing::TestParamInfo<const Row*>& test) const {
    std::string name = test.param->kind;
    std::replace(name.begin(), name.end(), '-', '_');
    return name;
  }
};

struct Bench {
  test::FdLeakCheck leaks;
  test::TempDir folder;
  base::Loop loop;
  base::RealClock clock;
  base::Context context{loop, clock, base::Log::discard()};
  RelayOptions options{.name = "vm"};

  // Lets timers and sockets have their way for a while.
  void run(base::Duration time) {
    bool over = false;
    const auto timer = loop.after(time, [&over] { over = true; });
    while (!over) loop.turn(true);
  }
};

template <typename Row>
void expectSoundRow(const Row& row) {
  EXPECT_TRUE(std::string_view(row.syntax).starts_with(row.kind)) << row.syntax;
  EXPECT_FALSE(std::string_view(row.summary).empty());
  EXPECT_FALSE(has(row.summary, "\n"));
  EXPECT_EQ(parseEndpoint(std::string(row.kind) + ":x").kind, row.kind);
}

// ---- sources ----------------------------------------------------------------------------------------

class EverySource : public testing::TestWithParam<const SourceRow*> {
 protected:
  std::unique_ptr<Source> make(surface::Screen& screen) {
    return createSource(endpointFor(*GetParam(), bench_.folder.path()), bench_.options, screen,
                        bench_.context);
  }
  Bench bench_;
};

TEST_P(EverySource, HasAKindASyntaxAndASummary) { expectSoundRow(*GetParam()); }

TEST_P(EverySource, RefusesTheFormItIsNotWrittenIn) {
  surface::Screen screen;

  EXPECT_THROW(createSource(wrongFormFor(*GetParam()), bench_.options, screen, bench_.context),
               base::UsageError);
}

TEST_P(EverySource, SaysInWordsWhatItIsDoing) {
  surface::Screen screen;
  const auto source = make(screen);

  source->start();
  bench_.run(std::chrono::milliseconds(50));

  EXPECT_NE(screen.phaseWords(), "");
  EXPECT_EQ(screen.hasPicture(), screen.phase() == surface::Phase::Live);
}

TEST_P(EverySource, TakesInputAndWishesAtAnyTime) {
  surface::Screen screen;
  const auto source = make(screen);
  const auto touchEverything = [&screen] {
    screen.input(surface::PointerMoved{{1, 1}});
    screen.input(surface::PointerNudged{5, 5});
    screen.input(surface::PointerButton{0x110, surface::Transition::Pressed});
    screen.input(surface::Wheel{0, 120});
    screen.input(surface::Key{30, surface::Transition::Pressed});
    screen.input(surface::Touch{0, surface::TouchPhase::Down, {1, 1}, true});
    screen.wantSize({800, 600});
  };

  touchEverything();
  source->start();
  touchEverything();
  bench_.run(std::chrono::milliseconds(20));

  touchEverything();
}

TEST_P(EverySource, MayBePausedAndWokenAtAnyTime) {
  surface::Screen screen;
  surface::ScreenObserver sink;
  screen.addObserver(sink);
  const auto source = make(screen);

  screen.setAttention(sink, false);
  source->start();
  screen.setAttention(sink, true);
  bench_.run(std::chrono::milliseconds(5));
  screen.setAttention(sink, false);
  bench_.run(std::chrono::milliseconds(5));
  screen.setAttention(sink, true);
  bench_.run(std::chrono::milliseconds(5));

  EXPECT_NE(screen.phaseWords(), "");
  screen.removeObserver(sink);
}

// A socket where each who connects hears the next nonsense and is left.
class Liar {
 public:
  explicit Liar(const std::string& path)
      : listener_(base::UniqueFd::adopt(
            ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_.get(), 8), 0);
  }

  // How many lies were told by now.
  std::size_t talk() {
    static const std::string kLies[] = {
        std::string(70000, '\xff'), "RFB 003." + std::string(4096, '\xfe'), "",
        "REDQ\2" + std::string(64, '\xff'), "OK 0123456789abcdef\r\nAGREE_UNIX_FD\r\nl\1",
        std::string(4096, '\0')};
    for (;;) {
      const auto caller = base::UniqueFd::adopt(
          ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
      if (!caller) return told_;
      const std::string& lie = kLies[told_++ % std::size(kLies)];
      // Whoever has hung up already hears the next one.
      (void)!::send(caller.get(), lie.data(), lie.size(), MSG_NOSIGNAL);
    }
  }

 private:
  base::UniqueFd listener_;
  std::size_t told_ = 0;
};

TEST_P(EverySource, OutlivesAPeerThatTalksNonsenseAndComesBack) {
  const std::string endpoint = endpointFor(*GetParam(), bench_.folder.path());
  if (!has(endpoint, "nobody.sock")) GTEST_SKIP() << "has no peer";
  Liar liar(bench_.folder.path() + "/nobody.sock");
  surface::Screen screen;
  const auto source = make(screen);
  source->start();

  bool late = false;
  const auto patience = bench_.loop.after(std::chrono::seconds(60), [&late] { late = true; });
  while (liar.talk() < 6 && !late) bench_.run(std::chrono::milliseconds(2));

  EXPECT_FALSE(late) << screen.phaseWords();
  EXPECT_FALSE(screen.hasPicture());
  EXPECT_NE(screen.phaseWords(), "");
}

TEST_P(EverySource, TakesItsControlsAway) {
  surface::Screen screen;
  {
    const auto source = make(screen);
    source->start();
    bench_.run(std::chrono::milliseconds(5));
  }

  screen.input(surface::Key{30, surface::Transition::Pressed});
  screen.wantSize({800, 600});
  bench_.run(std::chrono::milliseconds(5));
}

TEST_P(EverySource, MayEndBeforeItStartsOrTheLoopTurns) {
  surface::Screen screen;

  make(screen).reset();
  make(screen)->start();

  screen.input(surface::Key{30, surface::Transition::Pressed});
}

TEST_P(EverySource, LeavesNoDescriptorBehind) {
  {
    surface::Screen warmUp;  // what libraries open once and for all
    const auto source = make(warmUp);
    source->start();
    bench_.run(std::chrono::milliseconds(5));
  }
  bench_.run(std::chrono::milliseconds(5));
  const test::FdLeakCheck leaks;

  for (int i = 0; i < 3; ++i) {
    surface::Screen screen;
    const auto source = make(screen);
    source->start();
    bench_.run(std::chrono::milliseconds(5));
  }
  bench_.run(std::chrono::milliseconds(5));

  EXPECT_EQ(leaks.leaked(), "");
}

INSTANTIATE_TEST_SUITE_P(Rows, EverySource, testing::ValuesIn(sourceRows().begin(), sourceRows().end()),
                         Words());

// ---- sinks ------------------------------------------------------------------------------------------

class EverySink : public testing::TestWithParam<const SinkRow*> {
 protected:
  std::unique_ptr<Sink> make() {
    return createSink(endpointFor(*GetParam(), bench_.folder.path()), bench_.options, screen_,
                      bench_.context);
  }
  void paint(surface::Pixel colour) {
    const auto frame = screen_.paint();
    ASSERT_TRUE(frame) << "a sink without a peer holds pictures";
    fillPixels(*frame, {1, 1, 5, 5}, colour);
    screen_.damaged(surface::Damage({1, 1, 5, 5}));
  }
  void changeEverything() {
    screen_.resize({64, 48});
    paint(1);
    screen_.setCursor({{1, 1}, {0, 0}, {0xff00ff00}});
    screen_.moveCursor({5, 5});
    screen_.setPhase(surface::Phase::Live, "up");
    screen_.setTitle("a title");
    screen_.setLeds(3);
    screen_.resize({32, 100});
    paint(2);
    screen_.setPhase(surface::Phase::Lost, "down");
    screen_.setCursor({});
  }

  Bench bench_;
  surface::Screen screen_;
};

TEST_P(EverySink, HasAKindASyntaxAndASummary) { expectSoundRow(*GetParam()); }

TEST_P(EverySink, RefusesTheFormItIsNotWrittenIn) {
  EXPECT_THROW(createSink(wrongFormFor(*GetParam()), bench_.options, screen_, bench_.context),
               base::UsageError);
}

TEST_P(EverySink, FollowsAScreenFromTheBeginning) {
  const auto sink = make();
  sink->start();

  changeEverything();
  bench_.run(std::chrono::milliseconds(20));
  changeEverything();
}

TEST_P(EverySink, JoinsAScreenThatIsThereAlready) {
  changeEverything();
  const auto sink = make();

  sink->start();
  bench_.run(std::chrono::milliseconds(20));

  changeEverything();
}

TEST_P(EverySink, NeverHoldsASourceUpWithoutAPeer) {
  const auto sink = make();
  sink->start();
  screen_.resize({64, 48});

  for (int i = 0; i < 50; ++i) {
    paint(static_cast<surface::Pixel>(i));
    while (bench_.loop.turn(false)) {
    }
  }
}

TEST_P(EverySink, StopsObserving) {
  screen_.resize({64, 48});
  {
    const auto sink = make();
    sink->start();
    paint(1);
  }

  changeEverything();
}

TEST_P(EverySink, MayEndBeforeItStarts) {
  make().reset();

  changeEverything();
}

TEST_P(EverySink, LeavesNoDescriptorBehind) {
  changeEverything();
  {
    const auto warmUp = make();  // what libraries open once and for all
    warmUp->start();
    bench_.run(std::chrono::milliseconds(5));
  }
  bench_.run(std::chrono::milliseconds(5));
  const test::FdLeakCheck leaks;

  for (int i = 0; i < 3; ++i) {
    const auto sink = make();
    sink->start();
    bench_.run(std::chrono::milliseconds(5));
  }
  bench_.run(std::chrono::milliseconds(5));

  EXPECT_EQ(leaks.leaked(), "");
}

INSTANTIATE_TEST_SUITE_P(Rows, EverySink, testing::ValuesIn(sinkRows().begin(), sinkRows().end()),
                         Words());

}  // namespace
}  // namespace lucarne::relay
