/* SPDX-License-Identifier: Apache-2.0 */
#include "eval/gaps.h"

#include "base/detmath.h"
#include "base/mem.h"
#include "base/ns.h"
#include "eval/emd.h"

static double *gaps_of(const struct flow_table *table)
{
	double *gaps = mem_array(table->n_rows - 1, sizeof(*gaps));

	for (size_t i = 0; gaps != NULL && i + 1 < table->n_rows; i++) {
		double gap = (double)(table->rows[i + 1].start_ns - table->rows[i].start_ns);

		gaps[i] = det_log2(1 + gap / (double)NS_PER_US);
	}
	return gaps;
}

int eval_gaps(const struct flow_table *real, const struct flow_table *synth, double *ret_gaps,
	      struct err *err)
{
	CLEANUP(freep) double *a = NULL;
	CLEANUP(freep) double *b = NULL;

	if (real->n_rows < 2 || synth->n_rows < 2)
		return 0;
	a = gaps_of(real);
	b = gaps_of(synth);
	if (a == NULL || b == NULL)
		return err_no_memory(err);
	*ret_gaps = eval_wasserstein(a, real->n_rows - 1, b, synth->n_rows - 1);
	return 1;
}
