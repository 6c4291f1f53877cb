// Trained parameters out of a caffemodel or a binaryproto.
#include "core/error.hpp"
#include "model/blob_values.hpp"
#include "model/files.hpp"
#include "model/mapped_file.hpp"
#include "model/recognize.hpp"
#include "model/upgrade.hpp"
#include "model/wire.hpp"

namespace deepvis::model {

namespace {

// The extents a blob declares. Files from before `shape` have four of their own, which Caffe looks at first.
Shape declared_shape(const Message& blob) {
  if (blob.has("num") || blob.has("channels") || blob.has("height") || blob.has("width")) {
    return Shape({blob.integer("num"), blob.integer("channels"), blob.integer("height"), blob.integer("width")});
  }
  const Message& shape = blob.message("shape");
  std::vector<int64_t> dims;
  dims.reserve(shape.size("dim"));
  for (size_t i = 0; i < shape.size("dim"); ++i) dims.push_back(shape.integer("dim", i));
  return Shape(std::move(dims));
}

WeightBlob read_blob(const Message& blob, const std::string& where) {
  if (blob.set_fields().empty()) return {Shape({0}), Floats()};
  WeightBlob result;
  try {
    result.shape = declared_shape(blob);
  } catch (const LimitError& error) {
    throw LimitError(where + ": " + error.what());
  }
  result.data = blob_values(blob, where);
  if (result.data.size() != static_cast<size_t>(result.shape.count())) {
    throw FormatError(where + " declares shape " + result.shape.str() + " = " + std::to_string(result.shape.count()) +
                      " values but holds " + std::to_string(result.data.size()));
  }
  return result;
}

LayerWeights read_layer(const Message& layer, std::string type, const std::string& source) {
  LayerWeights result{std::string(layer.text("name")), std::move(type), {}};
  for (size_t i = 0; i < layer.size("blobs"); ++i) {
    const std::string where = source + ": blob " + std::to_string(i) + " of layer '" + result.layer + "'";
    result.blobs.push_back(read_blob(layer.message("blobs", i), where));
  }
  return result;
}

std::string type_of_v0(const Message& layer) {
  const std::optional<int> type = v1_type_of_v0(layer.text("type"));
  return type ? std::string(v2_type_of_v1(*type)) : std::string();
}

}  // namespace

std::vector<LayerWeights> read_weights(std::span<const std::byte> bytes, const std::string& source,
                                       std::shared_ptr<const ByteOwner> owner) {
  require_wire(bytes, source);
  const Message net = parse_wire(net_parameter(), bytes, source, std::move(owner), WireScope::Weights);
  std::vector<LayerWeights> layers;
  const auto keep = [&](LayerWeights layer) {
    if (!layer.blobs.empty()) layers.push_back(std::move(layer));
  };
  // A file with any `layers` is an older one, and Caffe then looks at those alone.
  for (size_t i = 0; i < net.size("layers"); ++i) {
    const Message& v1 = net.message("layers", i);
    if (v1.has("layer")) {
      keep(read_layer(v1.message("layer"), type_of_v0(v1.message("layer")), source));
    } else {
      keep(read_layer(v1, std::string(v2_type_of_v1(v1.choice("type"))), source));
    }
  }
  if (!net.has("layers")) {
    for (size_t i = 0; i < net.size("layer"); ++i) {
      const Message& layer = net.message("layer", i);
      keep(read_layer(layer, std::string(layer.text("type")), source));
    }
  }
  if (!net.has("layers") && !net.has("layer")) {
    throw FormatError(source +
                      " holds no layers: expected a net's weights (.caffemodel); it may be a mean image "
                      "(.binaryproto) or a solver's state");
  }
  return layers;
}

std::vector<LayerWeights> read_weights_file(const std::filesystem::path& path) {
  const auto file = std::make_shared<const MappedFile>(path);
  return read_weights(file->bytes(), path.filename().string(), file);
}

WeightBlob read_blob_file(const std::filesystem::path& path) {
  const auto file = std::make_shared<const MappedFile>(path);
  const std::string source = path.filename().string();
  require_wire(file->bytes(), source);
  const Message blob = parse_wire(blob_proto(), file->bytes(), source, file);
  WeightBlob result = read_blob(blob, source);
  if (result.data.size() == 0) {
    throw FormatError(source + " holds no values: expected one blob (a .binaryproto, such as a mean image)");
  }
  return result;
}

bool same_weight_shape(const Shape& stored, const Shape& wanted) {
  if (stored == wanted) return true;
  if (stored.axes() > 4 || wanted.axes() > 4) return false;
  // Leading axes of extent 1 do not matter.
  for (int back = 1; back <= 4; ++back) {
    const int64_t a = back <= stored.axes() ? stored[stored.axes() - back] : 1;
    const int64_t b = back <= wanted.axes() ? wanted[wanted.axes() - back] : 1;
    if (a != b) return false;
  }
  return true;
}

}  // namespace deepvis::model
