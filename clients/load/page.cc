#include "clients/load/page.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "clients/load/compare.h"
#include "clients/load/report.h"

namespace otrp::load {
namespace {

using json::Value;

constexpr char kStyle[] =
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;"
    "color:#222;background:#fff;padding:0 1rem}"
    "pre{overflow-x:auto;background:#f6f6f6;padding:1rem}"
    "svg{width:100%;height:auto}"
    ".grid{stroke:#ddd}.axis{stroke:#666}"
    "text{font:12px system-ui,sans-serif;fill:#444}"
    ".s0{stroke:#0b62a4}.s1{stroke:#c2410c}.s2{stroke:#888}"
    "polyline{fill:none;stroke-width:2}"
    ".k0{fill:#0b62a4}.k1{fill:#c2410c}.k2{fill:#888}";

constexpr double kWidth = 900;
constexpr double kHeight = 260;
constexpr double kLeft = 70;
constexpr double kRight = 20;
constexpr double kTop = 30;
constexpr double kBottom = 40;

std::string Escape(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"&", "&amp;"},
                                    {"<", "&lt;"},
                                    {">", "&gt;"},
                                    {"\"", "&quot;"},
                                    {"'", "&#39;"}});
}

struct Line {
  std::string name;
  std::vector<std::pair<double, double>> points;
};

struct Tick {
  double at;
  std::string label;
};

struct Plot {
  std::string title;
  std::string x_label;
  std::vector<Line> lines;
  std::vector<Tick> x_ticks;
  double x_min = 0;
  double x_max = 1;
};

// 1, 2 or 5 times a power of ten, four to eight of them up to `most`.
double Step(double most) {
  if (!(most > 0)) return 1;
  const double power = std::pow(10, std::floor(std::log10(most / 4)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (most / (power * factor) <= 8) return power * factor;
  }
  return power * 10;
}

std::string Draw(const Plot& plot) {
  double most = 0;
  for (const Line& line : plot.lines) {
    for (const auto& point : line.points) most = std::max(most, point.second);
  }
  const double step = Step(most);
  const double top = std::max(step, std::ceil(most / step) * step);
  const double span = std::max(plot.x_max - plot.x_min, 1e-9);
  const auto x = [&](double value) {
    return kLeft + (value - plot.x_min) / span * (kWidth - kLeft - kRight);
  };
  const auto y = [&](double value) {
    return kHeight - kBottom - value / top * (kHeight - kTop - kBottom);
  };
  std::string out = absl::StrFormat(
      "<h2>%s</h2>\n<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" "
      "aria-label=\"%s\">\n",
      Escape(plot.title), kWidth, kHeight, Escape(plot.title));
  for (double value = 0; value <= top + step / 2; value += step) {
    absl::StrAppendFormat(
        &out,
        "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" "
        "y2=\"%.1f\"/><text x=\"%.1f\" y=\"%.1f\" "
        "text-anchor=\"end\">%g</text>\n",
        kLeft, kWidth - kRight, y(value), y(value), kLeft - 8, y(value) + 4,
        value);
  }
  for (const Tick& tick : plot.x_ticks) {
    absl::StrAppendFormat(&out,
                          "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" "
                          "y1=\"%.1f\" y2=\"%.1f\"/><text x=\"%.1f\" "
                          "y=\"%.1f\" text-anchor=\"middle\">%s</text>\n",
                          x(tick.at), x(tick.at), y(0), y(0) + 5, x(tick.at),
                          y(0) + 18, Escape(tick.label));
  }
  absl::StrAppendFormat(&out,
                        "<text x=\"%.1f\" y=\"%.1f\" "
                        "text-anchor=\"end\">%s</text>\n",
                        kWidth - kRight, kHeight - 4, Escape(plot.x_label));
  // The first one is on top.
  for (size_t i = plot.lines.size(); i-- > 0;) {
    absl::StrAppendFormat(&out, "<polyline class=\"s%d\" points=\"", i);
    for (const auto& point : plot.lines[i].points) {
      absl::StrAppendFormat(&out, "%.1f,%.1f ", x(point.first),
                            y(point.second));
    }
    out += "\"/>\n";
  }
  double legend = kLeft;
  for (size_t i = 0; i < plot.lines.size(); ++i) {
    absl::StrAppendFormat(&out,
                          "<rect class=\"k%d\" x=\"%.1f\" y=\"8\" "
                          "width=\"12\" height=\"12\"/><text x=\"%.1f\" "
                          "y=\"18\">%s</text>\n",
                          i, legend, legend + 18, Escape(plot.lines[i].name));
    legend += 40 + 7.0 * plot.lines[i].name.size();
  }
  return out + "</svg>\n";
}

double NumberOf(const Value& value, const char* name) {
  const Value* member = value.Find(name);
  return member == nullptr ? 0 : member->as_number();
}

std::vector<Tick> SecondTicks(double seconds) {
  std::vector<Tick> ticks;
  const double step = std::max(1.0, Step(seconds));
  for (double at = 0; at <= seconds; at += step) {
    ticks.push_back({at, absl::StrFormat("%g", at)});
  }
  return ticks;
}

Plot OverTime(const Value& report, const std::string& title) {
  Plot plot;
  plot.title = title;
  plot.x_label = "seconds";
  plot.x_max =
      std::max(1.0, static_cast<double>(report.Find("series")->size()) *
                        NumberOf(report, "interval_seconds"));
  plot.x_ticks = SecondTicks(plot.x_max);
  return plot;
}

Line SeriesLine(const Value& report, const std::string& name,
                const char* member, double scale) {
  Line line{name, {}};
  const double half = NumberOf(report, "interval_seconds") / 2;
  for (const Value& point : report.Find("series")->items()) {
    line.points.emplace_back(NumberOf(point, "second") + half,
                             NumberOf(point, member) * scale);
  }
  return line;
}

// Percentiles on an axis that gives each nine the same room.
double NinesOf(double percentile) {
  return -std::log10(std::max(1e-4, 1 - percentile / 100));
}

Plot Percentiles() {
  Plot plot;
  plot.title = "Latency of transactions by percentile, corrected, ms";
  plot.x_label = "percentile";
  plot.x_max = 4;
  for (const double at : {0.0, 50.0, 90.0, 99.0, 99.9, 99.99}) {
    plot.x_ticks.push_back({NinesOf(at), absl::StrFormat("%g", at)});
  }
  return plot;
}

// Empty for a report without one.
Line CurveLine(const Value& report, const std::string& name) {
  Line line{name, {}};
  const Value* totals = report.Find("totals");
  const Value* curve = totals == nullptr ? nullptr : totals->Find("curve_ms");
  if (curve == nullptr) return line;
  for (const Value& point : curve->items()) {
    const double percentile = point.items()[0].as_number();
    if (percentile < 100) {
      line.points.emplace_back(NinesOf(percentile),
                               point.items()[1].as_number());
    }
  }
  return line;
}

std::string Document(absl::string_view title, absl::string_view table,
                     const std::vector<Plot>& plots, absl::string_view rest) {
  std::string out = absl::StrCat(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<title>otrp-load</title><style>",
      kStyle, "</style></head><body>\n<h1>otrp-load, ", Escape(title),
      "</h1>\n<pre>", Escape(table), "</pre>\n");
  for (const Plot& plot : plots) out += Draw(plot);
  absl::StrAppend(&out, rest, "</body></html>\n");
  return out;
}

}  // namespace

std::string ReportPage(const Value& report) {
  const double interval = std::max(1e-9, NumberOf(report, "interval_seconds"));
  Plot throughput = OverTime(report, "Throughput, a second");
  throughput.lines.push_back(
      SeriesLine(report, "transactions", "ok", 1 / interval));
  throughput.lines.push_back(
      SeriesLine(report, "errors", "errors", 1 / interval));
  Plot latency = OverTime(report, "Latency over time, corrected, ms");
  latency.lines.push_back(SeriesLine(report, "p50", "p50_ms", 1));
  latency.lines.push_back(SeriesLine(report, "p99", "p99_ms", 1));
  latency.lines.push_back(SeriesLine(report, "max", "max_ms", 1));
  Plot percentiles = Percentiles();
  percentiles.lines.push_back(CurveLine(report, "all transactions"));
  return Document(
      report.Find("started_at")->as_string(), ReportTable(report),
      {throughput, latency, percentiles},
      absl::StrCat("<h2>Options</h2>\n<pre>",
                   Escape(report.Find("options")->Serialize()), "</pre>\n"));
}

std::string ComparePage(const Value& before, const Value& after) {
  // The longer run says how far the axis goes.
  const auto seconds = [](const Value& report) {
    return static_cast<double>(report.Find("series")->size()) *
           NumberOf(report, "interval_seconds");
  };
  const Value& longer = seconds(before) > seconds(after) ? before : after;
  Plot throughput = OverTime(longer, "Throughput, a second");
  Plot latency = OverTime(longer, "Latency over time, p99, corrected, ms");
  Plot percentiles = Percentiles();
  for (const auto& [report, name] :
       {std::make_pair(&before, "before"), std::make_pair(&after, "after")}) {
    const double interval =
        std::max(1e-9, NumberOf(*report, "interval_seconds"));
    throughput.lines.push_back(SeriesLine(*report, name, "ok", 1 / interval));
    latency.lines.push_back(SeriesLine(*report, name, "p99_ms", 1));
    percentiles.lines.push_back(CurveLine(*report, name));
  }
  return Document("two runs", CompareTable(CompareJson(before, after)),
                  {throughput, latency, percentiles}, "");
}

}  // namespace otrp::load
