// A whole model: a prototxt, a zero byte, then weights. It loads and runs, or is refused with an error.
#include <cstdint>
#include <memory>
#include <string_view>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "model/files.hpp"
#include "net/net.hpp"

using namespace deepvis;

namespace {

constexpr int64_t kMemory = 64 << 10;  // bytes: enough for the seeds, small enough that every pass is quick

void load_and_run(std::string_view text, std::span<const std::byte> weights) {
  Net::Options options;
  options.memory_limit = kMemory;
  Net net(model::read_net_text(text, "fuzz.prototxt"), options);
  if (!weights.empty()) {
    net.load(model::read_weights(weights, "fuzz.caffemodel", std::make_shared<const model::ByteOwner>()),
             "fuzz.caffemodel");
  }
  net.fill();
  net.receptive_fields();
  net.to_message();
  const std::vector<int> outputs = net.outputs();
  net.forward_to({}, outputs);
  for (const Rule rule : {Rule::Gradient, Rule::Deconv, Rule::Guided}) {
    for (const int output : outputs) {
      Tensor signal(net.shape(output));
      for (float& value : signal.values()) value = 1;
      net.backward({{output, signal}}, net.inputs(), rule);
    }
  }
  net.clone()->forward_to({}, outputs);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  set_num_threads(1);
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  const size_t end = all.find('\0');
  const std::string_view text = all.substr(0, end);
  const std::string_view rest = end == std::string_view::npos ? std::string_view() : all.substr(end + 1);
  try {
    load_and_run(text, std::as_bytes(std::span(rest)));
  } catch (const Error&) {  // anything else is a finding
  }
  return 0;
}
