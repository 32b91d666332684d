/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads every capture of ../shared/data: malformed, strange and ordinary ones. Each ends in the end
 * or in one clear error, offsets grow, and a file read whole was consumed whole.
 */
#include "packet/capture.h"

#include <errno.h>
#include <fts.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct tally {
	size_t n_files, n_whole, n_link_types, n_damaged;
	uint64_t n_packets;
};

static void assert_sentence(const char *path, int code, const struct err *err)
{
	char expected[1024];

	snprintf(expected, sizeof(expected), "'%s': ", path);
	if (strncmp(err->text, expected, strlen(expected)) != 0)
		fail_msg("%s: %d: %s", path, code, err->text);
	if (strchr(err->text, '\n') != NULL)
		fail_msg("%s: more than a sentence: %s", path, err->text);
	assert_true(code == -EBADMSG || code == -EPROTONOSUPPORT);
}

static void read_file(const char *path, struct tally *tally)
{
	struct capture *capture = NULL;
	struct capture_packet p = { .offset = 0 };
	struct err err = { "" };
	unsigned int sum = 0;
	uint64_t last = 0;
	int r = capture_open(path, &capture, &err);

	tally->n_files++;
	while (r >= 0 && (r = capture_next(capture, &p, &err)) > 0) {
		if (p.offset <= last)
			fail_msg("%s: offset %llu after %llu", path, (unsigned long long)p.offset,
				 (unsigned long long)last);
		last = p.offset;
		assert_true(p.n_captured <= CAPTURE_LIMIT_PACKET_BYTES);
		for (uint32_t i = 0; i < p.n_captured; i++) /* for the sanitizers */
			sum += p.bytes[i];
		tally->n_packets++;
	}
	if (sum == 1)
		printf("%s sums to 1\n", path);
	if (r == 0) {
		tally->n_whole++;
		if (strcmp(path + strlen(path) - 3, ".gz") != 0)
			assert_int_equal(capture_position(capture), capture_file_bytes(capture));
		assert_int_equal(capture_file_position(capture), capture_file_bytes(capture));
	} else {
		assert_sentence(path, r, &err);
		tally->n_link_types += r == -EPROTONOSUPPORT;
		tally->n_damaged += r == -EBADMSG;
	}
	capture_freep(&capture);
}

static void test_all_files(void **state)
{
	char odd[] = "../shared/data/odd", protocols[] = "../shared/data/protocols",
	     industrial[] = "../shared/data/industrial", iot[] = "../shared/data/iot";
	char *const folders[] = { odd, protocols, industrial, iot, NULL };
	struct tally tally = { .n_files = 0 };
	FTS *fts = fts_open(folders, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
	FTSENT *entry;

	(void)state;
	assert_non_null(fts);
	while ((entry = fts_read(fts)) != NULL) {
		if (entry->fts_info == FTS_F)
			read_file(entry->fts_path, &tally);
	}
	fts_close(fts);
	printf("%zu files: %zu read whole (%llu packets), %zu refused for their link type, "
	       "%zu damaged or no captures\n",
	       tally.n_files, tally.n_whole, (unsigned long long)tally.n_packets,
	       tally.n_link_types, tally.n_damaged);
	/* Most are fine; were all refused, the test would say nothing. */
	assert_true(tally.n_whole > tally.n_files / 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_all_files) };

	if (access("../shared/data/odd", R_OK) < 0) {
		printf("skipped: no ../shared/data\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
