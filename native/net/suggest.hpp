// The end of an error about a name that does not exist.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "model/schema.hpp"

namespace deepvis {

// "; did you mean 'conv5'?", the names there are when they are few, or nothing.
inline std::string did_you_mean(std::string_view name, std::span<const std::string_view> known) {
  if (const std::string_view nearest = model::nearest_name(name, known); !nearest.empty()) {
    return "; did you mean '" + std::string(nearest) + "'?";
  }
  constexpr size_t kFew = 40;
  if (known.empty() || known.size() > kFew) return {};
  std::string list = " (there are: ";
  for (const std::string_view each : known) {
    if (list.back() != ' ') list += ", ";
    list += each;
  }
  return list + ")";
}

}  // namespace deepvis
