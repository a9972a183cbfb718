"""Where along the border a point is, and which crossing it stands at: looked up in small boxes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import shapely
from numpy.typing import NDArray

from etl.atlas import SOUTH, WEST, Floats, Indices, metres
from etl.reference import NO_SEGMENT, Reference

STEP = 0.005  # degrees, as in data/reference/make_border.py: a box of about 550 m
HALF_BOX_M = 400.0  # from the middle of a box to its corners, and a little more
NO_CROSSING, IN_DOUBT = -1, -2


class Border:
    """Segments and crossings of the border, ready for many questions."""

    def __init__(self, reference: Reference) -> None:
        crossings = list(reference.crossings.values())
        self.names = [crossing.crossing for crossing in crossings]
        self.numbers = {name: number for number, name in enumerate(self.names)}
        segments = [c.border_segment for c in crossings]
        # The segment of each crossing by its number; what -1 finds is the last, for no crossing.
        self.of_crossing = np.array([NO_SEGMENT if s is None else s for s in (*segments, None)], np.uint16)
        self._segments = reference.border_boxes
        self._points = metres(np.array([(crossing.lon, crossing.lat) for crossing in crossings]))
        self._radii = np.array([crossing.precision_m for crossing in crossings])
        self._tree = shapely.STRtree(shapely.points(self._points))
        self._boxes = self._crossing_boxes()

    def segments(self, lon: Floats, lat: Floats) -> NDArray[np.uint16]:
        """(n,) degrees in the box round the country -> (n,) the segments of their boxes, NO_SEGMENT inland.

        A point within 10 km of the border is known to the nearest box: that is the rule, not a short cut.
        """
        row, column = self._box_of(lon, lat)
        return self._segments[row, column]

    def crossings(self, lon: Floats, lat: Floats) -> Indices:
        """Degrees, likewise -> the position of the one crossing in whose radius each lies, -1 for none or several."""
        row, column = self._box_of(lon, lat)
        found = self._boxes[row, column].astype(np.intp)
        doubtful = np.flatnonzero(found == IN_DOUBT)
        found[doubtful] = self._only(metres(np.column_stack([lon[doubtful], lat[doubtful]])))
        return found

    def _box_of(self, lon: Floats, lat: Floats) -> tuple[Indices, Indices]:
        rows, columns = self._segments.shape
        column = np.clip((lon - WEST) / STEP, 0, columns - 1).astype(np.intp)
        return np.clip((lat - SOUTH) / STEP, 0, rows - 1).astype(np.intp), column

    def _only(self, points: Floats) -> Indices:
        """(n, 2) metres -> the one crossing in reach of each, measured."""
        reach = float(self._radii.max())
        point, crossing = self._tree.query(shapely.points(points), predicate="dwithin", distance=reach)
        apart = np.hypot(*(points[point] - self._points[crossing]).T)
        point, crossing = point[apart <= self._radii[crossing]], crossing[apart <= self._radii[crossing]]
        only = np.full(len(points), NO_CROSSING, np.intp)
        only[point] = crossing
        only[np.bincount(point, minlength=len(points)) > 1] = NO_CROSSING
        return only

    def _crossing_boxes(self) -> NDArray[np.int16]:
        """For each box: the crossing that all of it is near, NO_CROSSING if none is, IN_DOUBT for the rest."""
        rows, columns = self._segments.shape
        near = np.zeros((2, rows * columns), np.int16)  # crossings that surely, and that perhaps, are in reach
        boxes = np.full(rows * columns, NO_CROSSING, np.int16)
        for number, (point, radius) in enumerate(zip(self._points, self._radii, strict=True)):
            box, apart = self._around(point, radius + HALF_BOX_M)
            near[1, box] += 1
            sure = box[apart <= radius - HALF_BOX_M]
            near[0, sure] += 1
            boxes[sure] = number
        boxes[near[1] > near[0]] = IN_DOUBT
        boxes[near[0] > 1] = NO_CROSSING
        return boxes.reshape(rows, columns)

    def _around(self, point: Floats, reach: float) -> tuple[Indices, Floats]:
        """The boxes whose middles are so near a point, and how near."""
        rows, columns = self._segments.shape
        lat = np.arange(rows) * STEP + SOUTH + STEP / 2
        row = np.flatnonzero(np.abs(metres(np.column_stack([np.full(rows, 90.0), lat]))[:, 1] - point[1]) <= reach)
        row, column = (each.ravel() for each in np.meshgrid(row, np.arange(columns), indexing="ij"))
        middles = metres(np.column_stack([WEST + STEP * (column + 0.5), lat[row]]))
        apart = np.hypot(*(middles - point).T)
        return (row * columns + column)[apart <= reach], apart[apart <= reach]


@lru_cache(maxsize=2)
def border_of(reference: Reference) -> Border:
    """The border of a reference, made once in a process."""
    return Border(reference)
