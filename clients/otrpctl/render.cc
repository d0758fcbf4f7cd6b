#include "clients/otrpctl/render.h"

#include <algorithm>
#include <functional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "clients/otrpctl/yaml.h"
#include "libs/base/printable.h"

namespace otrp::ctl {
namespace {

using Row = std::vector<std::string>;

// Characters of UTF-8: all octets but the ones that continue one.
size_t Width(const std::string& text) {
  return std::count_if(text.begin(), text.end(), [](char octet) {
    return (static_cast<unsigned char>(octet) & 0xC0) != 0x80;
  });
}

// A cell: strings as they are, lists joined, objects as compact JSON.
std::string Cell(const json::Value* value) {
  if (value == nullptr || value->is_null()) return "-";
  if (value->is_string()) {
    return value->as_string().empty() ? "-" : Printable(value->as_string());
  }
  if (!value->is_array()) return Printable(value->Serialize());
  std::string joined;
  for (const json::Value& item : value->items()) {
    absl::StrAppend(&joined, joined.empty() ? "" : ", ", Cell(&item));
  }
  return joined.empty() ? "-" : joined;
}

const json::Value* Member(const json::Value& value, const std::string& path) {
  const json::Value* at = &value;
  for (absl::string_view name : absl::StrSplit(path, '.')) {
    at = at->is_object() ? at->Find(name) : nullptr;
    if (at == nullptr) return nullptr;
  }
  return at;
}

std::string Align(const std::vector<Row>& rows) {
  std::vector<size_t> widths;
  for (const Row& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], Width(row[i]));
    }
  }
  std::string text;
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      absl::StrAppend(&text, row[i]);
      if (i + 1 == row.size()) continue;
      text.append(widths[i] - Width(row[i]) + 2, ' ');
    }
    absl::StrAppend(&text, "\n");
  }
  return text;
}

std::string ListTable(const Result& result, bool with_titles) {
  std::vector<Row> rows;
  if (with_titles) {
    Row titles;
    for (const Column& column : result.columns) titles.push_back(column.title);
    rows.push_back(std::move(titles));
  }
  for (const std::string& name : {result.list, result.totals}) {
    const json::Value* list = result.value.Find(name);
    if (list == nullptr || !list->is_array()) continue;
    for (const json::Value& item : list->items()) {
      Row row;
      for (const Column& column : result.columns) {
        row.push_back(Cell(Member(item, column.member)));
      }
      rows.push_back(std::move(row));
    }
  }
  return Align(rows);
}

bool IsListOfObjects(const json::Value& value) {
  return value.is_array() && !value.items().empty() &&
         value.items()[0].is_object();
}

// A row an object; a column for each name that one of them has.
std::string ObjectsTable(const json::Value& list) {
  Row names;
  for (const json::Value& item : list.items()) {
    for (const auto& [name, value] : item.members()) {
      if (std::find(names.begin(), names.end(), name) == names.end()) {
        names.push_back(name);
      }
    }
  }
  Row titles;
  for (const std::string& name : names) {
    titles.push_back(absl::AsciiStrToUpper(
        absl::StrReplaceAll(Printable(name), {{"_", " "}})));
  }
  std::vector<Row> rows = {titles};
  for (const json::Value& item : list.items()) {
    Row row;
    for (const std::string& name : names) row.push_back(Cell(item.Find(name)));
    rows.push_back(std::move(row));
  }
  return Align(rows);
}

// One object: a line a member, those of objects within it as "outer.inner",
// then a table for each list of objects.
void AddObject(const json::Value& value, const std::string& prefix,
               std::vector<Row>* rows, std::string* tables) {
  for (const auto& [member_name, member] : value.members()) {
    const std::string name = absl::StrCat(prefix, Printable(member_name));
    if (IsListOfObjects(member)) {
      absl::StrAppend(tables, "\n", name, "\n", ObjectsTable(member));
    } else if (member.is_object()) {
      AddObject(member, name + ".", rows, tables);
    } else {
      rows->push_back({name, Cell(&member)});
    }
  }
}

std::string NameOf(const json::Value& item,
                   const std::vector<std::string>& members) {
  std::string name;
  for (const std::string& member : members) {
    absl::StrAppend(&name, name.empty() ? "" : "/", Cell(Member(item, member)));
  }
  return name;
}

// A line an item.
std::string Names(const Result& result) {
  if (result.list.empty()) {
    std::vector<std::string> members = result.name;
    if (members.empty() && !result.value.members().empty()) {
      members = {result.value.members().begin()->first};
    }
    return absl::StrCat(NameOf(result.value, members), "\n");
  }
  std::string lines;
  for (const json::Value& item : result.value.Find(result.list)->items()) {
    absl::StrAppend(&lines, NameOfItem(result, item), "\n");
  }
  return lines;
}

std::string CsvText(const std::string& text, bool is_ours) {
  std::string cell = text;
  if (!is_ours && !cell.empty() && absl::StrContains("=+-@", cell[0])) {
    cell.insert(0, 1, '\'');
  }
  const bool is_plain = cell.find_first_of(",\"\r\n") == std::string::npos &&
                        absl::StripAsciiWhitespace(cell) == cell;
  return is_plain
             ? cell
             : absl::StrCat("\"", absl::StrReplaceAll(cell, {{"\"", "\"\""}}),
                            "\"");
}

std::string CsvCell(const json::Value* value) {
  if (value == nullptr || value->is_null()) return "";
  const bool is_text = value->is_string() || value->is_array();
  if (value->is_string() && value->as_string().empty()) return "";
  if (value->is_array() && value->items().empty()) return "";
  // Printable: whatever would end a line is written out.
  return CsvText(Cell(value), /*is_ours=*/!is_text);
}

// Of one object: its members.
std::string Csv(const Result& result) {
  std::vector<std::string> members;
  for (const Column& column : result.columns) members.push_back(column.member);
  if (result.list.empty()) {
    members.clear();
    for (const auto& [name, value] : result.value.members()) {
      members.push_back(name);
    }
  }
  std::string text;
  const auto add =
      [&](const std::function<std::string(const std::string&)>& cell) {
        absl::StrAppend(
            &text,
            absl::StrJoin(members, ",",
                          [&](std::string* out, const std::string& member) {
                            out->append(cell(member));
                          }),
            "\r\n");
      };
  add([](const std::string& member) {
    return CsvText(Printable(member), false);
  });
  const auto add_item = [&](const json::Value& item) {
    add([&](const std::string& member) {
      return CsvCell(Member(item, member));
    });
  };
  const json::Value* list =
      result.list.empty() ? nullptr : result.value.Find(result.list);
  if (list == nullptr) {
    add_item(result.value);
    return text;
  }
  for (const json::Value& item : list->items()) add_item(item);
  return text;
}

std::string ObjectTable(const json::Value& value) {
  std::vector<Row> rows;
  std::string tables;
  AddObject(value, "", &rows, &tables);
  return Align(rows) + tables;
}

}  // namespace

std::string NameOfItem(const Result& result, const json::Value& item) {
  return NameOf(item, result.name.empty()
                          ? std::vector<std::string>{result.columns[0].member}
                          : result.name);
}

std::string PrintableLines(absl::string_view text) {
  return absl::StrJoin(absl::StrSplit(text, '\n'), "\n",
                       [](std::string* out, absl::string_view line) {
                         out->append(Printable(line));
                       });
}

absl::StatusOr<Format> FormatOf(const cli::Args& globals) {
  const std::string word = globals.GetOr("output", "table");
  if (word == "table") return Format::kTable;
  if (word == "json") return Format::kJson;
  if (word == "yaml") return Format::kYaml;
  if (word == "csv") return Format::kCsv;
  if (word == "name") return Format::kName;
  return cli::UsageError(absl::StrCat(
      "-o ", word, " is unknown: it takes table, json, yaml, csv or name"));
}

// Names come from devices and service providers, and none may forge a line or
// steer a terminal: whatever is shown is made printable.
std::string Render(const Result& result, Format format, bool titles) {
  if (!result.text.empty()) return result.text;
  switch (format) {
    case Format::kJson:
      return absl::StrCat(Printable(result.value.Serialize()), "\n");
    case Format::kYaml: return ToYaml(result.value);
    case Format::kCsv: return Csv(result);
    case Format::kName: return Names(result);
    case Format::kTable: break;
  }
  return result.list.empty() ? ObjectTable(result.value)
                             : ListTable(result, titles);
}

}  // namespace otrp::ctl
