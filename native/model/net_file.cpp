// Net definitions: a prototxt of any age.
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>

#include "core/error.hpp"
#include "model/files.hpp"
#include "model/text.hpp"
#include "model/upgrade.hpp"

namespace deepvis::model {

Message read_net_text(std::string_view text, std::string_view source) {
  return upgrade_net(parse_text(net_parameter(), text, source));
}

Message read_net_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw std::filesystem::filesystem_error("cannot open", path, std::error_code(errno, std::generic_category()));
  }
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  return read_net_text(text, path.filename().string());
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
