// Runs a fuzz target over its seeds as an ordinary test: each file as it is,
// cut short, and with octets changed in a way that is the same each time.
//
// The folders of the seeds are the program's arguments.

#include <dirent.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "libs/base/files.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr int kVariants = 50;

std::vector<std::string>& Folders() {
  static auto* const folders = new std::vector<std::string>();
  return *folders;
}

void RunTarget(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()),
                         input.size());
}

std::string Changed(std::string input, std::mt19937* random) {
  const auto pick = [&](size_t below) { return (*random)() % below; };
  for (size_t i = 0; i <= pick(4); ++i) {
    if (input.empty()) break;
    const size_t at = pick(input.size());
    switch (pick(4)) {
      case 0: input[at] = static_cast<char>((*random)()); break;
      case 1: input.erase(at, 1 + pick(8)); break;
      case 2: input.insert(at, input.substr(pick(input.size()), 8)); break;
      default: input[at] ^= static_cast<char>(1 << pick(8)); break;
    }
  }
  return input;
}

TEST(ReplayTest, SeedsAndTheirNeighbours) {
  std::mt19937 random(1);
  int seeds = 0;
  RunTarget("");
  for (const std::string& folder : Folders()) {
    for (const std::string& name : otrp::ListFolder(folder)) {
      const auto input = otrp::ReadWholeFile(folder + "/" + name);
      ASSERT_TRUE(input.ok()) << input.status();
      ++seeds;
      RunTarget(*input);
      RunTarget(input->substr(0, input->size() / 2));
      for (int i = 0; i < kVariants; ++i) RunTarget(Changed(*input, &random));
    }
  }
  std::printf("%d seeds, %d variants of each\n", seeds, kVariants);
  EXPECT_GT(seeds, 0) << "no seeds in the folders given";
}

}  // namespace

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  for (int i = 1; i < argc; ++i) Folders().push_back(argv[i]);
  return RUN_ALL_TESTS();
}
