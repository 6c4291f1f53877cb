// Brings nets of any age to the present form, exactly as Caffe's own upgrade does.
#pragma once

#include <optional>
#include <string_view>

#include "model/message.hpp"

namespace deepvis::model {

// A NetParameter with field `layer` only, each with a string `type`, and its inputs as Input layers. Throws FormatError
// where Caffe would abort.
Message upgrade_net(Message net);

// The three generations of layer types: "conv" -> CONVOLUTION (4) -> "Convolution". Of NONE the type is "".
std::optional<int> v1_type_of_v0(std::string_view v0_type);
std::string_view v2_type_of_v1(int v1_type);

}  // namespace deepvis::model
