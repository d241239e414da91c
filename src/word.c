#include "lexer.h"

struct word {
	const char *text;
	uint8_t id;
	uint16_t flags; /* what it says about its logical line */
};

static const struct word words[] = {
	{ "and", TAUT_KW_AND, 0 },
	{ "as", TAUT_KW_AS, 0 },
	{ "assert", TAUT_KW_ASSERT, TAUT_LINE_TEXT },
	{ "async", TAUT_KW_ASYNC, 0 },
	{ "await", TAUT_KW_AWAIT, 0 },
	{ "break", TAUT_KW_BREAK, 0 },
	{ "class", TAUT_KW_CLASS, 0 },
	{ "continue", TAUT_KW_CONTINUE, 0 },
	{ "def", TAUT_KW_DEF, 0 },
	{ "del", TAUT_KW_DEL, 0 },
	{ "elif", TAUT_KW_ELIF, 0 },
	{ "else", TAUT_KW_ELSE, 0 },
	{ "except", TAUT_KW_EXCEPT, 0 },
	{ "False", TAUT_KW_FALSE, 0 },
	{ "finally", TAUT_KW_FINALLY, 0 },
	{ "for", TAUT_KW_FOR, 0 },
	{ "from", TAUT_KW_FROM, 0 },
	{ "global", TAUT_KW_GLOBAL, 0 },
	{ "if", TAUT_KW_IF, 0 },
	{ "import", TAUT_KW_IMPORT, TAUT_LINE_IMPORT },
	{ "in", TAUT_KW_IN, 0 },
	{ "is", TAUT_KW_IS, 0 },
	{ "lambda", TAUT_KW_LAMBDA, TAUT_LINE_LAMBDA },
	{ "None", TAUT_KW_NONE, 0 },
	{ "nonlocal", TAUT_KW_NONLOCAL, 0 },
	{ "not", TAUT_KW_NOT, 0 },
	{ "or", TAUT_KW_OR, 0 },
	{ "pass", TAUT_KW_PASS, 0 },
	{ "raise", TAUT_KW_RAISE, 0 },
	{ "return", TAUT_KW_RETURN, 0 },
	{ "True", TAUT_KW_TRUE, 0 },
	{ "try", TAUT_KW_TRY, 0 },
	{ "while", TAUT_KW_WHILE, 0 },
	{ "with", TAUT_KW_WITH, 0 },
	{ "yield", TAUT_KW_YIELD, TAUT_LINE_YIELD },

	{ "case", TAUT_ID_CASE, 0 },
	{ "match", TAUT_ID_MATCH, 0 },
	{ "type", TAUT_ID_TYPE, 0 },
	{ "_", TAUT_ID_UNDERSCORE, 0 },
	{ "__future__", TAUT_ID_FUTURE, 0 },
	{ "super", TAUT_ID_SUPER, TAUT_LINE_SUPER },
	{ "__class__", TAUT_ID_SUPER, TAUT_LINE_SUPER },

	{ "locals", TAUT_ID_FRAME, TAUT_LINE_FRAME },
	{ "vars", TAUT_ID_FRAME, TAUT_LINE_FRAME },
	{ "dir", TAUT_ID_FRAME, TAUT_LINE_FRAME },
	{ "eval", TAUT_ID_FRAME, TAUT_LINE_FRAME },
	{ "exec", TAUT_ID_FRAME, TAUT_LINE_FRAME },
	{ "_getframe", TAUT_ID_FRAME, TAUT_LINE_FRAME },
	{ "currentframe", TAUT_ID_FRAME, TAUT_LINE_FRAME },

	/* Readers of docstrings.  `Cmd`, not `cmd`: that is everybody's name
	 * for a command line, and cmd.Cmd needs its class.  Not `unittest` and
	 * `pydantic`: most users of them read none. */
	{ "__doc__", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "getdoc", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "doctest", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "pydoc", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "shortDescription", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "getDescription", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "TextTestRunner", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "register_introspection_functions", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "co_consts", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "Cmd", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "Pdb", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "cmd2", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "docopt", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "docstring_parser", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "ply", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "click", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "asyncclick", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "rich_click", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "typer", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "fire", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "plac", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "clize", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "cyclopts", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "graphene", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "strawberry", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "fastapi", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "flask_restx", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "flasgger", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "apispec", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "flask_smorest", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "rest_framework", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "drf_spectacular", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "drf_yasg", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "litestar", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "model_json_schema", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "schema_json", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "TypeAdapter", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "argh", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "cleo", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "defopt", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "jsonargparse", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "tyro", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "fastmcp", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "langchain_core", TAUT_ID_DOC, TAUT_LINE_DOC },
	{ "IPython", TAUT_ID_DOC, TAUT_LINE_DOC },

	/* With what lists attributes: a docstring is one of them. */
	{ "str", TAUT_ID_DOC, TAUT_LINE_TEXT },
	{ "repr", TAUT_ID_DOC, TAUT_LINE_TEXT },
	{ "assertEqual", TAUT_ID_DOC, TAUT_LINE_TEXT },
	{ "assertIn", TAUT_ID_DOC, TAUT_LINE_TEXT },
	{ "assertTrue", TAUT_ID_DOC, TAUT_LINE_TEXT },
	{ "get_objects", TAUT_ID_DOC, TAUT_LINE_LISTS },
	{ "get_referents", TAUT_ID_DOC, TAUT_LINE_LISTS },
};

void taut_lexer_words(struct slot *slots)
{
	const struct word *w;
	uint64_t h;
	size_t i;

	memset(slots, 0, NSLOTS * sizeof(*slots));
	for (w = words; w < words + sizeof(words) / sizeof(*words); w++) {
		h = taut_lex_hash(w->text, strlen(w->text));
		for (i = h % NSLOTS; slots[i].id; i = (i + 1) % NSLOTS)
			;
		slots[i].hash = h;
		slots[i].flags = w->flags;
		slots[i].id = w->id;
	}
}
