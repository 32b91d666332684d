# SPDX-License-Identifier: Apache-2.0
"""The prose of docs/evaluation.md, and the sentences that follow from its tables. What depends on a value is said by code that looks
at the value; the rest is about definitions and stays true whatever the tables say."""

# When a difference counts: above this many standard errors of the means of the draws, above this share of the undamaged value, above this
# many times what undamaged parts differ by, and, of what should be 0.5, above this much.
SEEN_ERRORS, SEEN_SHARE, SEEN_CHANCE, SEEN_HALF = 3, 0.05, 3, 0.05
# How much is drawn: of the parts of a data set, and of the parts for damage.
DRAWS, ROWS, DAMAGE_ROWS = 10, 5000, 1500
NOVELTY = ("md", "dcr", "copies")
MARKOV = "independent, markov"  # column

HEAD = """# Evaluation

Which metric of `sosie eval` sees which damage, and how the flow models do on traffic they have not seen. This page is made, whole, by
`./dev evaluation` (`docs/evaluation.py`), from the captures at `../shared/data`; every figure in it is measured by that run. What the
metrics are is in sosie-eval(1). Bear in mind that the numbers of one table compare with each other and with nothing else: they depend
on how many flows are drawn.

"""

DAMAGE = """## Which metric sees which damage

`lab/office.pcap`, sixteen minutes of an office, is dealt out by conversations into four parts of about {n} flows. One is the real side,
one the undamaged synthetic one, one ("another") shows what chance does, one is what a model might have learned from (`--train`). Damage is
done to the undamaged part, as a capture where it can be, else to its flow table, where metrics of packets have nothing to say:

| damage | what is done | to |
| --- | --- | --- |
| shuffled | bytes, packets and duration come, together, from another flow | table |
| marginals | every column is shuffled by itself | table |
| collapsed | ten conversations are repeated in the places of all | capture |
| bunched | times shifted: every conversation to where its ten seconds began | capture |
| scattered | times shifted: every conversation to any instant of the capture | capture |
| dropped | the service with most conversations is left out | capture |
| random payload | payloads of random bytes, as long as they were | capture |
| copied | the synthetic side is what was learned from; in all else it is undamaged, and serves as one more undamaged part | capture |

**Bold** is damage seen: the value is worse by more than 3 standard errors of the draws' means, 5 % of itself, and three times the largest
difference between undamaged parts (for what should be 0.5, also by more than 0.05). *Italic* with (!) is the same the other way: the
metric finds the damaged traffic better. {draws} draws of {rows} flows, seeds fixed.

### As it should be

"""

PUBLISHED = """### As published

The definitions of FlowChronicle's artifact, oddities and all, so that published numbers compare.

"""

MISLED = {
    ("copies", "corrected"): "nonsense copies nothing: novelty is no likeness, and is never to be read alone",
    ("dcr", "corrected"): "what is near to nothing is as near to either side: novelty is no likeness",
    ("md", "corrected"): "what is near to nothing is as near to either side: novelty is no likeness",
    ("density", "corrected"): "it counts the balls that a row is in, and what repeats the commonest rows is in many: coverage tells",
    ("density", "published"): "it counts the balls that a row is in, and what repeats the commonest rows is in many; and its clock is a "
                              "coordinate, so that the right times make up for wrong flows",
    ("coverage", "published"): "the clock is one of its coordinates, so that the right times make up for wrong flows",
    ("dkc", "published"): "its rules are one network's: they call DNS to any but that network's server a fault, so that traffic without "
                          "DNS keeps more of them",
    ("acf", "published"): "it adds up differences at the real side's significant lags only, divided by the length: what has no rhythm of "
                          "its own loses little",
    ("emd", "published"): "it compares how high two cumulated histograms are, not where, and leaves out what is beyond the real side's range",
    ("pcd", "published"): "Pearson's correlation of raw sizes is decided by a few large flows",
}
UNSEEN = {
    "density": "numbers are scaled by the largest of all, so that most are near 0 whatever they are, and the clock is a coordinate",
    "coverage": "numbers are scaled by the largest of all, so that most are near 0 whatever they are, and the clock is a coordinate",
    "emd": "it compares the heights of histograms, so that sizes beyond the real side's range are nothing to it",
    "dkc": "21 rules for another network, each a small share",
    "acf": "it divides by the length of the series, on seconds that both have",
    "pcd": "decided by a few large flows, so that draws and parts differ much",
    "md": "it has no direction: a real table in the synthetic one's place is what to compare with",
}

MODELS = """## Models on traffic they have not seen

Each data set is cut in time: models learn the first two thirds and are judged against the last third. Time is time in which somebody was
capturing: silences longer than 30 minutes do not count. Models make as many flows as the last third has, from its first instant on.

* **noise floor**: two halves of the last third, dealt out by chance (by conversations): what no model can better, but by luck. Both are
  thinned alike, so that rates cancel.
* **reference**: the real first two thirds in the model's place: how much the network itself has changed. A model of the past that is as near
  has done all that can be asked. In the metrics of novelty ({novelty}), one half of the first two thirds against the other, for the two were
  recorded together as a model's output and its training were not.
* a column for each flow model; automata (TADAM's), builder and payload are the same for all. Where captures are compared, one more: the
  independent model with markov's automata. What differs between the two columns is the automata alone.

All comparisons of one data set draw as many flows. Captures are compared as captures, tables as tables.

"""

CASES = {
    "lab": """### lab

`lab/office.pcap`: an office of real servers and scripted clients. {n_early} flows to learn from, {n_late} to judge against, draws of {rows}.

""",
    "iot": """### iot

`iot/iot.pcap`: home devices, one after the other, set up again and again between April and September. The devices of the last third are all
in the first two, in another mix: mind the reference, which is far from the noise floor, and that real traffic of the first two thirds has an
MD and a DCR well above 0.5 itself. {n_early} flows to learn from, {n_late} to judge against, draws of {rows}.

""",
    "rita_droplet": """### rita_droplet

`flows/rita_droplet`: two days of one public server's `conn.log`: scans, brute force, web, DNS, NTP, from 13,000 addresses. A table has no
packets: automata are learned from `lab/`, and flow tables are compared, without their flags, for Zeek's history tells other flags than
packets do. {n_early} flows to learn from, {n_late} to judge against, draws of {rows}.

""",
}

REASONS = """## Why

What the distances come from, where it is known:

* **start_gaps, acf, cooccurrence.** Real flows come in bursts that belong together: half of the gaps in the office are below a millisecond,
  and in a fifth of those one client asks for a name twice. `independent` and `sequence` start each flow by itself, from a rate that changes
  from bin to bin; `sequence` knows which service follows which, not how soon. `chronicle` draws what follows what and how soon: within
  patterns, and from pattern to pattern in sessions (docs/patterns.md).
* **cmd, jsd, coverage.** Between seeds of one model these differ by as much as the families do: a standard deviation of 0.011 in CMD, 0.0006
  in JSD and 0.05 in Coverage of the lab's `chronicle`, whose flows come in fewer and larger lots than independent ones and so average
  less (`independent`: 0.003, 0.0004 and 0.03). One run of each does not rank them. In `iot` two servers have 26 and 21 % of the flows, and a
  draw in which they change places (one of six) is worse by 0.09 in CMD, 0.01 in JSD and 0.05 in Coverage, since addresses count by rank.
* **acf of a capture with silences** (`iot`). Days pass between its runs; models draw the runs and leave the days out, so that the mean of
  their seconds, which an autocorrelation takes off, is another. Its last lags are also where a cut between flows that began and flows that
  were still to follow shows.
* **auc_flows of a server's table** (`rita_droplet`). All models are told from it by two columns that are no flow model's: the length of the
  SYN (40, 44, 52 and 60 bytes by scanner, while the automata learned from `lab/` have 60) and the class of the source port (scanners use any,
  made ones are ephemeral). Bytes alone give an area of 0.82 and ports 0.72, what a client did before 0.66.
* **window.** A stack's window is a function of its buffers and of the reader's pace. What is learned is its value by the octave of bytes
  received, for all sides whose SYNs are alike; a keep-alive, which repeats acknowledgement and window, is played with another window.
* **payload.** Templates are the protocol's, the same for every network; what a model adds are habits (sosie-model(5)), which are counts
  and hold no text. So what the devices of `iot` write into paths and host names, what theirs and the lab's programs say in text or
  in fields of LDAP, SMB and PostgreSQL, and constants of protocols without a name are not theirs. Filler has the shares of byte values
  learned, but one byte says nothing about the next. How many segments begin an answer and how many are filled is the automata's doing,
  and what sets these apart here.
* **density, coverage, cmd, jsd as published.** Addresses count there by name. A model has made-up addresses, no value of which is a real
  one's, by intent; the corrected definitions count how busy an address is.
* **dcr, md, copies.** These are to be compared with the reference's: flows that are alike everywhere (a DNS query and its answer) equal
  training rows without having been copied.

`md` as published is not compared above: it has no direction. Published `density` and `coverage` judge the clock, too: every past, the
reference included, is far from the last third.
"""


def words(items):
    items = list(items)
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1] if items else "nothing"


def damage_section(base, another, found, n, tables):
    parts, misled, seen = tables(base, another, found)
    page = DAMAGE.format(n=n, draws=DRAWS, rows=DAMAGE_ROWS) + parts["corrected"] + "\n"
    for name, by in seen.items():
        page += f"* **{name}** is seen by {words(k for k, side in by if side == 'corrected')}.\n"
    page += misled_sentences(misled, "corrected") + "\n" + PUBLISHED + parts["published"] + "\n"
    page += misled_sentences(misled, "published")
    for key in [k for k, side in base if side == "published"]:
        unseen = [name for name, by in seen.items() if (key, "corrected") in by and (key, "published") not in by and
                  name not in misled.get((key, "published"), [])]
        if unseen:
            page += f"* {key} as published does not see {words(unseen)}, as it should be it does: {UNSEEN.get(key, 'see its definition')}.\n"
    return page + "\nNo verdict leans on a published definition: they stand here, and in `sosie eval`, for comparison.\n\n"


def misled_sentences(misled, of_side):
    return "".join(f"* {key} finds {words(names)} better (!): {MISLED.get((key, side), 'why is not known; do not lean on it')}.\n"
                   for (key, side), names in misled.items() if side == of_side)


def models_section():
    return MODELS.format(novelty=", ".join(NOVELTY))


def times(better, value, reference):
    """How many times as far from perfect as the reference, whatever the direction."""
    if better == "higher":
        return reference.mean / value.mean if value.mean > 0 else float("inf")
    a, b = (abs(x.mean - 0.5) if better.startswith("0.5") else x.mean for x in (value, reference))
    return a / b if b > 0 else 1.0 if not a > 0 else float("inf")


def nearness(columns, model):
    """Sentences of one model: what is as near as the reference (or the floor), what is not, and by how much."""
    near, far = [], []
    for (key, side), (better, value) in columns[model].items():
        known = [columns[c][key, side][1] for c in ("noise floor", "reference") if (key, side) in columns[c]]
        if side != "corrected" or key in NOVELTY or not known:
            continue
        ratio = min(times(better, value, x) for x in known)
        if ratio <= 1.25:
            near.append(key)
        else:
            far.append((ratio, key))
    far = [f"{key} ({'' if ratio < 100 else 'more than '}{min(ratio, 100):.2g} times)" for ratio, key in sorted(far, reverse=True)]
    return f"* `{model}`: within a quarter of the reference or of the noise floor in {words(near)}; further in {words(far)}.\n"


def case_section(case, columns, tables):
    page = CASES[case.name].format(n_early=case.n_early, n_late=case.n_late, rows=case.rows())
    models = [c for c in columns if c not in ("noise floor", "reference")]
    page += tables[0] + "\n" + "".join(nearness(columns, m) for m in models)
    best = {}
    for (key, side), (better, _) in columns[models[0]].items():
        if side == "corrected" and key not in NOVELTY and all((key, side) in columns[m] for m in models):
            ranked = sorted(models, key=lambda m: -columns[m][key, side][1].mean if better == "higher" else
                            abs(columns[m][key, side][1].mean - (0.5 if better.startswith("0.5") else 0)))
            first, second = (columns[m][key, side][1] for m in ranked[:2]) if len(ranked) > 1 else (None, None)
            if second is not None and times(better, second, first) > 1.1:
                best.setdefault(ranked[0], []).append(key)
    for model, keys in best.items():
        page += f"* `{model}` is the nearest, by a tenth or more, in {words(keys)}.\n"
    return page + "\n" + tables[1] + "\n" + above_floor(columns, models)


def above_floor(columns, models):
    """Where a published definition says that a model is better than real traffic, by a twentieth or more."""
    page = ""
    for (key, side), (better, floor) in columns["noise floor"].items():
        if side != "published" or better not in ("higher", "lower"):
            continue
        names = [m for m in models if (key, side) in columns[m] and times(better, columns[m][key, side][1], floor) < 0.95]
        if names:
            page += (f"* {key} as published finds {words(f'`{n}`' for n in names)} better than one half of the real traffic finds the "
                     "other: it is not to be leaned on.\n")
    return page + "\n" if page else ""
