/* SPDX-License-Identifier: Apache-2.0 */
/* Habits as text. */
#include "automata/habit.h"
#include "automata/tally.h"

static const char *const slot_names[2] = { ">", "<" };

static const char *const habit_names[HABIT_N] = {
	[HABIT_FILLER] = "filler",
	[HABIT_BYTE] = "byte1",
	[HABIT_BYTE + 1] = "byte2",
	[HABIT_BYTE + 2] = "byte3",
	[HABIT_BYTE + 3] = "byte4",
	[HABIT_START] = "start1",
	[HABIT_START + 1] = "start2",
	[HABIT_START + 2] = "start3",
	[HABIT_START + 3] = "start4",
	[HABIT_START + 4] = "start5",
	[HABIT_START + 5] = "start6",
	[HABIT_START + 6] = "start7",
	[HABIT_START + 7] = "start8",
	[HABIT_DNS_ID] = "dns_id",
	[HABIT_DNS_ANSWER] = "dns_answer",
	[HABIT_NTP_POLL] = "ntp_poll",
	[HABIT_NTP_PRECISION] = "ntp_precision",
	[HABIT_TLS_VERSION] = "tls_version",
	[HABIT_TLS_CUT] = "tls_cut",
	[HABIT_HTTP_FIELD] = "http_field",
};

static const struct tally_form form = {
	.slots = slot_names,
	.features = habit_names,
	.n_slots = 2,
	.n_features = HABIT_N,
	.classes = habit_classes,
	.first = habit_first,
	.n_values = HABIT_VALUES,
};

int habit_table_read(const struct conf *conf, const config_setting_t *list,
		     struct habit_table *table, struct err *err)
{
	return tally_read(&form, conf, list, &table->count[0][0], err);
}

void habit_table_print(const struct habit_table *table, FILE *out)
{
	fputs("# habits of payloads: direction, habit, value, count, value, count ...\nhabits = ",
	      out);
	tally_print(&form, &table->count[0][0], out);
}
