"""What each number means, what it cannot say, and the words of the house; docs/methods.md is for analysts."""

from dashboard.i18n import N_

OURS = N_("our own definition")
# What is shown, what it means, what it cannot say, and by whom the method is.
NUMBERS = (
    (
        N_("Detection"),
        N_("One incident as a source told it. Every figure counts detections."),
        N_("Not persons, not cases in law, not how much of the crime there is. More patrols find more."),
        OURS,
    ),
    (
        N_("Count under {k}"),
        N_("Counts of 1 to {most_withheld} are shown as <{k}, and what could give one back is withheld with it."),
        N_("A total and its parts can still be subtracted: what is given to others is rounded."),
        "Hundepool et al. 2012",
    ),
    (
        N_("Protected figure"),
        N_(
            "For readers who may not read exact counts: rounded to fives, outside the force to elevens, by a secret "
            "that never changes, so that no subtraction of views, filters or versions gives a small count back."
        ),
        N_(
            "By whole quarters, label and place, by cell without label, and by month for the country. That there is "
            "one at all is not hidden."
        ),
        OURS,
    ),
    (
        N_("Placed, district only"),
        N_(
            "A record has a cell only as fine as its place is known. Known to the district alone, it "
            "counts there and lies on no cell."
        ),
        N_("A radius that no source gives is set by its precision code."),
        OURS,
    ),
    (
        N_("Hot cell"),
        N_(
            "A cell whose neighbourhood holds more detections than dealing the same counts at random "
            "would give: Gi* with exact p, q at most 0.05 over the picture."
        ),
        N_("No test under 30 cells, 20 placed detections or 5 cells with any. Never called cold without effort data."),
        "Getis & Ord 1992; Ord & Getis 1995; Benjamini & Hochberg 1995",
    ),
    (
        N_("P(hot)"),
        N_(
            "The share of placements in which a cell is hot, when detections known to an area only are "
            "dealt over its cells many times."
        ),
        N_("Given even dealing over the area. Not the probability that crime is there."),
        "Rubin 1987",
    ),
    (
        N_("Emerging class"),
        N_(
            "The history of a cell over months: new, consecutive, intensifying, persistent, diminishing, "
            "sporadic, oscillating, historical."
        ),
        N_("At least 12 months. A new reporter can look like a new hot spot."),
        "Mann 1945; Kendall 1975",
    ),
    (
        N_("Change"),
        N_(
            "A count against the same number of days before, or the same days a year earlier: ratio with "
            "exact 95 % interval. The words follow p, in a table q."
        ),
        N_("No test under 10 in both periods together. No evidence of change does not mean no change."),
        "Garwood 1936; Clopper & Pearson 1934",
    ),
    (
        N_("Trend and season"),
        N_("Weekly counts beyond season, Ramadan, Eid and recorded effort, as a ratio a year with interval."),
        N_("At least 52 weeks and 100 detections; of season nothing is said under 104 weeks."),
        "McCullagh & Nelder 1989; Cleveland et al. 1990",
    ),
    (
        N_("Weeks still filling up"),
        N_(
            "How much of a recent week has been reported by now, from the delays of older ones. Under 95 "
            "% it is provisional."
        ),
        N_("Records without a report's day tell nothing of delay."),
        "Lawless 1994",
    ),
    (
        N_("Corridor"),
        N_("Origin district, crossing and destination as recorded; what is not recorded is unknown and drawn as such."),
        N_("Drawn from five detections on. A line begins at the district's name, not at a home."),
        OURS,
    ),
    (
        N_("Concentration"),
        N_("How unequally detections lie over cells or crossings, beside what chance alone would give with so few."),
        N_("Called concentrated only beyond 97.5 % of random deals."),
        "Gini 1912; Theil 1967",
    ),
    (
        N_("Shift and displacement"),
        N_(
            "Whether the centre of detections along the border moved, and whether a fall at one place "
            "came with a rise next door."
        ),
        N_("20 detections on either side. A shift is likely at most, and never proven."),
        "Wheeler & Ratcliffe 2018; Bowers & Johnson 2003",
    ),
    (
        N_("Near repeat"),
        N_("Whether detections near in place and time are more common than chance would bring about."),
        N_("At least 50 exactly placed detections. A surge of patrols looks alike."),
        "Knox 1964; Kulldorff & Hjalmars 1999",
    ),
    (
        N_("Early warning"),
        N_(
            "Weeks with more detections than the past of the same series leads to expect, with the false "
            "alarms of a year beside them."
        ),
        N_("At least 26 weeks, and 5 detections in four weeks. A flag is a question, not a finding."),
        "Noufaily et al. 2013; Hutwagner et al. 2003; Kulldorff et al. 2005",
    ),
    (
        N_("Back-test"),
        N_("What last month's map would have met this month, beside what needs no method."),
        N_("Detections follow patrols, so a map can fulfil itself."),
        "Chainey et al. 2008; Hunt 2016",
    ),
    (
        N_("Effort"),
        N_(
            "Patrol hours, checkpost days and raids as reported. A rise is said to be explained by "
            "effort, beyond it, or unknown."
        ),
        N_("Where more than a fifth of it is missing, no rate is made. No report is unknown, not zero."),
        OURS,
    ),
    (
        N_("SWOT statement"),
        N_("A sentence that a rule says where a share of the records is at its threshold or beyond."),
        N_("The threshold is a choice that a workshop may change. Not said is not the opposite. No cause is shown."),
        OURS,
    ),
    (
        N_("Trail"),
        N_(
            "Whether anybody looked for advertising, rented premises, transport, communications, finance "
            "and documents, and found it."
        ),
        N_("Not looked for says nothing about what was there."),
        OURS,
    ),
    (
        N_("Days to report"),
        N_("Days from an event dated to the day until its report: the median, and within how many 9 of 10 came."),
        N_("9 of 10 needs ten reports. Reports still to come are not in it."),
        OURS,
    ),
    (
        N_("May be counted twice"),
        N_(
            "Records of two agencies near in place, day and persons are flagged and never merged: a range "
            "from at least to at most."
        ),
        N_("Not sought on days on which a country has more than 50 incidents."),
        OURS,
    ),
    (
        N_("Row equation"),
        N_("Rows in are loaded, unchanged, superseded, duplicate or quarantined, and the five add up."),
        N_("It counts rows, not what is true in them."),
        OURS,
    ),
)
# A word, and what is meant by it.
GLOSSARY = (
    (
        N_("Incident"),
        N_("One event as a source told it; the unit of counting."),
    ),
    (
        N_("Interception"),
        N_("An incident in which a force stopped persons."),
    ),
    (
        N_("TIP"),
        N_("Trafficking in persons: an act, by a means, for exploitation. For a child the means do not matter."),
    ),
    (
        N_("SOM"),
        N_("Smuggling of migrants: procuring illegal entry for a benefit."),
    ),
    (
        N_("Undetermined"),
        N_("Nobody has yet said whether it is TIP or SOM. A label can change; its history is kept."),
    ),
    (
        N_("Pushed in"),
        N_("Persons sent over the border by a foreign force: a layer of its own, counted only where it is asked for."),
    ),
    (
        N_("Crossing"),
        N_("A named place where the border is passed: land port, post, ghat. Its point is approximate."),
    ),
    (
        N_("Cell, resolution"),
        N_("A hexagon of the H3 grid; a higher resolution is a smaller one."),
    ),
    (
        N_("p, q"),
        N_("How often chance alone would give as much; q allows for many tests on one picture."),
    ),
    (
        N_("95 % interval"),
        N_("The values that go with what was counted; wide where little was counted."),
    ),
    (
        N_("Quarantined"),
        N_("A row that was refused, with rule, field and what to do; kept redacted until it is corrected."),
    ),
    (
        N_("Superseded"),
        N_("A row that took the place of an earlier report of the same record."),
    ),
    (
        N_("Data version"),
        N_("What was known after a load. A link names one, so that its numbers can be had again."),
    ),
    (
        N_("Snapshot"),
        N_("A frozen view with its numbers and a hash that says whether it was altered."),
    ),
)
