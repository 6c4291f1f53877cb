"""The last seconds of a layer's maps, coarsely: which units go together, which never stir."""

from __future__ import annotations

from math import gcd, sqrt

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

MOST_BYTES = 64 << 20  # of maps kept; a layer of many units keeps fewer frames
ONE_THREAD = 250_000  # multiplications up to which BLAS keeps a product to one thread
LEAST_COLUMNS = 10  # places and times that differ; of fewer, a correlation says nothing
MOST_COLUMNS = 2000  # places and times that duplicates are first looked for in
MOST_CHECKS = 2000  # pairs of them that are then looked at in full and turn out to differ


def coarse_shape(height: int, width: int, most: int) -> tuple[int, int]:
    """A map's (height, width) with its aspect kept and at most `most` positions."""
    if height * width <= most:
        return height, width
    rows = max(1, min(most, int(height * sqrt(most / (height * width)) + 1e-9)))
    return rows, max(1, min(width, most // rows))


def _averaging(length: int, parts: int) -> Floats:
    """(length, parts) weights that average a line over equal parts, pixels on a border shared by area."""
    edges = np.arange(parts + 1) * (length / parts)
    pixels = np.arange(length)[:, None]
    share = np.clip(np.minimum(pixels + 1, edges[1:]) - np.maximum(pixels, edges[:-1]), 0, None)
    return (share * parts / length).astype(np.float32)


class MapHistory:
    """A ring of a layer's coarse maps over the last `seconds`, and what they say about its units.

    Every map is averaged by area to at most `most_positions`; at most `most_frames` are kept, and no more than fit
    into MOST_BYTES. Another shape, or a time that runs backwards, starts anew. One thread at a time.
    """

    def __init__(self, seconds: float = 5.0, most_positions: int = 196, most_frames: int = 150) -> None:
        self._seconds, self._most_positions, self._most_frames = seconds, most_positions, most_frames
        self.clear()

    def clear(self) -> None:
        """Forget everything, as when another layer is looked at."""
        self._shape: tuple[int, ...] = ()
        self._maps = np.zeros((0, 0, 0), np.float32)
        self._count = self._next = 0
        self._unit: int | None = None

    def __len__(self) -> int:
        """How many frames are kept."""
        return self._count

    def add(self, acts: npt.ArrayLike, time: float) -> None:
        """Take the maps (n, h, w) of one frame, seen at `time` in seconds. NaN and infinities count as 0."""
        x = np.asarray(acts, np.float32)
        if x.ndim != 3 or not x.size:
            raise ValueError(f"a history is made of maps (n, h, w) that are not empty; these are {x.shape}")
        if x.shape != self._shape or (self._count and time < self._times[self._next - 1]):
            self._begin(x.shape)
        rows = x.reshape(x.shape[0], -1)
        low, high = rows.min(axis=1), rows.max(axis=1)
        if not (np.isfinite(low).all() and np.isfinite(high).all()):
            x = np.nan_to_num(x, nan=0.0, posinf=0.0, neginf=0.0)
            rows = x.reshape(x.shape[0], -1)
            low, high = rows.min(axis=1), rows.max(axis=1)
        at = self._next
        coarse = self._maps[at]
        coarse[...] = self._coarse(x)
        if not self._count:
            self._middle = coarse.mean(axis=1, keepdims=True)
        # A correlation is the same from wherever values are counted; near their mean float32 sums lose least.
        coarse -= self._middle
        self._times[at], self._lows[at], self._highs[at] = time, low, high
        self._sums[at] = coarse.sum(axis=1)
        self._squares[at] = np.einsum("np,np->n", coarse, coarse)
        if self._unit is not None:
            self._products[at] = _product(coarse, coarse[self._unit])
        self._next = (at + 1) % len(self._maps)
        self._count = min(self._count + 1, len(self._maps))
        while self._times[self._next - self._count] < time - self._seconds:
            self._count -= 1

    def similar(self, unit: int, count: int) -> list[tuple[int, float]]:
        """The `count` units whose maps correlate most with those of `unit`, best first, with the correlation.

        It is Pearson's, over all positions and frames kept; equal ones are in the order of the units. Units that do
        not change have none and are left out. There is no answer if `unit` does not change, nor from fewer than
        LEAST_COLUMNS positions and frames, such as the first frames of a layer of single numbers. The first question
        about a unit goes through the whole history, those after it cost a product of a matrix and a vector a frame.
        """
        if not self._telling() or not 0 <= unit < self._shape[0]:
            return []
        kept = self._kept()
        if unit != self._unit:
            self._unit = unit
            for at in kept:
                self._products[at] = _product(self._maps[at], self._maps[at, unit])
        means, spreads = self._means_and_spreads()
        if not spreads[unit]:
            return []
        total = self._count * self._maps.shape[2]
        covariances = self._products[kept].sum(axis=0) / total - means * means[unit]
        moving = spreads > 0
        moving[unit] = False
        candidates = np.flatnonzero(moving)
        values = np.clip(covariances[candidates] / (spreads[candidates] * spreads[unit]), -1, 1)
        best = np.argsort(-values, kind="stable")[: max(count, 0)]
        return [(int(candidates[place]), float(values[place])) for place in best]

    def dead(self) -> npt.NDArray[np.bool_]:
        """(n,): never above 0 in what is kept, at any position of the full maps; or one value throughout."""
        kept = self._kept()
        if not self._count:
            return np.zeros(0, bool)
        lows, highs = self._lows[kept].min(axis=0), self._highs[kept].max(axis=0)
        return np.asarray((highs <= 0) | (lows == highs))

    def duplicates(self, threshold: float = 0.999) -> list[list[int]]:
        """Groups of units of which each correlates with another of its group by more than `threshold`; dead ones never.

        Pairs are found at up to MOST_COLUMNS positions and times, spread evenly, and then confirmed on all that are
        kept. Too dear for every frame: thousands of units take a quarter of a second.
        """
        if not self._telling():
            return []
        kept, positions = self._kept(), self._maps.shape[2]
        means, spreads = self._means_and_spreads()
        alive = np.flatnonzero(~self.dead() & (spreads > 0))
        columns = self._count * positions
        step = -(-columns // MOST_COLUMNS)
        while step > 1 and gcd(step, positions) > 1:  # else the same few positions in every frame
            step += 1
        frame, position = np.divmod(np.arange(0, columns, step), positions)
        sample = np.ascontiguousarray(self._maps[kept[frame], :, position].T[alive])
        sample -= sample.mean(axis=1, keepdims=True)
        sample /= np.maximum(np.sqrt(np.einsum("nc,nc->n", sample, sample))[:, None], 1e-30)
        # A sample may show a little less than the whole does.
        slack = threshold if step == 1 else threshold - 0.1 * (1 - threshold) - 1e-3
        group, checks = np.arange(len(alive)), 0
        for start in range(0, len(alive), 512):  # in blocks, as all pairs of thousands of units are many
            block = sample[start : start + 512] @ sample[start:].T > slack
            for one in np.flatnonzero(block.sum(axis=1) > 1) + start:
                others = np.flatnonzero(block[one - start]) + start
                for other in others[group[others] != group[one]]:
                    if group[other] == group[one]:
                        continue  # by way of one before it
                    if step > 1 and self._correlation(alive[one], alive[other], kept, means, spreads) <= threshold:
                        checks += 1
                        if checks > MOST_CHECKS:
                            return _groups(alive, group)
                        continue
                    group[group == max(group[one], group[other])] = min(group[one], group[other])
        return _groups(alive, group)

    def _begin(self, shape: tuple[int, ...]) -> None:
        self.clear()
        units, height, width = self._shape = shape
        rows, columns = coarse_shape(height, width, self._most_positions)
        self._down, self._across = _averaging(height, rows).T, _averaging(width, columns)
        most = max(1, ONE_THREAD // (width * columns))
        self._block = max(lines for lines in range(1, min(height, most) + 1) if height % lines == 0)
        frames = max(2, min(self._most_frames, MOST_BYTES // (units * rows * columns * 4)))
        self._maps = np.empty((frames, units, rows * columns), np.float32)
        self._times = np.zeros(frames)
        self._lows, self._highs = (np.empty((frames, units), np.float32) for _ in range(2))
        self._sums, self._squares, self._products = (np.empty((frames, units), np.float64) for _ in range(3))

    def _coarse(self, maps: Floats) -> Floats:
        """(n, h, w) → (n, positions)."""
        units, height, width = maps.shape
        if height * width == self._maps.shape[2]:
            return maps.reshape(units, -1)
        # In small blocks: waiting for a second thread on a busy machine takes longer than the whole product does.
        across = np.matmul(maps.reshape(-1, self._block, width), self._across).reshape(units, height, -1)
        return np.asarray(np.matmul(self._down, across)).reshape(units, -1)

    def _telling(self) -> bool:
        """Whether there is enough to compare. The same picture again adds nothing."""
        distinct = np.unique(self._squares[self._kept()].sum(axis=1)).size if self._count else 0
        return distinct * self._maps.shape[2] >= LEAST_COLUMNS

    def _kept(self) -> npt.NDArray[np.int_]:
        """The ring's places in use, the oldest first."""
        return (self._next - self._count + np.arange(self._count)) % max(len(self._maps), 1)

    def _means_and_spreads(self) -> tuple[Doubles, Doubles]:
        """Of each unit over all that is kept; the spread is 0 where it is no more than rounding."""
        kept, total = self._kept(), self._count * self._maps.shape[2]
        means, squares = self._sums[kept].sum(axis=0) / total, self._squares[kept].sum(axis=0) / total
        variances = squares - means * means
        rounding = 1e-5 * squares + (2e-6 * self._middle[:, 0].astype(np.float64)) ** 2
        return means, np.sqrt(np.where(variances > rounding, variances, 0))

    def _correlation(self, one: int, other: int, kept: npt.NDArray[np.int_], means: Doubles, spreads: Doubles) -> float:
        first = self._maps[kept, one].ravel() - np.float32(means[one])
        second = self._maps[kept, other].ravel() - np.float32(means[other])
        return float(np.dot(first, second)) / (first.size * spreads[one] * spreads[other])


def _product(rows: Floats, vector: Floats) -> Floats:
    """Matrix times vector in this thread."""
    return np.asarray(np.einsum("np,p->n", rows, vector), np.float32)


def _groups(units: npt.NDArray[np.int_], group: npt.NDArray[np.int_]) -> list[list[int]]:
    """The units of each group of more than one, by its first."""
    names, counts = np.unique(group, return_counts=True)
    return [units[group == name].tolist() for name in names[counts > 1]]
