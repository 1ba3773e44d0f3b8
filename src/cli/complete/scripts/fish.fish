# fish completion of copilot. In ~/.config/fish/config.fish: copilot completions fish | source
function __copilot_complete
    set -l words (commandline -opc)
    set -l word (commandline -ct)
    set -l found (copilot complete fish --word="$word" -- $words[2..] 2>/dev/null)
    if test "$found[1]" = :files
        __fish_complete_path "$word"
    else if set -q found[1]
        printf '%s\n' $found
    end
end
complete -c copilot -e
complete -c copilot -k -f -a '(__copilot_complete)'
