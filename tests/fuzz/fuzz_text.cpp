// Prototxt: any text is read or refused with an error, and what is read prints and reads back as itself.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "core/error.hpp"
#include "model/files.hpp"
#include "model/text.hpp"

using namespace deepvis;

namespace {

void require_stable(const model::Message& message) {
  const std::string once = model::print_text(message);
  const std::string twice = model::print_text(model::parse_text(message.type(), once, "printed"));
  if (once != twice) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    require_stable(model::parse_text(model::net_parameter(), text, "fuzz"));
    require_stable(model::read_net_text(text, "fuzz"));
  } catch (const Error&) {  // anything else is a finding
  }
  return 0;
}
