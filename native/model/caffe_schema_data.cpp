// Sources, sinks and losses: layers of training nets. Numbers, types and defaults are those of BVLC Caffe 1.0.
#include "model/caffe_schema.hpp"

namespace deepvis::model::caffe {

using enum FieldType;

namespace {

constexpr EnumValue kDBValues[] = {{"LEVELDB", 0}, {"LMDB", 1}};
constexpr EnumType kDB = {"DB", kDBValues};

constexpr EnumValue kNormValues[] = {{"L1", 1}, {"L2", 2}};
constexpr EnumType kNorm = {"Norm", kNormValues};

constexpr Field kAccuracyFields[] = {
    one("top_k", 1, Uint32, "1"),
    one("axis", 2, Int32, "1"),
    one("ignore_label", 3, Int32),
};

constexpr Field kContrastiveLossFields[] = {
    one("margin", 1, Float, "1"),
    one("legacy_version", 2, Bool, "false"),
};

constexpr Field kDataFields[] = {
    one("source", 1, String),          one("batch_size", 4, Uint32),    one("rand_skip", 7, Uint32, "0"),
    one("backend", 8, kDB, "LEVELDB"), one("scale", 2, Float, "1"),     one("mean_file", 3, String),
    one("crop_size", 5, Uint32, "0"),  one("mirror", 6, Bool, "false"), one("force_encoded_color", 9, Bool, "false"),
    one("prefetch", 10, Uint32, "4"),
};

constexpr Field kDummyDataFields[] = {
    many("data_filler", 1, kFillerParameter),
    many("shape", 6, kBlobShape),
    many("num", 2, Uint32),
    many("channels", 3, Uint32),
    many("height", 4, Uint32),
    many("width", 5, Uint32),
};

constexpr Field kHDF5DataFields[] = {
    one("source", 1, String),
    one("batch_size", 2, Uint32),
    one("shuffle", 3, Bool, "false"),
};

constexpr Field kHDF5OutputFields[] = {one("file_name", 1, String)};

constexpr Field kHingeLossFields[] = {one("norm", 1, kNorm, "L1")};

constexpr Field kImageDataFields[] = {
    one("source", 1, String),          one("batch_size", 4, Uint32, "1"), one("rand_skip", 7, Uint32, "0"),
    one("shuffle", 8, Bool, "false"),  one("new_height", 9, Uint32, "0"), one("new_width", 10, Uint32, "0"),
    one("is_color", 11, Bool, "true"), one("scale", 2, Float, "1"),       one("mean_file", 3, String),
    one("crop_size", 5, Uint32, "0"),  one("mirror", 6, Bool, "false"),   one("root_folder", 12, String),
};

constexpr Field kInfogainLossFields[] = {
    one("source", 1, String),
    one("axis", 2, Int32, "1"),
};

constexpr Field kMemoryDataFields[] = {
    one("batch_size", 1, Uint32),
    one("channels", 2, Uint32),
    one("height", 3, Uint32),
    one("width", 4, Uint32),
};

constexpr Field kWindowDataFields[] = {
    one("source", 1, String),
    one("scale", 2, Float, "1"),
    one("mean_file", 3, String),
    one("batch_size", 4, Uint32),
    one("crop_size", 5, Uint32, "0"),
    one("mirror", 6, Bool, "false"),
    one("fg_threshold", 7, Float, "0.5"),
    one("bg_threshold", 8, Float, "0.5"),
    one("fg_fraction", 9, Float, "0.25"),
    one("context_pad", 10, Uint32, "0"),
    one("crop_mode", 11, String, "warp"),
    one("cache_images", 12, Bool, "false"),
    one("root_folder", 13, String),
};

}  // namespace

constinit const MessageType kAccuracyParameter = {"AccuracyParameter", kAccuracyFields};
constinit const MessageType kContrastiveLossParameter = {"ContrastiveLossParameter", kContrastiveLossFields};
constinit const MessageType kDataParameter = {"DataParameter", kDataFields};
constinit const MessageType kDummyDataParameter = {"DummyDataParameter", kDummyDataFields};
constinit const MessageType kHDF5DataParameter = {"HDF5DataParameter", kHDF5DataFields};
constinit const MessageType kHDF5OutputParameter = {"HDF5OutputParameter", kHDF5OutputFields};
constinit const MessageType kHingeLossParameter = {"HingeLossParameter", kHingeLossFields};
constinit const MessageType kImageDataParameter = {"ImageDataParameter", kImageDataFields};
constinit const MessageType kInfogainLossParameter = {"InfogainLossParameter", kInfogainLossFields};
constinit const MessageType kMemoryDataParameter = {"MemoryDataParameter", kMemoryDataFields};
constinit const MessageType kWindowDataParameter = {"WindowDataParameter", kWindowDataFields};

}  // namespace deepvis::model::caffe
