// Caffemodel and binaryproto: any bytes are read or refused with an error, and what is read is written back the same.
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "core/error.hpp"
#include "model/files.hpp"
#include "model/upgrade.hpp"
#include "model/wire.hpp"

using namespace deepvis;

namespace {

using Bytes = std::span<const std::byte>;

std::string written(const model::Message& message) {
  std::string out;
  model::write_wire(message,
                    [&](Bytes bytes) { out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size()); });
  return out;
}

void require_stable(const model::MessageType& type, Bytes bytes, const std::shared_ptr<const model::ByteOwner>& owner) {
  const model::Message message = model::parse_wire(type, bytes, "fuzz", owner);
  const std::string once = written(message);
  const std::string twice = written(model::parse_wire(type, std::as_bytes(std::span(once)), "written", owner));
  if (once != twice) std::abort();
  if (&type == &model::net_parameter()) model::upgrade_net(message);
}

template <typename Work>
void tolerate(Work&& work) {
  try {
    work();
  } catch (const Error&) {  // anything else is a finding
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const Bytes bytes = std::as_bytes(std::span(data, size));
  const auto owner = std::make_shared<const model::ByteOwner>();  // the bytes outlive everything here
  tolerate([&] { require_stable(model::net_parameter(), bytes, owner); });
  tolerate([&] { require_stable(model::blob_proto(), bytes, owner); });
  tolerate([&] {
    for (const model::LayerWeights& layer : model::read_weights(bytes, "fuzz", owner)) {
      for (const model::WeightBlob& blob : layer.blobs) {
        std::vector<float> values(static_cast<size_t>(blob.shape.count()));
        blob.data.copy_to(values);
      }
    }
  });
  return 0;
}
