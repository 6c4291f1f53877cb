// A net that Python threads share, and what its bindings have in common.
#pragma once

#include <pybind11/pybind11.h>

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "net/net.hpp"

namespace deepvis::bindings {

// A Net and the lock that lets one thread at a time use it. Every call lets go of the interpreter before it waits.
class GuardedNet {
 public:
  explicit GuardedNet(std::unique_ptr<Net> net) : net_(std::move(net)) {}

  template <class F>
  auto with(F f) {
    const pybind11::gil_scoped_release release;
    const std::lock_guard lock(mutex_);
    return f(*net_);
  }

 private:
  std::unique_ptr<Net> net_;
  std::mutex mutex_;
};

inline std::vector<std::string> blob_names(const Net& net, const std::vector<int>& values) {
  std::vector<std::string> names;
  for (const int value : values) names.push_back(net.blob_name(value));
  return names;
}

inline void check_layer(const Net& net, int node) {
  const int count = static_cast<int>(net.graph().nodes().size());
  if (node < 0 || node >= count) {
    throw UnknownNameError("no layer " + std::to_string(node) + " in a net of " + std::to_string(count) + " layers");
  }
}

// The methods that run the net (net_passes.cpp).
void define_passes(pybind11::class_<GuardedNet>& net);

}  // namespace deepvis::bindings
