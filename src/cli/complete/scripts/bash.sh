# bash completion of copilot. In ~/.bashrc: eval "$(copilot completions bash)"
_copilot() {
    local found line word=${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=()
    found=$(copilot complete bash --word="$word" -- "${COMP_WORDS[@]:1:COMP_CWORD-1}" 2>/dev/null) || return
    if [ "$found" = :files ]; then
        case $word in = | :) word= ;; esac
        compopt -o filenames 2>/dev/null
        while IFS= read -r line; do
            COMPREPLY+=("$line")
        done < <(compgen -f -- "$word")
        return
    fi
    while IFS= read -r line; do
        [ -z "$line" ] || COMPREPLY+=("$(printf %q "$line")")
    done <<<"$found"
}
complete -F _copilot copilot
