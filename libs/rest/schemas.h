// Schemas of OpenAPI 3.1 for the messages that go over REST.
//
// Thread-safety: not thread-safe; made, used and done. Errors: none.

#ifndef OTRP_LIBS_REST_SCHEMAS_H_
#define OTRP_LIBS_REST_SCHEMAS_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "libs/json/json.h"
#include "libs/rest/comments.h"
#include "libs/rest/routes.h"

namespace otrp {
namespace rest {

class Schemas {
 public:
  // Both must outlive it. A message or enum has its short name in the
  // reference; where two share one, their package's before it.
  Schemas(const RouteTable& routes, const Comments& comments);

  // {"$ref": ...} of a body that is the request without `left_out`.
  json::Value BodyOf(const google::protobuf::Descriptor& request,
                     const std::string& name,
                     const std::set<std::string>& left_out);
  json::Value RefTo(const google::protobuf::Descriptor& message);
  // A value in a body, without its comment.
  json::Value ValueOf(const google::protobuf::FieldDescriptor& field);
  // One in a path or query, where bytes are hex.
  json::Value ParameterOf(const google::protobuf::FieldDescriptor& field);

  // All that was referred to, in the order of their names.
  json::Value Components() const;

 private:
  json::Value RefTo(const google::protobuf::EnumDescriptor& type);
  json::Value OneOf(const google::protobuf::FieldDescriptor& field);
  json::Value Object(const google::protobuf::Descriptor& message,
                     const std::set<std::string>& left_out, bool is_answer);
  std::string NameOf(const std::string& full_name, const std::string& name,
                     const std::string& package) const;

  const Comments& comments_;
  // Full names of what stands in a request: a caller may leave members out.
  std::set<std::string> in_requests_;
  // Short names that two of the messages and enums have.
  std::set<std::string> ambiguous_;
  std::map<std::string, json::Value> components_;
};

// Every message and enum that `message` is made of, itself included.
void Collect(const google::protobuf::Descriptor& message,
             std::set<std::string>* full_names);

}  // namespace rest
}  // namespace otrp

#endif  // OTRP_LIBS_REST_SCHEMAS_H_
