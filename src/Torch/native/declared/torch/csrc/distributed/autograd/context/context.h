// What c10d's reducer.hpp names of distributed autograd, declared by us for libtorchs that come without that header
// (Debian's): a pointer that the bridge never touches. See gloo/rendezvous/store.h.
#pragma once

#include <ATen/ATen.h>
#include <functional>
#include <memory>

namespace torch { namespace distributed { namespace autograd {

struct DistAutogradContext {
  using GradCallback = std::function<bool(at::Tensor&)>;
};
using ContextPtr = std::shared_ptr<DistAutogradContext>;

}}}  // namespace torch::distributed::autograd
