// The table of the instruction set that this folder is being compiled for.
#include "cpu/vector/isa/kernels_of.hpp"

namespace deepvis::cpu::vector::DEEPVIS_ISA {

extern const Kernels kTable;
const Kernels kTable = {
    .lanes = kLanes,
    .tile_rows = {0, tile_rows(1), tile_rows(2), tile_rows(3)},
    .depthwise_rows = kDepthwiseRows,
    .convolution_tile = convolution_tile,
    .depthwise_tile = depthwise_tile,
    .max_pool = max_pool,
    .max_pool_back = max_pool_back,
    .average_pool = average_pool,
    .average_pool_back = average_pool_back,
    .lrn = lrn,
    .lrn_back = lrn_back,
    .power_scale = power_scale,
    .clamp = clamp_all,
    .relu_back = relu_back,
    .guided_back = guided_back,
    .clip_back = clip_back,
    .add = add,
    .add_runs = add_runs,
    .multiply = multiply,
    .transpose = transpose,
    .fc_accumulate = fc_accumulate,
    .fc_dot = fc_dot,
#ifdef DEEPVIS_HALF_KERNELS
    .fc_accumulate_half = fc_accumulate_half,
    .fc_dot_half = fc_dot_half,
    .narrow = narrow,
#else
    .fc_accumulate_half = nullptr,
    .fc_dot_half = nullptr,
    .narrow = nullptr,
#endif
    .peak = peak,
    .peak_operations = peak_operations,
    .stream = stream,
};

}  // namespace deepvis::cpu::vector::DEEPVIS_ISA
