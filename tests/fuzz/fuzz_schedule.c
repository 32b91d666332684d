/* SPDX-License-Identifier: Apache-2.0 */
/* schedule.conf: any text is refused or gives a schedule whose windows can be drawn. */
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "gen/schedule.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(freep) char *text = malloc(size + 1);
	CLEANUP(freep) struct flow_start *starts = NULL;
	CLEANUP(conf_freep) struct conf *conf = NULL;
	struct schedule schedule;
	struct err err = { "" };
	size_t capacity = 0, n;

	if (text == NULL)
		return 0;
	memcpy(text, data, size);
	text[size] = '\0';
	if (conf_parse("schedule.conf", text, &conf, &err) < 0 ||
	    schedule_load(conf, &schedule, &err) < 0)
		return 0;
	schedule_window(&schedule, 1, 1795251600, 1000, &starts, &capacity, &n, &err);
	return 0;
}
