// Which layer makes and takes which values. Pure structure: no shapes, no memory.
//
// A blob may be rewritten by in-place layers (a ReLU whose top is its bottom). Each such stage is a value of its own
// here, so every value has exactly one layer that makes it, and a blob is the list of its values, first to last.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "model/message.hpp"

namespace deepvis {

class Graph {
 public:
  struct Value {
    int blob;
    int producer;                // layer
    std::vector<int> consumers;  // layers, in order; one that takes the value twice stands here twice
  };
  struct Blob {
    std::string name;
    std::vector<int> values;
  };
  struct Node {
    std::string name;
    std::vector<int> bottoms;  // values
    std::vector<int> tops;     // values
  };

  // Throws FormatError for a bottom that nothing makes and for a top that two layers make.
  explicit Graph(const std::vector<model::Message>& layers);

  const std::vector<Node>& nodes() const { return nodes_; }
  const std::vector<Value>& values() const { return values_; }
  const std::vector<Blob>& blobs() const { return blobs_; }

  // Indices by name; -1 when there is none. Of layers with one name, the last counts, as in Caffe.
  int find_blob(std::string_view name) const;
  int find_layer(std::string_view name) const;
  // The same, but throwing UnknownNameError with the nearest names there are.
  int blob(std::string_view name) const;

  int first_value(int blob) const { return blobs_[static_cast<size_t>(blob)].values.front(); }
  int last_value(int blob) const { return blobs_[static_cast<size_t>(blob)].values.back(); }
  // Whether a layer writes its top `top` over a bottom of the same name.
  bool in_place(int node, size_t top) const;

 private:
  std::vector<Node> nodes_;
  std::vector<Value> values_;
  std::vector<Blob> blobs_;
  std::map<std::string, int, std::less<>> blob_index_;
  std::map<std::string, int, std::less<>> layer_index_;
};

}  // namespace deepvis
