// The older steps of the upgrade; see upgrade.hpp. Both do nothing to nets of a later age.
#pragma once

#include "model/message.hpp"

namespace deepvis::model {

// V0 -> V1: layers' settings move out of one flat list, padding layers are folded into what follows them.
void upgrade_v0(Message& net);

// V1 -> V2: `layers` with enum types become `layer` with string types.
void upgrade_v1(Message& net);

}  // namespace deepvis::model
