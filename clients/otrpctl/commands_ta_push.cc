#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "clients/otrpctl/commands.h"
#include "clients/otrpctl/connections.h"
#include "clients/otrpctl/files.h"
#include "clients/otrpctl/progress.h"
#include "clients/otrpctl/selection.h"
#include "clients/otrpctl/values.h"
#include "google/protobuf/util/json_util.h"
#include "libs/base/status_macros.h"
#include "libs/crypto/hash.h"
#include "otrp/portal/v1/portal.grpc.pb.h"
#include "otrp/portal/v1/uploads.grpc.pb.h"

namespace otrp::ctl {
namespace {

namespace v1 = otrp::portal::v1;

// So that a line that breaks costs one of them; the largest body that the REST
// interface takes.
constexpr size_t kChunkBytes = size_t{1} << 20;
// A larger image goes in chunks. With what is added in base64 it is still below
// the largest body.
constexpr size_t kAtOnceBytes = size_t{512} << 10;
// Tries of one chunk while the portal is away, and the pause between them.
constexpr int kTries = 16;
constexpr absl::Duration kPause = absl::Seconds(2);

// What both ways of pushing answer.
template <typename Response>
Result PushedResult(const cli::Args& args, const Response& response) {
  Result result;
  result.value.Set("spid", json::Value::String(args.Get("spid")));
  result.value.Set("taid", json::Value::String(args.Get("taid")));
  result.value.Set("version", json::Value::String(args.Get("version")));
  result.value.Set(
      "image_sha256",
      json::Value::String(absl::BytesToHexString(response.image_sha256())));
  result.value.Set("signer_sha256", json::Value::String(absl::BytesToHexString(
                                        response.signer_fingerprint())));
  return result;
}

// Of --manifest, which is the proto's JSON.
template <typename Request>
absl::Status AddManifest(const cli::Args& args, Request* request) {
  if (!args.Has("manifest")) return absl::OkStatus();
  OTRP_ASSIGN_OR_RETURN(const std::string text,
                        ReadInput("manifest", args.Get("manifest")));
  const auto read = google::protobuf::util::JsonStringToMessage(
      text, request->mutable_manifest());
  if (read.ok()) return absl::OkStatus();
  return cli::UsageError(absl::StrCat("--manifest: ", args.Get("manifest"),
                                      ": ", std::string(read.message())));
}

absl::StatusOr<Result> PushAtOnce(const cli::Args& args,
                                  Connections& connections, std::string image,
                                  std::string pdata) {
  v1::PushImageRequest request;
  request.set_spid(args.Get("spid"));
  request.set_taid(args.Get("taid"));
  request.set_version(args.Get("version"));
  request.set_format(args.Get("format"));
  request.set_image(std::move(image));
  request.set_personalization_data(std::move(pdata));
  OTRP_RETURN_IF_ERROR(AddManifest(args, &request));
  OTRP_ASSIGN_OR_RETURN(
      const v1::PushImageResponse response,
      connections.Call<v1::Applications>(
          Service::kPortal, &v1::Applications::Stub::PushImage, request));
  return PushedResult(args, response);
}

absl::StatusOr<v1::Upload> Begin(const cli::Args& args,
                                 Connections& connections,
                                 const std::string& image) {
  v1::CreateUploadRequest request;
  request.set_spid(args.Get("spid"));
  request.set_taid(args.Get("taid"));
  request.set_version(args.Get("version"));
  request.set_format(args.Get("format"));
  request.set_size(static_cast<int64_t>(image.size()));
  request.set_sha256(crypto::Sha256(image));
  OTRP_ASSIGN_OR_RETURN(
      v1::CreateUploadResponse response,
      connections.Call<v1::Uploads>(Service::kPortal,
                                    &v1::Uploads::Stub::CreateUpload, request));
  return std::move(*response.mutable_upload());
}

// Whether the same chunk may come through a little later.
bool MayPass(const absl::Status& status) {
  return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
}

absl::StatusOr<int64_t> WriteChunk(Connections& connections,
                                   const v1::WriteChunkRequest& request) {
  for (int attempt = 1;; ++attempt) {
    const absl::StatusOr<v1::WriteChunkResponse> response =
        connections.Call<v1::Uploads>(Service::kPortal,
                                      &v1::Uploads::Stub::WriteChunk, request);
    if (response.ok()) return response->received();
    if (!MayPass(response.status()) || attempt == kTries) {
      return response.status();
    }
    absl::SleepFor(kPause);
  }
}

// From what has come on.
absl::Status WriteRest(Connections& connections, const v1::Upload& upload,
                       const std::string& image) {
  Progress progress(upload.received(), upload.size(), Progress::Terminal());
  int64_t at = upload.received();
  while (at < upload.size()) {
    v1::WriteChunkRequest request;
    request.set_upload_id(upload.upload_id());
    request.set_offset(at);
    request.set_data(image.substr(static_cast<size_t>(at), kChunkBytes));
    const absl::StatusOr<int64_t> received = WriteChunk(connections, request);
    if (!received.ok()) {
      return absl::Status(
          received.status().code(),
          absl::StrCat(received.status().message(), "; ", at, " of ",
                       upload.size(),
                       " octets are there, the same command goes on"));
    }
    at = *received;
    progress.At(at);
  }
  return absl::OkStatus();
}

// An upload whose image was refused is good for nothing; where this fails, it
// ends by itself.
void Drop(Connections& connections, const v1::Upload& upload) {
  v1::AbortUploadRequest request;
  request.set_upload_id(upload.upload_id());
  (void)connections
      .Call<v1::Uploads>(Service::kPortal, &v1::Uploads::Stub::AbortUpload,
                         request)
      .ok();
}

absl::StatusOr<Result> PushByUpload(const cli::Args& args,
                                    Connections& connections,
                                    const std::string& image,
                                    std::string pdata) {
  OTRP_ASSIGN_OR_RETURN(const v1::Upload upload,
                        Begin(args, connections, image));
  v1::CompleteUploadRequest request;
  OTRP_RETURN_IF_ERROR(AddManifest(args, &request));
  OTRP_RETURN_IF_ERROR(WriteRest(connections, upload, image));
  request.set_upload_id(upload.upload_id());
  request.set_personalization_data(std::move(pdata));
  const absl::StatusOr<v1::CompleteUploadResponse> response =
      connections.Call<v1::Uploads>(
          Service::kPortal, &v1::Uploads::Stub::CompleteUpload, request);
  if (absl::IsInvalidArgument(response.status()) ||
      absl::IsAlreadyExists(response.status())) {
    Drop(connections, upload);
  }
  if (!response.ok()) return response.status();
  Result result = PushedResult(args, *response);
  if (upload.received() > 0) {
    result.notes.push_back(absl::StrCat("went on after ", upload.received(),
                                        " octets that had come before"));
  }
  return result;
}

absl::StatusOr<Result> TaPush(const cli::Args& args, Connections& connections) {
  OTRP_ASSIGN_OR_RETURN(std::string image,
                        ReadInput("image", args.Get("image")));
  std::string pdata;
  if (args.Has("pdata")) {
    OTRP_ASSIGN_OR_RETURN(pdata, ReadInput("pdata", args.Get("pdata")));
  }
  return image.size() + pdata.size() <= kAtOnceBytes
             ? PushAtOnce(args, connections, std::move(image), std::move(pdata))
             : PushByUpload(args, connections, image, std::move(pdata));
}

json::Value UploadValue(const v1::Upload& upload) {
  json::Value value = json::Value::Object();
  value.Set("upload_id", json::Value::String(upload.upload_id()));
  value.Set("spid", json::Value::String(upload.spid()));
  value.Set("taid", json::Value::String(upload.taid()));
  value.Set("version", json::Value::String(upload.version()));
  value.Set("format", json::Value::String(upload.format()));
  value.Set("size", json::Value::Integer(upload.size()));
  value.Set("received", json::Value::Integer(upload.received()));
  value.Set("completed", json::Value::Bool(upload.completed()));
  value.Set("image_sha256",
            json::Value::String(absl::BytesToHexString(upload.sha256())));
  value.Set("created_at", Time(upload.created_at(), upload.has_created_at()));
  value.Set("expires_at", Time(upload.expires_at(), upload.has_expires_at()));
  return value;
}

absl::StatusOr<Result> UploadList(const cli::Args& args,
                                  Connections& connections) {
  v1::ListUploadsRequest request;
  request.set_spid(args.Get("spid"));
  ListShape shape;
  shape.list = "uploads";
  shape.columns = {{"UPLOAD", "upload_id"},   {"SPID", "spid"},
                   {"TAID", "taid"},          {"VERSION", "version"},
                   {"SIZE", "size"},          {"RECEIVED", "received"},
                   {"COMPLETED", "completed"}};
  shape.time = "created_at";
  OTRP_ASSIGN_OR_RETURN(Selection selection,
                        Selection::From(args, std::move(shape), absl::Now()));
  OTRP_RETURN_IF_ERROR(TakePages<v1::Uploads>(
      connections, Service::kPortal, &v1::Uploads::Stub::ListUploads, request,
      [](const v1::ListUploadsResponse& response) -> const auto& {
        return response.uploads();
      },
      UploadValue, &selection));
  return selection.ToResult();
}

absl::StatusOr<Result> UploadAbort(const cli::Args& args,
                                   Connections& connections) {
  v1::AbortUploadRequest request;
  request.set_upload_id(args.Get("upload"));
  OTRP_RETURN_IF_ERROR(connections
                           .Call<v1::Uploads>(Service::kPortal,
                                              &v1::Uploads::Stub::AbortUpload,
                                              request)
                           .status());
  Result result;
  result.value.Set("upload_id", json::Value::String(args.Get("upload")));
  result.value.Set("aborted", json::Value::Bool(true));
  return result;
}

}  // namespace

std::vector<Command> TaPushCommands() {
  return {
      {{"ta",
        "push",
        {},
        {{"spid", "S", true, "id of the service provider", "spid"},
         {"taid", "T", true, "id of the trusted application", "taid"},
         {"version", "V", true, "dotted numbers, e.g. 1.0.0", "version"},
         {"image", "FILE", true, "the signed image", "image"},
         {"pdata", "FILE", false, "personalization data",
          "personalization_data"},
         {"format", "jws|optee", false, "jws (default) or optee", "format"},
         {"manifest", "FILE", false,
          "what it says about itself, JSON (docs/ta-image.md)", "manifest"}},
        "Uploads one version of a trusted application; after a break, goes on "
        "where it was."},
       TaPush},
      {{"upload",
        "list",
        {},
        With({{"spid", "S", false, "only this service provider's", "spid"}},
             SelectionFlags("begun")),
        "Lists images that are on their way in chunks."},
       UploadList},
      Asking({{"upload",
               "abort",
               {},
               {{"upload", "ID", true, "as upload list shows it", "upload_id"}},
               "Takes an upload and what it brought away."},
              UploadAbort}),
  };
}

}  // namespace otrp::ctl
