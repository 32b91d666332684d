/* SPDX-License-Identifier: Apache-2.0 */
/* Model directories: what is saved loads and saves as the same bytes; what is not a model is
 * refused and left alone. */
#include "gen/model.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/mem.h"
#include "tests/unit.h"

struct scratch {
	char dir[64];
};

static int make_scratch(void **state)
{
	struct scratch *s = calloc(1, sizeof(*s));

	strcpy(s->dir, "/tmp/sosie-test-XXXXXX");
	assert_non_null(mkdtemp(s->dir));
	*state = s;
	return 0;
}

/* Only files and folders two deep are ever made here. */
static void remove_tree(const char *dir)
{
	DIR *d = opendir(dir);
	struct dirent *entry;

	while (d != NULL && (entry = readdir(d)) != NULL) {
		char path[512];

		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		if (unlink(path) < 0)
			remove_tree(path);
	}
	if (d != NULL)
		closedir(d);
	rmdir(dir);
}

static int drop_scratch(void **state)
{
	struct scratch *s = *state;

	remove_tree(s->dir);
	free(s);
	return 0;
}

static void path_in(const struct scratch *s, const char *name, char ret_path[256])
{
	snprintf(ret_path, 256, "%s/%s", s->dir, name);
}

static void assert_same_file(const char *dir_a, const char *dir_b, const char *name)
{
	CLEANUP(freep) char *a = NULL;
	CLEANUP(freep) char *b = NULL;
	char path_a[512], path_b[512];
	size_t n_a, n_b;
	struct err err = { "" };

	snprintf(path_a, sizeof(path_a), "%s/%s", dir_a, name);
	snprintf(path_b, sizeof(path_b), "%s/%s", dir_b, name);
	assert_int_equal(file_read(path_a, 64 << 20, &a, &n_a, &err), 0);
	assert_int_equal(file_read(path_b, 64 << 20, &b, &n_b, &err), 0);
	assert_int_equal(n_a, n_b);
	assert_memory_equal(a, b, n_a);
}

static size_t n_entries(const char *dir)
{
	DIR *d = opendir(dir);
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n;
}

static void saves_what_it_loads(void **state)
{
	CLEANUP(model_freep) struct model *model = NULL;
	CLEANUP(model_freep) struct model *again = NULL;
	struct err err = { "" };
	char a[256], b[256], automata_a[300], automata_b[300];

	path_in(*state, "a", a);
	path_in(*state, "b", b);
	assert_int_equal(model_load("office", &model, &err), 0);
	assert_int_equal(model_save(model, a, &err), 0);
	assert_int_equal(model_load(a, &again, &err), 0);
	assert_int_equal(again->bank.n, model->bank.n);
	assert_int_equal(again->hosts.n_hosts, model->hosts.n_hosts);
	assert_int_equal(model_save(again, b, &err), 0);
	for (int i = 0; i < 4; i++)
		assert_same_file(a, b,
				 (const char *[]) { "model.conf", "schedule.conf", "hosts.conf",
						    "flow.conf" }[i]);
	snprintf(automata_a, sizeof(automata_a), "%s/automata", a);
	snprintf(automata_b, sizeof(automata_b), "%s/automata", b);
	assert_int_equal(n_entries(automata_a), n_entries(automata_b));
	for (size_t i = 0; i < model->bank.n; i++) {
		char name[AUTOMATON_FILE_BYTES];

		assert_same_file(automata_a, automata_b,
				 automaton_file_name(model->bank.automata[i], name));
	}
	/* A model replaces a model, and nothing temporary stays. */
	assert_int_equal(model_save(model, b, &err), 0);
	assert_int_equal(n_entries(((struct scratch *)*state)->dir), 4);
}

static void leaves_other_things_alone(void **state)
{
	CLEANUP(model_freep) struct model *model = NULL;
	struct err err = { "" };
	char dir[256], file[300];
	FILE *f;

	path_in(*state, "mine", dir);
	assert_int_equal(mkdir(dir, 0777), 0);
	snprintf(file, sizeof(file), "%s/letter.txt", dir);
	f = fopen(file, "w");
	assert_non_null(f);
	fclose(f);
	assert_int_equal(model_load("office", &model, &err), 0);
	assert_int_equal(model_save(model, dir, &err), -EEXIST);
	assert_non_null(strstr(err.text, "left alone"));
	assert_int_equal(access(file, F_OK), 0);
	assert_int_equal(model_save(model, file, &err), -ENOTDIR);
	assert_int_equal(n_entries(((struct scratch *)*state)->dir), 3);
}

static void write_text(const char *dir, const char *name, const char *text)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static void refuses_with_file_and_line(void **state)
{
	static const struct {
		const char *file, *text, *said;
	} cases[] = {
		{ "model.conf", "format = 99;\n", "model.conf:1: format: 99" },
		{ "model.conf", "format = 1;\nnam = \"x\";\n", "did you mean 'name'" },
		{ "model.conf", "format = ;\n", "model.conf:1" },
		{ "schedule.conf", "occurrences = 1;\nrate_uhz = [ 1, 2 ];\n",
		  "schedule.conf:2: rate_uhz: 2 bins" },
		{ "schedule.conf", "occurrences = -1;\n", "schedule.conf:1" },
		{ "flow.conf", "", "flow.conf" },
		{ "hosts.conf", "stacks = 5;\n", "hosts.conf:1" },
	};
	CLEANUP(model_freep) struct model *model = NULL;
	struct err err = { "" };
	char dir[256];

	path_in(*state, "m", dir);
	assert_int_equal(model_load("office", &model, &err), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(model_freep) struct model *bad = NULL;

		assert_int_equal(model_save(model, dir, &err), 0);
		write_text(dir, cases[i].file, cases[i].text);
		assert_true(model_load(dir, &bad, &err) < 0);
		if (strstr(err.text, cases[i].said) == NULL)
			fail_msg("said '%s', expected '%s' in it", err.text, cases[i].said);
	}
	assert_true(model_load("nosuch", &model, &err) < 0);
	assert_non_null(strstr(err.text, "office"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(saves_what_it_loads, make_scratch, drop_scratch),
		cmocka_unit_test_setup_teardown(leaves_other_things_alone, make_scratch,
						drop_scratch),
		cmocka_unit_test_setup_teardown(refuses_with_file_and_line, make_scratch,
						drop_scratch),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
