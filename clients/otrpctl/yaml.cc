#include "clients/otrpctl/yaml.h"

#include <yaml.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/string_view.h"
#include "libs/base/printable.h"

namespace otrp::ctl {
namespace {

int Append(void* into, unsigned char* octets, size_t size) {
  static_cast<std::string*>(into)->append(reinterpret_cast<char*>(octets),
                                          size);
  return 1;
}

// Names that every YAML reads as a text: YAML 1.1 has eleven words for true and
// false, "n" and "on" among them.
bool IsPlain(absl::string_view name) {
  if (name.empty() || !absl::ascii_islower(name[0])) return false;
  for (const char* word :
       {"y", "n", "yes", "no", "on", "off", "true", "false", "null"}) {
    if (name == word) return false;
  }
  return std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '_';
  });
}

// Emits events. Nothing of it fails but for want of memory.
class Writer {
 public:
  // `unicode`: letters as they are; otherwise all but ASCII is written out.
  explicit Writer(bool unicode) {
    yaml_emitter_initialize(&emitter_);
    yaml_emitter_set_output(&emitter_, Append, &text_);
    yaml_emitter_set_unicode(&emitter_, unicode ? 1 : 0);
    // No text is folded.
    yaml_emitter_set_width(&emitter_, -1);
  }
  ~Writer() { yaml_emitter_delete(&emitter_); }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  std::string Document(const json::Value& value) {
    yaml_event_t event;
    yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING);
    Emit(&event);
    yaml_document_start_event_initialize(&event, nullptr, nullptr, nullptr, 1);
    Emit(&event);
    Add(value);
    yaml_document_end_event_initialize(&event, 1);
    Emit(&event);
    yaml_stream_end_event_initialize(&event);
    Emit(&event);
    return std::move(text_);
  }

 private:
  void Emit(yaml_event_t* event) { yaml_emitter_emit(&emitter_, event); }

  void Scalar(absl::string_view text, yaml_scalar_style_t style) {
    yaml_event_t event;
    yaml_scalar_event_initialize(
        &event, nullptr, nullptr,
        reinterpret_cast<const yaml_char_t*>(text.data()),
        static_cast<int>(text.size()), 1, 1, style);
    Emit(&event);
  }

  void Add(const json::Value& value) {
    yaml_event_t event;
    if (value.is_object()) {
      yaml_mapping_start_event_initialize(&event, nullptr, nullptr, 1,
                                          YAML_BLOCK_MAPPING_STYLE);
      Emit(&event);
      for (const auto& [name, member] : value.members()) {
        Scalar(name, IsPlain(name) ? YAML_PLAIN_SCALAR_STYLE
                                   : YAML_DOUBLE_QUOTED_SCALAR_STYLE);
        Add(member);
      }
      yaml_mapping_end_event_initialize(&event);
      Emit(&event);
    } else if (value.is_array()) {
      yaml_sequence_start_event_initialize(&event, nullptr, nullptr, 1,
                                           YAML_BLOCK_SEQUENCE_STYLE);
      Emit(&event);
      for (const json::Value& item : value.items()) Add(item);
      yaml_sequence_end_event_initialize(&event);
      Emit(&event);
    } else if (value.is_string()) {
      Scalar(value.as_string(), YAML_DOUBLE_QUOTED_SCALAR_STYLE);
    } else {
      Scalar(value.Serialize(), YAML_PLAIN_SCALAR_STYLE);
    }
  }

  yaml_emitter_t emitter_;
  std::string text_;
};

}  // namespace

std::string ToYaml(const json::Value& value) {
  // Where a name could turn the text of a terminal round, none of its letters
  // counts.
  const std::string text = value.Serialize();
  return Writer(/*unicode=*/Printable(text) == text).Document(value);
}

}  // namespace otrp::ctl
