/* SPDX-License-Identifier: Apache-2.0 */
#include "automata/bank.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static bool same_key(const struct automaton *a, const char *service, uint8_t proto, uint8_t state)
{
	return a->proto == proto && a->state == state && strcmp(a->service, service) == 0;
}

int automaton_bank_add(struct automaton_bank *bank, struct automaton *automaton, struct err *err)
{
	char name[AUTOMATON_FILE_BYTES];
	int r;

	for (size_t i = 0; i < bank->n; i++) {
		if (same_key(bank->automata[i], automaton->service, automaton->proto,
			     automaton->state))
			return err_set(err, -EEXIST,
				       "%s: a second automaton for one service, "
				       "protocol and state",
				       automaton_file_name(automaton, name));
	}
	if (bank->walks != NULL)
		return err_set(err, -EINVAL, "automata are added before the bank is prepared");
	r = mem_grow(&bank->automata, &bank->capacity, bank->n + 1, sizeof(*bank->automata),
		     AUTOMATON_BANK_LIMIT);
	if (r == -E2BIG)
		return err_set(err, r, "more than %d automata", AUTOMATON_BANK_LIMIT);
	if (r < 0)
		return err_no_memory(err);
	bank->automata[bank->n++] = automaton;
	return 0;
}

/* Wherever they stand among the automata of that service. */
static const struct habit_table *habits_of(const struct automaton_bank *bank,
					   const struct automaton *a)
{
	if (a->habits != NULL)
		return a->habits;
	for (size_t i = 0; i < bank->n; i++) {
		const struct automaton *other = bank->automata[i];

		if (other->habits != NULL && same_key(other, a->service, a->proto, other->state))
			return other->habits;
	}
	return NULL;
}

int automaton_bank_prepare(struct automaton_bank *bank, struct err *err)
{
	if (bank->walks != NULL)
		return 0;
	bank->walks = mem_array(bank->n, sizeof(*bank->walks));
	bank->habits = mem_array(bank->n, sizeof(*bank->habits));
	if (bank->walks == NULL || bank->habits == NULL)
		return err_no_memory(err);
	for (size_t i = 0; i < bank->n; i++) {
		int r = walk_new(bank->automata[i], &bank->walks[i], err);

		if (r < 0)
			return r;
		bank->habits[i] = habits_of(bank, bank->automata[i]);
	}
	return 0;
}

void automaton_bank_done(struct automaton_bank *bank)
{
	for (size_t i = 0; i < bank->n; i++) {
		if (bank->walks != NULL)
			walk_freep(&bank->walks[i]);
		automaton_freep(&bank->automata[i]);
	}
	free(bank->automata);
	free(bank->walks);
	free(bank->habits);
	memset(bank, 0, sizeof(*bank));
}

int automaton_bank_find(const struct automaton_bank *bank, const char *service, uint8_t proto,
			enum conn_state state, bool *ret_exact)
{
	int best = -1;

	for (size_t i = 0; i < bank->n; i++) {
		const struct automaton *a = bank->automata[i];

		if (a->proto != proto || a->state != state)
			continue;
		if (strcmp(a->service, service) == 0) {
			if (ret_exact != NULL)
				*ret_exact = true;
			return (int)i;
		}
		if (best < 0 || a->n_words > bank->automata[best]->n_words)
			best = (int)i;
	}
	if (ret_exact != NULL)
		*ret_exact = false;
	return best;
}

/* FNV-1a; tells apart services whose names need letters that file names may not have. */
static uint32_t name_hash(const char *text)
{
	uint32_t h = 2166136261U;

	for (; *text != '\0'; text++)
		h = (h ^ (uint8_t)*text) * 16777619U;
	return h;
}

/*
 * Services may hold any bytes, file names may not: other bytes become '_' and a hash follows. '_'
 * is such a byte, so that no service can look like another with a number after it. TCP, the usual
 * case, carries no protocol number.
 */
const char *automaton_file_name(const struct automaton *automaton,
				char ret_name[AUTOMATON_FILE_BYTES])
{
	char service[AUTOMATON_SERVICE_BYTES + 16] = "_none", proto[8] = "";
	bool plain = true;
	size_t n = 0;

	if (strcmp(automaton->service, "-") != 0) {
		for (const char *c = automaton->service; *c != '\0'; c++) {
			bool keep = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
				    (*c >= '0' && *c <= '9') || (*c == '-' && n > 0);

			service[n++] = *c;
			if (!keep) {
				service[n - 1] = '_';
				plain = false;
			}
		}
		service[n] = '\0';
		if (!plain)
			snprintf(service + n, sizeof(service) - n, "_%08x",
				 name_hash(automaton->service));
	}
	if (automaton->proto != 6)
		snprintf(proto, sizeof(proto), "_%u", automaton->proto);
	snprintf(ret_name, AUTOMATON_FILE_BYTES, "%s%s_%s.conf", service, proto,
		 conn_state_name((enum conn_state)automaton->state));
	return ret_name;
}
