"""What the tables on the United Nations must say together."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from bookpress.checks.general import filled_together, usual
from bookpress.checks.rules import rule
from bridgebook.catalog import Problem, Table
from bridgebook.methods import voting

MEMBERS = 193
BALLOT_WORDS = {"yes": "Y", "no": "N", "abstain": "A"}
VOTERS = {"china_vote": "CHN", "usa_vote": "USA", "russia_vote": "RUS"}


def _ballots(rollcalls: Table, countries: Table) -> pd.DataFrame | None:
    """Ballots of a table, or None if its letters do not fit the member states."""
    states = voting.member_states(countries.frame)
    if (rollcalls.frame["votes"].str.len() != len(states)).any():
        return None
    return voting.ballots(rollcalls.frame, countries.frame)


@rule("countries")
def the_members_are_193(table: Table) -> Iterator[Problem]:
    """Members have a year of admission and a region; groups have no figures of their own."""
    frame = table.frame
    member = frame["kind"] == "un_member"
    if member.sum() != MEMBERS:
        row = frame.index[0]
        yield table.problem(row, "kind", f"{MEMBERS} members in all", f"{member.sum()}")
    yield from filled_together(table, ["un_member_since_year"], member, "for a member")
    yield from table.problems(
        member & frame["un_region"].isna(), "un_region", "a region, for a member"
    )
    group = (frame["kind"] == "group") & frame["population"].notna()
    yield from table.problems(group, "population", "a blank, for a group")
    head = frame["gdp_current_usd"] / frame["population"]
    far = ~head.between(150, 400_000) & head.notna()
    yield from table.problems(far, "gdp_current_usd", "150 to 400,000 dollars per head")


@rule("unga_rollcalls", "countries")
def totals_are_sums_of_letters(rollcalls: Table, countries: Table) -> Iterator[Problem]:
    """Totals count the letters; China and the United States existed all the time."""
    frame = rollcalls.frame
    votes = _ballots(rollcalls, countries)
    if votes is None:
        expected = "one letter for each member state of countries"
        wrong = frame["votes"].str.len() != (countries.frame["kind"] == "un_member").sum()
        yield from rollcalls.problems(wrong, "votes", expected)
        return
    counts = voting.totals(votes).set_axis(frame.index)
    for column in ("yes", "no", "abstain"):
        words = counts[column].map("{:g}, the letters in votes".format)
        yield from rollcalls.problems(counts[column] != frame[column], column, words)
    before = frame["date"].cummax().shift()
    yield from rollcalls.problems(frame["date"] < before, "date", "a day not before the row above")


@rule("unga_agreement", "unga_rollcalls", "countries")
def agreement_follows_from_votes(
    agreement: Table, rollcalls: Table, countries: Table
) -> Iterator[Problem]:
    """Every number of the agreement table is recomputed from the roll calls."""
    votes = _ballots(rollcalls, countries)
    if votes is None:
        return
    years = rollcalls.frame["date"].dt.year.set_axis(votes.index)
    computed = voting.country_years(votes, years).set_index(["iso3", "year"])
    frame = agreement.frame
    keys = pd.MultiIndex.from_frame(frame[["iso3", "year"]].astype({"year": "int64"}))
    for column in computed.columns:
        right = pd.Series(computed[column].reindex(keys).to_numpy(), frame.index)
        given = frame[column].astype("float64")
        wrong = ~((right == given) | (right.isna() & given.isna()))
        yield from agreement.problems(wrong, column, right.map("{:g}, from the roll calls".format))
    lost = len(computed.index.difference(keys))
    if lost:
        row = frame.index[-1]
        yield agreement.problem(row, "year", "every country-year with a vote", f"{lost} missing")


@rule("un_resolutions", "unga_rollcalls", "countries")
def resolutions_agree_with_roll_calls(
    resolutions: Table, rollcalls: Table, countries: Table
) -> Iterator[Problem]:
    """Day, totals and the votes of three states are those of the roll call."""
    votes = _ballots(rollcalls, countries)
    if votes is None:
        return
    record = rollcalls.frame.set_index("symbol")
    counts = voting.totals(votes)
    for row, text in resolutions.frame.dropna(subset=["rollcall"]).iterrows():
        symbol = text["rollcall"]
        if symbol not in record.index:
            continue
        if text["date_adopted"] != record.loc[symbol, "date"]:
            day = f"{record.loc[symbol, 'date']:%Y-%m-%d}, the day of the vote"
            yield resolutions.problem(row, "date_adopted", day)
        for column in ("yes", "no", "abstain", "not_voting"):
            if text[column] != counts.loc[symbol, column]:
                words = f"{counts.loc[symbol, column]}, the votes of {symbol}"
                yield resolutions.problem(row, column, words)
        for column, state in VOTERS.items():
            letter = BALLOT_WORDS.get(text[column], voting.NO_VOTE)
            if voting.BALLOTS.get(letter) != votes.loc[symbol, state]:
                yield resolutions.problem(row, column, f"the vote of {state} on {symbol}")


@rule("un_resolutions")
def votes_of_all_members(table: Table) -> Iterator[Problem]:
    """A recorded vote accounts for every member; a text adopted without a vote has no totals."""
    frame = table.frame
    recorded = frame["adoption_mode"] == "recorded_vote"
    columns = ["yes", "no", "abstain", "not_voting", *VOTERS]
    yield from filled_together(table, columns, recorded, "for a recorded vote")
    total = frame[["yes", "no", "abstain", "not_voting"]].sum(axis="columns")
    wrong = recorded & (total != MEMBERS)
    yield from table.problems(wrong, "not_voting", f"{MEMBERS} members in all")
    lead = frame["lead_basis"].isin(["verified", "inferred"])
    yield from filled_together(table, ["lead_iso3"], lead, "where a lead sponsor is known")


@rule("un_sponsors", "un_resolutions", "countries")
def sponsors_are_counted(
    sponsors: Table, resolutions: Table, countries: Table
) -> Iterator[Problem]:
    """Known sponsors are as many as the resolution says, led by the state it names."""
    frame = sponsors.frame
    for row, text in resolutions.frame.dropna(subset=["sponsors_named"]).iterrows():
        here = frame[frame["resolution_id"] == text["resolution_id"]]
        known = int(here["counted"].sum())
        if known != text["sponsors_named"]:
            yield resolutions.problem(row, "sponsors_named", f"{known}, the rows of un_sponsors")
        first = here["sponsor_stage"].isin(["lead", "at_tabling"]) & here["counted"]
        if first.sum() != text["sponsors_at_tabling"]:
            words = f"{first.sum()}, the rows of un_sponsors"
            yield resolutions.problem(row, "sponsors_at_tabling", words)
        lead = set(here.loc[here["sponsor_stage"] == "lead", "iso3"])
        if lead != {text["lead_iso3"]}:
            yield resolutions.problem(row, "lead_iso3", f"{', '.join(lead)}, as in un_sponsors")
    states = countries.frame.set_index("iso3")["kind"]
    other = frame["iso3"].map(states) != "un_member"
    yield from sponsors.problems(other, "iso3", "a member state")


MEMBER_ROLES = ["member", "signatory", "endorser", "co_chair", "initiator", "host_and_signatory"]


@rule("un_groups", "un_group_info")
def groups_have_their_members(groups: Table, info: Table) -> Iterator[Problem]:
    """Membership follows from the role; lists are as long as they say."""
    frame = groups.frame
    roles = frame["role"].isin(MEMBER_ROLES)
    right = usual(frame["is_member"], frame["role"])
    wrong = (frame["is_member"].astype("string") != right) | (
        roles & ~frame["is_member"].astype(bool)
    )
    yield from groups.problems(wrong, "is_member", "what the role means")
    members = frame[frame["is_member"].astype(bool)].groupby("group_id").size()
    listed = info.frame["group_id"].map(members).fillna(0)
    off = listed != info.frame["members_listed"]
    yield from info.problems(
        off, "members_listed", listed.map("{:g}, the rows of un_groups".format)
    )
    most = info.frame["parties_reported_high"]
    over = info.frame["members_listed"] > most
    yield from info.problems(over, "members_listed", most.map("at most {:g}, as reported".format))
    left = frame["role"].astype(str) == "withdrew"
    yield from filled_together(groups, ["left_year"], left, "for a state that left")


@rule("un_themes", "un_documents", "un_theme_labels")
def every_document_is_coded(themes: Table, documents: Table, labels: Table) -> Iterator[Problem]:
    """One code for each document and theme; blank exactly where nothing can be told."""
    frame = themes.frame
    blind = frame["evidence_basis"] == "not_determinable"
    yield from filled_together(themes, ["code"], ~blind, "where the text was seen")
    yield from themes.problems(
        blind & (frame["verified"] == "yes"), "verified", "no, without a code"
    )
    wanted = len(documents.frame) * len(labels.frame)
    if len(frame) != wanted:
        row = frame.index[-1]
        yield themes.problem(row, "theme", f"{wanted} codes in all", f"{len(frame)}")


INITIATIVE = "gaigi-2023"


@rule("gaigi_ideas", "un_themes", "un_documents")
def ideas_agree_with_the_coding(ideas: Table, themes: Table, documents: Table) -> Iterator[Problem]:
    """An idea that is in the text of 2023 is coded there, and said plainly since that day."""
    codes = themes.frame[themes.frame["document_id"] == INITIATIVE].set_index("theme")["code"]
    frame = ideas.frame
    stands = frame["in_text_2023"] == "yes"
    absent = frame["theme"].notna() & ~frame["theme"].map(codes).ge(1).fillna(False)
    yield from ideas.problems(
        stands & absent, "theme", "a theme that un_themes finds in the initiative"
    )
    day = documents.frame.set_index("document_id")["date"].get(INITIATIVE)
    yield from ideas.problems(
        stands != (frame["plain_since"] == day),
        "plain_since",
        "the day of the initiative where the idea is in its text, a later one elsewhere",
    )


POSITIONS = {"voted_yes": "yes", "voted_no": "no", "abstained": "abstain"}


@rule("ai_governance_timeline", "un_resolutions")
def events_agree_with_resolutions(events: Table, resolutions: Table) -> Iterator[Problem]:
    """An event that is the adoption of a text has its day and its votes."""
    texts = resolutions.frame.set_index("resolution_id")
    frame = events.frame
    adopted = frame[frame["kind"].isin(["resolution", "resolution_adopted"])]
    for row, event in adopted.dropna(subset=["resolution_id"]).iterrows():
        text = texts.loc[event["resolution_id"]]
        if event["date"] != text["date_adopted"]:
            day = f"{text['date_adopted']:%Y-%m-%d}, the day of adoption"
            yield events.problem(row, "date", day)
    for state in ("china", "usa"):
        for row, event in frame.dropna(subset=["resolution_id"]).iterrows():
            vote = POSITIONS.get(event[f"{state}_position"])
            recorded = texts.loc[event["resolution_id"], f"{state}_vote"]
            if vote and pd.notna(recorded) and vote != recorded:
                yield events.problem(row, f"{state}_position", f"the vote {recorded}")
    before = frame["date"].cummax().shift()
    yield from events.problems(frame["date"] < before, "date", "a day not before the row above")


IMF_PARTS = [
    "imf_digital_infrastructure_2023",
    "imf_human_capital_2023",
    "imf_innovation_2023",
    "imf_regulation_ethics_2023",
]


@rule("ai_divide", "countries")
def the_index_is_the_sum_of_its_parts(divide: Table, countries: Table) -> Iterator[Problem]:
    """The IMF index adds up; every member state has a row."""
    frame = divide.frame
    total = frame[IMF_PARTS].sum(axis="columns", min_count=len(IMF_PARTS))
    off = (total - frame["imf_preparedness_2023"]).abs() > 0.0005
    yield from divide.problems(off, "imf_preparedness_2023", total.map("{:.4f}, the sum".format))
    members = set(countries.frame.loc[countries.frame["kind"] == "un_member", "iso3"])
    missing = sorted(members - set(frame["iso3"]))
    if missing:
        row = frame.index[-1]
        yield divide.problem(row, "iso3", "a row for each member state", f"no {missing[0]}")
