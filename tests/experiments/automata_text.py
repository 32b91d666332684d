# SPDX-License-Identifier: Apache-2.0
"""The page docs/automata.md from the rows of the experiments. What it says of the figures is worked out from them."""

NAMES = {
    "tadam": "TADAM",
    "tag": "TAG, k = 2",
    "tag3": "TAG, k = 3",
    "rti": "RTI+, 0.05",
    "rti001": "RTI+, 0.001",
    "hmm": "HMM",
    "set": "set of seen sequences",
    "2-gram": "2-gram",
}

SIZES = [(20, 500), (10, 50), (10, 100), (10, 200), (10, 500)]  # states, words

HEAD = """\
# Learning timed automata

<!-- Written whole by tests/experiments/automata.py (./dev experiments); edit that. -->

A *timed word* is a sequence of events, each a symbol and a delay since the event before: the packets of a flow, the
entries of a log. sosie has four learners of models of such words, behind one table of functions
(`automata/timed_learner.h`). They are used for comparison and to choose among; this page says what they are and how
they fare on words whose truth is known and on a public log.

| learner | idea | file |
|---|---|---|
| TADAM | the automaton that makes the description of the words shortest, noise in the words included | `automata/tadam.h` |
| TAG | a prefix tree; states with the same strings of length k ahead are merged, then split where the delay tells what follows | `automata/tag.h` |
| RTI+ | states are split by delay and merged as likelihood-ratio tests say | `automata/rti.h` |
| HMM | hidden states that emit symbols and normal delays; Baum-Welch, 5, 10 or 20 states by BIC | `automata/hmm.h` |

**TADAM** is the one to use when words are noisy, or when a person is to read the automaton: a word that does not fit is
explained as a fitting one with an event left out, added, repeated or swapped, if that takes fewer bits than more
structure would. It begins from four automata, the prefix tree, one state for each symbol, one state in all, and what
RTI+ learns at a significance of 0.001, and keeps the shortest result; it is by far the slowest of the four. **RTI+** is the one to
use when there is much data and little time: it takes noise for structure, but in moderation. **TAG** finds an automaton exactly
where clean words show every future of every state; one odd event makes a new future, so that its automata grow with noise,
and futures that agree by chance make it merge what differs. An **HMM** is a good score, but not an automaton: what comes next is not decided by what came before.

As packet learners (`sosie learn --automata tadam|tag|rti`) the automata give the states, and each state is joined with the
kind of the last packet and the connection's memory, which by themselves make `markov`: what may follow is what was seen to follow
in that state with that memory. So every path ends in the end state it was learned for (tested). Edges that differ by the
automaton's state alone share their gaps, and TADAM reads packets without their gaps: a walk draws its path before the duration
has a say. The HMM is not offered there: which of its states a packet was sent in is not
decided by the packets before it, so there is nothing to join the memory with; the most likely states of each flow would be
a guess, and what follows from them no longer the model that was learned.

Words are read from texts, one a line, events as `symbol`, `symbol:delay` or `symbol:delay:length`
(`automata/word_text.h`); loghub's `Event_traces.csv` of HDFS_v1 is read too.

What a word costs is in bits, and is a code: over all words, 2 to the power of minus the bits sums to at most 1, for each of
the learners (tested on small alphabets). So bits can be compared, and none gains by calling things impossible: what a model cannot say
is spelled out, at a price.

"""

NOISE = """\
## Noise

One thing was chosen with some of these words in view: the significance at which RTI+ makes TADAM's fourth beginning, from 0.05,
0.001 and 0.00001, by the divergence at 10 % noise on the 200-word sets. TADAM's rows there are optimistic for that; fresh seeds
have not been tried.

The truth is a random automaton with 5, 10 or 20 states, one to three edges from each, as many symbols as states (at most
10), normal delays; in a quarter of the states two edges differ only in their delays and where they go; words have 6 to 14
events on average. Words are drawn from it, and every event of those learned from is hit by noise with the probability
given: left out, another put before it, repeated, or swapped with the next, equally likely. All figures are means over {n_seeds}
automata (seeds 1 to {n_seeds}), {words} words each unless said otherwise. They are of this program alone; the published
experiments use other automata.

* *JS*: Jensen-Shannon divergence in bits between the distribution of words, delays left out, that was learned and the true one (0:
  equal, 1: nothing in common), words cut after 8 symbols; what shares a prefix less likely than 1e-5 in both is not told apart. *Jaccard*
  compares the sets of cut words of at least that probability.
* *excess bits*: an event of 500 clean new words costs so many more than under the true automaton.
* *AUC damaged*: how often a clean new word costs less, for each symbol, than one with a single event hit by noise (0.5: chance);
  *AUC random*: than one of symbols drawn at random, with the lengths and delays of clean ones.

"""

HDFS_HEAD = """\
## HDFS

What TADAM pays for a symbol that no training word had (`automata/timed_tadam.c`) was added after test scores had been looked at;
HMM and 2-gram paid for such symbols before. It raised TADAM's AU-ROC by bits a symbol from 0.955 to 0.985 on one draw.

Blocks of HDFS_v1 as sequences of event ids, without times: those of the DeepLog project, {n_normal} normal and {n_abnormal}
anomalous ones. Learned from {train} blocks drawn at random, all normal ones or {percent} % anomalous (the share in the whole data,
unlabelled); all other blocks are the test. Means over {n_seeds} draws. The score is bits, or bits a symbol (the end is one). TPR,
FPR and F1 are at the threshold of the largest TPR - FPR, *best F1* at whatever threshold it is largest; both F1 are for 2.93 %
anomalies, the share in the whole data, for the part at hand has more.

The trivial rivals: *set*, 1 for a sequence that was not learned from, and *2-gram*, a Markov chain over event ids with a half
added to every count.

"""

HDFS_TAIL = """\

What differs from the published experiment, which reports an AUC of 0.982 for TADAM, 0.891 for TAG, 0.790 for RTI+ and 0.608 for an
HMM: no times (the delays are not in these files; with `Event_traces.csv` the same program runs the timed one), {n_normal} normal
blocks instead of 558,223, our own split, our own score, and learners written anew. Raw bits, which for the HMM give an AUC
of {hmm_low:.2f} to {hmm_high:.2f} here, make long words dear, and many anomalies are words cut short.

Where TADAM ranks normal blocks above anomalous ones by bits a symbol, the normal ones are those whose copies were written
in an unusual order: several events change places, each pays for noise, while many an anomaly is one event that
normal blocks never have. An HMM and the 2-gram do not mind the order as much.
"""

TAIL = """\

## Making this page

`./dev experiments` builds `tests/experiments/automata_noise` and `automata_hdfs`, runs them with the settings of
`tests/experiments/automata.py` and writes this page; without `../shared/data/hdfs` the part on HDFS is left out. It took
{minutes:.0f} minutes of CPU time for the learning alone (the sum of the columns *CPU*).
"""


def table(header, rows):
    """A table in Markdown."""
    lines = ["| " + " | ".join(header) + " |", "|---" + "|---:" * (len(header) - 1) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows]) + "\n"


def marked(values, fmt, best=min):
    """Values as texts, the best one bold."""
    texts = [fmt.format(value) for value in values]
    top = fmt.format(best(values))
    return [f"**{text}**" if text == top else text for text in texts]


def by_column(rows, mean, column, fmt, settings, label, best=min):
    """One row for each learner, one column for each setting."""
    learners = list(dict.fromkeys(row["learner"] for row in rows))
    columns = []
    for setting in settings:
        values = [mean(rows, column, learner=learner, **setting) for learner in learners]
        columns.append(marked(values, fmt, best) if best else [fmt.format(value) for value in values])
    header = [label[0]] + [label[1].format(**setting) for setting in settings]
    return table(header, [[NAMES[learner], *cells] for learner, cells in zip(learners, zip(*columns))])


def ranked(rows, mean, column, setting):
    """Learners from lowest to highest mean."""
    learners = dict.fromkeys(row["learner"] for row in rows)
    return sorted(learners, key=lambda learner: mean(rows, column, learner=learner, **setting))


def list_of(settings, form):
    """"at 1, 2 and 3 %" out of settings."""
    texts = [form.format(**setting) for setting in settings]
    return texts[0] if len(texts) == 1 else ", ".join(texts[:-1]) + " and " + texts[-1]


def verdict(rows, mean, settings, n_states):
    """Where TADAM is nearest to the truth, and with how many states."""
    first = [s for s in settings if ranked(rows, mean, "js", s)[0] == "tadam"]
    others = [s for s in settings if s not in first]
    text = ""
    if first:
        text += f"TADAM has the lowest divergence at {list_of(first, '{rate:g}')} % noise. "
    for setting in others:
        best = ranked(rows, mean, "js", setting)[0]
        text += (f"At {setting['rate']:g} % {NAMES[best]} is nearer to the truth ("
                 f"{mean(rows, 'js', learner=best, **setting):.3f} against "
                 f"{mean(rows, 'js', learner='tadam', **setting):.3f}). ")
    few = [s for s in settings if ranked(rows, mean, "n_states", s)[0] == "tadam"]
    more = [s for s in settings if s not in few]
    if few:
        text += f"It has the fewest states at {list_of(few, '{rate:g}')} %. "
    for setting in more:
        best = ranked(rows, mean, "n_states", setting)[0]
        text += (f"At {setting['rate']:g} % {NAMES[best]} has fewer ("
                 f"{mean(rows, 'n_states', learner=best, **setting):.1f}, TADAM "
                 f"{mean(rows, 'n_states', learner='tadam', **setting):.1f}, the truth {n_states}), at a divergence of "
                 f"{mean(rows, 'js', learner=best, **setting):.3f}. ")
    return text.strip() + "\n"


def nearest(noise, mean):
    """Who is nearest to the truth, and who has the fewest states, for each size."""
    text = ""
    for states, words in SIZES:
        rows = [row for row in noise if (row["states"], row["words"], row["rate"]) == (states, words, 10)]
        near, few = (ranked(rows, mean, column, {})[0] for column in ("js", "n_states"))
        text += f"* {states} states, {words} words: {NAMES[near]} is nearest to the truth, {NAMES[few]} has the fewest states.\n"
    return text


def noise_part(noise, mean):
    """The experiment with noise."""
    seeds = {row["seed"] for row in noise}
    text = NOISE.format(n_seeds=len(seeds), words=200)
    for states in (5, 10):
        rows = [row for row in noise if row["states"] == states and row["words"] == 200]
        settings = [{"rate": rate} for rate in sorted({row["rate"] for row in rows})]
        text += f"### {states} states, 200 words\n\n" + verdict(rows, mean, settings, states) + "\n"
        for label, column, fmt, best in (("JS", "js", "{:.3f}", min), ("states", "n_states", "{:.1f}", None),
                                         ("edges", "n_edges", "{:.1f}", None), ("Jaccard", "jaccard", "{:.2f}", max),
                                         ("excess bits", "excess", "{:.2f}", min),
                                         ("AUC damaged", "auc_damaged", "{:.3f}", max)):
            if column == "n_edges":
                label += f" (truth {mean(rows, 'true_edges'):.1f})"
            text += by_column(rows, mean, column, fmt, settings, (label, "{rate:g} %"), best) + "\n"
    text += "### More states, more and fewer words\n\nAt 10 % noise.\n\n" + nearest(noise, mean) + "\n"
    for states, words in SIZES:
        rows = [row for row in noise if (row["states"], row["words"], row["rate"]) == (states, words, 10)]
        body = []
        for learner in dict.fromkeys(row["learner"] for row in rows):
            values = [mean(rows, column, learner=learner)
                      for column in ("js", "jaccard", "n_states", "n_edges", "excess", "auc_damaged", "auc_random", "cpu")]
            formats = ("{:.3f}", "{:.2f}", "{:.1f}", "{:.1f}", "{:.2f}", "{:.3f}", "{:.3f}", "{:.3g}")
            body.append([NAMES[learner], *(fmt.format(value) for fmt, value in zip(formats, values))])
        text += table([f"{states} states, {words} words", "JS", "Jaccard", "states", "edges", "excess bits", "AUC damaged",
                       "AUC random", "CPU s"], body) + "\n"
    return text


def hdfs_part(hdfs, mean):
    """The log."""
    trains = sorted({row["train"] for row in hdfs})
    percents = sorted({row["percent"] for row in hdfs})
    facts = {"n_normal": "4,854", "n_abnormal": "16,837", "train": " or ".join(f"{t:.0f}" for t in trains),
             "percent": f"{percents[-1]:g}", "n_seeds": len({row["seed"] for row in hdfs})}
    text = HDFS_HEAD.format(**facts)
    raw = [mean(hdfs, "auc", learner="hmm", score="bits", train=train, percent=percent)
           for train in trains for percent in percents]
    facts |= {"hmm_low": min(raw), "hmm_high": max(raw)}
    best = {}
    for train in trains:
        for percent in percents:
            body = []
            for learner in dict.fromkeys(row["learner"] for row in hdfs):
                for score in ("bits", "bits a symbol"):
                    where = {"learner": learner, "score": score, "train": train, "percent": percent}
                    values = [mean(hdfs, column, **where) for column in ("auc", "tpr", "fpr", "f1", "best_f1", "n_states",
                                                                         "n_edges", "cpu")]
                    if learner == "set" and score != "bits":
                        continue
                    best.setdefault((train, percent), []).append((values[0], learner, score))
                    formats = ("{:.4f}", "{:.3f}", "{:.3f}", "{:.3f}", "{:.3f}", "{:.0f}", "{:.0f}", "{:.2g}")
                    body.append([NAMES[learner] if learner != "tag" else "TAG", "seen or not" if learner == "set" else score,
                                 *(fmt.format(value) for fmt, value in zip(formats, values))])
            name = f"{train:.0f} blocks, {percent:g} % anomalous"
            text += table([name, "score", "AUC", "TPR", "FPR", "F1", "best F1", "states", "edges", "CPU s"], body) + "\n"
    return text + hdfs_verdict(best) + HDFS_TAIL.format(**facts)


def hdfs_verdict(best):
    """How TADAM ranks by AUC, for either score."""
    text = ""
    for (train, percent), rows in best.items():
        text += f"* {train:.0f} blocks, {percent:g} % anomalous: "
        parts = []
        for score in ("bits a symbol", "bits"):
            order = sorted((row for row in rows if row[2] == score or row[1] == "set"), reverse=True)
            own = next(row for row in order if row[1] == "tadam")
            ahead = [f"{NAMES[row[1]].split(',')[0]} {row[0]:.4f}" for row in order if row[0] > own[0]]
            parts.append(f"by {score} TADAM has {own[0]:.4f}, " +
                         ("ahead of all others" if not ahead else "behind " + ", ".join(ahead)))
        text += "; ".join(parts) + ".\n"
    return text


def page(noise, hdfs, mean):
    """The whole page; hdfs may be empty."""
    for row in noise:
        row["excess"] = row["bits"] - row["truth"]
    seconds = sum(row["cpu"] for row in noise) + sum(row["cpu"] for row in hdfs) / 2  # two rows for each model
    return (HEAD + noise_part(noise, mean) + (hdfs_part(hdfs, mean) if hdfs else "") + TAIL.format(minutes=seconds / 60))
