// Layers as files before 2015 (V1) and before 2014 (V0) had them. Numbers, types and defaults are those of BVLC Caffe.
#include "model/caffe_schema.hpp"

namespace deepvis::model::caffe {

using enum FieldType;

namespace {

constexpr EnumValue kLayerTypeValues[] = {
    {"NONE", 0},
    {"ABSVAL", 35},
    {"ACCURACY", 1},
    {"ARGMAX", 30},
    {"BNLL", 2},
    {"CONCAT", 3},
    {"CONTRASTIVE_LOSS", 37},
    {"CONVOLUTION", 4},
    {"DATA", 5},
    {"DECONVOLUTION", 39},
    {"DROPOUT", 6},
    {"DUMMY_DATA", 32},
    {"EUCLIDEAN_LOSS", 7},
    {"ELTWISE", 25},
    {"EXP", 38},
    {"FLATTEN", 8},
    {"HDF5_DATA", 9},
    {"HDF5_OUTPUT", 10},
    {"HINGE_LOSS", 28},
    {"IM2COL", 11},
    {"IMAGE_DATA", 12},
    {"INFOGAIN_LOSS", 13},
    {"INNER_PRODUCT", 14},
    {"LRN", 15},
    {"MEMORY_DATA", 29},
    {"MULTINOMIAL_LOGISTIC_LOSS", 16},
    {"MVN", 34},
    {"POOLING", 17},
    {"POWER", 26},
    {"RELU", 18},
    {"SIGMOID", 19},
    {"SIGMOID_CROSS_ENTROPY_LOSS", 27},
    {"SILENCE", 36},
    {"SOFTMAX", 20},
    {"SOFTMAX_LOSS", 21},
    {"SPLIT", 22},
    {"SLICE", 33},
    {"TANH", 23},
    {"WINDOW_DATA", 24},
    {"THRESHOLD", 31},
};

constexpr EnumValue kDimCheckModeValues[] = {{"STRICT", 0}, {"PERMISSIVE", 1}};
constexpr EnumType kDimCheckMode = {"DimCheckMode", kDimCheckModeValues};

constexpr EnumValue kPoolMethodValues[] = {{"MAX", 0}, {"AVE", 1}, {"STOCHASTIC", 2}};
constexpr EnumType kPoolMethod = {"PoolMethod", kPoolMethodValues};

constexpr Field kV1LayerFields[] = {
    many("bottom", 2, String),
    many("top", 3, String),
    one("name", 4, String),
    many("include", 32, kNetStateRule),
    many("exclude", 33, kNetStateRule),
    one("type", 5, kV1LayerType),
    many("blobs", 6, kBlobProto),
    many("param", 1001, String),
    many("blob_share_mode", 1002, kDimCheckMode),
    many("blobs_lr", 7, Float),
    many("weight_decay", 8, Float),
    many("loss_weight", 35, Float),
    one("accuracy_param", 27, kAccuracyParameter),
    one("argmax_param", 23, kArgMaxParameter),
    one("concat_param", 9, kConcatParameter),
    one("contrastive_loss_param", 40, kContrastiveLossParameter),
    one("convolution_param", 10, kConvolutionParameter),
    one("data_param", 11, kDataParameter),
    one("dropout_param", 12, kDropoutParameter),
    one("dummy_data_param", 26, kDummyDataParameter),
    one("eltwise_param", 24, kEltwiseParameter),
    one("exp_param", 41, kExpParameter),
    one("hdf5_data_param", 13, kHDF5DataParameter),
    one("hdf5_output_param", 14, kHDF5OutputParameter),
    one("hinge_loss_param", 29, kHingeLossParameter),
    one("image_data_param", 15, kImageDataParameter),
    one("infogain_loss_param", 16, kInfogainLossParameter),
    one("inner_product_param", 17, kInnerProductParameter),
    one("lrn_param", 18, kLRNParameter),
    one("memory_data_param", 22, kMemoryDataParameter),
    one("mvn_param", 34, kMVNParameter),
    one("pooling_param", 19, kPoolingParameter),
    one("power_param", 21, kPowerParameter),
    one("relu_param", 30, kReLUParameter),
    one("sigmoid_param", 38, kSigmoidParameter),
    one("softmax_param", 39, kSoftmaxParameter),
    one("slice_param", 31, kSliceParameter),
    one("tanh_param", 37, kTanHParameter),
    one("threshold_param", 25, kThresholdParameter),
    one("window_data_param", 20, kWindowDataParameter),
    one("transform_param", 36, kTransformationParameter),
    one("loss_param", 42, kLossParameter),
    one("layer", 1, kV0LayerParameter),
};

constexpr Field kV0LayerFields[] = {
    one("name", 1, String),
    one("type", 2, String),
    one("num_output", 3, Uint32),
    one("biasterm", 4, Bool, "true"),
    one("weight_filler", 5, kFillerParameter),
    one("bias_filler", 6, kFillerParameter),
    one("pad", 7, Uint32, "0"),
    one("kernelsize", 8, Uint32),
    one("group", 9, Uint32, "1"),
    one("stride", 10, Uint32, "1"),
    one("pool", 11, kPoolMethod, "MAX"),
    one("dropout_ratio", 12, Float, "0.5"),
    one("local_size", 13, Uint32, "5"),
    one("alpha", 14, Float, "1"),
    one("beta", 15, Float, "0.75"),
    one("k", 22, Float, "1"),
    one("source", 16, String),
    one("scale", 17, Float, "1"),
    one("meanfile", 18, String),
    one("batchsize", 19, Uint32),
    one("cropsize", 20, Uint32, "0"),
    one("mirror", 21, Bool, "false"),
    many("blobs", 50, kBlobProto),
    many("blobs_lr", 51, Float),
    many("weight_decay", 52, Float),
    one("rand_skip", 53, Uint32, "0"),
    one("det_fg_threshold", 54, Float, "0.5"),
    one("det_bg_threshold", 55, Float, "0.5"),
    one("det_fg_fraction", 56, Float, "0.25"),
    one("det_context_pad", 58, Uint32, "0"),
    one("det_crop_mode", 59, String, "warp"),
    one("new_num", 60, Int32, "0"),
    one("new_channels", 61, Int32, "0"),
    one("new_height", 62, Int32, "0"),
    one("new_width", 63, Int32, "0"),
    one("shuffle_images", 64, Bool, "false"),
    one("concat_dim", 65, Uint32, "1"),
    one("hdf5_output_param", 1001, kHDF5OutputParameter),
};

}  // namespace

constinit const EnumType kV1LayerType = {"LayerType", kLayerTypeValues};

constinit const MessageType kV1LayerParameter = {"V1LayerParameter", kV1LayerFields};
constinit const MessageType kV0LayerParameter = {"V0LayerParameter", kV0LayerFields};

}  // namespace deepvis::model::caffe
