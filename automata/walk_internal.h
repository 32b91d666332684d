/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of the walk, for its own files and their tests.
 *
 * Notation: beta(s, i, j) is the probability of finishing from state s with exactly i forward and j
 * backward packets. beta(s, 0, 0) = P(end | s); beta(s, i, j) is the sum over the edges of s of
 * p_e beta(dst, i - forward_e, j - backward_e). A path for (F, B) is drawn in order of time by
 * choosing each edge with weight p_e beta(dst, what is left after it): that is the conditional law.
 * What the table keeps of it is what a packet needs: for each cell and state, the thresholds
 * between its edges.
 *
 * A cell is beta(., i, j) for all states, scaled by a power of two of its own so that the largest
 * lies in [0.5, 1): counts far from the usual ones have probabilities far below what a double
 * holds.
 */
#ifndef SOSIE_AUTOMATA_WALK_INTERNAL_H
#define SOSIE_AUTOMATA_WALK_INTERNAL_H

#include "automata/walk.h"
#include <assert.h>
#include <string.h>

enum {
	WALK_SIDE_MIN = 24,
	WALK_SIDE_MAX = 256,
	WALK_TABLE_TARGET_BYTES = 4 << 20,
	WALK_SILENT_TARGET_BYTES = 1 << 18,
	WALK_NO_CELL = INT32_MIN, /* exponent of a cell without paths */
	WALK_CURVE_HALF = 128,	  /* curve: tilts of -16..16 in steps of 1/8 */
	WALK_CURVE_PER_UNIT = 8,
};

#define WALK_TILT_UNIT (INT64_C(1) << 32) /* theta is counted in 2^-32 */

struct walk_edge {
	double p;      /* its count over the sum of the state's counts */
	uint16_t dst;  /* state */
	uint16_t edge; /* index in the automaton */
	uint8_t direction, flags;
	bool data; /* carries payload */
};

/* What packets with payload carry one way: bytes at least, on average, at most. Doubles, which hold
 * these whole, for adding them as vectors. */
struct walk_load {
	double n, least, mean, most, variance, unused;
};

/* What walk_sizes.c tells apart: direction, and has the edge one size only? */
enum {
	WALK_KIND_FORWARD = 0,
	WALK_KIND_BACKWARD = 2,
	WALK_KIND_ONE_SIZE = 1, /* added */
	WALK_KIND_SILENT = 4,	/* no payload */
	WALK_N_KINDS,
};

/* An edge's quantiles, see struct quantile_table. */
struct walk_carry {
	const int64_t *size, *gap; /* size NULL: no payload */
	uint16_t n_size_steps, n_gap_steps;
	uint8_t kind;
};

/* Where an edge leads, for following a path: the state's first edge, where its thresholds begin in
 * a cell, and how many they are. */
struct walk_way {
	uint32_t first, threshold;
	uint16_t n_thresholds;
	uint16_t n_forward; /* packets: 1 or 0 */
};

struct walk {
	const struct automaton *automaton;
	uint32_t n_states, n_edges;
	uint32_t side;		      /* the table holds all (i, j) with i + j <= side */
	struct walk_edge *edges;      /* by src, in each the forward ones first */
	struct walk_carry *carries;   /* of each edge */
	struct walk_load (*loads)[2]; /* of each edge: nothing the other way, or either way */
	uint32_t *first;	      /* n_states + 1 */
	uint32_t *backward;	      /* n_states: the first backward edge of each */
	double *end;		      /* n_states: P(end | s) */
	uint32_t *choices;	      /* n_states + 1: where a state's thresholds begin in a cell */
	struct walk_way *ways;	      /* of each edge */
	uint32_t *thresholds;	      /* cells, see walk_cell_index(), of choices[n_states] each */
	uint32_t *start;	      /* of each cell: beta of state 0, packed */
	int32_t *exponent;	      /* of each cell */
	uint32_t *border;	      /* side + 1 cells i + j = side: beta of all states, packed */
	double *curve;		      /* 2 * WALK_CURVE_HALF + 1: log growth per packet by tilt */
	bool cyclic;
	bool table_only;      /* cyclic, cycle and curve are not filled */
	uint64_t cycle[2][2]; /* the cycles with least and most forward packets: forward, backward
				 packets */
	uint64_t hash;	      /* of everything the tables depend on */
};

/*
 * A value in [0, 1) in 32 bits: the exponent and 21 bits of mantissa of the double, so as wide as a
 * double and exact to 2^-22. Above 0 it is at least WALK_LEAST: rounding never makes a possible
 * path impossible.
 */
#define WALK_LEAST 0x1p-960

static inline double walk_unpack(uint32_t packed)
{
	uint64_t bits = (uint64_t)packed << 31;
	double v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

static inline uint32_t walk_pack(double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	return (uint32_t)((bits + (UINT64_C(1) << 30)) >> 31);
}

/* 2^-n for n >= 0; 0 below 2^-1022. */
static inline double walk_half_power(uint64_t n)
{
	uint64_t bits = n > 1022 ? 0 : (uint64_t)(1023 - n) << 52;
	double v;

	memcpy(&v, &bits, sizeof(v));
	return v;
}

/* Cells lie by anti-diagonal d = i + j, then i: both cells that follow one packet are neighbours.
 */
static inline size_t walk_cell_index(uint32_t i, uint32_t d)
{
	return (size_t)d * (d + 1) / 2 + i;
}

/* walk_cell.c */

/* The cell at (i, j) from those at (i - 1, j) and (i, j - 1), in doubles (n_states each); an
 * exponent of WALK_NO_CELL stands for a cell outside or without paths. Returns the exponent. */
int32_t walk_cell_make(const struct walk *walk, const double *forward, int32_t forward_exponent,
		       const double *backward, int32_t backward_exponent, double *ret_cell);
/* The cell at (0, 0). */
int32_t walk_cell_end(const struct walk *walk, double *ret_cell);
/*
 * How the cell at (i, j) chooses, from the same: for each state, in 2^-31 and cumulated, the
 * probabilities of all its edges but the last. The edge to follow is the first whose threshold lies
 * above 31 random bits, or the last; 0 throughout for states that cannot be entered there.
 */
void walk_cell_thresholds(const struct walk *walk, const double *forward, int32_t forward_exponent,
			  const double *backward, int32_t backward_exponent,
			  uint32_t *ret_thresholds);
/* Draws the edge to follow in state s, given the packed cells at (i - 1, j) and (i, j - 1). At
 * least one edge must be possible. Returns an index into walk->edges. */
uint32_t walk_cell_choose(const struct walk *walk, uint32_t s, const uint32_t *forward,
			  int32_t forward_exponent, const uint32_t *backward,
			  int32_t backward_exponent, uint32_t u);

/* walk_rectangle.c: all cells (i <= F, j <= B) for counts that nothing else serves. Time F B E,
 * memory about 20 min(F, B) sqrt(max(F, B)) S. */

/* log2 beta(start, F, B), without keeping the cells; NAN: out of memory. */
double walk_rectangle_log2_mass(const struct walk *walk, uint32_t n_forward, uint32_t n_backward);
/* A path of n_forward + n_backward indices into walk->edges. 0, -ENOENT, -ENOMEM. */
int walk_rectangle_path(const struct walk *walk, struct walk_scratch *scratch, uint32_t n_forward,
			uint32_t n_backward, struct rng *rng, uint16_t *ret_path);

/* walk_diagonal.c: the same under a tilt, in vectors: a tenth of the time; memory about
 * 8 min(F, B) sqrt(n) S. -ENOENT: no such path, or none that this tilt brings near enough, or more
 * packets than WALK_DIAGONAL_PACKETS. */
enum { WALK_DIAGONAL_PACKETS = 1 << 16 };
int walk_diagonal_path(const struct walk *walk, struct walk_scratch *scratch, int64_t theta,
		       uint32_t n_forward, uint32_t n_backward, struct rng *rng,
		       uint16_t *ret_path);

/* walk_curve.c */

/*
 * log of the growth of path weights per packet when every forward packet is weighted by exp(theta):
 * a convex function. Its Legendre dual at the ratio F / n gives the theta under which that ratio is
 * the usual one.
 */
int walk_curve_make(struct walk *walk, struct err *err);
/* theta, in 1 / WALK_TILT_UNIT, for n packets of which n_forward go forward; coarser where n is
 * small, so that flows share tilts. */
int64_t walk_curve_tilt(const struct walk *walk, uint32_t n_forward, uint32_t n);
/* About log P(F, B) / n: decides ties only. */
double walk_curve_rate(const struct walk *walk, uint32_t n_forward, uint32_t n);

/* walk_aim.c: the tilt under which n packets, n above the table, have n_forward as their mean.
 * Costs some 20 passes over n x n_edges. 0, -ENOMEM. */
int walk_aim(const struct walk *walk, uint32_t n_forward, uint32_t n, int64_t *ret_theta);

/* walk_cycle.c: fills cyclic and cycle. */
int walk_cycle_make(struct walk *walk, struct err *err);

/* walk_tilt.c */

/*
 * The chain of n packets, n above the table, tilted by theta and conditioned on its length alone,
 * down to the table's border; there a path is accepted with probability beta(s, i, j) over its
 * largest possible. See walk_tilt.c.
 */
struct walk_tilt {
	uint64_t hash; /* of the walk */
	int64_t theta;
	uint32_t n_rows;      /* row r: the step that leaves side + r packets to go */
	uint32_t period;      /* above 0: beyond n_rows the last `period` rows repeat for ever */
	double *settled;      /* n_states: weights at the end of the rows that repeat */
	double *accept;	      /* (side + 1) x n_states, in [0, 1] */
	uint32_t *thresholds; /* n_rows x n_edges: in 2^-31, cumulative within a state */
	/* period x n_states x 256, by the first 8 of the 31 bits: edge << 16 | dst << 1 | forward
	 * where they settle it, else WALK_GUIDE_OPEN. NULL: no period, or too many states. */
	uint32_t *guide;
	/* n_states << jump_bits cells: where jump_steps steps lead that end where the rows that
	 * repeat do, and what lies between. NULL: no period, too many states,
	 * or not needed yet. */
	struct walk_jump *jumps;
	struct walk_bridge *bridge; /* shared by the tilts of one walk */
	uint32_t jump_bits, jump_steps;
	size_t n_bytes;
	uint64_t used; /* for dropping the one not used for longest */
};

#define WALK_GUIDE_OPEN UINT32_MAX
enum { WALK_GUIDE_BYTES = 1 << 19 };

/* walk_bridge.c: WALK_BRIDGE_STEPS steps and fewer, by their two ends and packets forward. */

enum {
	WALK_BRIDGE_STEPS = 16,
	WALK_BRIDGE_CELLS = (WALK_BRIDGE_STEPS + 1) * (WALK_BRIDGE_STEPS + 2) / 2,
	WALK_BRIDGE_STATES_MAX = 40,
	/* Paths of so many times the table's side have jumps; making them would take longer than
	 * what they save on shorter ones. */
	WALK_JUMPS_LEAST_SIDES = 16,
	WALK_JUMP_SHIFT = 5, /* a jump's code: state it leads to << 5 | packets forward */
};

static_assert(WALK_BRIDGE_STEPS < 1 << WALK_JUMP_SHIFT, "what goes forward must fit below");

/* How to go on from any state to any other in a jump's steps, whatever the tilt. */
struct walk_bridge {
	uint32_t n_uses;
	uint32_t *thresholds; /* for each state to come to, as a table's */
	double *reach;	      /* what leads to each state and packets forward, for all states */
	size_t n_bytes;
};

void walk_bridge_drop(struct walk_bridge *bridge); /* one use */

/* One cell of an alias table (Walker 1977). */
struct walk_jump {
	uint32_t threshold;  /* below it: own */
	uint16_t own, other; /* codes */
};

/* The weights of going from each state to dst in a jump, f of its steps forward. */
static inline const double *walk_reach(const struct walk_tilt *tilt, uint32_t n_states,
				       uint32_t dst, uint32_t f)
{
	return tilt->bridge->reach + ((size_t)dst * (tilt->jump_steps + 1) + f) * n_states;
}

/* Gives a tilt whose rows repeat its bridge, shared with one of the n_tilts others where it can be,
 * and jumps, unless there are too many states. 0, -ENOMEM. */
int walk_jumps_make(const struct walk *walk, struct walk_tilt *tilt, const struct walk_tilt *others,
		    uint32_t n_tilts);

/* The steps of a jump from state s: a path with the code's end and packets forward. */
void walk_bridge_path(const struct walk *walk, const struct walk_tilt *tilt, uint32_t s,
		      uint16_t code, struct rng *rng, uint16_t *ret_path);

enum {
	WALK_N_TILTS = 16,
	WALK_TILT_BYTES = 24 << 20,
	/* What drawing one path works in; few flows a day of an office need more, and get it for
	 * themselves. */
	WALK_WORK_BYTES = 8 << 20,
};

/* A packet's place in the distribution of its edge: its size, or the gap before it. */
struct walk_item {
	const int64_t *knots; /* n_steps + 1 quantiles, see struct quantile_table */
	int64_t value;	      /* after the shift */
	uint32_t n_steps;
	uint32_t u;    /* in 2^-32 */
	uint32_t step; /* index */
};

/* What walk_long.c found out about one request; the same counts come again and again. */
struct walk_memo {
	uint64_t hash; /* of the walk; 0: empty */
	uint32_t n_forward, n_backward;
	int64_t theta; /* walk_aim() */
};

enum { WALK_N_MEMOS = 256 };

/* What paths must be like, by direction; bit d: direction d. */
struct walk_payload {
	uint8_t silent; /* carries none */
	uint8_t heard;	/* carries some */
};

/* The walk of the paths of an automaton that are so. */
struct walk_quiet {
	uint64_t hash; /* of the whole walk; 0: empty */
	struct walk_payload payload;
	struct walk *walk;
	uint64_t used; /* for dropping the one not used for longest */
};

enum { WALK_N_QUIET = 64 };

struct walk_scratch {
	struct automaton_step *steps;
	size_t steps_capacity;
	uint16_t *path;
	size_t path_capacity;
	uint16_t *other; /* walk_likely.c: a path kept aside */
	size_t other_capacity;
	uint16_t *jumps; /* walk_long.c: those of one try */
	size_t jumps_capacity;
	struct walk_item *items; /* walk_sizes.c, walk_gaps.c */
	size_t items_capacity;
	struct walk_tilt tilts[WALK_N_TILTS]; /* a cache: draws do not depend on it */
	uint64_t tilt_clock;
	struct walk_memo memos[WALK_N_MEMOS];  /* of possible requests; a cache as well */
	struct walk_quiet quiet[WALK_N_QUIET]; /* a cache as well */
	uint64_t quiet_clock;
	uint8_t *work; /* WALK_WORK_BYTES: most rectangles fit */
};

/* The tilt that serves n packets; borrowed until the next call. NULL: out of memory. */
const struct walk_tilt *walk_tilt_get(const struct walk *walk, struct walk_scratch *scratch,
				      int64_t theta, uint32_t n);
void walk_tilt_done(struct walk_tilt *tilt);

/* walk_long.c: n_forward + n_backward above walk->side. 0, -ENOENT, -ENOMEM. */
int walk_long_path(const struct walk *walk, struct walk_scratch *scratch, uint32_t n_forward,
		   uint32_t n_backward, struct rng *rng, uint16_t *ret_path);

/* A path of n packets, n above walk->side, or of the nearest number below that some path has: the
 * usual ones for this share of forward packets. Returns its length, 0 (none above the table),
 * -ENOMEM. */
int64_t walk_long_any(const struct walk *walk, struct walk_scratch *scratch, uint32_t n_forward,
		      uint32_t n, struct rng *rng, uint16_t *ret_path);

/* walk.c: walk_path() as far as scratch->path, indices into walk->edges. */
int walk_path_draw(const struct walk *walk, struct walk_scratch *scratch, uint32_t n_forward,
		   uint32_t n_backward, struct rng *rng);
/* Edges to steps. */
void walk_steps_make(const struct walk *walk, const uint16_t *path, size_t n,
		     struct automaton_step *ret_steps);
int walk_path_room(struct walk_scratch *scratch, size_t n);

/* walk_cell.c: the part of a path that the table serves: from state s with i forward and j backward
 * to go. */
void walk_table_path(const struct walk *walk, uint32_t s, uint32_t i, uint32_t j, struct rng *rng,
		     uint16_t *ret_path);

/* walk_nearest.c: exact; time E n^2 / 128 above the table. -1: out of memory. */
int walk_feasible(const struct walk *walk, uint64_t n_forward, uint64_t n_backward);

/* walk_quiet.c: a path among those that carry payload in the directions in which the request has
 * some, and none in the others, where trial among all found none; sizes fit. *ret_drawn: the walk
 * whose edges scratch->path names, borrowed until the next call. 0, -ENOENT (none found), -ENOMEM;
 * scratch->path is changed in any case. */
int walk_quiet_path(const struct walk *walk, struct walk_scratch *scratch,
		    const struct walk_request *request, struct rng *rng,
		    struct walk_load ret_loads[2], const struct walk **ret_drawn);
/* Does walk_quiet_path() look at once for paths that must carry payload? Else only for silent ones.
 */
bool walk_quiet_is_short(const struct walk_request *request);

/* walk_load.c */

/* Fills carries and loads. */
int walk_carries_make(struct walk *walk, struct err *err);
/* What scratch->path can carry of the request, by direction. */
void walk_path_loads(const struct walk *walk, const struct walk_scratch *scratch,
		     const struct walk_request *request, struct walk_load ret_loads[2]);

/* walk_likely.c: draws scratch->path, which can carry the payload, again where its edges' sizes
 * make the bytes unlikely; chooses one of the draws by how likely. loads: of the path, before and
 * after. 0, -ENOMEM. */
int walk_likely_path(const struct walk *walk, struct walk_scratch *scratch,
		     const struct walk_request *request, struct rng *rng,
		     struct walk_load loads[2]);

/* walk_shift.c */

/* What values may be: low and more; those above full are high. */
struct walk_bounds {
	int64_t low, full, high;
};

/*
 * Moves all items, which have more than one value each, by one shift in u, kept within 0 and 1,
 * such that the sum of their values, each kept within bounds, comes within `tolerance` of target or
 * as near as it can; leaves the values in the items and returns their sum. n * high is below 2^63.
 */
int64_t walk_shift(struct walk_item *items, size_t n, const struct walk_bounds *bounds,
		   int64_t target, int64_t tolerance);
/* The values of items that have only one each, within bounds; returns their sum. */
int64_t walk_constants(struct walk_item *items, size_t n, const struct walk_bounds *bounds);
int walk_items_room(struct walk_scratch *scratch, size_t n);

/* walk_sizes.c, walk_gaps.c: return what moved, or -ENOMEM. */

/* By how many data packets the path with these loads misses what can carry the totals; 0: it can.
 */
uint64_t walk_sizes_misfit(const struct walk_request *request, const struct walk_load loads[2]);
/* Of the n steps that scratch->path, a path of this walk, has become. */
int walk_sizes_draw(const struct walk *walk, struct walk_scratch *scratch,
		    struct walk_request *request, struct rng *rng, struct automaton_step *steps,
		    size_t n, const struct walk_load loads[2]);
int walk_gaps_draw(const struct walk *walk, struct walk_scratch *scratch,
		   struct walk_request *request, struct rng *rng, struct automaton_step *steps,
		   size_t n);

/* walk.c: walk_new() with a table of at most this side; 0: as walk_new() chooses. */
int walk_new_sized(const struct automaton *automaton, uint32_t side, struct walk **ret_walk,
		   struct err *err);
/* The walk of the paths that are so. Paths keep the probabilities they have among all. With heard,
 * for WALK_SIDE_MIN packets at most. */
int walk_new_payload(const struct automaton *automaton, struct walk_payload payload,
		     struct walk **ret_walk, struct err *err);

#endif
