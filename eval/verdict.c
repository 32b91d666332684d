/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/verdict.h"

#include <stdio.h>
#include <string.h>

/*
 * The distances allowed are conventions, each with what it means; the floor is measured. Bits of
 * Jensen-Shannon divergence: 0.02 is about one row in ten at the wrong one of two equal values,
 * 0.10 one in four. Doublings: 0.35 is a factor of 1.3, 1 a factor of 2. PCD sums the squares of 20
 * differences of correlations: 0.45 is 0.1 each, 1.35 is 0.3 each.
 */
#define PACKET_JSD(is_met, is_not)                                                                 \
	{                                                                                          \
		EVAL_GOAL_LOWER, 0.05, 0.2, is_met, is_not                                         \
	}
static const struct eval_criterion criteria[EVAL_N_METRICS] = {
	[EVAL_DENSITY] = { EVAL_GOAL_NONE, 0, 0, "",
			   "A generator that repeats what is common raises it; see Coverage" },
	[EVAL_COVERAGE] = { EVAL_GOAL_HIGHER, 0.1, 0.3, "nearly every kind of real flow is made",
			    "some kinds of real flow are never made" },
	[EVAL_CMD] = { EVAL_GOAL_LOWER, 0.05, 0.15,
		       "protocol, service, end state and hosts go together as they should",
		       "some combinations of protocol, service, end state and hosts are too "
		       "frequent or too rare" },
	[EVAL_PCD] = { EVAL_GOAL_LOWER, 0.45, 1.35,
		       "packets, bytes and duration depend on each other as they should",
		       "packets, bytes and duration depend on each other in another way" },
	[EVAL_EMD] = { EVAL_GOAL_LOWER, 0.35, 1, "flows are as large and as long as they should be",
		       "flows are larger, smaller, longer or shorter than they should be" },
	[EVAL_JSD] = { EVAL_GOAL_LOWER, 0.02, 0.1,
		       "each protocol, service and end state is as frequent as it should be",
		       "some protocols, services or end states are too frequent or too rare" },
	[EVAL_DKC] = { EVAL_GOAL_LOWER, 0.01, 0.05,
		       "flows keep the rules of the protocols as real ones do",
		       "flows contradict themselves, such as payload without packets" },
	[EVAL_MD] = { EVAL_GOAL_AT_MOST_HALF, 0.05, 0.1,
		      "nobody can tell from it which flows were learned from",
		      "it gives away which flows were learned from" },
	[EVAL_DCR] = { EVAL_GOAL_AT_MOST_HALF, 0.05, 0.15,
		       "flows are no nearer to those learned from than to others",
		       "flows are nearer to those learned from than to other real ones" },
	[EVAL_COPIES] = { EVAL_GOAL_LOWER, 0.02, 0.1,
			  "no more flows equal one learned from than real traffic repeats itself",
			  "flows were copied from what was learned from" },
	[EVAL_ACF] = { EVAL_GOAL_LOWER, 0.05, 0.15, "bursts and lulls follow each other alike",
		       "bursts and lulls follow each other in another rhythm" },
	[EVAL_GAPS] = { EVAL_GOAL_LOWER, 0.5, 1.5,
			"the time from one flow to the next is as it should be",
			"the time from one flow to the next is too short or too long" },
	[EVAL_LIFT] = { EVAL_GOAL_LOWER, 0.05, 0.15,
			"the same services follow each other at a client",
			"what follows what at a client differs" },
	[EVAL_PACKETS + EVAL_PACKET_SIZE] =
		PACKET_JSD("packets have the right sizes", "packet sizes differ"),
	[EVAL_PACKETS + EVAL_PACKET_GAP] = PACKET_JSD("packets of a flow come at the right pace",
						      "packets of a flow come at another pace"),
	[EVAL_PACKETS + EVAL_PACKET_TTL] = PACKET_JSD("TTLs are those of the real hosts",
						      "TTLs differ: a sign of other hosts"),
	[EVAL_PACKETS + EVAL_PACKET_WINDOW] =
		PACKET_JSD("TCP windows look right", "TCP windows differ"),
	[EVAL_PACKETS + EVAL_PACKET_OPTIONS] =
		PACKET_JSD("TCP options look right", "TCP options differ"),
	[EVAL_PACKETS + EVAL_PACKET_TRIGRAMS] =
		PACKET_JSD("TCP dialogues take the same turns", "TCP dialogues take other turns"),
	[EVAL_PACKETS + EVAL_PACKET_PAYLOAD] =
		PACKET_JSD("payloads begin as those of their service do",
			   "payloads do not begin as those of their service do"),
	[EVAL_PACKETS + EVAL_PACKET_FLOW] = PACKET_JSD("flows have as many packets as they should",
						       "flows have too many or too few packets"),
};

const struct eval_criterion *eval_criterion_of(enum eval_metric metric)
{
	return &criteria[metric];
}

const char *eval_grade_name(enum eval_grade grade)
{
	static const char *const names[] = { "-", "good", "fair", "poor" };

	return names[grade];
}

/* How far from perfect, 0 and up, in the metric's unit. */
static double loss_of(const struct eval_criterion *c, double value)
{
	switch (c->goal) {
	case EVAL_GOAL_HIGHER:
		return value < 1 ? 1 - value : 0;
	case EVAL_GOAL_AT_MOST_HALF:
		return value > 0.5 ? value - 0.5 : 0;
	default:
		return value;
	}
}

static void set_none(struct eval_verdict *verdict, const char *why)
{
	verdict->grade = EVAL_NO_VERDICT;
	snprintf(verdict->because, sizeof(verdict->because), "%s.", why);
}

/* Beyond the floor by how much; 0 when that is within two standard deviations of the floor. */
static double excess_of(const struct eval_criterion *c, const struct eval_value *value,
			const struct eval_value *floor)
{
	double excess = loss_of(c, value->mean);

	if (floor != NULL)
		excess -= loss_of(c, floor->mean);
	return floor != NULL && excess <= 2 * floor->std ? 0 : excess;
}

static void say(const struct eval_criterion *c, const struct eval_value *value,
		const struct eval_value *floor, struct eval_verdict *verdict)
{
	static const char *const begin[] = { "", "As it should be: ", "A little off: ",
					     "Clearly off: " };
	const size_t size = sizeof(verdict->because);
	int n = snprintf(verdict->because, size, "%s%s. ", begin[verdict->grade],
			 verdict->grade == EVAL_GOOD ? c->is_met : c->is_not);

	if (n < 0 || (size_t)n >= size)
		return;
	if (floor != NULL)
		snprintf(verdict->because + n, size - n,
			 "Two random halves of the real traffic have %.2g, this has %.2g; %.2g "
			 "%s counts as good, %.2g as fair.",
			 floor->mean, value->mean, c->good,
			 c->goal == EVAL_GOAL_HIGHER ? "less" : "more", c->fair);
	else
		snprintf(verdict->because + n, size - n,
			 "It has %.2g; up to %.2g from perfect counts as good, %.2g as fair.",
			 value->mean, c->good, c->fair);
}

void eval_verdict_of(enum eval_metric metric, const struct eval_line *line,
		     const struct eval_line *floor_line, struct eval_verdict *ret_verdict)
{
	const struct eval_criterion *c = &criteria[metric];
	const struct eval_value *value = &line->corrected;
	const struct eval_value *floor =
		floor_line != NULL && floor_line->corrected.n > 0 ? &floor_line->corrected : NULL;
	double excess;

	if (c->goal == EVAL_GOAL_NONE) {
		set_none(ret_verdict, c->is_not != NULL ? c->is_not : "This metric is not judged");
		return;
	}
	if (value->n == 0) {
		set_none(ret_verdict,
			 "Only the published definition is known here, and it can mislead");
		return;
	}
	excess = excess_of(c, value, floor);
	if (excess <= c->fair && floor != NULL && loss_of(c, floor->mean) > 2 * c->fair) {
		set_none(ret_verdict, "Halves of the real traffic differ as much; more of it is "
				      "needed to tell");
		return;
	}
	ret_verdict->grade = excess <= c->good	 ? EVAL_GOOD
			     : excess <= c->fair ? EVAL_FAIR
						 : EVAL_POOR;
	say(c, value, floor, ret_verdict);
}

/*
 * Here no floor is needed: guessing is 0.5, and the interval tells what is noise. 0.6 is a judge
 * who picks the synthetic one of a pair three times in five; 0.8 four times in five.
 */
void eval_verdict_auc(double auc, double low, struct eval_verdict *ret_verdict)
{
	static const double good = 0.6, fair = 0.8;
	static const char *const says[] = {
		[EVAL_GOOD] = "As it should be: they hardly know",
		[EVAL_FAIR] = "A little off: they often know",
		[EVAL_POOR] = "Clearly off: they mostly know",
	};

	if (auc > good && low <= 0.5) {
		set_none(ret_verdict,
			 "The interval reaches guessing: more traffic is needed to tell");
		return;
	}
	ret_verdict->grade = auc <= good ? EVAL_GOOD : auc <= fair ? EVAL_FAIR : EVAL_POOR;
	snprintf(ret_verdict->because, sizeof(ret_verdict->because),
		 "%s. Of a real and a synthetic flow they name the synthetic one in %.0f %% of "
		 "cases; up to %.0f %% counts as good, %.0f %% as fair.",
		 says[ret_verdict->grade], 100 * auc, 100 * good, 100 * fair);
}
