// Caffe's files, read and written. Everything here throws FormatError for bad content, naming the file and the place,
// LimitError past a limit, and std::filesystem::filesystem_error when a file cannot be opened at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/shape.hpp"
#include "model/message.hpp"

namespace deepvis::model {

// A net's definition from a prototxt of any age, upgraded to the present form: field `layer` only, each with a string
// `type`; inputs as Input layers. `source` names the text in errors.
Message read_net_file(const std::filesystem::path& path);
Message read_net_text(std::string_view text, std::string_view source);

// Trained parameters: for each layer of the file that has any, its blobs in order.
struct WeightBlob {
  Shape shape;  // as stored; legacy 4-axis shapes stay 4-axis
  Floats data;  // a view into the mapped file: shape.count() values
};
struct LayerWeights {
  std::string layer;  // name
  std::string type;   // as upgraded ("Convolution")
  std::vector<WeightBlob> blobs;
};
std::vector<LayerWeights> read_weights_file(const std::filesystem::path& path);
// The same from bytes in memory, which `owner` keeps alive as long as the views into them.
std::vector<LayerWeights> read_weights(std::span<const std::byte> bytes, const std::string& source,
                                       std::shared_ptr<const ByteOwner> owner);

// The one blob of a .binaryproto, such as a mean image.
WeightBlob read_blob_file(const std::filesystem::path& path);

// A BlobProto of that shape and those values.
Message make_blob(const Shape& shape, Floats data);

// Writes a message as a prototxt or as a caffemodel / binaryproto. The file appears whole or not at all: the content
// goes to a temporary file beside it, which is then renamed.
void write_text_file(const std::filesystem::path& path, const Message& message);
void write_wire_file(const std::filesystem::path& path, const Message& message);

// Whether blobs of two shapes hold the same values in Caffe's eyes: equal, or equal after padding both to four axes
// with leading ones (legacy files store a (10, 500) matrix as (1, 1, 10, 500)).
bool same_weight_shape(const Shape& stored, const Shape& wanted);

}  // namespace deepvis::model
