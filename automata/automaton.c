/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/automaton.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "automata/automaton_check.h"
#include "base/mem.h"

enum {
	SYMBOL_PAYLOAD = 1 << 8,
	SYMBOL_BACKWARD = 1 << 9,
	SYMBOL_TYPE = 1 << 10, /* the low byte is an ICMP type, not TCP flags */
	PROTO_ICMP = 1,
	PROTO_TCP = 6,
	PROTO_ICMP6 = 58,
};

static bool proto_is_icmp(uint8_t proto)
{
	return proto == PROTO_ICMP || proto == PROTO_ICMP6;
}

automaton_symbol automaton_symbol_of(uint8_t proto, const struct automaton_step *step)
{
	uint32_t s = 0;

	if (proto == PROTO_TCP)
		s = step->flags;
	else if (proto_is_icmp(proto))
		s = step->flags | SYMBOL_TYPE;
	if (step->payload_bytes > 0)
		s |= SYMBOL_PAYLOAD;
	if (step->direction == STEP_BACKWARD)
		s |= SYMBOL_BACKWARD;
	return (automaton_symbol)s;
}

bool automaton_symbol_fits(automaton_symbol symbol, uint8_t proto)
{
	if (symbol >> 11 != 0)
		return false;
	if (proto_is_icmp(proto))
		return (symbol & SYMBOL_TYPE) != 0;
	return (symbol & SYMBOL_TYPE) == 0 &&
	       (proto == PROTO_TCP || automaton_symbol_flags(symbol) == 0);
}

const char *automaton_symbol_format(automaton_symbol symbol,
				    char ret_text[AUTOMATON_SYMBOL_TEXT_BYTES])
{
	uint8_t flags = automaton_symbol_flags(symbol);
	char middle[TCP_FLAGS_TEXT_BYTES] = ".";

	if ((symbol & SYMBOL_TYPE) != 0)
		snprintf(middle, sizeof(middle), "%u", (unsigned int)flags);
	else if (flags != 0)
		tcp_flags_format(flags, middle);
	snprintf(ret_text, AUTOMATON_SYMBOL_TEXT_BYTES, "%c%s%s",
		 automaton_symbol_direction(symbol) == STEP_BACKWARD ? '<' : '>', middle,
		 automaton_symbol_payload(symbol) ? "+" : "");
	return ret_text;
}

/* A type in decimal without leading zeros, as format writes it. */
static int parse_type(const char *text, uint8_t *ret_type)
{
	unsigned int v = 0;

	if (text[0] == '\0' || (text[0] == '0' && text[1] != '\0'))
		return -EINVAL;
	for (; *text != '\0'; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		v = v * 10 + (unsigned int)(*text - '0');
		if (v > UINT8_MAX)
			return -EINVAL;
	}
	*ret_type = (uint8_t)v;
	return 0;
}

int automaton_symbol_parse(const char *text, automaton_symbol *ret_symbol)
{
	char middle[AUTOMATON_SYMBOL_TEXT_BYTES];
	size_t n = strlen(text);
	uint32_t s = 0;
	uint8_t flags = 0;

	if (n < 2 || n >= AUTOMATON_SYMBOL_TEXT_BYTES || (text[0] != '<' && text[0] != '>'))
		return -EINVAL;
	if (text[0] == '<')
		s |= SYMBOL_BACKWARD;
	if (text[n - 1] == '+') {
		s |= SYMBOL_PAYLOAD;
		n--;
	}
	memcpy(middle, text + 1, n - 1);
	middle[n - 1] = '\0';
	if (middle[0] >= '0' && middle[0] <= '9') {
		s |= SYMBOL_TYPE;
		if (parse_type(middle, &flags) < 0)
			return -EINVAL;
	} else if (strcmp(middle, ".") != 0) {
		if (middle[0] == '-' || middle[0] == '\0' || tcp_flags_parse(middle, &flags) < 0)
			return -EINVAL;
	}
	*ret_symbol = (automaton_symbol)(s | flags);
	return 0;
}

void automaton_freep(struct automaton **automaton)
{
	struct automaton *a = *automaton;

	if (a == NULL)
		return;
	free(a->edges);
	free(a->first_edge);
	free(a->end_count);
	free(a->knots);
	free(a->sketches);
	habit_table_freep(&a->habits);
	free(a);
	*automaton = NULL;
}

int automaton_index(struct automaton *a, struct err *err)
{
	free(a->first_edge);
	a->first_edge = mem_array((size_t)a->n_states + 1, sizeof(*a->first_edge));
	if (a->first_edge == NULL)
		return err_no_memory(err);
	for (uint32_t e = 0; e < a->n_edges; e++)
		a->first_edge[a->edges[e].src + 1]++;
	for (uint32_t s = 0; s < a->n_states; s++)
		a->first_edge[s + 1] += a->first_edge[s];
	return 0;
}

/* Marks all states that a marked one leads to, along the edges or against them. */
static void spread(const struct automaton *a, uint8_t *mark, bool against)
{
	bool more = true;

	while (more) {
		more = false;
		for (uint32_t k = 0; k < a->n_edges; k++) {
			uint32_t e = against ? a->n_edges - 1U - k : k;
			uint16_t from = against ? a->edges[e].dst : a->edges[e].src;
			uint16_t to = against ? a->edges[e].src : a->edges[e].dst;

			if (mark[from] != 0 && mark[to] == 0) {
				mark[to] = 1;
				more = true;
			}
		}
	}
}

int automaton_check_states(const struct automaton *a, uint32_t *ret_state, struct err *err)
{
	CLEANUP(freep) uint8_t *mark = mem_array((size_t)a->n_states + 1, 2);
	uint8_t *ends;

	if (mark == NULL)
		return err_no_memory(err);
	ends = mark + a->n_states;
	mark[0] = 1;
	spread(a, mark, false);
	for (uint32_t s = 0; s < a->n_states; s++)
		ends[s] = a->end_count[s] > 0;
	spread(a, ends, true);
	for (uint32_t s = 0; s < a->n_states; s++) {
		*ret_state = s;
		if (mark[s] == 0)
			return err_set(err, -EINVAL, "state %u cannot be reached from the start",
				       s);
		if (ends[s] == 0)
			return err_set(err, -EINVAL, "no path from state %u ends the flow", s);
	}
	return 0;
}

bool automaton_word_fits(const struct automaton_word *word, uint8_t proto, enum conn_state state)
{
	struct conn_track track = { 0 };

	for (size_t i = 0; i < word->n_steps; i++) {
		const struct automaton_step *step = &word->steps[i];

		if (proto == PROTO_TCP &&
		    (step->flags & (TCP_SYN | TCP_ACK | TCP_RST)) == TCP_SYN &&
		    conn_track_closing(&track))
			return false;
		if (step->payload_bytes > UINT16_MAX)
			return false;
		conn_track_step(&track, proto, step->direction == STEP_BACKWARD, step->flags);
	}
	return word->n_steps > 0 && word->n_steps <= UINT32_MAX &&
	       conn_track_state(&track, proto) == state;
}
