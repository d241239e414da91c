/*
 * harness.h - unit tests in C.
 *
 *	TEST(buf_grows)
 *	{
 *		CHECK(taut_buf_u8(&b, 1) == 0);
 *	}
 *
 * A test registers itself.  Each runs in its own child process, so a crash
 * fails one test; the first CHECK that does not hold ends it.  A name that
 * contains "oom" is what `make oom` runs.
 *
 *	build/unit [-n] [word]...	tests whose "file:name" holds a word;
 *					-n: no child process, for a debugger
 */
#ifndef HARNESS_H
#define HARNESS_H

struct harness_test {
	const char *file, *name;
	void (*run)(void);
	struct harness_test *next;
};

void harness_add(struct harness_test *t);
void harness_fail(const char *file, int line, const char *what)
	__attribute__((noreturn));

#define TEST(test_name)                                                 \
	static void test_name(void);                                    \
	__attribute__((constructor)) static void add_##test_name(void)  \
	{                                                               \
		static struct harness_test t = { __FILE__, #test_name,  \
						 test_name, 0 };        \
                                                                        \
		harness_add(&t);                                        \
	}                                                               \
	static void test_name(void)

#define CHECK(expr) \
	((expr) ? (void)0 : harness_fail(__FILE__, __LINE__, #expr))

#endif
