// The sizes of a pooling layer, for all of its kernels.
#pragma once

#include <algorithm>
#include <cstdint>

namespace deepvis::cpu {

struct PoolingGeometry {
  int64_t images = 0, channels = 0;
  int64_t height = 0, width = 0;
  int64_t output_height = 0, output_width = 0;
  int64_t kernel_h = 1, kernel_w = 1;
  int64_t stride_h = 1, stride_w = 1;
  int64_t pad_h = 0, pad_w = 0;          // above and to the left
  int64_t end_pad_h = 0, end_pad_w = 0;  // below and to the right

  int64_t operations() const { return images * channels * output_height * output_width * kernel_h * kernel_w; }

  // The part of the input that an output position sees, and how many positions an average over it divides by: those of
  // the window, padding included, but not what hangs over the padded border.
  struct Region {
    int64_t top, bottom, left, right;
    float size;
  };
  Region region(int64_t out_y, int64_t out_x) const {
    const int64_t top = out_y * stride_h - pad_h;
    const int64_t left = out_x * stride_w - pad_w;
    const int64_t bottom = std::min(top + kernel_h, height + end_pad_h);
    const int64_t right = std::min(left + kernel_w, width + end_pad_w);
    return {std::max<int64_t>(top, 0), std::min(bottom, height), std::max<int64_t>(left, 0), std::min(right, width),
            static_cast<float>((bottom - top) * (right - left))};
  }
};

}  // namespace deepvis::cpu
