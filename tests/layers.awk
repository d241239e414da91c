# The order of the library's modules, and who may include what:
#	awk -f tests/layers.awk tests/layers.txt src/*.[ch] src/cli/*.[ch] pyext/*.[ch]
#
# layers.txt has one module a line, lowest first (or the few that make one
# together), and behind it the foreign headers that only it may include.  A
# module includes only what stands in its own line and in those before it.
# src/cli and pyext see taut.h and the headers of their own folder.

NR == FNR {
	for (i = 1; i <= NF; i++) {
		if ($i ~ /\.h$/)
			owner[$i] = NR
		else
			rank[$i] = NR
	}
	line[NR] = $1
	next
}

FNR == 1 {
	folder = me = FILENAME
	sub(/\/[^\/]*$/, "", folder)
	sub(/.*\//, "", me)
	sub(/\.[ch]$/, "", me)
	if (folder == "src" && !(me in rank))
		bad(me " is not in the list of layers")
}

/^[ \t]*#[ \t]*include/ {
	header = $0
	sub(/^[^<"]*[<"]/, "", header)
	sub(/[>"].*/, "", header)
	module = header
	sub(/\.h$/, "", module)

	if (header in owner && (folder != "src" || owner[header] != rank[me]))
		bad(header " belongs to " line[owner[header]])
	if (header == "Python.h" && folder != "pyext")
		bad("Python.h belongs to pyext")
	if ($0 !~ /"/ || header == "taut.h" || header in owner ||
	    module == me)
		next
	if (folder == "src") {
		if (!(module in rank))
			bad(header " is not in the list of layers")
		else if (rank[module] > rank[me])
			bad(header " is above " me)
	} else if ((getline first < (folder "/" header)) < 0)
		bad(folder " sees only taut.h and its own headers")
}

function bad(why)
{
	printf "%s:%d: %s\n", FILENAME, FNR, why
	wrong = 1
}

END { exit wrong }
