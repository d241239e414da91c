/*
 * fuzz_squeeze - any bytes through the coder of the database, both ways.
 *
 * Bytes are taken for squeezed ones, which must do no harm, and are squeezed,
 * which must be no longer than they are and come back the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "squeeze.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void expect(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "fuzz_squeeze: %s\n", what);
	abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	static const uint32_t ends[] = { 0, 7, 15, 15, 40, 300 };
	static const struct taut_segments some = { ends, 6 };
	struct taut_buf small = TAUT_BUF_INIT, back = TAUT_BUF_INIT;
	struct taut_rd rd = taut_rd_init(data, n);

	expect(!taut_unsqueeze(&back, &rd, some), "out of memory");
	expect(rd.bad || rd.p == rd.end, "bytes left over");
	expect(!taut_squeeze(&small, data, n, some), "out of memory");
	expect(small.n <= n + 5, "longer than before");
	rd = taut_rd_init(small.p, small.n);
	expect(!taut_unsqueeze(&back, &rd, some) && !rd.bad, "no way back");
	expect(back.n == n && (!n || !memcmp(back.p, data, n)), "other bytes");
	taut_buf_release(&small);
	taut_buf_release(&back);
	return 0;
}
