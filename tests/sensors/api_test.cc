// SPDX-License-Identifier: Apache-2.0
#include "sensors/dashboard/api.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/sensors/fake_tree.h"

namespace lucarne::sensors {
namespace {

class ApiTest : public testing::Test {
 protected:
  ApiTest() {
    tree_.putBattery("BAT0", 81, "Discharging");
    tree_.putLight("iio:device0", "-7", "1");
    tree_.put("class/backlight/panel/max_brightness", "100");
    tree_.put("class/backlight/panel/brightness", "60");
    station_.start();
  }
  HttpResponse ask(const std::string& method, const std::string& path,
                   std::map<std::string, std::string> query = {}, std::string body = "") {
    HttpRequest request;
    request.method = method;
    request.path = path;
    request.query = std::move(query);
    request.body = std::move(body);
    std::optional<HttpResponse> response;
    api_.answer(request, [&](HttpResponse r) { response = std::move(r); });
    while (!response) loop_.turn(true);
    return *response;
  }
  nlohmann::json get(const std::string& path, std::map<std::string, std::string> query = {}) {
    return nlohmann::json::parse(ask("GET", path, std::move(query)).body);
  }

  FakeTree tree_;
  base::Loop loop_;
  base::ManualClock clock_;
  ManualWallClock wall_;
  base::Context context_{loop_, clock_, base::Log::discard()};
  DirectReader reader_;
  Station station_{context_, reader_, {.sysfs = tree_.root()}};
  AutoBrightness brightness_{context_, station_, reader_, {}};
  Controls controls_{station_, brightness_};
  History history_{context_, wall_, {}, tree_.path("h.db")};
  Api api_{{.station = station_, .controls = controls_, .wall = wall_, .history = &history_}};
};

TEST_F(ApiTest, TellsValuesWithUnitsAndUnknownsWithReasons) {
  const auto sensors = get("/api/v1/sensors");

  EXPECT_EQ(sensors["battery/BAT0"]["values"]["percent"]["value"], 81);
  EXPECT_EQ(sensors["battery/BAT0"]["values"]["percent"]["unit"], "%");
  EXPECT_FALSE(sensors["battery/BAT0"]["values"].contains("temperature"));
  EXPECT_EQ(sensors["illuminance/summary"]["values"]["lux"]["unknown"],
            "-7 lx is less than darkness");
  EXPECT_EQ(get("/api/v1/sensors/battery/BAT0")["values"]["status"]["value"], "discharging");
  EXPECT_EQ(get("/api/v1/state")["time"], wall_.nowMs());
}

TEST_F(ApiTest, KnowsWhatIsNotThere) {
  for (const char* path : {"/api/v1/", "/api/v1/nothing", "/api/v2/state", "/api/v1/sensors/x/y",
                           "/api/v1/sensors/", "/api/v1/sensors/../state", "/api/v1/state/"}) {
    EXPECT_EQ(ask("GET", path).status, 404) << path;
  }
}

TEST_F(ApiTest, KnowsItsMethods) {
  EXPECT_EQ(ask("POST", "/api/v1/state").status, 405);
  EXPECT_EQ(ask("GET", "/api/v1/backlight").status, 405);
  EXPECT_EQ(ask("DELETE", "/api/v1/rotation").status, 405);
  EXPECT_EQ(Api::accessFor({.method = "DELETE"}), Access::Write);
  EXPECT_EQ(Api::accessFor({.method = "HEAD"}), Access::Read);
}

TEST_F(ApiTest, DrawsTheHistory) {
  history_.add(*station_.summary("battery"));
  history_.flush({});

  const auto chart = get("/api/v1/history", {{"keys", "battery/summary/percent"}, {"hours", "1"},
                                             {"to", std::to_string(wall_.nowMs() + 1)}});

  EXPECT_EQ(chart["series"]["battery/summary/percent"][0][1], 81);
}

TEST_F(ApiTest, RefusesHistoriesThatAreTooMuch) {
  const std::pair<std::string, std::string> keys("keys", "a");
  for (const auto& query : std::vector<std::map<std::string, std::string>>{
           {}, {{"keys", ""}}, {keys, {"points", "0"}}, {keys, {"points", "1000000"}},
           {keys, {"hours", "-1"}}, {keys, {"hours", "99999999999999999999"}},
           {keys, {"from", "5"}, {"to", "5"}}, {keys, {"from", "9"}, {"to", "5"}},
           {keys, {"from", "0"}}, {keys, {"hours", "1e3"}}, {keys, {"to", "-9223372036854775808"}},
           {{"keys", "a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a"}}}) {
    EXPECT_EQ(ask("GET", "/api/v1/history", query).status, 400) << nlohmann::json(query).dump();
  }
}

TEST_F(ApiTest, SetsTheBrightness) {
  EXPECT_EQ(ask("POST", "/api/v1/backlight", {}, R"({"percent": 20})").status, 200);
  for (int i = 0; i < 100; ++i) {
    clock_.advance(std::chrono::milliseconds(40));
    brightness_.tick();
  }
  EXPECT_EQ(tree_.get("class/backlight/panel/brightness"), "20");

  EXPECT_EQ(ask("POST", "/api/v1/backlight", {}, R"({"automatic": true})").status, 200);
  EXPECT_EQ(brightness_.mode(), AutoBrightness::Mode::Automatic);
}

TEST_F(ApiTest, LocksTheRotation) {
  EXPECT_EQ(ask("POST", "/api/v1/rotation", {}, R"({"locked": true})").status, 200);
  EXPECT_TRUE(get("/api/v1/state")["controls"]["rotation_locked"]);
}

TEST_F(ApiTest, RefusesBodiesThatItDoesNotKnow) {
  for (const char* body : {"", "{", "[]", "null", "{}", R"({"percent": "20"})", R"({"percent": -1})",
                           R"({"percent": 101})", R"({"percent": 1e999})", R"({"percent": null})",
                           R"({"percent": 5, "automatic": true})", R"({"automatic": 1})"}) {
    EXPECT_EQ(ask("POST", "/api/v1/backlight", {}, body).status, 400) << body;
    EXPECT_EQ(ask("POST", "/api/v1/rotation", {}, body).status, 400) << body;
  }
  EXPECT_EQ(ask("POST", "/api/v1/rotation", {}, std::string(4000, '[')).status, 400);
}

}  // namespace
}  // namespace lucarne::sensors
