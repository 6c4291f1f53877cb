// Net definitions: a prototxt of any age.
#include "model/files.hpp"
#include "model/mapped_file.hpp"
#include "model/recognize.hpp"
#include "model/text.hpp"
#include "model/upgrade.hpp"

namespace deepvis::model {

Message read_net_text(std::string_view text, std::string_view source) {
  return upgrade_net(parse_text(net_parameter(), text, source));
}

Message read_net_file(const std::filesystem::path& path) {
  const MappedFile file(path);
  const std::string source = path.filename().string();
  require_text(file.bytes(), source);
  return read_net_text({reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()}, source);
}

}  // namespace deepvis::model
