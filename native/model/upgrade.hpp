// Brings nets of any age to the present form, exactly as Caffe's own upgrade does.
#pragma once

#include "model/message.hpp"

namespace deepvis::model {

// A NetParameter with field `layer` only, each with a string `type`, and its inputs as Input layers. Throws FormatError
// where Caffe would abort.
Message upgrade_net(Message net);

}  // namespace deepvis::model
