// What c10d's ProcessGroupGloo.hpp names of Gloo, declared by us for libtorchs that come without Gloo's headers (Debian's,
// Python's wheels): enough to compile that header. Nothing here is ever made or called; libtorch holds Gloo itself. The
// compiler looks here last (-idirafter), so that real headers come first where they are.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace gloo {

struct Context {
  void setTimeout(std::chrono::milliseconds) {}
};

namespace transport {
struct Device {};
struct UnboundBuffer {
  virtual ~UnboundBuffer() = default;
};
}  // namespace transport

namespace rendezvous {
struct Store {
  static constexpr std::chrono::milliseconds kDefaultTimeout{30000};
  virtual ~Store() = default;
  virtual void set(const std::string&, const std::vector<char>&) = 0;
  virtual std::vector<char> get(const std::string&) = 0;
  virtual void wait(const std::vector<std::string>&) = 0;
  virtual void wait(const std::vector<std::string>&, const std::chrono::milliseconds&) = 0;
};
}  // namespace rendezvous

}  // namespace gloo
