# Elvish completion of copilot. In ~/.config/elvish/rc.elv: eval (copilot completions elvish | slurp)
use str
set edit:completion:arg-completer[copilot] = {|@words|
    var word = $words[-1]
    var before = $words[1..-1]
    copilot complete elvish --word=$word -- $@before 2>/dev/null | from-lines | each {|line|
        if (eq $line :files) {
            edit:complete-filename $word
        } else {
            var value help = (str:split "\t" $line)
            edit:complex-candidate $value &display=$value'  '$help
        }
    }
}
