/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Linked with one layer whole: what the layer calls and does not declare is an undefined
 * reference.
 */
int main(void)
{
	return 0;
}
