// The tables of Caffe's messages, and the words they are written in. For the files of this room only.
#pragma once

#include "model/schema.hpp"

namespace deepvis::model::caffe {

// A singular field; `default_text` as it would stand in a prototxt.
constexpr Field one(std::string_view name, int number, FieldType type, std::string_view default_text = {}) {
  return {.name = name, .number = number, .type = type, .default_text = default_text};
}
constexpr Field one(std::string_view name, int number, const MessageType& message) {
  return {.name = name, .number = number, .type = FieldType::Message, .message = &message};
}
constexpr Field one(std::string_view name, int number, const EnumType& values, std::string_view default_text = {}) {
  return {
      .name = name, .number = number, .type = FieldType::Enum, .default_text = default_text, .enumeration = &values};
}
// A repeated field.
constexpr Field many(std::string_view name, int number, FieldType type) {
  return {.name = name, .number = number, .type = type, .repeated = true};
}
constexpr Field many(std::string_view name, int number, const MessageType& message) {
  return {.name = name, .number = number, .type = FieldType::Message, .repeated = true, .message = &message};
}
constexpr Field many(std::string_view name, int number, const EnumType& values) {
  return {.name = name, .number = number, .type = FieldType::Enum, .repeated = true, .enumeration = &values};
}
constexpr Field packed(std::string_view name, int number, FieldType type) {
  return {.name = name, .number = number, .type = type, .repeated = true, .packed = true};
}

// caffe_schema_net.cpp
extern const EnumType kPhase;
extern const MessageType kBlobShape, kBlobProto, kBlobProtoVector, kDatum, kFillerParameter, kNetState, kNetStateRule,
    kParamSpec, kTransformationParameter, kLossParameter, kLayerParameter, kNetParameter;

// caffe_schema_layers.cpp: how each layer type is set up
extern const MessageType kArgMaxParameter, kBatchNormParameter, kBiasParameter, kClipParameter, kConcatParameter,
    kConvolutionParameter, kCropParameter, kDropoutParameter, kEltwiseParameter, kELUParameter, kEmbedParameter,
    kExpParameter, kFlattenParameter, kInnerProductParameter, kInputParameter, kLogParameter, kLRNParameter,
    kMVNParameter, kParameterParameter, kPermuteParameter, kPoolingParameter, kPowerParameter, kPReLUParameter,
    kPythonParameter, kRecurrentParameter, kReductionParameter, kReLUParameter, kReshapeParameter, kScaleParameter,
    kSigmoidParameter, kSliceParameter, kSoftmaxParameter, kSPPParameter, kSwishParameter, kTanHParameter,
    kThresholdParameter, kTileParameter;

// caffe_schema_data.cpp: sources, sinks and losses, met in training nets
extern const MessageType kAccuracyParameter, kContrastiveLossParameter, kDataParameter, kDummyDataParameter,
    kHDF5DataParameter, kHDF5OutputParameter, kHingeLossParameter, kImageDataParameter, kInfogainLossParameter,
    kMemoryDataParameter, kWindowDataParameter;

// caffe_schema_legacy.cpp: layers of older files
extern const EnumType kV1LayerType;
extern const MessageType kV1LayerParameter, kV0LayerParameter;

}  // namespace deepvis::model::caffe
