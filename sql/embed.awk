# SQL text -> C constants:  awk -f sql/embed.awk sql/*.sql > build/sql.c
#
# NAME.sql becomes taut_sql_NAME; in queries.sql each line "-- name: X" starts
# taut_sql_X.  Comments are left out: the text of a CREATE statement is kept by
# SQLite in every database.  (mawk: the backslash rule needs eight of them.)

function esc(s)
{
	gsub(/\\/, "\\\\\\\\", s)
	gsub(/"/, "\\\"", s)
	return s
}

function fin()
{
	if (open)
		print "\t\"\";"
	open = 0
}

function start(name)
{
	fin()
	printf "const char taut_sql_%s[] =\n", name
	open = 1
}

FNR == 1 {
	fin()
	name = FILENAME
	sub(/.*\//, "", name)
	sub(/\.sql$/, "", name)
	if (name != "queries")
		start(name)
}

/^-- name: / { start($3); next }

{
	# A "--" behind a quote may be text.
	if (!match($0, /['"].*--/))
		sub(/[ \t]*--.*/, "")
	sub(/[ \t]+$/, "")
}

open && $0 != "" { printf "\t\"%s\\n\"\n", esc($0) }

END { fin() }
