#!/bin/sh
# Renders the Temporal server's configuration from a template and environment variables, then execs
# COMMAND, which starts the server.
#
# A placeholder is ${NAME} or $NAME. In double quotes it accepts any text, which is escaped: a value
# is never parsed as YAML or as a placeholder. Without quotes it accepts a number.
set -eu

if [ "$#" -lt 3 ]; then
    echo "usage: render-and-start.sh TEMPLATE OUTPUT COMMAND [ARGUMENT...]" >&2
    exit 2
fi
template=$1
output=$2
shift 2

# Required even if the template does not use them: the DSQL plugin reads them from the environment.
also_required="AWS_REGION DSQL_SSLMODE"
ports="TEMPORAL_SQL_PORT ES_PORT"
counts="TEMPORAL_SQL_MAX_CONNS TEMPORAL_SQL_MAX_IDLE_CONNS TEMPORAL_HISTORY_SHARDS"
# The levels of common/log in the Temporal server, which treats any other word as info.
levels="debug info warn error dpanic panic fatal"

refuse() {
    echo "render-and-start: $1" >&2
    exit 1
}

# A failed start must not leave a file from an earlier start.
rm -f "$output"

if [ -z "${DSQL_SSLMODE:-}" ]; then DSQL_SSLMODE=verify-full; fi
export DSQL_SSLMODE

# Cluster members connect to each other by IP address, not by name.
if [ -z "${TEMPORAL_BROADCAST_ADDRESS:-}" ]; then
    addresses=$(hostname -i 2>/dev/null || true)
    TEMPORAL_BROADCAST_ADDRESS=${addresses%% *}
fi
export TEMPORAL_BROADCAST_ADDRESS

# With LC_ALL=C every awk counts bytes.
render() {
    LC_ALL=C awk -v also_required="$also_required" -v ports="$ports" -v counts="$counts" \
        -v levels="$levels" '
        function refuse(text) {
            print "render-and-start: " text > "/dev/stderr"
            refused = 1
        }

        # Escapes the value for a double-quoted YAML string; sets `broken` if it is not UTF-8.
        function quoted(value,    i, n, c, code, out, size, k, byte, bytes, low) {
            broken = 0
            out = ""
            n = length(value)
            for (i = 1; i <= n; i += size) {
                c = substr(value, i, 1)
                code = ord[c]
                size = 1
                if (code < 128) {
                    if (c == "\"" || c == "\\") out = out "\\" c
                    else if (code < 32 || code == 127) out = out sprintf("\\x%02X", code)
                    else out = out c
                    continue
                }
                if (code >= 194 && code < 224) { size = 2; low = 128; code -= 192 }
                else if (code >= 224 && code < 240) { size = 3; low = 2048; code -= 224 }
                else if (code >= 240 && code < 245) { size = 4; low = 65536; code -= 240 }
                else { broken = 1; return "" }
                bytes = c
                for (k = 1; k < size; k++) {
                    byte = substr(value, i + k, 1)
                    if (ord[byte] < 128 || ord[byte] > 191) { broken = 1; return "" }
                    code = code * 64 + ord[byte] - 128
                    bytes = bytes byte
                }
                if (code < low || code > 1114111 || (code >= 55296 && code < 57344)) { broken = 1; return "" }
                # Characters that YAML parsers treat as line breaks or reject.
                if (code < 160 || code == 8232 || code == 8233 || code == 65279 || code == 65534 || code == 65535)
                    out = out sprintf("\\u%04X", code)
                else
                    out = out bytes
            }
            return out
        }

        function among(name, names) { return index(" " names " ", " " name " ") > 0 }

        function is_number(value, most) {
            return value ~ /^[1-9][0-9]*$/ && length(value) <= 9 && value + 0 <= most
        }

        function look_at(name,    value) {
            if (name in seen) return
            seen[name] = 1
            value = ENVIRON[name]
            if (value == "") {
                missing = missing " " name
                return
            }
            text[name] = quoted(value)
            if (broken) refuse(name " is not UTF-8")
            else if (among(name, ports) && !is_number(value, 65535))
                refuse(name " must be a port, 1 to 65535, and is \"" text[name] "\"")
            else if (among(name, counts) && !is_number(value, 999999999))
                refuse(name " must be a number from 1 up, and is \"" text[name] "\"")
            else if (name == "TEMPORAL_LOG_LEVEL" && (value ~ / / || !among(tolower(value), levels)))
                refuse(name " must be one of " levels ", and is \"" text[name] "\"")
            else if (name == "DSQL_SSLMODE" && value !~ /^(verify-full|verify-ca|require)$/)
                refuse(name " must be verify-full, verify-ca or require, since the token is a password, and is \"" text[name] "\"")
        }

        # Returns the name of the placeholder at the start of `rest` and sets `width` to its length, 0 if none.
        function placeholder(rest) {
            width = 0
            if (match(rest, /^\$\{[A-Za-z_][A-Za-z0-9_]*\}/)) {
                width = RLENGTH
                return substr(rest, 3, width - 3)
            }
            if (match(rest, /^\$[A-Za-z_][A-Za-z0-9_]*/)) {
                width = RLENGTH
                return substr(rest, 2, width - 1)
            }
            return ""
        }

        function line_of(line,    i, n, c, in_quotes, out, name) {
            out = ""
            in_quotes = 0
            n = length(line)
            for (i = 1; i <= n; i++) {
                c = substr(line, i, 1)
                if (in_quotes && c == "\\") {
                    out = out c substr(line, i + 1, 1)
                    i++
                } else if (!in_quotes && c == "#" && (i == 1 || substr(line, i - 1, 1) == " ")) {
                    return out substr(line, i)
                } else if (c == "$") {
                    name = placeholder(substr(line, i))
                    if (width == 0) {
                        refuse(FILENAME ", line " NR ": not a placeholder: " substr(line, i))
                        return out
                    }
                    look_at(name)
                    if (!in_quotes && !among(name, ports) && !among(name, counts))
                        refuse(FILENAME ", line " NR ": $" name " is text and must stand in double quotes")
                    out = out text[name]
                    i += width - 1
                } else {
                    if (c == "\"") in_quotes = !in_quotes
                    out = out c
                }
            }
            return out
        }

        BEGIN { for (i = 1; i < 256; i++) ord[sprintf("%c", i)] = i }
        { lines[NR] = line_of($0) }
        END {
            count = split(also_required, names, " ")
            for (i = 1; i <= count; i++) look_at(names[i])
            if (missing != "") refuse("missing or empty:" missing)
            if (refused) exit 1
            for (i = 1; i <= NR; i++) print lines[i]
        }
    ' "$template"
}

# Rejects lines that are invalid or misleading YAML. Otherwise the server would report a line number in
# a generated file that users have not seen.
check_shape() {
    LC_ALL=C awk '
        function refuse(text) {
            print "render-and-start: " FILENAME ", line " NR ": " text > "/dev/stderr"
            refused = 1
        }

        # Returns the text after the closing quote of a string.
        function after_string(value, quote,    i, c) {
            for (i = 2; i <= length(value); i++) {
                c = substr(value, i, 1)
                if (quote == "\"" && c == "\\") i++
                else if (quote == "\047" && c == quote && substr(value, i + 1, 1) == quote) i++
                else if (c == quote) return substr(value, i + 1)
            }
            return "?"
        }

        function check(value,    first) {
            first = substr(value, 1, 1)
            if (first == "\"" || first == "\047") {
                if (after_string(value, first) !~ /^ *( #.*)?$/) refuse("a string that does not end where the line does")
            } else if (value !~ /^[A-Za-z0-9_.\/+-]/ || value ~ /: |:$/) {
                refuse("not a value: " value)
            }
        }

        /^ *(#|$)/ { next }
        {
            content++
            match($0, /^ */)
            indent = RLENGTH
            rest = substr($0, indent + 1)
            popped = 0
            while (depth > 0 && indent < level[depth]) {
                depth--
                popped = 1
            }
            if (depth == 0 || indent > level[depth]) {
                if (content > 1 && (popped || !open)) refuse("indented like no line above")
                level[++depth] = indent
            }
            open = 0
            if (match(rest, /^- +/)) {
                indent += RLENGTH
                rest = substr(rest, RLENGTH + 1)
                level[++depth] = indent
                if (!match(rest, /^[A-Za-z0-9_.-]+:( |$)/)) {
                    check(rest)
                    next
                }
            }
            if (!match(rest, /^[A-Za-z0-9_.-]+:( +|$)/)) {
                refuse("not `key: value`: " rest)
                next
            }
            rest = substr(rest, RLENGTH + 1)
            if (rest == "" || rest ~ /^#/) open = 1
            else check(rest)
        }
        END {
            if (!content) refuse("there is nothing in it")
            exit refused
        }
    ' "$output"
}

[ -r "$template" ] || refuse "cannot read the template $template"
if ! render >"$output" || ! check_shape; then
    rm -f "$output"
    exit 1
fi
export TEMPORAL_SERVER_CONFIG_FILE_PATH="$output"
exec "$@"
