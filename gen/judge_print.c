/* SPDX-License-Identifier: Apache-2.0 */
#include "gen/judge_print.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/mem.h"
#include "eval/boost.h"
#include "gen/eval_print.h"

static const char *const trained_on[EVAL_N_TRAINED_ON] = {
	[EVAL_ON_SYNTHETIC] = "synthetic",
	[EVAL_ON_REAL] = "real",
};

static bool known(const struct eval_two_sample *test)
{
	return test->n_folds >= 2;
}

void judge_print_tests(const struct eval_judges *judges, FILE *out)
{
	fprintf(out, "\nCan trees tell which is which?\n");
	for (int t = 0; t < EVAL_N_TESTS; t++) {
		const struct eval_two_sample *test = &judges->tests[t];
		const struct eval_test_info *info = eval_test_info((enum eval_test)t);
		char text[48];

		if (!eval_boost_here()) {
			fprintf(out, "%-18s not here: package %s\n", info->name, info->package);
		} else if (known(test)) {
			snprintf(text, sizeof(text), "%.3f [%.3f, %.3f]", test->auc, test->low,
				 test->high);
			fprintf(out, "%-18s %-22s %-22s 0.5\n", info->name, "-", text);
		} else if (t == EVAL_TEST_FLOWS) {
			fprintf(out, "%-18s too few flows or sessions\n", info->name);
		}
	}
}

void judge_print_utility(const struct eval_judges *judges, FILE *out)
{
	const struct eval_utility *u = &judges->utility;

	if (!judges->done || u->n_classes < 2) {
		fprintf(out,
			"\nTrain on synthetic, test on real: too few flows or kinds of them\n");
		return;
	}
	fprintf(out,
		"\nTrain on synthetic, test on real: macro F1 of %" PRIu32
		" kinds of %s, on %zu flows\n",
		u->n_classes, u->target, u->test.n_rows);
	fprintf(out, "%-18s %-22s %-22s\n", "learned from", "synthetic", "real");
	for (int l = 0; l < EVAL_N_LEARNERS; l++) {
		const struct eval_learner_info *info = eval_learner_info((enum eval_learner)l);

		if (eval_learner_here((enum eval_learner)l))
			fprintf(out, "%-18s %-22.3f %-22.3f as real\n", info->name,
				u->f1[l][EVAL_ON_SYNTHETIC], u->f1[l][EVAL_ON_REAL]);
		else
			fprintf(out, "%-18s not here: package %s\n", info->name, info->package);
	}
}

static void print_test(const struct eval_two_sample *test, const char *key, FILE *out)
{
	size_t n_synth = 0;

	fprintf(out, "\"%s\": ", key);
	if (!known(test)) {
		fprintf(out, "null");
		return;
	}
	for (size_t i = 0; i < test->n; i++)
		n_synth += test->scores[i].positive;
	fprintf(out,
		"{\"auc\": %.17g, \"low\": %.17g, \"high\": %.17g, \"error\": %.17g, "
		"\"folds\": %" PRIu32 ", \"real\": %zu, \"synthetic\": %zu,\n      \"roc\": [",
		test->auc, test->low, test->high, test->error, test->n_folds, test->n - n_synth,
		n_synth);
	for (int p = 0; p < EVAL_ROC_POINTS; p++)
		fprintf(out, "%s%.6g", p > 0 ? ", " : "", test->roc[p]);
	fprintf(out, "]}");
}

static void print_utility(const struct eval_utility *u, FILE *out)
{
	bool first = true;

	fprintf(out, "\"train_on_synthetic\": ");
	if (u->n_classes < 2) {
		fprintf(out, "null");
		return;
	}
	fprintf(out, "{\"target\": \"%s\", \"classes\": [", u->target);
	for (uint32_t c = 0; c < u->n_classes; c++) {
		fprintf(out, "%s", c > 0 ? ", " : "");
		json_put_string(out, u->classes[c]);
	}
	fprintf(out, "],\n      \"flows\": {\"test\": %zu, \"synthetic\": %zu, \"real\": %zu}",
		u->test.n_rows, u->train[EVAL_ON_SYNTHETIC].n_rows, u->train[EVAL_ON_REAL].n_rows);
	fprintf(out, ",\n      \"macro_f1\": {");
	for (int l = 0; l < EVAL_N_LEARNERS; l++) {
		if (!eval_learner_here((enum eval_learner)l))
			continue;
		fprintf(out, "%s\"%s\": {\"synthetic\": %.17g, \"real\": %.17g}", first ? "" : ", ",
			eval_learner_info((enum eval_learner)l)->key, u->f1[l][EVAL_ON_SYNTHETIC],
			u->f1[l][EVAL_ON_REAL]);
		first = false;
	}
	fprintf(out, "}}");
}

void judge_print_json(const struct eval_judges *judges, FILE *out)
{
	fprintf(out, "  \"classifiers\": ");
	if (judges == NULL) {
		fprintf(out, "null");
		return;
	}
	fprintf(out, "{\n    \"missing\": [%s%s%s],\n    \"two_sample\": {",
		eval_boost_here() ? "" : "\"libxgboost-dev\"",
		eval_boost_here() || eval_learner_here(EVAL_LEARNER_SVC) ? "" : ", ",
		eval_learner_here(EVAL_LEARNER_SVC) ? "" : "\"liblinear-dev\"");
	for (int t = 0; t < EVAL_N_TESTS; t++) {
		fprintf(out, "%s", t > 0 ? ",\n    " : "");
		print_test(&judges->tests[t], eval_test_info((enum eval_test)t)->key, out);
	}
	fprintf(out, "},\n    ");
	print_utility(&judges->utility, out);
	fprintf(out, "\n  }");
}

static void write_tests(const struct eval_judges *judges, FILE *out)
{
	for (int t = 0; t < EVAL_N_TESTS; t++) {
		const struct eval_two_sample *test = &judges->tests[t];

		for (size_t i = 0; known(test) && i < test->n; i++)
			fprintf(out, "%s,%d,%" PRIu32 ",%d,%.9g\n",
				eval_test_info((enum eval_test)t)->key, test->folds[i],
				test->scores[i].cluster, test->scores[i].positive,
				test->scores[i].score);
	}
}

/* Names come from files: quoted, quotes doubled. */
static void write_class(const struct eval_utility *u, uint16_t class, FILE *out)
{
	if (class >= u->n_classes)
		return;
	fputc('"', out);
	for (const char *c = u->classes[class]; *c != '\0'; c++) {
		if (*c == '"')
			fputc('"', out);
		fputc(*c, out);
	}
	fputc('"', out);
}

static void write_utility(const struct eval_utility *u, FILE *out)
{
	for (int l = 0; u->n_classes >= 2 && l < EVAL_N_LEARNERS; l++) {
		for (int on = 0; on < EVAL_N_TRAINED_ON; on++) {
			if (!eval_learner_here((enum eval_learner)l))
				continue;
			for (size_t i = 0; i < u->test.n_rows; i++) {
				fprintf(out, "%s,%s,,",
					eval_learner_info((enum eval_learner)l)->key,
					trained_on[on]);
				write_class(u, u->truth[i], out);
				fputc(',', out);
				write_class(u, u->answers[l][on][i], out);
				fputc('\n', out);
			}
		}
	}
}

int judge_write_answers(const struct eval_judges *judges, const char *path, struct err *err)
{
	struct out_file file;
	CLEANUP(fclosep) FILE *out = NULL;
	int fd, r = out_file_open(&file, path, err);

	if (r < 0)
		return r;
	fd = dup(file.fd);
	out = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (out == NULL) {
		r = err_set(err, -errno, "writing '%s': %s", path, strerror(errno));
		if (fd >= 0)
			close(fd);
	} else {
		fprintf(out, "judge,part,session,truth,answer\n");
		write_tests(judges, out);
		write_utility(&judges->utility, out);
		if (fflush(out) != 0)
			r = err_set(err, -errno, "writing '%s': %s", path, strerror(errno));
	}
	if (r == 0)
		r = out_file_commit(&file, err);
	out_file_abort(&file);
	return r;
}
