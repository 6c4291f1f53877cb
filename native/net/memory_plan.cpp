#include "net/memory_plan.hpp"

#include <algorithm>
#include <numeric>

namespace deepvis {

std::vector<int> share_buffers(const std::vector<Lifetime>& lifetimes) {
  std::vector<size_t> order(lifetimes.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return lifetimes[a].size != lifetimes[b].size ? lifetimes[a].size > lifetimes[b].size : a < b;
  });
  std::vector<int> buffer_of(lifetimes.size(), -1);
  std::vector<std::vector<const Lifetime*>> buffers;  // who is in each
  for (const size_t index : order) {
    const Lifetime& life = lifetimes[index];
    if (life.always) continue;
    const auto is_free = [&](const std::vector<const Lifetime*>& buffer) {
      return std::none_of(buffer.begin(), buffer.end(), [&](const Lifetime* other) {
        return life.first <= other->last && other->first <= life.last;
      });
    };
    auto found = std::find_if(buffers.begin(), buffers.end(), is_free);
    if (found == buffers.end()) found = buffers.emplace(buffers.end());
    found->push_back(&life);
    buffer_of[index] = static_cast<int>(found - buffers.begin());
  }
  return buffer_of;
}

}  // namespace deepvis
