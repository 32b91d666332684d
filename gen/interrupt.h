/* SPDX-License-Identifier: Apache-2.0 */
/* Ctrl-C and SIGTERM as a flag: the first asks the run to end, the second ends the program. */
#ifndef SOSIE_GEN_INTERRUPT_H
#define SOSIE_GEN_INTERRUPT_H

#include <stdatomic.h>

/* Installs the handlers; the flag lives as long as the program, because a signal has nowhere else
 * to leave word. */
const atomic_bool *interrupt_flag(void);

#endif
