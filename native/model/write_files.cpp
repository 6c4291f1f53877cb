#include "model/atomic_file.hpp"
#include "model/files.hpp"
#include "model/text.hpp"
#include "model/wire.hpp"

namespace deepvis::model {

Message make_blob(const Shape& shape, Floats data) {
  Message blob(blob_proto());
  Message& dims = blob.mutable_message("shape");
  for (const int64_t dim : shape.dims()) dims.add_integer("dim", dim);
  blob.set_floats("data", std::move(data));
  return blob;
}

void write_text_file(const std::filesystem::path& path, const Message& message) {
  const std::string text = print_text(message);
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(text)));
  file.commit();
}

void write_wire_file(const std::filesystem::path& path, const Message& message) {
  AtomicFile file(path);
  write_wire(message, [&](std::span<const std::byte> bytes) { file.write(bytes); });
  file.commit();
}

}  // namespace deepvis::model
