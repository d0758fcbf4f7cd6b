#include "libs/rest/comments.h"

#include <functional>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"

namespace otrp {
namespace rest {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FileDescriptor;

// Lines of a paragraph are one line; an empty line is between two.
std::string Paragraphs(const std::string& comment) {
  std::string text;
  bool new_paragraph = false;
  for (const absl::string_view raw : absl::StrSplit(comment, '\n')) {
    const absl::string_view line = absl::StripAsciiWhitespace(raw);
    if (line.empty()) {
      new_paragraph = !text.empty();
      continue;
    }
    if (!text.empty()) text += new_paragraph ? "\n\n" : " ";
    new_paragraph = false;
    absl::StrAppend(&text, line);
  }
  return text;
}

// Calls `found` for everything in a file that may have a comment.
class Walk {
 public:
  using Found = std::function<void(const std::string& full_name,
                                   const std::string& comment)>;

  explicit Walk(Found found) : found_(std::move(found)) {}

  void File(const FileDescriptor& file) {
    for (int i = 0; i < file.service_count(); ++i) {
      See(*file.service(i));
      for (int n = 0; n < file.service(i)->method_count(); ++n) {
        See(*file.service(i)->method(n));
      }
    }
    for (int i = 0; i < file.enum_type_count(); ++i) Enum(*file.enum_type(i));
    for (int i = 0; i < file.message_type_count(); ++i) {
      Message(*file.message_type(i));
    }
  }

 private:
  template <typename Thing>
  void See(const Thing& thing) {
    google::protobuf::SourceLocation location;
    // Without one, the comment is empty.
    (void)thing.GetSourceLocation(&location);
    found_(thing.full_name(), Paragraphs(location.leading_comments));
  }

  void Enum(const EnumDescriptor& type) {
    See(type);
    for (int i = 0; i < type.value_count(); ++i) See(*type.value(i));
  }

  void Message(const Descriptor& message) {
    See(message);
    for (int i = 0; i < message.field_count(); ++i) See(*message.field(i));
    for (int i = 0; i < message.enum_type_count(); ++i) {
      Enum(*message.enum_type(i));
    }
    for (int i = 0; i < message.nested_type_count(); ++i) {
      Message(*message.nested_type(i));
    }
  }

  const Found found_;
};

bool IsOfAWord(char c) {
  return c == '_' || absl::ascii_isalnum(static_cast<unsigned char>(c));
}

// As protoc makes json_name.
std::string LowerCamel(absl::string_view name) {
  std::string camel;
  bool upper = false;
  for (const char c : name) {
    if (c == '_') {
      upper = true;
      continue;
    }
    camel += upper ? absl::ascii_toupper(c) : c;
    upper = false;
  }
  return camel;
}

}  // namespace

absl::StatusOr<Comments> Comments::Of(const std::vector<std::string>& sets) {
  Comments comments;
  Walk walk([&](const std::string& name, const std::string& comment) {
    comments.fields_.insert(name.substr(name.rfind('.') + 1));
    comments.by_name_[name] = comment;
  });
  for (const std::string& octets : sets) {
    google::protobuf::FileDescriptorSet set;
    if (!set.ParseFromString(octets)) {
      return absl::InvalidArgumentError("that is no set of descriptors");
    }
    google::protobuf::DescriptorPool pool;
    for (const google::protobuf::FileDescriptorProto& file : set.file()) {
      const FileDescriptor* built = pool.BuildFile(file);
      if (built == nullptr) {
        return absl::InvalidArgumentError(
            absl::StrCat(file.name(), " lacks what it imports"));
      }
      walk.File(*built);
    }
  }
  return comments;
}

std::string Comments::Find(absl::string_view full_name) const {
  const auto found = by_name_.find(full_name);
  if (found == by_name_.end()) return "";
  const std::string& text = found->second;
  std::string named;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() && IsOfAWord(text[end])) ++end;
    if (end == i) {
      named += text[i++];
      continue;
    }
    const std::string word = text.substr(i, end - i);
    const bool is_field = fields_.count(word) > 0 &&
                          word.find('_') != std::string::npos &&
                          absl::ascii_islower(word[0]);
    named += is_field ? LowerCamel(word) : word;
    i = end;
  }
  return named;
}

std::string FirstSentence(absl::string_view text) {
  size_t end = text.find('\n');
  for (size_t at = text.find(". "); at != absl::string_view::npos && at < end;
       at = text.find(". ", at + 1)) {
    // Not behind "e.g.".
    if (at + 2 < text.size() && absl::ascii_isupper(text[at + 2])) end = at;
  }
  text = text.substr(0, end);
  while (!text.empty() && text.back() == '.') text.remove_suffix(1);
  return std::string(text);
}

}  // namespace rest
}  // namespace otrp
