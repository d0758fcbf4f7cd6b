// What the REST front costs: requests a second of GetServiceProvider by REST
// and by gRPC, of a portal that answers from memory, in turns in one run. Both
// have mutual TLS, connections that stay, and the same authorization table.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "libs/rpc/channel.h"
#include "otrp/portal/v1/portal.grpc.pb.h"
#include "tests/rest/front.h"

namespace otrp {
namespace {

namespace v1 = ::otrp::portal::v1;
using testing::Front;

constexpr int kClients = 4;
constexpr int kRounds = 5;
constexpr absl::Duration kRound = absl::Seconds(2);
constexpr char kOperator[] = "otrp://operator/bench";

class ServiceProviders : public v1::ServiceProviders::Service {
 public:
  grpc::Status GetServiceProvider(
      grpc::ServerContext*, const v1::GetServiceProviderRequest* request,
      v1::GetServiceProviderResponse* response) override {
    response->mutable_service_provider()->set_spid(request->spid());
    response->mutable_service_provider()->set_name("Acme Bank");
    return grpc::Status::OK;
  }
};

template <typename T>
T Must(absl::StatusOr<T> value) {
  if (value.ok()) return *std::move(value);
  std::fprintf(stderr, "%s\n", value.status().ToString().c_str());
  std::abort();
}

// Calls a second, by all clients together. A client is made in its thread.
double Measure(const std::function<std::function<bool()>()>& new_client) {
  std::atomic<bool> over{false};
  std::atomic<int64_t> calls{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kClients; ++i) {
    threads.emplace_back([&] {
      const std::function<bool()> call = new_client();
      // The connection's handshake isn't what is measured.
      if (!call()) std::abort();
      while (!over) {
        if (!call()) std::abort();
        ++calls;
      }
    });
  }
  absl::SleepFor(absl::Milliseconds(300));
  const int64_t before = calls;
  const absl::Time start = absl::Now();
  absl::SleepFor(kRound);
  const double rate = static_cast<double>(calls - before) /
                      absl::ToDoubleSeconds(absl::Now() - start);
  over = true;
  for (std::thread& thread : threads) thread.join();
  return rate;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

void Run() {
  ServiceProviders portal;
  Front::Options options;
  options.portal = {&portal};
  const auto front = Must(Front::Start(options));
  const auto by_rest = [&]() -> std::function<bool()> {
    std::shared_ptr<http::Client> client = front->NewClient(kOperator);
    return [client, url = front->Url("/v1/service-providers/acme")] {
      const auto response = client->Get(url);
      return response.ok() && response->status == 200;
    };
  };
  const auto by_grpc = [&]() -> std::function<bool()> {
    std::shared_ptr<v1::ServiceProviders::Stub> stub =
        v1::ServiceProviders::NewStub(
            Must(front->Connect("sp_portal", kOperator)));
    return [stub] {
      v1::GetServiceProviderRequest request;
      request.set_spid("acme");
      return rpc::Call<v1::GetServiceProviderResponse>(
                 *stub, &v1::ServiceProviders::Stub::GetServiceProvider,
                 request)
          .ok();
    };
  };
  std::vector<double> rest;
  std::vector<double> grpc;
  for (int i = 0; i < kRounds; ++i) {
    rest.push_back(Measure(by_rest));
    grpc.push_back(Measure(by_grpc));
  }
  std::printf(
      "clients %d\nREST    %.0f requests/s\ngRPC    %.0f requests/s\n"
      "ratio   %.2f\n",
      kClients, Median(rest), Median(grpc), Median(rest) / Median(grpc));
}

}  // namespace
}  // namespace otrp

int main() {
  otrp::Run();
  return 0;
}
