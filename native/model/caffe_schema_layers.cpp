// How each layer type is set up. Numbers, types and defaults are those of BVLC Caffe 1.0's caffe.proto.
#include "model/caffe_schema.hpp"

namespace deepvis::model::caffe {

using enum FieldType;

namespace {

constexpr EnumValue kEngineValues[] = {{"DEFAULT", 0}, {"CAFFE", 1}, {"CUDNN", 2}};
constexpr EnumType kEngine = {"Engine", kEngineValues};

constexpr EnumValue kPoolMethodValues[] = {{"MAX", 0}, {"AVE", 1}, {"STOCHASTIC", 2}};
constexpr EnumType kPoolMethod = {"PoolMethod", kPoolMethodValues};

constexpr EnumValue kRoundModeValues[] = {{"CEIL", 0}, {"FLOOR", 1}};
constexpr EnumType kRoundMode = {"RoundMode", kRoundModeValues};

constexpr EnumValue kEltwiseOpValues[] = {{"PROD", 0}, {"SUM", 1}, {"MAX", 2}};
constexpr EnumType kEltwiseOp = {"EltwiseOp", kEltwiseOpValues};

constexpr EnumValue kNormRegionValues[] = {{"ACROSS_CHANNELS", 0}, {"WITHIN_CHANNEL", 1}};
constexpr EnumType kNormRegion = {"NormRegion", kNormRegionValues};

constexpr EnumValue kReductionOpValues[] = {{"SUM", 1}, {"ASUM", 2}, {"SUMSQ", 3}, {"MEAN", 4}};
constexpr EnumType kReductionOp = {"ReductionOp", kReductionOpValues};

constexpr Field kArgMaxFields[] = {
    one("out_max_val", 1, Bool, "false"),
    one("top_k", 2, Uint32, "1"),
    one("axis", 3, Int32),
};

constexpr Field kBatchNormFields[] = {
    one("use_global_stats", 1, Bool),
    one("moving_average_fraction", 2, Float, "0.999"),
    one("eps", 3, Float, "1e-5"),
};

constexpr Field kBiasFields[] = {
    one("axis", 1, Int32, "1"),
    one("num_axes", 2, Int32, "1"),
    one("filler", 3, kFillerParameter),
};

constexpr Field kClipFields[] = {
    one("min", 1, Float),  // required in Caffe
    one("max", 2, Float),  // required in Caffe
};

constexpr Field kConcatFields[] = {
    one("axis", 2, Int32, "1"),
    one("concat_dim", 1, Uint32, "1"),
};

constexpr Field kConvolutionFields[] = {
    one("num_output", 1, Uint32),
    one("bias_term", 2, Bool, "true"),
    many("pad", 3, Uint32),
    many("kernel_size", 4, Uint32),
    many("stride", 6, Uint32),
    many("dilation", 18, Uint32),
    one("pad_h", 9, Uint32, "0"),
    one("pad_w", 10, Uint32, "0"),
    one("kernel_h", 11, Uint32),
    one("kernel_w", 12, Uint32),
    one("stride_h", 13, Uint32),
    one("stride_w", 14, Uint32),
    one("group", 5, Uint32, "1"),
    one("weight_filler", 7, kFillerParameter),
    one("bias_filler", 8, kFillerParameter),
    one("engine", 15, kEngine, "DEFAULT"),
    one("axis", 16, Int32, "1"),
    one("force_nd_im2col", 17, Bool, "false"),
};

constexpr Field kCropFields[] = {
    one("axis", 1, Int32, "2"),
    many("offset", 2, Uint32),
};

constexpr Field kDropoutFields[] = {one("dropout_ratio", 1, Float, "0.5")};

constexpr Field kEltwiseFields[] = {
    one("operation", 1, kEltwiseOp, "SUM"),
    many("coeff", 2, Float),
    one("stable_prod_grad", 3, Bool, "true"),
};

constexpr Field kELUFields[] = {one("alpha", 1, Float, "1")};

constexpr Field kEmbedFields[] = {
    one("num_output", 1, Uint32),
    one("input_dim", 2, Uint32),
    one("bias_term", 3, Bool, "true"),
    one("weight_filler", 4, kFillerParameter),
    one("bias_filler", 5, kFillerParameter),
};

constexpr Field kExpFields[] = {
    one("base", 1, Float, "-1"),
    one("scale", 2, Float, "1"),
    one("shift", 3, Float, "0"),
};

constexpr Field kFlattenFields[] = {
    one("axis", 1, Int32, "1"),
    one("end_axis", 2, Int32, "-1"),
};

constexpr Field kInnerProductFields[] = {
    one("num_output", 1, Uint32),
    one("bias_term", 2, Bool, "true"),
    one("weight_filler", 3, kFillerParameter),
    one("bias_filler", 4, kFillerParameter),
    one("axis", 5, Int32, "1"),
    one("transpose", 6, Bool, "false"),
};

constexpr Field kInputFields[] = {many("shape", 1, kBlobShape)};

constexpr Field kLogFields[] = {
    one("base", 1, Float, "-1"),
    one("scale", 2, Float, "1"),
    one("shift", 3, Float, "0"),
};

constexpr Field kLRNFields[] = {
    one("local_size", 1, Uint32, "5"),
    one("alpha", 2, Float, "1"),
    one("beta", 3, Float, "0.75"),
    one("norm_region", 4, kNormRegion, "ACROSS_CHANNELS"),
    one("k", 5, Float, "1"),
    one("engine", 6, kEngine, "DEFAULT"),
    one("deconv_ignore", 7, Bool, "false"),  // from the deconv-deep-vis-toolbox branch
};

constexpr Field kMVNFields[] = {
    one("normalize_variance", 1, Bool, "true"),
    one("across_channels", 2, Bool, "false"),
    one("eps", 3, Float, "1e-9"),
};

constexpr Field kParameterFields[] = {one("shape", 1, kBlobShape)};

constexpr Field kPermuteFields[] = {many("order", 1, Uint32)};

constexpr Field kPoolingFields[] = {
    one("pool", 1, kPoolMethod, "MAX"),
    one("pad", 4, Uint32, "0"),
    one("pad_h", 9, Uint32, "0"),
    one("pad_w", 10, Uint32, "0"),
    one("kernel_size", 2, Uint32),
    one("kernel_h", 5, Uint32),
    one("kernel_w", 6, Uint32),
    one("stride", 3, Uint32, "1"),
    one("stride_h", 7, Uint32),
    one("stride_w", 8, Uint32),
    one("engine", 11, kEngine, "DEFAULT"),
    one("global_pooling", 12, Bool, "false"),
    one("round_mode", 13, kRoundMode, "CEIL"),
};

constexpr Field kPowerFields[] = {
    one("power", 1, Float, "1"),
    one("scale", 2, Float, "1"),
    one("shift", 3, Float, "0"),
};

constexpr Field kPReLUFields[] = {
    one("filler", 1, kFillerParameter),
    one("channel_shared", 2, Bool, "false"),
};

constexpr Field kPythonFields[] = {
    one("module", 1, String),
    one("layer", 2, String),
    one("param_str", 3, String),
    one("share_in_parallel", 4, Bool, "false"),
};

constexpr Field kRecurrentFields[] = {
    one("num_output", 1, Uint32, "0"),       one("weight_filler", 2, kFillerParameter),
    one("bias_filler", 3, kFillerParameter), one("debug_info", 4, Bool, "false"),
    one("expose_hidden", 5, Bool, "false"),
};

constexpr Field kReductionFields[] = {
    one("operation", 1, kReductionOp, "SUM"),
    one("axis", 2, Int32, "0"),
    one("coeff", 3, Float, "1"),
};

constexpr Field kReLUFields[] = {
    one("negative_slope", 1, Float, "0"),
    one("engine", 2, kEngine, "DEFAULT"),
};

constexpr Field kReshapeFields[] = {
    one("shape", 1, kBlobShape),
    one("axis", 2, Int32, "0"),
    one("num_axes", 3, Int32, "-1"),
};

constexpr Field kScaleFields[] = {
    one("axis", 1, Int32, "1"),         one("num_axes", 2, Int32, "1"),          one("filler", 3, kFillerParameter),
    one("bias_term", 4, Bool, "false"), one("bias_filler", 5, kFillerParameter),
};

constexpr Field kSigmoidFields[] = {one("engine", 1, kEngine, "DEFAULT")};

constexpr Field kSliceFields[] = {
    one("axis", 3, Int32, "1"),
    many("slice_point", 2, Uint32),
    one("slice_dim", 1, Uint32, "1"),
};

constexpr Field kSoftmaxFields[] = {
    one("engine", 1, kEngine, "DEFAULT"),
    one("axis", 2, Int32, "1"),
};

constexpr Field kSPPFields[] = {
    one("pyramid_height", 1, Uint32),
    one("pool", 2, kPoolMethod, "MAX"),
    one("engine", 6, kEngine, "DEFAULT"),
};

constexpr Field kSwishFields[] = {one("beta", 1, Float, "1")};

constexpr Field kTanHFields[] = {one("engine", 1, kEngine, "DEFAULT")};

constexpr Field kThresholdFields[] = {one("threshold", 1, Float, "0")};

constexpr Field kTileFields[] = {
    one("axis", 1, Int32, "1"),
    one("tiles", 2, Int32),
};

}  // namespace

constinit const MessageType kArgMaxParameter = {"ArgMaxParameter", kArgMaxFields};
constinit const MessageType kBatchNormParameter = {"BatchNormParameter", kBatchNormFields};
constinit const MessageType kBiasParameter = {"BiasParameter", kBiasFields};
constinit const MessageType kClipParameter = {"ClipParameter", kClipFields};
constinit const MessageType kConcatParameter = {"ConcatParameter", kConcatFields};
constinit const MessageType kConvolutionParameter = {"ConvolutionParameter", kConvolutionFields};
constinit const MessageType kCropParameter = {"CropParameter", kCropFields};
constinit const MessageType kDropoutParameter = {"DropoutParameter", kDropoutFields};
constinit const MessageType kEltwiseParameter = {"EltwiseParameter", kEltwiseFields};
constinit const MessageType kELUParameter = {"ELUParameter", kELUFields};
constinit const MessageType kEmbedParameter = {"EmbedParameter", kEmbedFields};
constinit const MessageType kExpParameter = {"ExpParameter", kExpFields};
constinit const MessageType kFlattenParameter = {"FlattenParameter", kFlattenFields};
constinit const MessageType kInnerProductParameter = {"InnerProductParameter", kInnerProductFields};
constinit const MessageType kInputParameter = {"InputParameter", kInputFields};
constinit const MessageType kLogParameter = {"LogParameter", kLogFields};
constinit const MessageType kLRNParameter = {"LRNParameter", kLRNFields};
constinit const MessageType kMVNParameter = {"MVNParameter", kMVNFields};
constinit const MessageType kParameterParameter = {"ParameterParameter", kParameterFields};
constinit const MessageType kPermuteParameter = {"PermuteParameter", kPermuteFields};
constinit const MessageType kPoolingParameter = {"PoolingParameter", kPoolingFields};
constinit const MessageType kPowerParameter = {"PowerParameter", kPowerFields};
constinit const MessageType kPReLUParameter = {"PReLUParameter", kPReLUFields};
constinit const MessageType kPythonParameter = {"PythonParameter", kPythonFields};
constinit const MessageType kRecurrentParameter = {"RecurrentParameter", kRecurrentFields};
constinit const MessageType kReductionParameter = {"ReductionParameter", kReductionFields};
constinit const MessageType kReLUParameter = {"ReLUParameter", kReLUFields};
constinit const MessageType kReshapeParameter = {"ReshapeParameter", kReshapeFields};
constinit const MessageType kScaleParameter = {"ScaleParameter", kScaleFields};
constinit const MessageType kSigmoidParameter = {"SigmoidParameter", kSigmoidFields};
constinit const MessageType kSliceParameter = {"SliceParameter", kSliceFields};
constinit const MessageType kSoftmaxParameter = {"SoftmaxParameter", kSoftmaxFields};
constinit const MessageType kSPPParameter = {"SPPParameter", kSPPFields};
constinit const MessageType kSwishParameter = {"SwishParameter", kSwishFields};
constinit const MessageType kTanHParameter = {"TanHParameter", kTanHFields};
constinit const MessageType kThresholdParameter = {"ThresholdParameter", kThresholdFields};
constinit const MessageType kTileParameter = {"TileParameter", kTileFields};

}  // namespace deepvis::model::caffe
