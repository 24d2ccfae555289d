"""How fast waves on water run: solves w^2 = g k tanh(k h) for the wavelength, given the period.

    python dispersion.py            a table
    python dispersion.py 12 30      period 12 s over 30 m of water
"""

import math
import sys
from dataclasses import dataclass

G = 9.81  # m/s^2


@dataclass(frozen=True)
class Wave:
    period: float  # s
    depth: float  # m
    number: float  # rad/m

    @property
    def length(self) -> float:
        return 2 * math.pi / self.number

    @property
    def speed(self) -> float:
        """Of the crests."""
        return self.length / self.period

    @property
    def group_speed(self) -> float:
        """Of the energy: half the crests' speed over deep water, equal to it over shallow water."""
        kh = self.number * self.depth
        return self.speed * (0.5 + kh / math.sinh(2 * kh)) if kh < 300 else self.speed / 2


def solve(period: float, depth: float, tolerance: float = 1e-12) -> Wave:
    """Newton's method on f(y) = y tanh(y) - x, where y = k h and x = w^2 h / g."""
    x = (2 * math.pi / period) ** 2 * depth / G
    y = x / math.sqrt(math.tanh(x))  # right at both ends, within 5 % between them
    for _ in range(20):
        tanh = math.tanh(y)
        step = (y * tanh - x) / (tanh + y * (1 - tanh * tanh))
        y -= step
        if abs(step) < tolerance * y:
            return Wave(period, depth, y / depth)
    raise ArithmeticError(f"no wave found for {period} s over {depth} m")


def main(arguments: list[str]) -> None:
    if arguments:
        period, depth = map(float, arguments)
        waves = [solve(period, depth)]
    else:
        waves = [solve(period, depth) for depth in (2, 20, 4000) for period in (4, 8, 16, 44714)]
    print(f"{'period':>10} {'depth':>8} {'length':>12} {'crests':>10} {'energy':>10}")
    for wave in waves:
        print(f"{wave.period:8g} s {wave.depth:6g} m {wave.length:10.1f} m {wave.speed:6.2f} m/s {wave.group_speed:6.2f} m/s")


if __name__ == "__main__":
    main(sys.argv[1:])
