# SPDX-License-Identifier: Apache-2.0
"""The page docs/automata.md from the rows of the experiments. What it says of the figures is worked out from them."""
import statistics

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

SIZES = [(20, 500), (10, 50), (10, 100), (10, 200)]  # states, words

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
structure would. It begins from five automata, the prefix tree, one state for each symbol, one for each pair of symbols that
follow each other, one state in all, and what RTI+ learns at a significance of 0.001, and keeps the shortest result. As what the
search comes to hangs on what it does early, it then begins anew from the pairs, looking at a random eighth of the operations at a
time, and disturbs the shortest automaton found by random operations to search on from there, all within a budget of trials
(`automata/tadam_retry.c`). It is by far the slowest of the four. **RTI+** is the one to
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
is spelled out, at a price. Every learner tells what each event of a word costs, given those before it; TADAM adds up all the ways
in which noise may explain a word (`automata/align_sum.h`).

The description of an automaton is no part of what a word costs: an edge that three words made necessary is as cheap to follow as its
probability says. For judging words by a model of data that may hold what is to be found, automata have a second cost, with *shares*
(`automata/share.h`): what an edge takes in TADAM's description (its ends, its symbol, its probability, not its guard), divided by how often
the words learned from used it, is added to every use. Over these words the shares add up to the description (tested), and as it
is only dearer it is a code too (tested). It is no better guess of what comes next, and is used for the log below alone.

"""

NOISE = """\
## Noise

TADAM's search was made with words in view: the significance at which RTI+ makes one of its beginnings was chosen on seeds 1 to 3;
the beginning from pairs of symbols and the adding of edges on seeds 4 to 9, with 50 and 200 words; beginning anew, kicks,
redirection and their budget on seeds 21 to 26, with 50 words and once with 200. The figures are of seeds 11 to 13, and all of them are
given. Nothing was chosen by these, but earlier versions of this page had figures of the same seeds, and that the search stopped
short on them with 50 words was the reason to work on it.

The truth is a random automaton with 5, 10 or 20 states, one to three edges from each, as many symbols as states (at most
10), normal delays; in a quarter of the states two edges differ only in their delays and where they go; words have 6 to 14
events on average. Words are drawn from it, and every event of those learned from is hit by noise with the probability
given: left out, another put before it, repeated, or swapped with the next, equally likely. All figures are means over {n_seeds}
automata (seeds {first} to {last}), {words} words each unless said otherwise. They are of this program alone; the published
experiments use other automata.

* *JS*: Jensen-Shannon divergence in bits between the distribution of words, delays left out, that was learned and the true one (0:
  equal, 1: nothing in common), words cut after 8 symbols; what shares a prefix less likely than 1e-5 in both is not told apart. *Jaccard*
  compares the sets of cut words of at least that probability.
* *excess bits*: an event of 500 clean new words costs so many more than under the true automaton.
* *AUC damaged*: how often a clean new word costs less, for each symbol, than one with a single event hit by noise (0.5: chance);
  *AUC random*: than one of symbols drawn at random, with the lengths and delays of clean ones.

"""

FEW_WORDS = """
With 50 words TADAM misses the truth. It is the search that fails then, not the description length: begun from the true
automaton, it ends at 4591, 3794 and 4171 bits on seeds 11 to 13 (measured apart), from its own beginnings at 4879, 3962 and 4572.
Before it began anew and was disturbed it ended at 4917, 4080 and 5029. TAG's divergence there is that of a prefix tree which
holds the very words that it was learned from; its excess bits tell what it is worth for others.
"""

HDFS_HEAD = """\
## HDFS

What TADAM pays for a symbol that no training word had (`automata/timed_tadam.c`) was added after test scores had been looked at;
HMM and 2-gram paid for such symbols before. It raised TADAM's AU-ROC by bits a symbol from 0.955 to 0.985 on one draw.

Blocks of HDFS_v1 as sequences of event ids, without times: those of the DeepLog project, {n_normal} normal and {n_abnormal}
anomalous ones. Learned from {train} blocks drawn at random, all normal ones or {percent} % anomalous (the share in the whole data,
unlabelled). How to make one score of what a word's events cost was chosen on other draws and on a third of the distinct
sequences, with their labels: *bits* of the word, *bits a symbol* (the end is one), the *worst event* alone, or the two worst; then, for
each learner of automata, whether events pay shares (*worst shared event*). The
verdict is on the blocks of the other two thirds that were not learned from, and on draws that nothing was chosen by; no sequence
is in both. Means over {n_seeds} draws, seeds {first} to {last}; what they give without shares was in view before
there were any, what they give with them was not. TPR, FPR and F1 are at the threshold of the largest TPR - FPR, *best F1* at whatever threshold it is largest; both F1 are for 2.93 %
anomalies, the share in the whole data, for the part at hand has more.

The trivial rivals: *set*, 1 for a sequence that was not learned from, and *2-gram*, a Markov chain over event ids with a half
added to every count.

"""

HDFS_TAIL = """\

What differs from the published experiment, which reports an AUC of 0.982 for TADAM, 0.891 for TAG, 0.790 for RTI+ and 0.608 for an
HMM: no times (the delays are not in these files; with `Event_traces.csv` the same program runs the timed one), {n_normal} normal
blocks instead of 558,223, our own split, our own score, and learners written anew. Raw bits, which for the HMM give an AUC
of {hmm_low:.2f} to {hmm_high:.2f} here, make long words dear, and many anomalies are words cut short.

By bits a symbol normal blocks whose copies were written in an unusual order, where several events each pay a little, rank above
blocks with one event that normal ones never have, or that stop early. The worst event tells these apart, for every learner. Where
anomalous blocks are among those learned from, what they do is structure to TADAM as soon as that takes fewer bits: blocks that stop
after 5 22, 22 5 5 or 5 5 22 (about 4,250 of the anomalous ones, all in the third for the choice) or after 22 5 or 5 22 5 (1,919, in the other
part) are seen a few times each, and their end becomes an edge of its own that costs 4 to 5 bits, where an HMM, whose states are used by
many paths, charges 8. A tenth of the normal blocks, long ones with an unusual order, have an event that costs more. Such an edge was made
necessary by a few words, six or eight say, and its share is what these were charged: with it the same end costs 7 to 9 bits. Shares were
made with draws 31 to 38 of the choice in view, 1,000 blocks of which 2.9 % are anomalous, where they take TADAM from 0.969 to 0.981 (HMM 0.974, 2-gram
0.972; measured apart). The automata of TAG and RTI+ have many more edges that few words use, normal ones among them, and lose by shares on
the whole.

Where few sequences are most of the blocks, much hangs on which part they are in, and on how many of each are drawn to be learned from: hence
the standard errors. All learners gain from one more correction that is not made here: a long word has more chances for a dear event
(less log2 of the number of events, the worst event of the four learners goes from 0.957 to 0.980 in the mean, draws 31 to 36 of the choice).
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
        text += f"* {states} states, {words} words: {NAMES[near]} is nearest to the truth, {NAMES[few]} has the fewest states. "
        text += "TADAM's divergence by seed, from {:g} on: ".format(min(row["seed"] for row in rows))
        text += ", ".join(f"{row['js']:.3f}" for row in rows if row["learner"] == "tadam") + ".\n"
    return text + FEW_WORDS


def noise_part(noise, mean):
    """The experiment with noise."""
    seeds = {row["seed"] for row in noise}
    text = NOISE.format(n_seeds=len(seeds), first=f"{min(seeds):g}", last=f"{max(seeds):g}", words=200)
    for states in sorted({int(row["states"]) for row in noise if row["rate"] != 10}):
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


SHARED = {"worst event": "worst shared event"}  # the same way to score when events pay shares


def choice_table(choice, mean):
    """AUC of each learner by each way to score, with the way that has the highest mean over the four learners, and the
    learners that are to pay shares: those that do better with them."""
    learners = [learner for learner in dict.fromkeys(row["learner"] for row in choice) if learner != "set"]
    four = [learner for learner in learners if learner != "2-gram"]
    columns = sorted({(row["train"], row["percent"]) for row in choice})
    plain = [score for score in dict.fromkeys(row["score"] for row in choice) if score not in SHARED.values()]
    body, means = [], {}
    for score in [*plain, *SHARED.values()]:
        for train, percent in columns:
            values = {learner: mean(choice, "auc", learner=learner, score=score, train=train, percent=percent) for learner in learners}
            means |= {(score, learner): means.get((score, learner), 0) + value / len(columns)
                      for learner, value in values.items() if value is not None}
            all_four = f"{statistics.fmean(values[learner] for learner in four):.4f}" if score in plain else ""
            body.append([f"{score}, {percent:g} %", *("" if values[learner] is None else f"{values[learner]:.4f}" for learner in learners),
                         all_four])
    names = ["TAG" if learner == "tag" else NAMES[learner] for learner in learners]
    chosen = max(plain, key=lambda score: sum(means[score, learner] for learner in four))
    sharing = [learner for learner in learners if means.get((SHARED.get(chosen), learner), 0) > means[chosen, learner]]
    text = table([f"AUC for the choice, {columns[0][0]:.0f} blocks", *names, "mean of the four learners"], body)
    text += f"\nChosen for all: *{chosen}*, which has the highest mean. Better with shares: "
    text += (", ".join(NAMES[learner].split(",")[0] for learner in sharing) or "none") + ".\n\n"
    return text, chosen, sharing


def verdict_table(rows, mean, train, percent, chosen):
    """One table of the verdict."""
    body = []
    for learner in dict.fromkeys(row["learner"] for row in rows):
        for score in ("bits", "bits a symbol", chosen, SHARED.get(chosen)):
            where = {"learner": learner, "score": score, "train": train, "percent": percent}
            values = [mean(rows, column, **where) for column in ("auc", "tpr", "fpr", "f1", "best_f1", "n_states", "n_edges", "cpu")]
            if values[0] is None or (learner == "set" and score != "bits"):
                continue
            formats = ("{:.4f}", "{:.3f}", "{:.3f}", "{:.3f}", "{:.3f}", "{:.0f}", "{:.0f}", "{:.2g}")
            body.append([NAMES[learner] if learner != "tag" else "TAG", "seen or not" if learner == "set" else score,
                         *(fmt.format(value) for fmt, value in zip(formats, values))])
    name = f"{train:.0f} blocks, {percent:g} % anomalous"
    return table([name, "score", "AUC", "TPR", "FPR", "F1", "best F1", "states", "edges", "CPU s"], body) + "\n"


def hdfs_part(hdfs, mean):
    """The log."""
    choice = [row for row in hdfs if row["part"] == "choice"]
    verdict_rows = [row for row in hdfs if row["part"] == "verdict"]
    draws = sorted({(row["train"], row["percent"]) for row in verdict_rows})
    seeds = {row["seed"] for row in verdict_rows}
    facts = {"n_normal": "4,854", "n_abnormal": "16,837", "train": " or ".join(f"{t:.0f}" for t in sorted({t for t, _ in draws})),
             "percent": f"{draws[-1][1]:g}", "n_seeds": len(seeds), "first": f"{min(seeds):g}", "last": f"{max(seeds):g}"}
    raw = [mean(verdict_rows, "auc", learner="hmm", score="bits", train=train, percent=percent) for train, percent in draws]
    facts |= {"hmm_low": min(raw), "hmm_high": max(raw)}
    table_of_choice, chosen, sharing = choice_table(choice, mean)
    text = HDFS_HEAD.format(**facts) + table_of_choice
    for train, percent in draws:
        text += verdict_table(verdict_rows, mean, train, percent, chosen)
    return text + hdfs_verdict(verdict_rows, draws, chosen, sharing) + HDFS_TAIL.format(**facts)


def paired(ours, theirs):
    """The mean of the differences, draw by draw, its standard error, and in how many draws ours is higher."""
    differences = [ours[seed] - theirs[seed] for seed in ours]
    return (statistics.fmean(differences), statistics.stdev(differences) / len(differences) ** 0.5,
            sum(difference > 0 for difference in differences))


def hdfs_verdict(rows, draws, chosen, sharing):
    """TADAM against the best of the others by AUC: by the chosen score, with shares for those that are to pay them, and by the others."""
    body, ahead, behind = [], [], []
    learners = [learner for learner in dict.fromkeys(row["learner"] for row in rows) if learner != "set"]
    for score in ("as chosen", chosen, "bits a symbol", "bits"):
        for train, percent in draws:
            by = {learner: score if score != "as chosen" else SHARED[chosen] if learner in sharing else chosen for learner in learners}
            auc = {learner: {row["seed"]: row["auc"] for row in rows if (row["learner"], row["score"], row["train"], row["percent"]) ==
                             (learner, by[learner], train, percent)} for learner in learners}
            best = max((learner for learner in learners if learner != "tadam"), key=lambda learner: statistics.fmean(auc[learner].values()))
            difference, error, n_ahead = paired(auc["tadam"], auc[best])
            body.append([f"{score}: {train:.0f} blocks, {percent:g} %", f"{statistics.fmean(auc['tadam'].values()):.4f}", NAMES[best].split(",")[0],
                         f"{statistics.fmean(auc[best].values()):.4f}", f"{difference:+.4f}", f"{error:.4f}",
                         f"{n_ahead} of {len(auc['tadam'])}"])
            if score == "as chosen":
                (ahead if difference > 0 else behind).append((f"{train:.0f} blocks, {percent:g} %", abs(difference) > 2 * error))
    text = "TADAM against the best of the others (by mean AUC), 2-gram among them; differences are taken draw by draw.\n\n"
    text += table(["AUC", "TADAM", "best other", "its AUC", "difference", "standard error", "draws ahead"], body) + "\n"
    for name, cases in (("ahead of", ahead), ("behind", behind)):
        if cases:
            text += f"By the scores as chosen TADAM is {name} the best of the others in {len(cases)} of {len(draws)} settings, "
            text += f"{sum(clear for _, clear in cases)} of these by more than two standard errors"
            text += f": {'; '.join(case for case, _ in cases)}. "
    return text.strip() + "\n"


def page(noise, hdfs, mean):
    """The whole page; hdfs may be empty."""
    for row in noise:
        row["excess"] = row["bits"] - row["truth"]
    seconds = sum(row["cpu"] for row in noise) + sum(row["cpu"] for row in hdfs if row["score"] == "bits")
    return (HEAD + noise_part(noise, mean) + (hdfs_part(hdfs, mean) if hdfs else "") + TAIL.format(minutes=seconds / 60))
