// Which layers of a net's file take part in inference.
//
// A train_val file holds layers for training too. What is for another phase is filtered as Caffe does; losses,
// accuracies and writers are left out; a data layer becomes an input. Each such change leaves a note.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/shape.hpp"
#include "model/message.hpp"

namespace deepvis {

using InputShapes = std::map<std::string, Shape>;

struct Definition {
  std::string name;
  std::vector<model::Message> layers;  // LayerParameter messages, in order, every type one that can run
  std::vector<std::string> notes;
};

// `net` is an upgraded NetParameter. `input_shapes` gives or replaces the shapes of input blobs; the rest come from the
// file. Throws FormatError where a shape cannot be known.
Definition inference_definition(const model::Message& net, const InputShapes& input_shapes);

}  // namespace deepvis
