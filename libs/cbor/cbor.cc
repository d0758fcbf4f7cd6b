#include "libs/cbor/cbor.h"

#include <cbor.h>

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "libs/base/utf8.h"

namespace otrp {
namespace cbor {
namespace {

// RFC 8949 section 3: the type, then an argument of up to 8 octets.
constexpr size_t kMaxHeadBytes = 9;
constexpr int kTagType = 6;
constexpr unsigned char kArgumentBits = 0x1f;

bool IsUtf8(absl::string_view text) {
  while (!text.empty()) {
    const size_t length = Utf8SequenceLength(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool SameKey(const Value& a, const Value& b) {
  return a.type() == b.type() && a.integer() == b.integer() &&
         a.octets() == b.octets();
}

}  // namespace

// Takes the heads in their order and puts the items together.
class Builder {
 public:
  Builder(size_t size, const Limits& limits) : size_(size), limits_(limits) {}

  // An item that has no items in it.
  void Leaf(Value::Type type, int64_t integer, std::string octets = "") {
    if (!Count()) return;
    Value value;
    value.type_ = type;
    value.integer_ = integer;
    value.octets_ = std::move(octets);
    Done(std::move(value));
  }

  void Unsigned(uint64_t number) {
    if (number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return Fail("an integer doesn't fit into 64 bits with a sign");
    }
    Leaf(Value::Type::kInteger, static_cast<int64_t>(number));
  }

  void Negative(uint64_t number) {
    if (number > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return Fail("an integer doesn't fit into 64 bits with a sign");
    }
    Leaf(Value::Type::kInteger, -1 - static_cast<int64_t>(number));
  }

  void Tag(uint64_t number) {
    if (number > std::numeric_limits<uint32_t>::max()) {
      return Fail("a tag's number is too large");
    }
    Open(Value::Type::kTag, 1, static_cast<int64_t>(number));
  }

  void Text(std::string text) {
    if (!IsUtf8(text)) return Fail("a text isn't UTF-8");
    Leaf(Value::Type::kText, 0, std::move(text));
  }

  // One with `items` items in it, two for each member of a map.
  void Open(Value::Type type, uint64_t items, int64_t integer = 0) {
    if (!Count()) return;
    // Each takes an octet or more.
    if (items > size_ - offset) return Fail("a length is more than there is");
    if (open_.size() >= limits_.depth) return Fail("items lie too deep");
    if (type == Value::Type::kMap && items > 2 * limits_.members) {
      return Fail("a map has too many members");
    }
    Frame frame;
    frame.value.type_ = type;
    frame.value.integer_ = integer;
    frame.left = items;
    open_.push_back(std::move(frame));
    Close();
  }

  void Fail(absl::string_view why) {
    if (error_.empty()) error_ = std::string(why);
  }

  const std::string& error() const { return error_; }
  bool is_whole() const { return whole_; }
  Value Take() { return std::move(root_); }

  // Of the head that is read now.
  size_t offset = 0;

 private:
  struct Frame {
    Value value;
    uint64_t left = 0;
    // Of a map, where its value is still to come.
    Value key;
    bool has_key = false;
  };

  bool Count() {
    if (++values_ > limits_.values) Fail("there are too many items");
    return error_.empty();
  }

  void Done(Value value) {
    Put(std::move(value));
    Close();
  }

  // Into what is open, or as the whole.
  void Put(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
      whole_ = true;
      return;
    }
    Frame& frame = open_.back();
    --frame.left;
    if (!frame.value.is_map()) {
      frame.value.items_.push_back(std::move(value));
    } else if (frame.has_key) {
      frame.value.members_.emplace_back(std::move(frame.key), std::move(value));
      frame.has_key = false;
    } else {
      PutKey(std::move(value), &frame);
    }
  }

  void PutKey(Value key, Frame* frame) {
    if (!key.is_integer() && !key.is_text()) {
      return Fail("a map's key is neither an integer nor text");
    }
    const std::vector<Value::Member>& members = frame->value.members_;
    if (std::any_of(members.begin(), members.end(),
                    [&key](const Value::Member& member) {
                      return SameKey(member.first, key);
                    })) {
      return Fail("a map has a key twice");
    }
    frame->key = std::move(key);
    frame->has_key = true;
  }

  // The innermost one, where it has all of its items, and so on.
  void Close() {
    while (error_.empty() && !open_.empty() && open_.back().left == 0) {
      Value value = std::move(open_.back().value);
      open_.pop_back();
      Put(std::move(value));
    }
  }

  const size_t size_;
  const Limits limits_;
  std::vector<Frame> open_;
  size_t values_ = 0;
  bool whole_ = false;
  Value root_;
  std::string error_;
};

namespace {

Builder& Of(void* context) { return *static_cast<Builder*>(context); }

std::string Octets(cbor_data data, size_t size) {
  return std::string(reinterpret_cast<const char*>(data), size);
}

void FailFloat(void* context) { Of(context).Fail("there is a float"); }
void FailIndefinite(void* context) {
  Of(context).Fail("there is an indefinite length");
}

void TakeScalars(cbor_callbacks* calls) {
  calls->uint8 = [](void* c, uint8_t n) { Of(c).Unsigned(n); };
  calls->uint16 = [](void* c, uint16_t n) { Of(c).Unsigned(n); };
  calls->uint32 = [](void* c, uint32_t n) { Of(c).Unsigned(n); };
  calls->uint64 = [](void* c, uint64_t n) { Of(c).Unsigned(n); };
  calls->negint8 = [](void* c, uint8_t n) { Of(c).Negative(n); };
  calls->negint16 = [](void* c, uint16_t n) { Of(c).Negative(n); };
  calls->negint32 = [](void* c, uint32_t n) { Of(c).Negative(n); };
  calls->negint64 = [](void* c, uint64_t n) { Of(c).Negative(n); };
  calls->byte_string = [](void* c, cbor_data data, size_t size) {
    Of(c).Leaf(Value::Type::kBytes, 0, Octets(data, size));
  };
  calls->string = [](void* c, cbor_data data, size_t size) {
    Of(c).Text(Octets(data, size));
  };
  calls->boolean = [](void* c, bool b) {
    Of(c).Leaf(Value::Type::kBool, b ? 1 : 0);
  };
  calls->null = [](void* c) { Of(c).Leaf(Value::Type::kNull, 0); };
}

void TakeContainers(cbor_callbacks* calls) {
  calls->array_start = [](void* c, size_t n) {
    Of(c).Open(Value::Type::kArray, n);
  };
  calls->map_start = [](void* c, size_t n) {
    if (n > std::numeric_limits<uint32_t>::max()) {
      return Of(c).Fail("a length is more than there is");
    }
    Of(c).Open(Value::Type::kMap, uint64_t{2} * n);
  };
}

cbor_callbacks Callbacks() {
  cbor_callbacks calls = cbor_empty_callbacks;
  TakeScalars(&calls);
  TakeContainers(&calls);
  calls.undefined = [](void* c) { Of(c).Fail("there is an undefined value"); };
  calls.float2 = [](void* c, float) { FailFloat(c); };
  calls.float4 = [](void* c, float) { FailFloat(c); };
  calls.float8 = [](void* c, double) { FailFloat(c); };
  calls.byte_string_start = &FailIndefinite;
  calls.string_start = &FailIndefinite;
  calls.indef_array_start = &FailIndefinite;
  calls.indef_map_start = &FailIndefinite;
  calls.indef_break = &FailIndefinite;
  return calls;
}

absl::Status NotCbor(absl::string_view why, size_t offset) {
  return absl::InvalidArgumentError(absl::StrCat(
      "not the CBOR that is taken here: ", why, ", at octet ", offset));
}

// libcbor 0.8 takes tags 5 to 20 in one octet for unassigned. The head of a tag
// is that of an unsigned integer of another major type, which it reads.
cbor_decoder_result ReadTagHead(absl::string_view rest, Builder* builder) {
  cbor_callbacks calls = cbor_empty_callbacks;
  uint64_t number = 0;
  calls.uint8 = [](void* n, uint8_t v) { *static_cast<uint64_t*>(n) = v; };
  calls.uint16 = [](void* n, uint16_t v) { *static_cast<uint64_t*>(n) = v; };
  calls.uint32 = [](void* n, uint32_t v) { *static_cast<uint64_t*>(n) = v; };
  calls.uint64 = [](void* n, uint64_t v) { *static_cast<uint64_t*>(n) = v; };
  unsigned char head[kMaxHeadBytes];
  const size_t size = std::min(rest.size(), sizeof(head));
  std::copy_n(rest.begin(), size, head);
  head[0] &= kArgumentBits;
  const cbor_decoder_result read =
      cbor_stream_decode(head, size, &calls, &number);
  if (read.status == CBOR_DECODER_FINISHED) builder->Tag(number);
  return read;
}

cbor_decoder_result ReadHead(absl::string_view rest, Builder* builder) {
  static const cbor_callbacks kCallbacks = Callbacks();
  if (rest.empty()) return {0, CBOR_DECODER_NEDATA, 1};
  if (static_cast<unsigned char>(rest[0]) >> 5 == kTagType) {
    return ReadTagHead(rest, builder);
  }
  return cbor_stream_decode(reinterpret_cast<cbor_data>(rest.data()),
                            rest.size(), &kCallbacks, builder);
}

template <typename Encode>
void AppendHead(Encode encode, size_t size, std::string* out) {
  unsigned char head[kMaxHeadBytes];
  const size_t length = encode(size, head, sizeof(head));
  out->append(reinterpret_cast<const char*>(head), length);
}

}  // namespace

absl::string_view TypeName(Value::Type type) {
  switch (type) {
    case Value::Type::kInteger: return "an integer";
    case Value::Type::kBytes: return "a byte string";
    case Value::Type::kText: return "a text";
    case Value::Type::kArray: return "an array";
    case Value::Type::kMap: return "a map";
    case Value::Type::kTag: return "a tag";
    case Value::Type::kBool: return "a boolean";
    case Value::Type::kNull: return "null";
  }
  return "";
}

const Value* Value::Find(int64_t key) const {
  for (const Member& member : members_) {
    if (member.first.is_integer() && member.first.integer_ == key) {
      return &member.second;
    }
  }
  return nullptr;
}

absl::StatusOr<Value> Parse(absl::string_view octets, const Limits& limits) {
  if (octets.size() > limits.bytes) {
    return NotCbor(absl::StrCat("it is longer than ", limits.bytes, " octets"),
                   limits.bytes);
  }
  Builder builder(octets.size(), limits);
  while (!builder.is_whole()) {
    const size_t begin = builder.offset;
    const cbor_decoder_result read = ReadHead(octets.substr(begin), &builder);
    if (!builder.error().empty()) return NotCbor(builder.error(), begin);
    if (read.status == CBOR_DECODER_NEDATA) {
      return NotCbor("it ends within an item", begin);
    }
    if (read.status != CBOR_DECODER_FINISHED || read.read == 0) {
      return NotCbor("an item's head is none", begin);
    }
    builder.offset = begin + read.read;
  }
  if (builder.offset != octets.size()) {
    return NotCbor("there are octets behind it", builder.offset);
  }
  return builder.Take();
}

void AppendArrayHead(size_t items, std::string* out) {
  AppendHead(&cbor_encode_array_start, items, out);
}

void AppendBytes(absl::string_view octets, std::string* out) {
  AppendHead(&cbor_encode_bytestring_start, octets.size(), out);
  out->append(octets.data(), octets.size());
}

void AppendText(absl::string_view text, std::string* out) {
  AppendHead(&cbor_encode_string_start, text.size(), out);
  out->append(text.data(), text.size());
}

}  // namespace cbor
}  // namespace otrp
