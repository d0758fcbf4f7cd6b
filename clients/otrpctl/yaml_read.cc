#include "clients/otrpctl/yaml_read.h"

#include <yaml.h>

#include "absl/strings/str_cat.h"
#include "libs/base/status_macros.h"

namespace otrp::ctl {
namespace {

constexpr int kMaxDepth = 20;

absl::Status At(const yaml_mark_t& mark, absl::string_view what) {
  YamlNode node;
  node.line = mark.line + 1;
  node.column = mark.column + 1;
  return node.Error(what);
}

// An event, freed with its owner.
class Event {
 public:
  Event() = default;
  ~Event() { yaml_event_delete(&event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  yaml_event_t* operator->() { return &event_; }
  yaml_event_t* get() { return &event_; }

 private:
  yaml_event_t event_ = {};
};

class Parser {
 public:
  explicit Parser(absl::string_view text) {
    yaml_parser_initialize(&parser_);
    yaml_parser_set_input_string(
        &parser_, reinterpret_cast<const unsigned char*>(text.data()),
        text.size());
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
  }
  ~Parser() { yaml_parser_delete(&parser_); }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  absl::StatusOr<YamlNode> Document() {
    OTRP_RETURN_IF_ERROR(Skip(YAML_STREAM_START_EVENT));
    OTRP_RETURN_IF_ERROR(Skip(YAML_DOCUMENT_START_EVENT));
    Event first;
    OTRP_RETURN_IF_ERROR(Next(&first));
    OTRP_ASSIGN_OR_RETURN(YamlNode node, Node(first, 0));
    OTRP_RETURN_IF_ERROR(Skip(YAML_DOCUMENT_END_EVENT));
    OTRP_RETURN_IF_ERROR(Skip(YAML_STREAM_END_EVENT));
    return node;
  }

 private:
  absl::Status Next(Event* event) {
    if (yaml_parser_parse(&parser_, event->get())) return absl::OkStatus();
    return At(parser_.problem_mark,
              parser_.problem == nullptr ? "is no YAML" : parser_.problem);
  }

  absl::Status Skip(yaml_event_type_t type) {
    Event event;
    OTRP_RETURN_IF_ERROR(Next(&event));
    return event->type == type
               ? absl::OkStatus()
               : At(event->start_mark, "one document is wanted, not more");
  }

  static absl::Status Plain(const yaml_mark_t& mark, const yaml_char_t* anchor,
                            const yaml_char_t* tag) {
    return anchor == nullptr && tag == nullptr
               ? absl::OkStatus()
               : At(mark, "anchors and tags aren't taken here");
  }

  absl::StatusOr<YamlNode> Node(Event& event, int depth) {
    YamlNode node;
    node.line = event->start_mark.line + 1;
    node.column = event->start_mark.column + 1;
    if (depth > kMaxDepth) return node.Error("is nested too deeply");
    switch (event->type) {
      case YAML_SCALAR_EVENT: {
        const auto& scalar = event->data.scalar;
        OTRP_RETURN_IF_ERROR(
            Plain(event->start_mark, scalar.anchor, scalar.tag));
        node.text.assign(reinterpret_cast<const char*>(scalar.value),
                         scalar.length);
        return node;
      }
      case YAML_SEQUENCE_START_EVENT: {
        const auto& list = event->data.sequence_start;
        OTRP_RETURN_IF_ERROR(Plain(event->start_mark, list.anchor, list.tag));
        node.kind = YamlNode::Kind::kList;
        return List(std::move(node), depth);
      }
      case YAML_MAPPING_START_EVENT: {
        const auto& map = event->data.mapping_start;
        OTRP_RETURN_IF_ERROR(Plain(event->start_mark, map.anchor, map.tag));
        node.kind = YamlNode::Kind::kMap;
        return Map(std::move(node), depth);
      }
      case YAML_ALIAS_EVENT: return node.Error("aliases aren't taken here");
      default: return node.Error("a value is missing");
    }
  }

  absl::StatusOr<YamlNode> List(YamlNode node, int depth) {
    while (true) {
      Event event;
      OTRP_RETURN_IF_ERROR(Next(&event));
      if (event->type == YAML_SEQUENCE_END_EVENT) return node;
      OTRP_ASSIGN_OR_RETURN(YamlNode item, Node(event, depth + 1));
      node.items.push_back(std::move(item));
    }
  }

  absl::StatusOr<YamlNode> Map(YamlNode node, int depth) {
    while (true) {
      Event event;
      OTRP_RETURN_IF_ERROR(Next(&event));
      if (event->type == YAML_MAPPING_END_EVENT) return node;
      OTRP_ASSIGN_OR_RETURN(YamlNode name, Node(event, depth + 1));
      if (name.kind != YamlNode::Kind::kText) {
        return name.Error("a name is wanted");
      }
      for (const auto& [other, value] : node.members) {
        if (other.text == name.text) {
          return name.Error(absl::StrCat(name.text, " stands there twice"));
        }
      }
      Event next;
      OTRP_RETURN_IF_ERROR(Next(&next));
      OTRP_ASSIGN_OR_RETURN(YamlNode value, Node(next, depth + 1));
      node.members.emplace_back(std::move(name), std::move(value));
    }
  }

  yaml_parser_t parser_;
};

}  // namespace

absl::Status YamlNode::Error(absl::string_view what) const {
  return absl::InvalidArgumentError(
      absl::StrCat("line ", line, ", column ", column, ": ", what));
}

absl::StatusOr<YamlNode> ParseYaml(absl::string_view text) {
  if (text.size() > kMaxYamlBytes) {
    return absl::InvalidArgumentError("has more than 1 MiB");
  }
  return Parser(text).Document();
}

}  // namespace otrp::ctl
