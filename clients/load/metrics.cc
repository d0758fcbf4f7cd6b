#include "clients/load/metrics.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "libs/base/status_macros.h"
#include "libs/http/client.h"

namespace otrp::load {

Scrape ParseMetrics(absl::string_view text) {
  Scrape scrape;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || line[0] == '#') continue;
    // name{labels} value [timestamp]; our labels have no space.
    const size_t space = line.find(' ');
    if (space == absl::string_view::npos) continue;
    const absl::string_view series = line.substr(0, space);
    absl::string_view rest = line.substr(space + 1);
    double value = 0;
    if (!absl::SimpleAtod(rest.substr(0, rest.find(' ')), &value)) continue;
    const size_t brace = series.find('{');
    const absl::string_view name = series.substr(0, brace);
    if (name == "otrp_process_cpu_seconds_total") {
      scrape.cpu_seconds = value;
    } else if (name == "otrp_process_resident_memory_bytes") {
      scrape.resident_bytes = value;
    } else if (name == "otrp_message_total" &&
               brace != absl::string_view::npos && series.back() == '}') {
      scrape.messages[std::string(
          series.substr(brace + 1, series.size() - brace - 2))] = value;
    }
  }
  return scrape;
}

absl::StatusOr<std::vector<Scrape>> ScrapeAll(
    const std::vector<std::pair<std::string, std::string>>& sources) {
  std::vector<Scrape> scrapes;
  for (const auto& [name, url] : sources) {
    http::Client client({});
    OTRP_ASSIGN_OR_RETURN(const http::Response response, client.Get(url));
    if (response.status != 200) {
      return absl::UnavailableError(absl::StrCat(
          url, " answers HTTP ", response.status, " instead of metrics"));
    }
    scrapes.push_back(ParseMetrics(response.body));
  }
  return scrapes;
}

}  // namespace otrp::load
