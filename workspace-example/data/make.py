"""Makes the data of the example that nobody measured: the same bytes on every machine.

    python data/make.py
"""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def heat_demand(chance: random.Random) -> Iterable[list[object]]:
    """Two years of a district: what its heating needs a day, by weather and kind of day."""
    yield ["day_kind", "insulation", "temperature", "wind", "sun_hours", "residents", "demand"]
    for day in range(730):
        season = math.cos(2 * math.pi * (day - 20) / 365)
        temperature = 10 - 11 * season + chance.gauss(0, 4)
        sun = max(0.0, 6 - 4 * season + chance.gauss(0, 2))
        wind = abs(chance.gauss(3.5, 2))
        kind = ("workday", "workday", "workday", "workday", "workday", "saturday", "sunday")[day % 7]
        insulation = "renovated" if chance.random() < day / 730 else "old"
        residents = 1800 + day // 10 + int(chance.gauss(0, 30))
        degrees = max(0.0, 17 - temperature)
        loss = 1.0 if insulation == "old" else 0.7
        home = 1.0 if kind == "workday" else 1.12
        demand = residents * 0.004 * (3 + degrees * loss * (1 + 0.03 * wind) - 0.25 * sun) * home
        measured = max(0.0, demand + chance.gauss(0, 3))
        gap = chance.random() < 0.02  # a station that was silent
        shown = "" if gap else f"{wind:.1f}"
        yield [kind, insulation, f"{temperature:.1f}", shown, f"{sun:.1f}", residents, f"{measured:.2f}"]


def machine_failure(chance: random.Random) -> Iterable[list[object]]:
    """Days of machines: whether one stood still on the next day, by what its sensors said."""
    yield ["line", "hours_since_service", "vibration", "oil_temperature", "load", "night_shift", "fails"]
    for _ in range(1200):
        line = chance.choice(["press", "lathe", "mill"])
        hours = chance.random() * 900
        load = min(1.0, max(0.0, chance.gauss(0.6, 0.2)))
        vibration = 1.2 + hours / 600 + {"press": 0.8, "lathe": 0.0, "mill": 0.3}[line] + chance.gauss(0, 0.4)
        temperature = 52 + 25 * load + hours / 80 + chance.gauss(0, 4)
        night = chance.random() < 0.3
        risk = 2.2 * (vibration - 2.6) + 0.14 * (temperature - 76) + (0.8 if night and load > 0.7 else 0) - 1.2
        fails = chance.random() < 1 / (1 + math.exp(-risk))
        shown = "" if chance.random() < 0.03 else f"{temperature:.1f}"
        words = ["no", "yes"]
        yield [line, round(hours), f"{vibration:.2f}", shown, f"{load:.2f}", words[night], words[fails]]


def vessel_trajectory(chance: random.Random) -> Iterable[list[object]]:
    """Ships in a bay, a report a minute: they keep their course, and turn now and then."""
    yield ["MMSI", "BaseDateTime", "LAT", "LON", "SOG", "COG"]
    start = datetime(2024, 5, 1, 6, 0)
    for ship in range(60):
        north, east = 43.0 + chance.random() * 0.4, -9.4 + chance.random() * 0.5
        course, knots = chance.random() * 360, 7 + chance.random() * 9
        turning = 0.0
        for minute in range(25):
            if chance.random() < 0.08:
                turning = chance.gauss(0, 4)
            course = (course + turning) % 360
            turning *= 0.8
            knots = min(20.0, max(4.0, knots + chance.gauss(0, 0.15)))
            miles, angle = knots / 60, math.radians(course)
            north += miles * math.cos(angle) / 60
            east += miles * math.sin(angle) / 60 / math.cos(math.radians(north))
            time = start + timedelta(minutes=minute + 3 * ship)
            said = course % 360 if chance.random() > 0.01 else 511.0  # 511: the ship does not know
            yield [
                224000100 + ship,
                time.isoformat(),
                f"{north + chance.gauss(0, 0.00002):.5f}",
                f"{east + chance.gauss(0, 0.00002):.5f}",
                f"{knots:.1f}",
                f"{said:.1f}",
            ]


def main() -> None:
    """Write all files."""
    made = {"heat-demand": heat_demand, "machine-failure": machine_failure, "vessel-trajectory": vessel_trajectory}
    for seed, (name, rows) in enumerate(made.items(), start=1):
        with (FOLDER / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows(random.Random(seed)))


if __name__ == "__main__":
    main()
