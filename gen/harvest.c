/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/harvest.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

enum { LIMIT_GROUPS = AUTOMATON_BANK_LIMIT, FIRST_INDEX = 256 };

/* FNV-1a: groups are few and their names are ours. */
static uint64_t group_hash(const char *service, uint8_t proto, uint8_t state)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *service != '\0'; service++)
		hash = (hash ^ (uint8_t)*service) * UINT64_C(0x100000001b3);
	return ((hash ^ proto) * UINT64_C(0x100000001b3) ^ state) * UINT64_C(0x100000001b3);
}

static int grow_index(struct harvest *h)
{
	const size_t n = h->n_index == 0 ? FIRST_INDEX : h->n_index * 2;
	uint32_t *index = mem_array(n, sizeof(*index));

	if (index == NULL)
		return -ENOMEM;
	for (size_t g = 0; g < h->n_groups; g++) {
		size_t i =
			group_hash(h->groups[g].service, h->groups[g].proto, h->groups[g].state) &
			(n - 1);

		while (index[i] != 0)
			i = (i + 1) & (n - 1);
		index[i] = (uint32_t)g + 1;
	}
	free(h->index);
	h->index = index;
	h->n_index = n;
	return 0;
}

/* The group of a flow, made if it is new; NULL: out of memory or too many. */
static struct word_group *group_of(struct harvest *h, const struct flow_record *record)
{
	struct word_group *group;
	size_t i;

	if ((h->n_groups + 1) * 2 > h->n_index && grow_index(h) < 0)
		return NULL;
	i = group_hash(record->service, record->proto, record->state) & (h->n_index - 1);
	for (; h->index[i] != 0; i = (i + 1) & (h->n_index - 1)) {
		group = &h->groups[h->index[i] - 1];
		if (group->proto == record->proto && group->state == record->state &&
		    strcmp(group->service, record->service) == 0)
			return group;
	}
	if (mem_grow(&h->groups, &h->groups_capacity, h->n_groups + 1, sizeof(*h->groups),
		     LIMIT_GROUPS) < 0)
		return NULL;
	h->index[i] = (uint32_t)++h->n_groups;
	group = &h->groups[h->n_groups - 1];
	memset(group, 0, sizeof(*group));
	memcpy(group->service, record->service, sizeof(group->service));
	group->proto = record->proto;
	group->state = record->state;
	return group;
}

/* What is kept of a flow while it is open. */
struct flow_sight {
	struct window_sight windows;
	struct sketch_sight sketches;
	struct habit_sight habits;
};

static int add_sketches(struct word_group *group, const struct sketch_sight *sight)
{
	if (group->sketches == NULL)
		group->sketches = mem_array(1, sizeof(*group->sketches));
	if (group->sketches == NULL)
		return -ENOMEM;
	sketch_table_add(group->sketches, sight->sketches, sight->n);
	return 0;
}

static int add_word(struct word_group *group, const struct meter_flow *flow)
{
	const uint64_t n_packets = flow->record->fwd_packets + flow->record->bwd_packets;
	int r;

	if (flow->n_steps < n_packets || group->n_steps + flow->n_steps > HARVEST_GROUP_STEPS) {
		group->n_left_out++;
		return 0;
	}
	r = mem_grow(&group->steps, &group->steps_capacity, group->n_steps + flow->n_steps,
		     sizeof(*group->steps), HARVEST_GROUP_STEPS);
	if (r == 0)
		r = mem_grow(&group->ends, &group->words_capacity, group->n_words + 1,
			     sizeof(*group->ends), HARVEST_GROUP_STEPS);
	if (r < 0)
		return r;
	memcpy(group->steps + group->n_steps, flow->steps, flow->n_steps * sizeof(*flow->steps));
	group->n_steps += flow->n_steps;
	group->ends[group->n_words++] = group->n_steps;
	return 0;
}

static void on_packet(void *context, void *state, const struct packet_view *view, bool backward,
		      int64_t gap_ns)
{
	struct harvest *h = context;
	struct flow_sight *sight = state;

	(void)gap_ns;
	window_observer_packet(h->windows, &sight->windows, view, backward);
	sketch_sight_packet(&sight->sketches, view, backward);
	habit_observer_packet(h->habits, &sight->habits, view, backward);
}

static int on_flow(void *context, const struct meter_flow *flow)
{
	struct harvest *h = context;
	const struct flow_sight *sight = flow->state;
	struct word_group *group = group_of(h, flow->record);
	int r;

	if (group == NULL)
		return err_no_memory(&h->err);
	r = flow_table_append(&h->table, flow->record, &h->err);
	if (r < 0)
		return r;
	return add_word(group, flow) < 0 || add_sketches(group, &sight->sketches) < 0
		       ? err_no_memory(&h->err)
		       : 0;
}

int harvest_init(struct harvest *harvest, bool content, struct err *err)
{
	const struct meter_options options = { .limit_steps = HARVEST_FLOW_STEPS,
					       .on_packet = on_packet,
					       .content = content,
					       .state_bytes = sizeof(struct flow_sight),
					       .on_flow = on_flow,
					       .context = harvest };
	int r;

	memset(harvest, 0, sizeof(*harvest));
	r = meter_new(&options, &harvest->meter, err);
	if (r == 0)
		r = stack_observer_new(HARVEST_ADDRESSES, &harvest->observer, err);
	if (r == 0)
		r = window_observer_new(&harvest->windows, err);
	return r < 0 ? r : habit_observer_new(&harvest->habits, err);
}

void harvest_done(struct harvest *harvest)
{
	for (size_t i = 0; i < harvest->n_groups; i++) {
		free(harvest->groups[i].steps);
		free(harvest->groups[i].ends);
		free(harvest->groups[i].sketches);
	}
	free(harvest->groups);
	free(harvest->index);
	flow_table_done(&harvest->table);
	stack_observer_freep(&harvest->observer);
	window_observer_freep(&harvest->windows);
	habit_observer_freep(&harvest->habits);
	meter_freep(&harvest->meter);
	memset(harvest, 0, sizeof(*harvest));
}

int harvest_packet(struct harvest *harvest, const struct capture_packet *packet, struct err *err)
{
	struct packet_view view;
	const enum decode_result result = packet_decode(packet, &view);
	int r = 0;

	harvest->n_packets++;
	harvest->n_bytes += packet->n_original;
	if (result == DECODE_IP)
		r = stack_observer_packet(harvest->observer, &view, err);
	if (r < 0)
		return r;
	r = meter_view(harvest->meter, packet, result, &view, err);
	return r < 0 && harvest->err.text[0] != '\0' ? err_set(err, r, "%s", harvest->err.text) : r;
}

int harvest_finish(struct harvest *harvest, struct err *err)
{
	int r = meter_flush(harvest->meter, err);

	if (r == 0)
		r = habit_observer_check(harvest->habits, err);
	return r < 0 && harvest->err.text[0] != '\0' ? err_set(err, r, "%s", harvest->err.text) : r;
}

/* Groups are taken by whoever is free; each result lands in its own place, so order does not
 * matter. */
struct lesson {
	const struct harvest *harvest;
	const struct automaton_learner_ops *learner;
	const atomic_bool *stop;
	struct automaton **results;
	atomic_size_t next;
	atomic_int error;
	pthread_mutex_t lock; /* guards err and progress */
	struct err *err;
	void (*progress)(void *context, double done);
	void *context;
	size_t n_done;
};

/* Beside the automaton: what the learners do not need, and classification does. */
static int give_sketches(const struct word_group *group, struct automaton *automaton,
			 struct err *err)
{
	automaton->sketches = mem_array(1, sizeof(*automaton->sketches));
	if (automaton->sketches == NULL)
		return err_no_memory(err);
	*automaton->sketches = *group->sketches;
	return 0;
}

/* Of a service's automata the one of most words, the first of these, has its habits. */
static bool has_habits(const struct harvest *harvest, const struct word_group *group)
{
	for (size_t i = 0; i < harvest->n_groups; i++) {
		const struct word_group *other = &harvest->groups[i];

		if (other->proto == group->proto && strcmp(other->service, group->service) == 0 &&
		    (other->n_words > group->n_words ||
		     (other->n_words == group->n_words && other < group)))
			return false;
	}
	return true;
}

/* Beside the automaton, too: for those who make payloads. */
static int give_habits(const struct harvest *harvest, const struct word_group *group,
		       struct automaton *automaton, struct err *err)
{
	const struct habit_table *seen =
		habit_observer_result(harvest->habits, group->service, group->proto);

	if (seen == NULL || habit_table_is_empty(seen) || !has_habits(harvest, group))
		return 0;
	automaton->habits = mem_array(1, sizeof(*automaton->habits));
	if (automaton->habits == NULL)
		return err_no_memory(err);
	*automaton->habits = *seen;
	return habit_table_settle(automaton->habits) < 0 ? err_no_memory(err) : 0;
}

static int learn_group(const struct lesson *lesson, const struct word_group *group,
		       struct automaton **ret_automaton, struct err *err)
{
	CLEANUP(freep) struct automaton_word *words = mem_array(group->n_words, sizeof(*words));
	size_t begin = 0;
	int r;

	if (words == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < group->n_words; i++) {
		words[i] = (struct automaton_word) { group->steps + begin, group->ends[i] - begin };
		begin = group->ends[i];
	}
	r = lesson->learner->learn(group->service, group->proto, group->state, words,
				   group->n_words, lesson->stop, ret_automaton, err);
	if (r == 0)
		r = give_sketches(group, *ret_automaton, err);
	return r == 0 ? give_habits(lesson->harvest, group, *ret_automaton, err) : r;
}

static void *lesson_main(void *argument)
{
	struct lesson *lesson = argument;
	const size_t n = lesson->harvest->n_groups;
	size_t i;

	while (atomic_load(&lesson->error) == 0 && (i = atomic_fetch_add(&lesson->next, 1)) < n) {
		const struct word_group *group = &lesson->harvest->groups[i];
		struct err err = { "" };
		int r = atomic_load(lesson->stop) ? -EINTR
			: group->n_words == 0
				? 0
				: learn_group(lesson, group, &lesson->results[i], &err);

		pthread_mutex_lock(&lesson->lock);
		lesson->n_done++;
		if (r < 0 && atomic_load(&lesson->error) == 0) {
			atomic_store(&lesson->error, r);
			err_set(lesson->err, r, "%s", err.text);
		} else if (lesson->progress != NULL) {
			lesson->progress(lesson->context, (double)lesson->n_done / (double)n);
		}
		pthread_mutex_unlock(&lesson->lock);
	}
	return NULL;
}

int harvest_learn(const struct harvest *harvest, const struct automaton_learner_ops *learner,
		  uint32_t n_threads, const atomic_bool *stop,
		  void (*progress)(void *context, double done), void *context,
		  struct automaton_bank *bank, struct err *err)
{
	struct lesson lesson = { .harvest = harvest,
				 .learner = learner,
				 .stop = stop,
				 .err = err,
				 .progress = progress,
				 .context = context };
	CLEANUP(freep) pthread_t *threads = mem_array(n_threads, sizeof(*threads));
	uint32_t n_started = 0;
	int r;

	lesson.results = mem_array(harvest->n_groups, sizeof(struct automaton *));
	if (threads == NULL || lesson.results == NULL) {
		free(lesson.results);
		return err_no_memory(err);
	}
	pthread_mutex_init(&lesson.lock, NULL);
	while (n_started + 1 < n_threads &&
	       pthread_create(&threads[n_started], NULL, lesson_main, &lesson) == 0)
		n_started++;
	lesson_main(&lesson);
	for (uint32_t t = 0; t < n_started; t++)
		pthread_join(threads[t], NULL);
	pthread_mutex_destroy(&lesson.lock);
	r = atomic_load(&lesson.error);
	for (size_t i = 0; i < harvest->n_groups; i++) {
		if (r == 0 && lesson.results[i] != NULL) {
			r = automaton_bank_add(bank, lesson.results[i], err);
			if (r == 0)
				continue;
		}
		automaton_freep(&lesson.results[i]);
	}
	free(lesson.results);
	return r;
}
