// SPDX-License-Identifier: Apache-2.0
#include "surface/text.h"

#include <string>
#include <utility>

#include <gtest/gtest.h>

namespace lucarne::surface {
namespace {

struct Case {
  std::string untrusted;
  std::string clean;
};

class CleanText : public testing::TestWithParam<Case> {};

TEST_P(CleanText, ShowsOnlyWhatIsHarmless) {
  EXPECT_EQ(cleanText(GetParam().untrusted), GetParam().clean);
  EXPECT_EQ(cleanText(GetParam().clean), GetParam().clean);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, CleanText,
    testing::Values(Case{"plain work-vm", "plain work-vm"}, Case{"Gr\xc3\xbc\xc3\x9f", "Gr\xc3\xbc\xc3\x9f"},
                    Case{"\xe2\x82\xac \xf0\x9f\x98\x80", "\xe2\x82\xac \xf0\x9f\x98\x80"},
                    Case{"a\x1b[2Jb\n", "a?[2Jb?"}, Case{std::string("a\0b", 3), "a?b"},
                    Case{"\x7f", "?"}, Case{"\xc2\x9b", "?"},          // DEL, CSI
                    Case{"\xc3", "?"}, Case{"\xc3(", "?("},            // cut short
                    Case{"\xc0\xaf", "??"}, Case{"\xe0\x80\xaf", "???"},  // overlong
                    Case{"\xed\xa0\x80", "???"},                       // a surrogate
                    Case{"\xf4\x90\x80\x80", "????"},                  // beyond 10FFFF
                    Case{"\xff\xfe", "??"}, Case{"safe\xe2\x80\xae" "evil", "safe?evil"},
                    Case{"\xe2\x81\xa6", "?"}, Case{"\xe2\x80\xa8", "?"}, Case{"", ""}));

TEST(CutText, CutsBetweenCharacters) {
  EXPECT_EQ(cutText("abc", 3), "abc");
  EXPECT_EQ(cutText("abcd", 3), "abc");
  EXPECT_EQ(cutText("ab\xe2\x82\xac", 3), "ab");
  EXPECT_EQ(cutText("ab\xe2\x82\xac", 4), "ab");
  EXPECT_EQ(cutText("ab\xe2\x82\xac", 5), "ab\xe2\x82\xac");
  EXPECT_EQ(cutText("", 0), "");
}

TEST(CutText, NeverLosesMoreThanACharacterOfGarbage) {
  EXPECT_GE(cutText(std::string(100, '\x80'), 50).size(), 46u);
}

}  // namespace
}  // namespace lucarne::surface
