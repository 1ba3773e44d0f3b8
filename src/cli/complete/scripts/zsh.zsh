#compdef copilot
# zsh completion of copilot. In ~/.zshrc, after compinit: eval "$(copilot completions zsh)"
_copilot() {
    local line
    local -a lines found
    lines=("${(@f)$(copilot complete zsh --word="${(Q)words[CURRENT]}" -- "${(@Q)words[2,CURRENT-1]}" 2>/dev/null)}")
    if [[ $lines[1] == :files ]]; then
        compset -P '--[^=]#='
        _files
        return
    fi
    for line in $lines; do
        found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    done
    _describe -V copilot found
}
if [[ $funcstack[1] == _copilot ]]; then
    _copilot "$@"
else
    compdef _copilot copilot
fi
