"""The districts of a map's rings, for those who cannot see them or use no mouse: a chosen row is chosen on the map."""

from dashboard.charts import shown
from dashboard.components import choosing
from dashboard.disclosure import Answer
from dashboard.i18n import Text


def table(answer: Answer, text: Text, height_px: int) -> None:
    """Each district with its detections and how many are known no better, on no cell: the map draws these as a ring."""
    rows, name = answer.rows("districts"), answer.label(text.language)
    choosing.table(
        {
            text("District"): [name("district", row["adm2"]) for row in rows],
            text("Detections"): [shown(row, "n", text) for row in rows],
            text("Known to the district only"): [shown(row, "n_district_only", text) for row in rows],
        },
        [[row["adm2"]] for row in rows],
        text,
        text("Districts with detections known to the district only, which the map draws as a ring from five on."),
        f"{answer.question}-districts",
        height_px,
    )
