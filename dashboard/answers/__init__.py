"""One question a module: statement, protected counts, statistic, disclosure, in that order."""
