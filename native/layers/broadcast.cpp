#include "layers/broadcast.hpp"

namespace deepvis {

Broadcast Broadcast::by_channel(const Shape& blob) {
  const bool one_axis = blob.axes() == 1;  // then all of it is one channel
  return {.operand = Shape{one_axis ? 1 : blob.c()},
          .inner = blob.count_from(std::min(2, blob.axes())),
          .extent = one_axis ? 1 : blob.c(),
          .outer = blob.n()};
}

bool Broadcast::is_by_channel(const Shape& blob) const {
  return blob.axes() >= 2 && operand.axes() == 1 && outer == blob.n() && extent == blob.c() &&
         inner == blob.count_from(2);
}

Broadcast broadcast(const Layer& layer, const model::Message& param, std::span<const Shape> bottoms) {
  const Shape& bottom = bottoms[0];
  const int64_t given_axis = param.integer("axis");
  const int64_t axis = given_axis < 0 ? given_axis + bottom.axes() : given_axis;
  const int64_t num_axes = param.integer("num_axes");
  int64_t covered = num_axes == -1 ? bottom.axes() - axis : num_axes;
  if (bottoms.size() > 1) covered = bottoms[1].axes();
  // A scalar operand meets every element, whatever the axis says.
  if (covered != 0 && (axis < 0 || covered < 0 || axis + covered > bottom.axes())) {
    layer.fail<ShapeError>("axis " + std::to_string(given_axis) + " and " + std::to_string(covered) +
                           " axes from there do not fit an input of shape " + bottom.str());
  }
  const int first = covered == 0 ? 0 : static_cast<int>(axis);
  const int last = first + static_cast<int>(covered);
  Broadcast result;
  result.operand = Shape(std::vector<int64_t>(bottom.dims().begin() + first, bottom.dims().begin() + last));
  if (bottoms.size() > 1 && bottoms[1] != result.operand) {
    layer.fail<ShapeError>("the second bottom must have the shape " + result.operand.str() + ", found " +
                           bottoms[1].str());
  }
  result.outer = bottom.count(0, first);
  result.extent = result.operand.count();
  result.inner = bottom.count_from(last);
  return result;
}

}  // namespace deepvis
