"""What was measured, as text."""

from __future__ import annotations

from collections.abc import Sequence

from deepvis.bench.machine import Machine
from deepvis.bench.passes import Measured
from deepvis.bench.targets import Target
from deepvis.bench.work import layer_work
from deepvis.net import Net

LISTED = 0.01  # the share of a direction's time from which on a layer has a row of its own


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Set rows in Markdown; the columns after the first are numbers, and so stand to the right."""
    lines = [header, *rows]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    texts = [
        "| "
        + " | ".join(
            f"{cell:<{w}}" if i == 0 else f"{cell:>{w}}" for i, (cell, w) in enumerate(zip(line, widths, strict=True))
        )
        + " |"
        for line in lines
    ]
    rule = "|" + "|".join("-" * (w + 2) if i == 0 else "-" * (w + 1) + ":" for i, w in enumerate(widths)) + "|"
    return "\n".join([texts[0], rule, *texts[1:]])


def layer_table(net: Net, machine: Machine, forward: dict[str, float], backward: dict[str, float]) -> str:
    """Tell each layer's milliseconds both ways, its rate, its share of the peak, and how fast it reads weights.

    ``forward`` and ``backward`` are seconds by layer. Layers that take less than a hundredth of the time of
    each direction are summed up in the last row.
    """
    header = (
        "layer",
        "kernel",
        "forward ms",
        "GF/s",
        "% of peak",
        "GB/s",
        "rows skipped",
        "backward ms",
        "GF/s",
        "% of peak",
    )
    least, least_back = LISTED * sum(forward.values()), LISTED * sum(backward.values())
    rows, rest, rest_back = [], 0.0, 0.0
    for layer in net.layers:
        seconds, back = forward.get(layer.name, 0.0), backward.get(layer.name, 0.0)
        if not (0 < least <= seconds or 0 < least_back <= back):
            rest, rest_back = rest + seconds, rest_back + back
            continue
        work = layer_work(net, layer)
        read = work.weight_bytes * (1 - work.skipped)
        rows.append(
            (
                layer.name,
                layer.kernel,
                _ms(seconds),
                _rate(work.operations, seconds),
                _share(work.operations, seconds, machine.peak),
                _rate(read, seconds, 1),
                f"{work.skipped:.0%}" if work.weight_bytes else "",
                _ms(back),
                _rate(work.operations, back),
                _share(work.operations, back, machine.peak),
            )
        )
    if rest or rest_back:
        rows.append(("the others", "", _ms(rest), "", "", "", "", _ms(rest_back), "", ""))
    return table(header, rows)


def pass_table(measured: Sequence[Measured], machine: Machine) -> str:
    """Tell each pass's milliseconds, against the machine's floor and against the best variant of each rival.

    Ratios are of medians; below 1, deepvis is faster.
    """
    rivals = list(dict.fromkeys(name for each in measured for name in each.rivals))
    header = [
        "pass",
        "batch",
        "least ms",
        "median ms",
        "× floor",
        *[column for name in rivals for column in (f"{name} ms", "ratio")],
    ]
    rows = []
    for each in measured:
        floor = each.work.floor(machine)
        row = [
            each.what.title,
            str(each.batch),
            _ms(each.ours.least),
            _ms(each.ours.median),
            f"{each.ours.median / floor:.2f}" if floor else "",
        ]
        for name in rivals:
            if name in each.rivals:
                best = each.best(name)
                row += [_ms(best.median), f"{each.ours.median / best.median:.2f}"]
            else:
                row += ["", ""]
        rows.append(row)
    return table(header, rows)


def target_table(targets: Sequence[Target], measured: Sequence[Measured]) -> str:
    """Tell each target's ratio, what it may be at most, and what it was found to be."""
    rows = []
    for target in targets:
        ratio = target.ratio(measured)
        told = "not measured" if ratio is None else f"{ratio:.3f}"
        rows.append((target.title, f"{target.most:.2f}", told, "yes" if target.met(measured) else "no"))
    return table(("ratio", "at most", "found", "met"), rows)


def variant_lines(measured: Sequence[Measured]) -> str:
    """Tell how each variant of each rival did: what "best" was chosen from."""
    lines = []
    for each in measured:
        for name, variants in each.rivals.items():
            told = "; ".join(f"{variant} {_ms(timing.median)}" for variant, timing in variants.items())
            lines.append(f"{each.what.title}, batch {each.batch}, {name}, median ms: {told}")
    return "\n".join(lines)


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.2f}" if seconds else ""


def _rate(amount: float, seconds: float, digits: int = 0) -> str:
    return f"{amount / seconds / 1e9:.{digits}f}" if amount and seconds else ""


def _share(operations: float, seconds: float, peak: float) -> str:
    return f"{operations / seconds / peak:.0%}" if operations and seconds else ""
