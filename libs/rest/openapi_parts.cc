#include "libs/rest/openapi_parts.h"

#include <set>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "libs/rest/problem.h"

namespace otrp {
namespace rest {
namespace {

constexpr char kFrame[] = R"json({
  "openapi": "3.1.0",
  "info": {
    "title": "OTrP Suite",
    "version": "1"
  },
  "servers": [{"url": "/", "description": "The server that answered."}],
  "security": [{"token": []}, {"certificate": []}]
})json";

// Paragraphs; the reference page shows them as they are.
constexpr char kDescription[] =
    "Who may ship which trusted application to which devices, and what the "
    "devices say. The same as the suite's gRPC interface, with the same "
    "rights.\n\n"
    "Requests and answers are JSON (proto3 JSON): octets in base64, 64-bit "
    "integers as strings, times by RFC 3339. In paths and queries octets, such "
    "as a device's id, are lower-case hex. Unknown members and parameters are "
    "refused.\n\n"
    "An error is application/problem+json (RFC 9457): `code` for programs, "
    "`field` for the member or parameter at fault, `request_id` to find the "
    "request in logs.\n\n"
    "Who may call stands at each operation: kinds of callers, and which of "
    "their roles. A client certificate has all roles of its kind.\n\n"
    "A list comes in pages: `pageSize` at most, and `nextPageToken` of the "
    "answer is `pageToken` of the next request, until it is empty.\n\n"
    "Answers to GET have an `ETag`; `If-None-Match` saves the answer that is "
    "known, and `If-Match` keeps a change from undoing what its writer has not "
    "seen.\n\n"
    "A change that is sent again with the same `Idempotency-Key` is done once: "
    "for 24 hours the same request gets the first answer, byte for byte, with "
    "`Idempotency-Replayed`. Another request under the key is 422, one that "
    "comes while the first still runs 409. What isn't final, such as 429 and "
    "503, isn't kept.\n\n"
    "Every GET can be watched: with `Accept: text/event-stream` the answer is "
    "a stream of server-sent events. `event: state` has what the GET would "
    "answer now, at first and when it changes, and its ETag as `id`; `event: "
    "problem` what went wrong since. A client that reconnects sends "
    "`Last-Event-ID`.";

constexpr char kComponents[] =
    R"json({
  "securitySchemes": {
    "token": {
      "type": "http",
      "scheme": "bearer",
      "description": "A token that the portal gave to a member, a )json"
    R"json(program or a CI job."
    },
    "certificate": {
      "type": "mutualTLS",
      "description": "A client certificate of the suite's service root: )json"
    R"json(an operator's, an auditor's or a service provider's."
    }
  },
  "parameters": {
    "IdempotencyKey": {
      "name": "Idempotency-Key",
      "in": "header",
      "description": "A name that the caller makes up for this request, )json"
    R"json(such as a UUID: sent again, it is done once.",
      "schema": {
        "type": "string",
        "minLength": 1,
        "maxLength": 255,
        "pattern": "^[ -~]+$"
      }
    },
    "IfMatch": {
      "name": "If-Match",
      "in": "header",
      "description": "The ETag of GET's answer at the same path: 412 )json"
    R"json(where it isn't that any more.",
      "schema": {"type": "string"}
    },
    "IfNoneMatch": {
      "name": "If-None-Match",
      "in": "header",
      "description": "The ETag of an answer that the caller has: 304 )json"
    R"json(where it is still the same.",
      "schema": {"type": "string"}
    }
  },
  "headers": {
    "ETag": {
      "description": "Changes with the answer.",
      "schema": {"type": "string"}
    },
    "Idempotency-Replayed": {
      "description": "`true`: the answer is the first one's under this )json"
    R"json(Idempotency-Key.",
      "schema": {"type": "string", "const": "true"}
    },
    "RateLimit": {
      "description": "What is left of the caller's quota, and for how )json"
    R"json(many seconds.",
      "schema": {"type": "string"}
    },
    "RateLimit-Policy": {
      "description": "The caller's quota and its window in seconds.",
      "schema": {"type": "string"}
    },
    "Retry-After": {
      "description": "With 429 and 503, and with 409 while the first )json"
    R"json(request under an Idempotency-Key runs: seconds to wait.",
      "schema": {"type": "string", "pattern": "^[0-9]+$"}
    },
    "X-Request-Id": {
      "description": "The trace id, 32 hex digits: logs and `otrpctl )json"
    R"json(session find` know it.",
      "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"}
    }
  },
  "responses": {
    "NotModified": {
      "description": "The answer is what If-None-Match names.",
      "headers": {"ETag": {"$ref": "#/components/headers/ETag"}}
    },
    "Problem": {
      "description": "What went wrong.",
      "headers": {
        "Retry-After": {"$ref": "#/components/headers/Retry-After"},
        "X-Request-Id": {"$ref": "#/components/headers/X-Request-Id"}
      },
      "content": {
        "application/problem+json": {
          "schema": {"$ref": "#/components/schemas/Problem"}
        }
      }
    }
  },
  "schemas": {}
})json";

constexpr char kProblem[] = R"json({
  "type": "object",
  "description": "An error by RFC 9457.",
  "properties": {
    "type": {
      "type": "string",
      "description": "What kind it is, relative to the server; it never )json"
                            R"json(changes."
    },
    "title": {
      "type": "string",
      "description": "The kind for people; may change."
    },
    "status": {"type": "integer", "description": "As in the status line."},
    "detail": {
      "type": "string",
      "description": "What is wrong in this case, for people; may change."
    },
    "code": {
      "type": "string",
      "description": "The code of gRPC, for programs."
    },
    "field": {
      "type": "string",
      "description": "The member or parameter at fault, such as )json"
                            R"json(`target.did` or `dids[3]`."
    },
    "request_id": {
      "type": "string",
      "description": "As in X-Request-Id."
    }
  },
  "required": ["type", "title", "status", "code"]
})json";

// A constant of this file, which a test has read.
json::Value Constant(absl::string_view text) {
  return json::Parse(text, json::kOurs).value();
}

json::Value ProblemSchema() {
  json::Value schema = Constant(kProblem);
  json::Value types = json::Value::Array();
  std::set<std::string> codes;
  for (const ProblemKind& kind : ProblemKinds()) {
    types.Append(json::Value::String(kind.type));
    codes.insert(std::string(kind.code));
  }
  json::Value names = json::Value::Array();
  for (const std::string& code : codes) {
    names.Append(json::Value::String(code));
  }
  json::Value* properties = schema.FindMutable("properties");
  properties->FindMutable("type")->Set("enum", std::move(types));
  properties->FindMutable("code")->Set("enum", std::move(names));
  return schema;
}

}  // namespace

json::Value OpenApiFrame() {
  json::Value frame = Constant(kFrame);
  frame.FindMutable("info")->Set("description",
                                 json::Value::String(kDescription));
  return frame;
}

json::Value OpenApiComponents(json::Value schemas) {
  json::Value components = Constant(kComponents);
  schemas.Set("Problem", ProblemSchema());
  components.Set("schemas", std::move(schemas));
  return components;
}

}  // namespace rest
}  // namespace otrp
