"""Who plays: the people of the plot, by what happens to them, and who acts for units."""

SCHEME = "jilin-health-2019"
OFFICE, OFFICE_OTHER, ORGAN_SECRETARY, LIAISON = "p-0016", "p-0017", "p-0008", "p-0001"
# Whose reviews are told one by one.
HOSPITAL_SECRETARY, HOSPITAL_DEPUTY = "p-0034", "p-0035"  # tier B, audited by their own committee
VISITED = "p-0061"  # whose report answers what a visit found
RETURNED, OVERDUE, RECALLED, SUSPENDED, LATE, STUCK = (
    "p-0044",
    "p-0070",
    "p-0104",
    "p-0095",
    "p-0113",
    "p-0105",
)
REPLACED, SUCCESSOR = "p-0043", "p-0042"  # between report and meeting
NEWCOMER = "p-0112"  # fills a vacancy after the round was opened
PLOT = frozenset(
    {
        ORGAN_SECRETARY,
        HOSPITAL_SECRETARY,
        VISITED,
        RETURNED,
        OVERDUE,
        RECALLED,
        SUSPENDED,
        LATE,
        STUCK,
        REPLACED,
        SUCCESSOR,
        NEWCOMER,
    }
)
# Whose committee audits the reports of its branches and holds a meeting for them, and by whom.
AUDITORS = {
    "u-hospital-1": "p-0040",
    "u-hospital-2": "p-0067",
    "u-maternity": "p-0082",
    "u-cdc": "p-0093",
    "u-school": "p-0099",  # no office there: the deputy secretary
}
HOSTS = AUDITORS | {"u-school": "p-0098"}  # nor would a deputy hold the meeting
# Who approves the minutes that the hosts kept.
SECOND_EYES = {
    "u-work-committee": "p-0130",
    "u-organ": OFFICE_OTHER,
    "u-hospital-1": HOSPITAL_DEPUTY,
    "u-hospital-2": "p-0062",
    "u-maternity": "p-0077",
    "u-cdc": "p-0088",
    "u-school": "p-0099",
}
# Whose own committee passes the report of its secretary first.
DEPUTIES = {
    "u-hospital-2": "p-0062",
    "u-maternity": "p-0077",
    "u-cdc": "p-0088",
    "u-school": "p-0099",
}
