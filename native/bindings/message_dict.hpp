// Messages of Caffe's files as Python dicts, and back.
//
// A field is a key; a message a dict; a repeated field a list, of floats a float32 array, of doubles a float64 array;
// an enum the name of its value. Fields that are not set have no key. Strings that are not UTF-8 keep their bytes as
// surrogate escapes.
#pragma once

#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>

#include "model/message.hpp"

namespace deepvis::bindings {

pybind11::dict to_dict(const model::Message& message);

// Throws FormatError for a key that the schema does not know and for a value that does not fit its field. Enums may be
// names or numbers, repeated fields any sequence.
model::Message from_dict(const model::MessageType& type, const pybind11::dict& values);

// Bytes of a file as a str; those that are not UTF-8 as surrogate escapes.
pybind11::str to_text(std::string_view text);

// A new float32 array with a copy of the values.
pybind11::array_t<float> to_array(const model::Floats& values, std::span<const int64_t> shape);

}  // namespace deepvis::bindings
