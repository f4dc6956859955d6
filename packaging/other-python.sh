#!/bin/sh
# Prints a Python 3.11 to 3.13 whose version differs from the given one, and its version; prints
# nothing if there is none.
# usage: other-python.sh PYTHON
set -eu
given=${1:?usage: other-python.sh PYTHON}
version='import sys; v = sys.version_info[:2]; print("%d.%d" % v if (3, 11) <= v <= (3, 13) else "")'
known=$("$given" -c "$version")
for candidate in python3.11 python3.13 python3.12 /usr/bin/python3; do
    found=$("$candidate" -c "$version" 2>/dev/null || true)
    if [ -n "$found" ] && [ "$found" != "$known" ]; then
        echo "$candidate $found"
        exit 0
    fi
done
