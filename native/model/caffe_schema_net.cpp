// The messages a net is made of. Numbers, types and defaults are those of BVLC Caffe 1.0's caffe.proto.
#include "model/caffe_schema.hpp"

namespace deepvis::model::caffe {

using enum FieldType;

namespace {

constexpr EnumValue kPhaseValues[] = {{"TRAIN", 0}, {"TEST", 1}};

constexpr EnumValue kVarianceNormValues[] = {{"FAN_IN", 0}, {"FAN_OUT", 1}, {"AVERAGE", 2}};
constexpr EnumType kVarianceNorm = {"VarianceNorm", kVarianceNormValues};

constexpr EnumValue kDimCheckModeValues[] = {{"STRICT", 0}, {"PERMISSIVE", 1}};
constexpr EnumType kDimCheckMode = {"DimCheckMode", kDimCheckModeValues};

constexpr EnumValue kNormalizationModeValues[] = {{"FULL", 0}, {"VALID", 1}, {"BATCH_SIZE", 2}, {"NONE", 3}};
constexpr EnumType kNormalizationMode = {"NormalizationMode", kNormalizationModeValues};

constexpr Field kBlobShapeFields[] = {packed("dim", 1, Int64)};

// How NVIDIA's fork stores values, and OpenCV those of half precision.
constexpr EnumValue kRawTypeValues[] = {{"DOUBLE", 0}, {"FLOAT", 1}, {"FLOAT16", 2}, {"INT", 3}, {"UINT", 4}};
constexpr EnumType kRawType = {"Type", kRawTypeValues};

constexpr Field kBlobProtoFields[] = {
    one("shape", 7, kBlobShape),
    packed("data", 5, Float),
    packed("diff", 6, Float),
    packed("double_data", 8, Double),
    packed("double_diff", 9, Double),
    // The four axes of files from before `shape`.
    one("num", 1, Int32, "0"),
    one("channels", 2, Int32, "0"),
    one("height", 3, Int32, "0"),
    one("width", 4, Int32, "0"),
    one("raw_data_type", 10, kRawType),
    one("raw_diff_type", 11, kRawType),
    one("raw_data", 12, Bytes),
    one("raw_diff", 13, Bytes),
};

constexpr Field kBlobProtoVectorFields[] = {many("blobs", 1, kBlobProto)};

// One image of a data set, as LMDB files hold it.
constexpr Field kDatumFields[] = {
    one("channels", 1, Int32), one("height", 2, Int32),      one("width", 3, Int32),           one("data", 4, Bytes),
    one("label", 5, Int32),    many("float_data", 6, Float), one("encoded", 7, Bool, "false"),
};

constexpr Field kFillerParameterFields[] = {
    one("type", 1, String, "constant"), one("value", 2, Float, "0"),
    one("min", 3, Float, "0"),          one("max", 4, Float, "1"),
    one("mean", 5, Float, "0"),         one("std", 6, Float, "1"),
    one("sparse", 7, Int32, "-1"),      one("variance_norm", 8, kVarianceNorm, "FAN_IN"),
};

constexpr Field kNetStateFields[] = {
    one("phase", 1, kPhase, "TEST"),
    one("level", 2, Int32, "0"),
    many("stage", 3, String),
};

constexpr Field kNetStateRuleFields[] = {
    one("phase", 1, kPhase),  one("min_level", 2, Int32),   one("max_level", 3, Int32),
    many("stage", 4, String), many("not_stage", 5, String),
};

constexpr Field kParamSpecFields[] = {
    one("name", 1, String),
    one("share_mode", 2, kDimCheckMode),
    one("lr_mult", 3, Float, "1"),
    one("decay_mult", 4, Float, "1"),
};

constexpr Field kTransformationParameterFields[] = {
    one("scale", 1, Float, "1"),         one("mirror", 2, Bool, "false"), one("crop_size", 3, Uint32, "0"),
    one("mean_file", 4, String),         many("mean_value", 5, Float),    one("force_color", 6, Bool, "false"),
    one("force_gray", 7, Bool, "false"),
};

constexpr Field kLossParameterFields[] = {
    one("ignore_label", 1, Int32),
    one("normalization", 3, kNormalizationMode, "VALID"),
    one("normalize", 2, Bool),
};

constexpr Field kLayerParameterFields[] = {
    one("name", 1, String),
    one("type", 2, String),
    many("bottom", 3, String),
    many("top", 4, String),
    one("phase", 10, kPhase),
    many("loss_weight", 5, Float),
    many("param", 6, kParamSpec),
    many("blobs", 7, kBlobProto),
    many("propagate_down", 11, Bool),
    many("include", 8, kNetStateRule),
    many("exclude", 9, kNetStateRule),
    one("transform_param", 100, kTransformationParameter),
    one("loss_param", 101, kLossParameter),
    one("accuracy_param", 102, kAccuracyParameter),
    one("argmax_param", 103, kArgMaxParameter),
    one("batch_norm_param", 139, kBatchNormParameter),
    one("bias_param", 141, kBiasParameter),
    one("clip_param", 148, kClipParameter),
    one("concat_param", 104, kConcatParameter),
    one("contrastive_loss_param", 105, kContrastiveLossParameter),
    one("convolution_param", 106, kConvolutionParameter),
    one("crop_param", 144, kCropParameter),
    one("data_param", 107, kDataParameter),
    one("dropout_param", 108, kDropoutParameter),
    one("dummy_data_param", 109, kDummyDataParameter),
    one("eltwise_param", 110, kEltwiseParameter),
    one("elu_param", 140, kELUParameter),
    one("embed_param", 137, kEmbedParameter),
    one("exp_param", 111, kExpParameter),
    one("flatten_param", 135, kFlattenParameter),
    one("hdf5_data_param", 112, kHDF5DataParameter),
    one("hdf5_output_param", 113, kHDF5OutputParameter),
    one("hinge_loss_param", 114, kHingeLossParameter),
    one("image_data_param", 115, kImageDataParameter),
    one("infogain_loss_param", 116, kInfogainLossParameter),
    one("inner_product_param", 117, kInnerProductParameter),
    one("input_param", 143, kInputParameter),
    one("log_param", 134, kLogParameter),
    one("lrn_param", 118, kLRNParameter),
    one("memory_data_param", 119, kMemoryDataParameter),
    one("mvn_param", 120, kMVNParameter),
    one("parameter_param", 145, kParameterParameter),
    one("permute_param", 202, kPermuteParameter),  // from the SSD fork: the one layer of it that nets here use
    one("pooling_param", 121, kPoolingParameter),
    one("power_param", 122, kPowerParameter),
    one("prelu_param", 131, kPReLUParameter),
    one("python_param", 130, kPythonParameter),
    one("recurrent_param", 146, kRecurrentParameter),
    one("reduction_param", 136, kReductionParameter),
    one("relu_param", 123, kReLUParameter),
    one("reshape_param", 133, kReshapeParameter),
    one("scale_param", 142, kScaleParameter),
    one("sigmoid_param", 124, kSigmoidParameter),
    one("softmax_param", 125, kSoftmaxParameter),
    one("spp_param", 132, kSPPParameter),
    one("slice_param", 126, kSliceParameter),
    one("swish_param", 147, kSwishParameter),
    one("tanh_param", 127, kTanHParameter),
    one("threshold_param", 128, kThresholdParameter),
    one("tile_param", 138, kTileParameter),
    one("window_data_param", 129, kWindowDataParameter),
};

constexpr Field kNetParameterFields[] = {
    one("name", 1, String),
    many("input", 3, String),
    many("input_shape", 8, kBlobShape),
    many("input_dim", 4, Int32),
    one("force_backward", 5, Bool, "false"),
    one("state", 6, kNetState),
    one("debug_info", 7, Bool, "false"),
    many("layer", 100, kLayerParameter),
    many("layers", 2, kV1LayerParameter),  // V1, and V0 inside it
};

}  // namespace

constinit const EnumType kPhase = {"Phase", kPhaseValues};

constinit const MessageType kBlobShape = {"BlobShape", kBlobShapeFields};
constinit const MessageType kBlobProto = {"BlobProto", kBlobProtoFields};
constinit const MessageType kBlobProtoVector = {"BlobProtoVector", kBlobProtoVectorFields};
constinit const MessageType kDatum = {"Datum", kDatumFields};
constinit const MessageType kFillerParameter = {"FillerParameter", kFillerParameterFields};
constinit const MessageType kNetState = {"NetState", kNetStateFields};
constinit const MessageType kNetStateRule = {"NetStateRule", kNetStateRuleFields};
constinit const MessageType kParamSpec = {"ParamSpec", kParamSpecFields};
constinit const MessageType kTransformationParameter = {"TransformationParameter", kTransformationParameterFields};
constinit const MessageType kLossParameter = {"LossParameter", kLossParameterFields};
constinit const MessageType kLayerParameter = {"LayerParameter", kLayerParameterFields};
constinit const MessageType kNetParameter = {"NetParameter", kNetParameterFields};

}  // namespace deepvis::model::caffe
