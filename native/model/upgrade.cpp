#include "model/upgrade.hpp"

#include "core/error.hpp"
#include "model/upgrade_legacy.hpp"

namespace deepvis::model {

namespace {

// `input` with `input_shape` or four `input_dim` each become one Input layer at the front, named "input".
void upgrade_inputs(Message& net) {
  const size_t inputs = net.size("input");
  if (inputs > 0) {
    const size_t shapes = net.size("input_shape");
    const size_t dims = net.size("input_dim");
    if (shapes > 0 && shapes != inputs) {
      throw FormatError(net.place() + ": the net has " + std::to_string(inputs) + " 'input' but " +
                        std::to_string(shapes) + " 'input_shape': expected one for each");
    }
    if (shapes == 0 && dims > 0 && dims != 4 * inputs) {
      throw FormatError(net.place() + ": the net has " + std::to_string(inputs) + " 'input' but " +
                        std::to_string(dims) + " 'input_dim': expected four for each");
    }
    Message layer(layer_parameter());
    layer.set_place_of(net);
    layer.set_text("name", "input");
    layer.set_text("type", "Input");
    for (size_t i = 0; i < inputs; ++i) {
      layer.add_text("top", net.text("input", i));
      if (shapes == 0 && dims == 0) continue;  // to be given a shape by hand
      Message& shape = layer.mutable_message("input_param").add_message("shape");
      if (shapes > 0) {
        shape = net.message("input_shape", i);
      } else {
        for (size_t d = 4 * i; d < 4 * i + 4; ++d) shape.add_integer("dim", net.integer("input_dim", d));
      }
    }
    net.insert_message("layer", 0, std::move(layer));
  }
  net.clear("input");
  net.clear("input_shape");
  net.clear("input_dim");
}

// BatchNorm's three parameters are statistics: they were never meant to be learned.
void upgrade_batch_norm(Message& net) {
  for (size_t i = 0; i < net.size("layer"); ++i) {
    Message& layer = net.mutable_message("layer", i);
    if (layer.text("type") != "BatchNorm" || layer.size("param") != 3) continue;
    for (size_t p = 0; p < 3; ++p) {
      Message& spec = layer.mutable_message("param", p);
      spec.set_real("lr_mult", 0);
      spec.set_real("decay_mult", 0);
    }
  }
}

}  // namespace

Message upgrade_net(Message net) {
  upgrade_v0(net);
  upgrade_v1(net);
  upgrade_inputs(net);
  upgrade_batch_norm(net);
  return net;
}

}  // namespace deepvis::model
