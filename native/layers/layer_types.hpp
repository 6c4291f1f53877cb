// What each layer type's file offers: one function that makes the layer.
#pragma once

#include <memory>

#include "layers/layer.hpp"

namespace deepvis {

using MakeLayer = std::unique_ptr<Layer>(const model::Message& spec);

MakeLayer make_absval, make_argmax, make_batch_norm, make_bias, make_bnll, make_clip, make_concat, make_convolution,
    make_crop, make_deconvolution, make_dropout, make_dummy_data, make_eltwise, make_elu, make_exp, make_flatten,
    make_inner_product, make_input, make_log, make_lrn, make_mvn, make_permute, make_pooling, make_power, make_prelu,
    make_reduction, make_relu, make_reshape, make_scale, make_sigmoid, make_silence, make_slice, make_softmax,
    make_split, make_swish, make_tanh, make_threshold, make_tile;

}  // namespace deepvis
